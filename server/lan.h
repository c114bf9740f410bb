/* --lan: https for the local network, with a certificate of our own. */
#ifndef TRUNKSHOW_LAN_H
#define TRUNKSHOW_LAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/settings.h"
#include "hub/hub.h"

#define LAN_PORT 8443
#define LAN_DAYS 397 /**< the longest life that phones accept */
#define LAN_RENEW_DAYS 30

/** Change the settings for the network: bind to every address, the port, certificate and key in data_dir/tls, which are
 * made or made again when the machine's names or addresses have changed or the end is near. @return 0; -errno with
 * `why`. Thread: main. */
__attribute__((warn_unused_result)) int lan_prepare(struct base_settings *settings, char *why, size_t why_len);

/** Serve the certificate as /lan.crt, for phones that want to install it. */
void lan_route(struct hub *hub, const struct base_settings *settings);
/** Where phones open the pages. */
void lan_print_urls(const struct base_settings *settings, int port);

/* ---- for the test ---- */

/** The names and addresses of a certificate, as text. */
struct lan_names {
	size_t count;
	char names[64][256];
	bool is_address[64];
};
void lan_names_of_machine(struct lan_names *out);
/** @return 0; -errno. Writes both files durably, the key for its owner alone. */
__attribute__((warn_unused_result)) int lan_certificate_make(const char *cert_path, const char *key_path,
                                                             const struct lan_names *names);
/** Whether the certificate is there, matches the key, holds exactly these names and lasts another LAN_RENEW_DAYS. */
bool lan_certificate_fits(const char *cert_path, const char *key_path, const struct lan_names *names);
#endif
