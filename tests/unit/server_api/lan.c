/* The certificate of --lan: for whom, how long, and when it is made again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "lan.h"

struct place {
	char folder[32], cert[64], key[64];
	struct lan_names names;
};

static void name(struct lan_names *names, const char *text, bool is_address)
{
	strcpy(names->names[names->count], text);
	names->is_address[names->count++] = is_address;
}

static int set_up(void **state)
{
	struct place *p = calloc(1, sizeof *p);

	strcpy(p->folder, "/tmp/lan-XXXXXX");
	if (!mkdtemp(p->folder))
		return -1;
	snprintf(p->cert, sizeof p->cert, "%s/lan.crt", p->folder);
	snprintf(p->key, sizeof p->key, "%s/lan.key", p->folder);
	name(&p->names, "localhost", false);
	name(&p->names, "market.local", false);
	name(&p->names, "192.0.2.7", true);
	name(&p->names, "2001:db8::7", true);
	*state = p;
	return 0;
}

static int tear_down(void **state)
{
	struct place *p = *state;

	unlink(p->cert);
	unlink(p->key);
	rmdir(p->folder);
	free(p);
	return 0;
}

static X509 *load(const char *path)
{
	FILE *file = fopen(path, "r");
	X509 *cert = PEM_read_X509(file, NULL, NULL, NULL);

	fclose(file);
	assert_non_null(cert);
	return cert;
}

static void what_phones_accept(void **state)
{
	struct place *p = *state;
	struct stat st;
	int days, seconds;
	char group[32] = "";

	assert_int_equal(lan_certificate_make(p->cert, p->key, &p->names), 0);
	assert_int_equal(stat(p->key, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	X509 *cert = load(p->cert);
	assert_int_equal(X509_check_host(cert, "market.local", 0, 0, NULL), 1);
	assert_int_equal(X509_check_ip_asc(cert, "192.0.2.7", 0), 1);
	assert_int_equal(X509_check_ip_asc(cert, "2001:db8::7", 0), 1);
	assert_int_equal(X509_check_ip_asc(cert, "192.0.2.8", 0), 0);
	assert_int_equal(ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(cert), X509_get0_notAfter(cert)), 1);
	assert_true(days < LAN_DAYS || (days == LAN_DAYS && seconds == 0));
	assert_true(days >= LAN_DAYS - 1);
	EVP_PKEY_get_utf8_string_param(X509_get0_pubkey(cert), "group", group, sizeof group, NULL);
	assert_string_equal(group, "prime256v1");
	X509_free(cert);
}

static void it_fits_until_something_changes(void **state)
{
	struct place *p = *state;
	struct lan_names other;

	assert_false(lan_certificate_fits(p->cert, p->key, &p->names));
	assert_int_equal(lan_certificate_make(p->cert, p->key, &p->names), 0);
	assert_true(lan_certificate_fits(p->cert, p->key, &p->names));
	other = p->names;
	strcpy(other.names[2], "192.0.2.8");
	assert_false(lan_certificate_fits(p->cert, p->key, &other));
	other = p->names;
	other.count--;
	assert_false(lan_certificate_fits(p->cert, p->key, &other));
	other = p->names;
	name(&other, "198.51.100.1", true);
	assert_false(lan_certificate_fits(p->cert, p->key, &other));
}

static void another_key_or_no_file_fits_not(void **state)
{
	struct place *p = *state;
	char kept[80];

	assert_int_equal(lan_certificate_make(p->cert, p->key, &p->names), 0);
	snprintf(kept, sizeof kept, "%s.kept", p->cert);
	assert_int_equal(rename(p->cert, kept), 0);
	assert_int_equal(lan_certificate_make(p->cert, p->key, &p->names), 0);
	assert_int_equal(rename(kept, p->cert), 0);
	assert_false(lan_certificate_fits(p->cert, p->key, &p->names));
	assert_int_equal(truncate(p->cert, 0), 0);
	assert_false(lan_certificate_fits(p->cert, p->key, &p->names));
}

static void a_folder_that_is_not_there(void **state)
{
	struct place *p = *state;

	assert_true(lan_certificate_make("/nonexistent/lan.crt", "/nonexistent/lan.key", &p->names) < 0);
}

static void the_machine_has_names(void **state)
{
	struct lan_names *names = calloc(1, sizeof *names);

	lan_names_of_machine(names);
	assert_in_range(names->count, 1, 64);
	assert_string_equal(names->names[0], "localhost");
	for (size_t i = 0; i < names->count; i++)
		for (size_t k = i + 1; k < names->count; k++)
			assert_string_not_equal(names->names[i], names->names[k]);
	free(names);
}

static void preparing_keeps_what_was_said(void **state)
{
	struct place *p = *state;
	struct base_settings settings;
	char why[256] = "";

	base_settings_init(&settings);
	assert_int_equal(base_settings_set(&settings, "data_dir", p->folder, why, sizeof why), 0);
	assert_int_equal(base_settings_set(&settings, "http_port", "9443", why, sizeof why), 0);
	assert_int_equal(lan_prepare(&settings, why, sizeof why), 0);
	assert_int_equal(settings.http_port, 9443);
	assert_true(strcmp(settings.bind, "::") == 0 || strcmp(settings.bind, "0.0.0.0") == 0);
	assert_non_null(strstr(settings.tls_cert, "tls/lan.crt"));
	assert_int_equal(base_settings_check(&settings, why, sizeof why), 0);
	assert_int_equal(unlink(settings.tls_cert), 0);
	assert_int_equal(unlink(settings.tls_key), 0);
	snprintf(why, sizeof why, "%s/tls", p->folder);
	assert_int_equal(rmdir(why), 0);
	base_settings_finish(&settings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(what_phones_accept, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(it_fits_until_something_changes, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(another_key_or_no_file_fits_not, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(a_folder_that_is_not_there, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(the_machine_has_names, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(preparing_keeps_what_was_said, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
