# server/show/engine.c
s/^\trules_forget(&e->rules);$/\tif (error != -EIO)\n\t\treturn error;\n&/
