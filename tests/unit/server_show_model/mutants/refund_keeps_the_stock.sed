# server/show/holds.c
s/return (struct rules_change){.sold = -units, .available = units};/return (struct rules_change){.sold = -units, .adjusted = -units};/
