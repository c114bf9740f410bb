# server/show/bans.c
s/order\.seller\.id, seller)/order.seller.id, purchase->row.id)/
