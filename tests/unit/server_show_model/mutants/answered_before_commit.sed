# server/show/engine.c
s/^static void answer_commands(struct show_engine \*e, struct part part)$/static bool early;\n\n&/
s/^\t\tstruct show_command \*command = g_steal_pointer(&decided->command);$/\t\tif (!decided->command || (early \&\& decided->answer.wait))\n\t\t\tcontinue;\n&/
s/^\tint error = commit(e);$/\tearly = true;\n\tanswer_commands(e, part);\n\tearly = false;\n&/
