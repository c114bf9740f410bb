# server/show/serve.c
s/ || offer\.price > waiting->is\.price) {/) {/
