#!/usr/bin/env bash
# Run a command in a network of its own: loopback, and two addresses besides it, of which everything on this machine's
# real network knows nothing. What it mounts, nobody else sees.
#   bash tests/own-network.sh node --test tests/interop/werift.test.mjs
# 10.99.0.1 and 10.99.0.2 are both ends of one cable; TEST_ADDRESSES names them. Root, or a kernel that gives its users
# namespaces, and iproute2.
set -euo pipefail
if [ "${OWN_NETWORK:-}" != inside ]; then
	root=()
	[ "$(id -u)" = 0 ] || root=(--map-root-user)
	OWN_NETWORK=inside exec unshare "${root[@]}" --net --mount bash "$0" "$@"
fi
unset OWN_NETWORK
ip link set lo up
ip link add near type veth peer name far
ip address add 10.99.0.1/24 dev near
ip address add 10.99.0.2/24 dev far
ip link set near up
ip link set far up
TEST_ADDRESSES=10.99.0.1,10.99.0.2 exec "$@"
