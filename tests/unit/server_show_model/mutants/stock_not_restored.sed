# server/show/holds.c
s/return (struct rules_change){.held = -units, .available = units};/return (struct rules_change){.held = -units, .sold = units};/
