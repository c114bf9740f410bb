# server/show/waitlist.c
s/^\t\t\trules_deadline_clear(r, &waiting->absent);$/\t\t\tcontinue;/
