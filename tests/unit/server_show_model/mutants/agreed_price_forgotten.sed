# server/show/claims.c
s/^\twaiting->is\.price = c->command->price;$//
