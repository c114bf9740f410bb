// Addresses of this machine besides loopback's.
import assert from "node:assert/strict";

/** Those that tests/own-network.sh gives, so that a test depends on no network that the machine happens to have. */
export function ownAddresses() {
  const { TEST_ADDRESSES } = process.env;
  assert.ok(TEST_ADDRESSES, "this test wants addresses of its own: bash tests/own-network.sh node --test FILE");
  return TEST_ADDRESSES.split(",");
}
