# server/show/checkout.c
s/\.price = hold->deal->is\.price};/.price = rules_item(r, hold->deal->is.item) ? rules_item(r, hold->deal->is.item)->is.price : hold->deal->is.price};/
