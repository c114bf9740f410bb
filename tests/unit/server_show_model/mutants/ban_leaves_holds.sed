# server/show/settle.c
s/^\tvoid_what_is_held_of(r, seller);$//
