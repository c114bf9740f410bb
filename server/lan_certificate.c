/* The certificate of --lan: ECDSA P-256, self-signed, for the machine's names and addresses. */
#include <errno.h>
#include <fcntl.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lan.h"

#define DAY_S 86400L

/* "DNS:host,IP:192.0.2.1" */
static bool alternative_names(const struct lan_names *names, char *out, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < names->count; i++) {
		int wrote = snprintf(out + used, size - used, "%s%s:%s", i ? "," : "",
		                     names->is_address[i] ? "IP" : "DNS", names->names[i]);
		if (wrote < 0 || (size_t)wrote >= size - used)
			return false;
		used += (size_t)wrote;
	}
	return used > 0;
}

static bool add_extension(X509 *cert, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *extension;
	bool added;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	added = extension && X509_add_ext(cert, extension, -1);
	X509_EXTENSION_free(extension);
	return added;
}

static bool set_serial(X509 *cert)
{
	unsigned char random[16];
	BIGNUM *number;
	bool set;

	if (RAND_bytes(random, sizeof random) != 1)
		return false;
	random[0] &= 0x7f;
	number = BN_bin2bn(random, sizeof random, NULL);
	set = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert));
	BN_free(number);
	return set;
}

static bool fill(X509 *cert, EVP_PKEY *key, const struct lan_names *names)
{
	X509_NAME *subject = X509_get_subject_name(cert);
	char *list = malloc(sizeof names->names + 8 * sizeof names->is_address);
	bool done;

	if (!list)
		return false;
	/* Begins an hour ago for phones whose clock is behind. */
	done = alternative_names(names, list, sizeof names->names + 8 * sizeof names->is_address) &&
	       X509_set_version(cert, 2) && set_serial(cert) && X509_gmtime_adj(X509_getm_notBefore(cert), -3600) &&
	       X509_gmtime_adj(X509_getm_notAfter(cert), LAN_DAYS * DAY_S - 2 * 3600) && X509_set_pubkey(cert, key) &&
	       X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
	                                  (const unsigned char *)"Trunkshow on this network", -1, -1, 0) &&
	       X509_set_issuer_name(cert, subject) && add_extension(cert, NID_subject_alt_name, list) &&
	       add_extension(cert, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
	       add_extension(cert, NID_key_usage, "critical,digitalSignature,keyCertSign") &&
	       add_extension(cert, NID_ext_key_usage, "serverAuth") && X509_sign(cert, key, EVP_sha256());
	free(list);
	return done;
}

/* Under another name first: a reader finds the old file or the new one. */
static FILE *begin_file(const char *path, mode_t mode, char *part, size_t size)
{
	int fd;

	snprintf(part, size, "%s.part", path);
	unlink(part);
	fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	return fd < 0 ? NULL : fdopen(fd, "w");
}

static int end_file(FILE *file, bool written, const char *part, const char *path)
{
	int err = written && fflush(file) == 0 && fsync(fileno(file)) == 0 ? 0 : -EIO;

	if (fclose(file) && !err)
		err = -EIO;
	if (!err && rename(part, path))
		err = -errno;
	if (err)
		unlink(part);
	return err;
}

static int save(const char *cert_path, const char *key_path, X509 *cert, EVP_PKEY *key)
{
	char part[4300];
	FILE *file = begin_file(key_path, 0600, part, sizeof part);
	int err;

	if (!file)
		return -errno;
	err = end_file(file, PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL), part, key_path);
	if (err)
		return err;
	file = begin_file(cert_path, 0600, part, sizeof part);
	if (!file)
		return -errno;
	return end_file(file, PEM_write_X509(file, cert), part, cert_path);
}

int lan_certificate_make(const char *cert_path, const char *key_path, const struct lan_names *names)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	int err = -ENOMEM;

	if (key && cert)
		err = fill(cert, key, names) ? save(cert_path, key_path, cert, key) : -EIO;
	X509_free(cert);
	EVP_PKEY_free(key);
	return err;
}

/* ---- is the one we have still good? ---- */

static X509 *load_certificate(const char *path)
{
	FILE *file = fopen(path, "re");
	X509 *cert = file ? PEM_read_X509(file, NULL, NULL, NULL) : NULL;

	if (file)
		fclose(file);
	return cert;
}

static EVP_PKEY *load_key(const char *path)
{
	FILE *file = fopen(path, "re");
	EVP_PKEY *key = file ? PEM_read_PrivateKey(file, NULL, NULL, NULL) : NULL;

	if (file)
		fclose(file);
	return key;
}

static bool holds(X509 *cert, const struct lan_names *names)
{
	GENERAL_NAMES *list = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	size_t count = list ? (size_t)sk_GENERAL_NAME_num(list) : 0;

	GENERAL_NAMES_free(list);
	if (count != names->count)
		return false;
	for (size_t i = 0; i < names->count; i++) {
		int found = names->is_address[i] ? X509_check_ip_asc(cert, names->names[i], 0)
		                                 : X509_check_host(cert, names->names[i], 0,
		                                                   X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, NULL);
		if (found != 1)
			return false;
	}
	return true;
}

bool lan_certificate_fits(const char *cert_path, const char *key_path, const struct lan_names *names)
{
	X509 *cert = load_certificate(cert_path);
	EVP_PKEY *key = load_key(key_path);
	time_t soon = time(NULL) + LAN_RENEW_DAYS * DAY_S;
	bool fits = cert && key && X509_check_private_key(cert, key) == 1 &&
	            X509_cmp_time(X509_get0_notAfter(cert), &soon) > 0 && holds(cert, names);

	X509_free(cert);
	EVP_PKEY_free(key);
	return fits;
}
