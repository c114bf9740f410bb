# server/show/claims.c
s/if (memcmp(used->body, claim->body, STORE_KEY_BYTES) != 0) {/if (!claim) {/
