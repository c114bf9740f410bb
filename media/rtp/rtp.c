#include "rtp/rtp.h"

#include <errno.h>
#include <string.h>

enum { ONE_BYTE = 0xBEDE, TWO_BYTE = 0x1000, TWO_BYTE_MASK = 0xFFF0 };

static int parse_extension(const uint8_t *data, size_t len, size_t *offset, struct media_rtp *out)
{
	if (len - *offset < 4)
		return -EBADMSG;
	size_t words = media_get16(data + *offset + 2);
	if ((len - *offset - 4) / 4 < words)
		return -EBADMSG;
	out->extension_profile = media_get16(data + *offset);
	out->extension = data + *offset + 4;
	out->extension_len = words * 4;
	*offset += 4 + words * 4;
	return 0;
}

int media_rtp_parse(const uint8_t *data, size_t len, struct media_rtp *out)
{
	*out = (struct media_rtp){0};
	if (len < MEDIA_RTP_HEADER || data[0] >> 6 != 2)
		return -EBADMSG;
	out->csrc_count = data[0] & 0x0F;
	out->marker = data[1] >> 7;
	out->pt = data[1] & 0x7F;
	out->seq = media_get16(data + 2);
	out->timestamp = media_get32(data + 4);
	out->ssrc = media_get32(data + 8);
	size_t offset = MEDIA_RTP_HEADER + 4u * out->csrc_count;
	if (offset > len)
		return -EBADMSG;
	if ((data[0] & 0x10) && parse_extension(data, len, &offset, out) != 0)
		return -EBADMSG;
	if (data[0] & 0x20) {
		if (offset == len || data[len - 1] == 0 || data[len - 1] > len - offset)
			return -EBADMSG;
		out->padding = data[len - 1];
	}
	out->payload = data + offset;
	out->payload_len = len - offset - out->padding;
	return 0;
}

static bool next_one_byte(const struct media_rtp *rtp, struct media_rtp_element *e)
{
	uint8_t head = rtp->extension[e->offset];
	size_t len = (head & 0x0Fu) + 1;
	if (head >> 4 == 15 || len > rtp->extension_len - e->offset - 1)
		return false;
	e->id = head >> 4;
	e->data = rtp->extension + e->offset + 1;
	e->len = len;
	e->offset += 1 + len;
	return true;
}

static bool next_two_byte(const struct media_rtp *rtp, struct media_rtp_element *e)
{
	size_t left = rtp->extension_len - e->offset;
	if (left < 2 || rtp->extension[e->offset + 1] > left - 2)
		return false;
	e->id = rtp->extension[e->offset];
	e->len = rtp->extension[e->offset + 1];
	e->data = rtp->extension + e->offset + 2;
	e->offset += 2 + e->len;
	return true;
}

bool media_rtp_element_next(const struct media_rtp *rtp, struct media_rtp_element *element)
{
	bool one = rtp->extension_profile == ONE_BYTE;
	if (!rtp->extension || (!one && (rtp->extension_profile & TWO_BYTE_MASK) != TWO_BYTE))
		return false;
	/* zero bytes between elements are padding */
	while (element->offset < rtp->extension_len && rtp->extension[element->offset] == 0)
		element->offset++;
	if (element->offset >= rtp->extension_len)
		return false;
	return one ? next_one_byte(rtp, element) : next_two_byte(rtp, element);
}

const uint8_t *media_rtp_element_find(const struct media_rtp *rtp, uint8_t id, size_t *len)
{
	struct media_rtp_element element = {0};
	while (id != 0 && media_rtp_element_next(rtp, &element)) {
		if (element.id == id) {
			*len = element.len;
			return element.data;
		}
	}
	return NULL;
}

void media_rtp_write_header(uint8_t *out, bool padded, uint8_t marker_pt, uint16_t seq, uint32_t timestamp,
                            uint32_t ssrc)
{
	out[0] = (uint8_t)(0x80 | (padded ? 0x20 : 0));
	out[1] = marker_pt;
	media_put16(out + 2, seq);
	media_put32(out + 4, timestamp);
	media_put32(out + 8, ssrc);
}

static int elements_size(const struct media_rtp_build *b)
{
	size_t size = 0;
	for (size_t i = 0; i < b->element_count; i++) {
		if (b->elements[i].id < 1 || b->elements[i].id > 14 || b->elements[i].len < 1 ||
		    b->elements[i].len > 16)
			return -EINVAL;
		size += 1 + b->elements[i].len;
	}
	return (int)((size + 3) & ~(size_t)3);
}

static void write_elements(const struct media_rtp_build *b, uint8_t *out, size_t size)
{
	memset(out, 0, 4 + size);
	media_put16(out, ONE_BYTE);
	media_put16(out + 2, (uint16_t)(size / 4));
	uint8_t *p = out + 4;
	for (size_t i = 0; i < b->element_count; i++) {
		*p++ = (uint8_t)(b->elements[i].id << 4 | (b->elements[i].len - 1));
		memcpy(p, b->elements[i].data, b->elements[i].len);
		p += b->elements[i].len;
	}
}

int media_rtp_build(const struct media_rtp_build *b, uint8_t *out, size_t size)
{
	if (b->element_count > sizeof b->elements / sizeof b->elements[0])
		return -EINVAL;
	int elements = elements_size(b);
	if (elements < 0)
		return elements;
	size_t header = MEDIA_RTP_HEADER + (b->element_count ? 4u + (size_t)elements : 0);
	if (size < header || size - header < b->payload_len)
		return -EMSGSIZE;
	media_rtp_write_header(out, b->padded, (uint8_t)((b->marker ? 0x80 : 0) | (b->pt & 0x7F)), b->seq, b->timestamp,
	                       b->ssrc);
	if (b->element_count) {
		out[0] |= 0x10;
		write_elements(b, out + MEDIA_RTP_HEADER, (size_t)elements);
	}
	if (b->payload_len)
		memcpy(out + header, b->payload, b->payload_len);
	return (int)(header + b->payload_len);
}
