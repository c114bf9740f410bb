# server/show/settle.c
s/if (order->state == STORE_ORDER_PAYING)$/if (order->state == STORE_ORDER_PAYING || order->state == STORE_ORDER_PAID)/
