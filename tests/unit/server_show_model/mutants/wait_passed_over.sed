# server/show/serve.c
s/\(queue->entries->len && rules_stock_available([a-z, ]*)\) > 0;/\1 > 1;/
