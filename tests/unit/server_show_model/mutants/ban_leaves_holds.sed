# server/show/bans.c
s/^\tvoid_what_is_held_of(r, now, seller);$//
