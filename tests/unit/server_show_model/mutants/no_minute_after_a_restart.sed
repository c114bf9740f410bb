# server/show/holds.c
s/CLAMP(left_ms, least_ms, /CLAMP(left_ms, 0, /
