#!/usr/bin/env bash
# clang-tidy finds nothing in what was compiled there: tidy.sh CLANG_TIDY BUILD_FOLDER
set -euo pipefail
cd "$(dirname "$0")/../../.."
git ls-files -z 'chat/*.c' 'media/*.c' 'server/*.c' 'tests/sim/*.c' 'tests/load/*.c' |
	xargs -0 -P "$(nproc)" -n 6 "$1" -p "$2" --quiet
