# server/store/holds.c
s/int error = claimed_find(r, wanted, holds);/int error = 0;/
