#!/usr/bin/env bash
# Every C file is as clang-format would write it: format.sh CLANG_FORMAT
set -euo pipefail
cd "$(dirname "$0")/../../.."
git ls-files -z '*.c' '*.h' | xargs -0 "$1" --dry-run --Werror
