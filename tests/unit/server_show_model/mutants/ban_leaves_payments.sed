# server/show/bans.c
s/purchase->is\.voided = true;/purchase->is.voided = false;/
