/* RTCP compounds through every reader, and what transport feedback says through a second round of writing. */
#include <stdint.h>
#include <stdlib.h>

#include "rtp/rtcp.h"
#include "rtp/twcc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void require(bool holds)
{
	if (!holds)
		abort();
}

/** @return how many packets a transport feedback tells of; -1: it is none. */
static int feedback(const struct media_rtcp *p)
{
	struct media_twcc_reader reader;
	struct media_twcc_status status;
	int n = 0;
	if (media_twcc_open(&reader, p) != 0)
		return -1;
	while (media_twcc_next(&reader, &status))
		require(status.seq == (uint16_t)(reader.base + n++));
	require(n == reader.count && reader.delta <= p->body + p->len);
	return n;
}

static void read_all(const struct media_rtcp *p)
{
	struct media_rtcp_sr sr;
	struct media_rtcp_block block;
	uint16_t seqs[128];
	uint32_t a, b;
	uint64_t bps;
	const char *cname = NULL;
	size_t len = 0, i = 0;
	(void)!media_rtcp_read_sr(p, &sr);
	while (media_rtcp_read_block(p, i, &block) == 0)
		i++;
	require(i <= 31);
	(void)!media_rtcp_read_feedback(p, &a, &b);
	require(media_rtcp_read_nack(p, seqs, 128) <= 128);
	(void)media_rtcp_fir_names(p, 1);
	(void)!media_rtcp_read_remb(p, &bps);
	for (i = 0; media_rtcp_read_bye(p, i, &a) == 0; i++)
		;
	require(i <= 31);
	if (media_rtcp_read_cname(p, &a, &cname, &len) == 0)
		require((const uint8_t *)cname >= p->body && (const uint8_t *)cname + len <= p->body + p->len);
	(void)!feedback(p);
}

/** The bytes as arrivals of packets: (number, pause) pairs. What is written must be readable and fit into its packet.
 */
static void arrivals(const uint8_t *data, size_t len)
{
	struct media_twcc *t = calloc(1, sizeof *t);
	int64_t now = 0;
	require(t != NULL);
	for (size_t i = 0; i + 4 <= len; i += 4) {
		uint8_t room[1200];
		struct media_rtcp_writer w = {.data = room, .size = sizeof room};
		now += (int64_t)(data[i + 2] << 8 | data[i + 3]) * 10;
		media_twcc_note(t, (uint16_t)(data[i] << 8 | data[i + 1]), now);
		if (data[i + 3] % 4 || !t->pending)
			continue;
		media_twcc_write(t, &w, 1, 2);
		require(!w.failed && w.len > 0);
		const uint8_t *at = room;
		size_t left = w.len;
		struct media_rtcp p;
		require(media_rtcp_next(&at, &left, &p) == 1 && feedback(&p) > 0);
	}
	free(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const uint8_t *at = data;
	size_t left = len;
	struct media_rtcp p;
	int status, count = 0;
	while ((status = media_rtcp_next(&at, &left, &p)) == 1) {
		read_all(&p);
		count++;
	}
	require((media_rtcp_check(data, len) == 0) == (status == 0 && count > 0));
	arrivals(data, len);
	return 0;
}
