# server/show/waitlist.c
s/guint at = queue->entries->len;/guint at = 0;/
