#!/usr/bin/env bash
# Install what is missing, build, and start the server: bash configs/run.sh [--demo] [--lan] [--set name=value]...
set -euo pipefail
cd "$(dirname "$0")/.."
bash configs/install.sh build run
# shellcheck disable=SC1091
. build/env.sh
[ -f build/release/build.ninja ] || cmake --preset release >build/configure.log 2>&1 || { cat build/configure.log; exit 1; }
cmake --build --preset release
exec build/release/trunkshow serve "$@"
