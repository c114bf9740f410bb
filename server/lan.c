#include "lan.h"

#include <arpa/inet.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

#define NAMES_MAX (sizeof((struct lan_names *)0)->names / sizeof((struct lan_names *)0)->names[0])

static void add(struct lan_names *out, const char *name, bool is_address)
{
	for (size_t i = 0; i < out->count; i++)
		if (strcmp(out->names[i], name) == 0)
			return;
	if (out->count == NAMES_MAX || strlen(name) >= sizeof out->names[0] || !*name)
		return;
	out->is_address[out->count] = is_address;
	snprintf(out->names[out->count++], sizeof out->names[0], "%s", name);
}

static void add_address(struct lan_names *out, const struct sockaddr *address)
{
	char text[INET6_ADDRSTRLEN];

	if (address && address->sa_family == AF_INET) {
		inet_ntop(AF_INET, &((const struct sockaddr_in *)address)->sin_addr, text, sizeof text);
		add(out, text, true);
	} else if (address && address->sa_family == AF_INET6) {
		const struct in6_addr *v6 = &((const struct sockaddr_in6 *)address)->sin6_addr;
		if (IN6_IS_ADDR_LINKLOCAL(v6)) /* needs a zone, which no URL of a phone has */
			return;
		inet_ntop(AF_INET6, v6, text, sizeof text);
		add(out, text, true);
	}
}

void lan_names_of_machine(struct lan_names *out)
{
	struct ifaddrs *list = NULL;
	char host[200] = "", local[256];

	memset(out, 0, sizeof *out);
	add(out, "localhost", false);
	if (gethostname(host, sizeof host - 1) == 0 && *host) {
		add(out, host, false);
		if (!strchr(host, '.')) {
			snprintf(local, sizeof local, "%s.local", host);
			add(out, local, false);
		}
	}
	if (getifaddrs(&list) == 0) {
		for (const struct ifaddrs *at = list; at; at = at->ifa_next)
			if (at->ifa_flags & IFF_UP)
				add_address(out, at->ifa_addr);
		freeifaddrs(list);
	}
}

static int set(struct base_settings *settings, const char *name, const char *value, char *why, size_t why_len)
{
	return base_settings_set(settings, name, value, why, why_len);
}

static bool has_ipv6(void)
{
	return access("/proc/net/if_inet6", R_OK) == 0;
}

static int set_network(struct base_settings *settings, char *why, size_t why_len)
{
	char port[16];
	int err = 0;

	/* Every address, both families; one that was said stays. */
	if (strcmp(settings->bind, "127.0.0.1") == 0)
		err = set(settings, "bind", has_ipv6() ? "::" : "0.0.0.0", why, why_len);
	if (!err && settings->http_port == 8080) {
		snprintf(port, sizeof port, "%d", LAN_PORT);
		err = set(settings, "http_port", port, why, why_len);
	}
	/* Asking for the local network is saying that the test provider will do, unless another was said. */
	if (!err && !settings->payments_said)
		err = set(settings, "payments", "test", why, why_len);
	return err;
}

static int make_folder(const char *path, char *why, size_t why_len)
{
	if (g_mkdir_with_parents(path, 0700) == 0)
		return 0;
	snprintf(why, why_len, "%s: %s", path, strerror(errno));
	return -errno;
}

int lan_prepare(struct base_settings *settings, char *why, size_t why_len)
{
	char folder[4100], cert[4200], key[4200];
	struct lan_names *names;
	int err = set_network(settings, why, why_len);

	if (err || *settings->tls_cert) /* a certificate that was given is better than ours */
		return err;
	snprintf(folder, sizeof folder, "%s/tls", settings->data_dir);
	snprintf(cert, sizeof cert, "%s/lan.crt", folder);
	snprintf(key, sizeof key, "%s/lan.key", folder);
	err = make_folder(settings->data_dir, why, why_len);
	if (!err)
		err = make_folder(folder, why, why_len);
	if (err)
		return err;
	names = calloc(1, sizeof *names);
	if (!names)
		return -ENOMEM;
	lan_names_of_machine(names);
	if (!lan_certificate_fits(cert, key, names)) {
		err = lan_certificate_make(cert, key, names);
		if (err)
			snprintf(why, why_len, "%s: no certificate can be made: %s", cert, strerror(-err));
		else
			base_log(BASE_LOG_INFO, "app", "certificate", "made for %zu names and addresses: %s",
			         names->count, cert);
	}
	free(names);
	if (!err)
		err = set(settings, "tls_cert", cert, why, why_len);
	if (!err)
		err = set(settings, "tls_key", key, why, why_len);
	return err;
}

static void send_certificate(struct hub_request *request, void *ctx)
{
	const struct base_settings *settings = ctx;

	hub_request_reply_file(request, settings->tls_cert, "application/x-x509-ca-cert", "no-cache");
}

void lan_route(struct hub *hub, const struct base_settings *settings)
{
	hub_route(hub, &(struct hub_route){.method = HUB_GET,
	                                   .pattern = "/lan.crt",
	                                   .handle = send_certificate,
	                                   .ctx = (void *)settings});
}

void lan_print_urls(const struct base_settings *settings, int port)
{
	struct lan_names *names = calloc(1, sizeof *names);

	if (!names)
		return;
	lan_names_of_machine(names);
	printf("On phones in the same network, open one of these and accept the certificate:\n");
	for (size_t i = 0; i < names->count; i++) {
		const char *name = names->names[i];
		bool loopback =
		        strcmp(name, "localhost") == 0 || strncmp(name, "127.", 4) == 0 || strcmp(name, "::1") == 0;
		if (!loopback)
			printf(names->is_address[i] && strchr(name, ':') ? "  https://[%s]:%d/studio\n"
			                                                 : "  https://%s:%d/studio\n",
			       name, port);
	}
	printf("An iPhone may want the certificate installed: open /lan.crt there.\n");
	free(names);
	fflush(stdout);
}
