# server/show/second_chance.c
s/MAX(offer->price, listing->community\.floor)/offer->price/
