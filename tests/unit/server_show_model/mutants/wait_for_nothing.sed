# server/show/serve.c
s/^\t\tclose_all(r, now, freed, &stock);$/\t\t;/
