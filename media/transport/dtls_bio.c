/* OpenSSL's way to the network: datagrams in and out, without a copy of its own.
 *
 * A memory BIO would glue a flight into one run of bytes and lose where a datagram ends. Here every write of OpenSSL,
 * which packs whole records up to its MTU, is one datagram. */
#include "transport/dtls_internal.h"

#include <string.h>

#define RECORD_HEADER 13

/** Length of the records at data that fit into one datagram together: at least one, whole ones. */
static size_t whole_records(const uint8_t *data, size_t len)
{
	size_t end = 0;
	while (len - end >= RECORD_HEADER) {
		size_t record = RECORD_HEADER + (size_t)(data[end + 11] << 8 | data[end + 12]);
		if (record > len - end || (end > 0 && end + record > DTLS_MTU))
			break;
		end += record;
	}
	return end ? end : len;
}

static int bio_write(BIO *bio, const char *data, int len)
{
	const struct media_dtls *dtls = BIO_get_data(bio);
	BIO_clear_retry_flags(bio);
	for (int at = 0; at < len;) {
		size_t part = whole_records((const uint8_t *)data + at, (size_t)(len - at));
		dtls->hooks.send((const uint8_t *)data + at, part, dtls->hooks.ctx);
		at += (int)part;
	}
	return len;
}

static int bio_read(BIO *bio, char *out, int size)
{
	struct media_dtls *dtls = BIO_get_data(bio);
	BIO_clear_retry_flags(bio);
	if (!dtls->in) {
		BIO_set_retry_read(bio);
		return -1;
	}
	size_t len = dtls->in_len < (size_t)size ? dtls->in_len : (size_t)size;
	memcpy(out, dtls->in, len);
	dtls->in = NULL;
	return (int)len;
}

static long bio_ctrl(BIO *bio, int command, long number, void *pointer)
{
	switch (command) {
	case BIO_CTRL_FLUSH:
	case BIO_CTRL_DUP:
		return 1;
	case BIO_CTRL_DGRAM_QUERY_MTU:
	case BIO_CTRL_DGRAM_GET_FALLBACK_MTU:
		return DTLS_MTU;
	default:
		return 0;
	}
}

static int bio_create(BIO *bio)
{
	BIO_set_init(bio, 1);
	return 1;
}

BIO_METHOD *dtls_bio_method(void)
{
	BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "datagrams");
	if (method && BIO_meth_set_write(method, bio_write) == 1 && BIO_meth_set_read(method, bio_read) == 1 &&
	    BIO_meth_set_ctrl(method, bio_ctrl) == 1 && BIO_meth_set_create(method, bio_create) == 1)
		return method;
	BIO_meth_free(method);
	return NULL;
}
