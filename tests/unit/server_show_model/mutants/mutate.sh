#!/bin/sh
# mutate.sh SCRIPT SOURCE OUT: the source with each line of the sed script done to it. If a line changes nothing (any
# more), the copy says so in STALE beside it: the test that runs the mutant fails then and names the line.
set -eu
script=$1 source=$2 out=$3
cp "$source" "$out"
rm -f "$out.stale"
grep -v '^#' "$script" | while IFS= read -r line; do
	printf '%s\n' "$line" >"$out.line"
	sed -f "$out.line" "$out" >"$out.next"
	cmp -s "$out" "$out.next" && printf '%s: no longer matches %s: %s\n' "$script" "$source" "$line" >>"$out.stale"
	mv "$out.next" "$out"
done
rm -f "$out.line"
