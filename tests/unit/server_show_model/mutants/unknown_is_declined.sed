# server/show/settle.c
s/\[PAY_UNKNOWN\] = NULL/[PAY_UNKNOWN] = declined/
