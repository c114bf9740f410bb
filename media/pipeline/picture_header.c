#include "pipeline/picture_header.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

static uint32_t be16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t be32(const uint8_t *p)
{
	return be16(p) << 16 | be16(p + 2);
}

static uint32_t le16(const uint8_t *p)
{
	return (uint32_t)p[1] << 8 | p[0];
}

static uint32_t le24(const uint8_t *p)
{
	return (uint32_t)p[2] << 16 | le16(p);
}

static uint32_t le32(const uint8_t *p)
{
	return le16(p + 2) << 16 | le16(p);
}

static int refuse(struct picture_header *out, const char *problem)
{
	out->problem = problem;
	return -EBADMSG;
}

/** Orientation in the first directory of a TIFF block; 1 where there is none. */
static int tiff_orientation(const uint8_t *p, size_t len)
{
	bool little;
	size_t at, count, i;

	if (len < 8 || (memcmp(p, "II", 2) != 0 && memcmp(p, "MM", 2) != 0))
		return 1;
	little = p[0] == 'I';
	at = little ? le32(p + 4) : be32(p + 4);
	if (at > len - 2)
		return 1;
	count = little ? le16(p + at) : be16(p + at);
	at += 2;
	for (i = 0; i < count && at <= len - 12 && len >= 12; i++, at += 12) {
		uint32_t tag = little ? le16(p + at) : be16(p + at);
		uint32_t value = little ? le16(p + at + 8) : be16(p + at + 8);

		if (tag == 0x0112)
			return value >= 1 && value <= 8 ? (int)value : 1;
	}
	return 1;
}

static int exif_orientation(const uint8_t *p, size_t len)
{
	if (len > 6 && memcmp(p, "Exif\0\0", 6) == 0)
		return tiff_orientation(p + 6, len - 6);
	return tiff_orientation(p, len);
}

/* ---- JPEG ---- */

/** Start of frame: precision, height, width, components. */
static int jpeg_frame(const uint8_t *p, size_t len, struct picture_header *out)
{
	if (out->width)
		return refuse(out, "a JPEG with two frames");
	if (len < 6 || p[0] != 8 || (p[5] != 1 && p[5] != 3))
		return refuse(out, "a JPEG of a kind that cameras do not make");
	out->height = be16(p + 1);
	out->width = be16(p + 3);
	return out->width && out->height ? 0 : refuse(out, "a JPEG without a size");
}

/** From the first scan on: is there an end of image? */
static int jpeg_scans(const uint8_t *data, size_t at, size_t len, struct picture_header *out)
{
	if (!out->width)
		return refuse(out, "a JPEG without a frame");
	for (; at + 1 < len; at++) {
		if (data[at] == 0xff && data[at + 1] == 0xd9)
			return 0;
	}
	return refuse(out, "the picture is cut short");
}

static int read_jpeg(const uint8_t *data, size_t len, struct picture_header *out)
{
	size_t at = 2;

	while (at + 4 <= len) {
		uint8_t marker = data[at + 1];
		size_t n = be16(data + at + 2);
		const uint8_t *body = data + at + 4;

		if (data[at] != 0xff)
			return refuse(out, "a broken JPEG");
		if (marker == 0xff) { /* fill */
			at++;
			continue;
		}
		if (n < 2 || at + 2 + n > len)
			return refuse(out, "the picture is cut short");
		if (marker == 0xda)
			return jpeg_scans(data, at + 2 + n, len, out);
		if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc) {
			if (marker > 0xc2)
				return refuse(out, "a JPEG of a kind that cameras do not make");
			if (jpeg_frame(body, n - 2, out) < 0)
				return -EBADMSG;
		}
		if (marker == 0xe1 && n > 8 && memcmp(body, "Exif\0\0", 6) == 0)
			out->orientation = exif_orientation(body, n - 2);
		at += 2 + n;
	}
	return refuse(out, "the picture is cut short");
}

/* ---- PNG ---- */

