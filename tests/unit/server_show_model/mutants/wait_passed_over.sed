# server/show/serve.c
s/ \&\& rules_stock_available(stock) > 0;/ \&\& rules_stock_available(stock) > 1;/
