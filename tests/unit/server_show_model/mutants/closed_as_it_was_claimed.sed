# server/store/claimed.c
s/if (settled) {/if (settled < 0) {/