static int read_png(const uint8_t *data, size_t len, struct picture_header *out)
{
	size_t at = 8;
	bool pixels = false;

	if (len < 33 || be32(data + 8) != 13 || memcmp(data + 12, "IHDR", 4) != 0)
		return refuse(out, "a broken PNG");
	out->width = be32(data + 16);
	out->height = be32(data + 20);
	if (!out->width || !out->height)
		return refuse(out, "a PNG without a size");
	while (at + 12 <= len) {
		uint32_t n = be32(data + at);

		if (n > len - at - 12)
			break;
		pixels |= memcmp(data + at + 4, "IDAT", 4) == 0;
		if (memcmp(data + at + 4, "eXIf", 4) == 0)
			out->orientation = exif_orientation(data + at + 8, n);
		if (memcmp(data + at + 4, "IEND", 4) == 0)
			return pixels ? 0 : refuse(out, "a PNG without pixels");
		at += 12 + (size_t)n;
	}
	return refuse(out, "the picture is cut short");
}

/* ---- WebP ---- */

static void at_least(struct picture_header *out, uint32_t width, uint32_t height)
{
	out->width = width > out->width ? width : out->width;
	out->height = height > out->height ? height : out->height;
}

/** One chunk. @return 1 it holds the picture; 0; -EBADMSG. */
static int webp_chunk(const char *name, const uint8_t *p, uint32_t n, struct picture_header *out)
{
	if (memcmp(name, "VP8 ", 4) == 0) {
		if (n < 10 || (p[0] & 1) || memcmp(p + 3, "\x9d\x01\x2a", 3) != 0)
			return refuse(out, "a broken WebP");
		at_least(out, le16(p + 6) & 0x3fff, le16(p + 8) & 0x3fff);
		return 1;
	}
	if (memcmp(name, "VP8L", 4) == 0) {
		if (n < 5 || p[0] != 0x2f)
			return refuse(out, "a broken WebP");
		at_least(out, (le32(p + 1) & 0x3fff) + 1, (le32(p + 1) >> 14 & 0x3fff) + 1);
		return 1;
	}
	if (memcmp(name, "VP8X", 4) == 0) {
		if (n < 10)
			return refuse(out, "a broken WebP");
		if (p[0] & 2)
			return refuse(out, "an animated WebP");
		at_least(out, le24(p + 4) + 1, le24(p + 7) + 1);
	}
	if (memcmp(name, "EXIF", 4) == 0)
		out->orientation = exif_orientation(p, n);
	return 0;
}

static int read_webp(const uint8_t *data, size_t len, struct picture_header *out)
{
	size_t at = 12, end;
	bool pixels = false;
	int rc;

	if (le32(data + 4) > len - 8)
		return refuse(out, "the picture is cut short");
	end = 8 + (size_t)le32(data + 4);
	while (at + 8 <= end) {
		uint32_t n = le32(data + at + 4);

		if (n > end - at - 8)
			return refuse(out, "a broken WebP");
		rc = webp_chunk((const char *)data + at, data + at + 8, n, out);
		if (rc < 0)
			return rc;
		pixels |= rc > 0;
		at += 8 + (size_t)n + (n & 1);
	}
	return pixels && out->width && out->height ? 0 : refuse(out, "a WebP without pixels");
}

int picture_header_read(const uint8_t *data, size_t len, struct picture_header *out)
{
	*out = (struct picture_header){.orientation = 1};
	if (len >= 3 && memcmp(data, "\xff\xd8\xff", 3) == 0) {
		out->kind = PICTURE_JPEG;
		return read_jpeg(data, len, out);
	}
	if (len >= 8 && memcmp(data, "\x89PNG\r\n\x1a\n", 8) == 0) {
		out->kind = PICTURE_PNG;
		return read_png(data, len, out);
	}
	if (len >= 12 && memcmp(data, "RIFF", 4) == 0 && memcmp(data + 8, "WEBP", 4) == 0) {
		out->kind = PICTURE_WEBP;
		return read_webp(data, len, out);
	}
	return refuse(out, "not a JPEG, PNG or WebP picture");
}
