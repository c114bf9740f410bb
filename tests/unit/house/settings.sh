#!/usr/bin/env bash
# Writes the table of settings into README.md: settings.sh path/to/trunkshow
set -euo pipefail
readme=$(dirname "$0")/../../../README.md
"$1" settings >"$readme.table"
sed -i -e '/<!-- settings:/,/<!-- \/settings -->/{/<!--/!d}' -e "/<!-- settings:/r $readme.table" "$readme"
rm "$readme.table"
