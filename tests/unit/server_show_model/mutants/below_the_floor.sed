# server/show/items.c
s/price >= listing->is.community.floor/price >= 0/
