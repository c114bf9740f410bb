# server/show/checkout.c
s/\.price = hold->is\.price};/.price = rules_item(r, hold->is.item) ? rules_item(r, hold->is.item)->is.price : hold->is.price};/
