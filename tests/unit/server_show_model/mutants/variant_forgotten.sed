# server/show/stock.c
s/^\tif (!stock->variant)$/\tif (!stock->variant || change.sold)/
