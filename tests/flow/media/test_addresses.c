/* Peers reach the one port by different addresses, and each hears back from the one it spoke to. */
#include "stage.h"

#include <arpa/inet.h>
#include <unistd.h>

/** Can this machine's loopback do it? */
static bool bindable(const char *address)
{
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
	if (inet_pton(AF_INET6, address, &in6.sin6_addr) != 1)
		return true; /* all of 127.0.0.0/8 is ours */
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);
	bool can = fd >= 0 && bind(fd, (struct sockaddr *)&in6, sizeof in6) == 0;
	if (fd >= 0)
		close(fd);
	return can;
}

static void assert_reached_by(const struct stage_peer *peer, const char *address)
{
	char remote[INET6_ADDRSTRLEN];
	assert_true(sim_peer_remote(peer->sim, remote, sizeof remote));
	assert_string_equal(remote, address);
	assert_int_equal(sim_peer_stats(peer->sim)->asymmetric, 0);
	assert_int_equal(sim_peer_stats(peer->sim)->srtp_failed, 0);
}

/** A whole show, host and viewer, by one address. Once a pair is chosen, a simulated peer's socket takes datagrams from
 * that address alone. */
static void show_by(const char *address)
{
	struct media_config config = stage_config();
	config.announce = address;
	struct stage *stage = stage_open(&config);
	stage->local_address = NULL;
	struct stage_peer *host = stage_host(stage, "show"), *viewer = stage_viewer(stage, "show");
	sim_peer_faults(viewer->sim)->drop_rtp_every = 9;
	stage_until_seen(viewer, SIM_VIDEO, 120);
	assert_true(sim_peer_track(viewer->sim, SIM_VIDEO)->recovered > 0);
	assert_true(sim_peer_track(host->sim, SIM_VIDEO)->reports > 0 || sim_peer_stats(host->sim)->twcc_feedback > 0);
	assert_reached_by(host, address);
	assert_reached_by(viewer, address);
	stage_assert_one_sequence(viewer, SIM_VIDEO);
	stage_close(stage);
}

static void by_ipv6(void **state)
{
	/* a kernel without IPv6 serves the others all the same */
	show_by(bindable("::1") ? "::1" : "127.0.0.1");
}

static void by_one_of_many_addresses(void **state)
{
	show_by("127.0.0.2");
}

/** One port, one show; everybody comes another way. */
static void all_at_once(void **state)
{
	static const char *const ways[] = {"127.0.0.1", "127.0.0.2", "::1", "127.9.9.9"};
	struct media_config config = stage_config();
	struct stage_peer *peers[sizeof ways / sizeof ways[0]];
	size_t count = sizeof ways / sizeof ways[0];
	struct stage *stage = stage_open(&config);
	for (size_t i = 0; i < count; i++) {
		const char *way = bindable(ways[i]) ? ways[i] : "127.0.0.3";
		struct sim_peer_config peer = {.role = i ? MEDIA_VIEW : MEDIA_PUBLISH};
		/* the answer names this address first, and the peer takes no other */
		stage->local_address = way;
		peer.only_candidate = true;
		peers[i] = stage_enter(stage, "show", &peer);
		stage_until_state(peers[i], SIM_CONNECTED);
		assert_reached_by(peers[i], way);
	}
	for (size_t i = 1; i < count; i++) {
		stage_until_seen(peers[i], SIM_VIDEO, 60);
		stage_assert_complete(peers[i], SIM_VIDEO, 0);
	}
	stage_close(stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(by_ipv6),
	        cmocka_unit_test(by_one_of_many_addresses),
	        cmocka_unit_test(all_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
