# server/show/checkout.c
s/^\trules_deadline_clear(r, &hold->deadline);$//
