#!/bin/sh
# caught.sh PROGRAM STALE HISTORIES: the model must find the mutant within so many histories.
set -u
if [ -e "$2" ]; then
	cat "$2"
	exit 1
fi
said=$(MODEL_SEED=1 MODEL_HISTORIES="$3" MODEL_SHORTEN=0 "$1" 2>&1)
code=$?
printf '%s\n' "$said" | tail -n 5
[ "$code" = 1 ] && printf '%s\n' "$said" | grep -q '^MODEL_SEED=.* fails after' && exit 0
echo "not caught: code $code"
exit 1
