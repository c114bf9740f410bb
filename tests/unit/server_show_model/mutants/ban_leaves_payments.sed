# server/show/settle.c
s/purchase->is\.voided = true;/purchase->is.voided = false;/
