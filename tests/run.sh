#!/usr/bin/env bash
# Install what the tests need, build with sanitizers, run everything.
#   bash tests/run.sh                 all of it, as CI does
#   bash tests/run.sh -R unit.room    the same build, only what ctest's options choose
# LONG=1 gives the forms with a parameter (soaks, random schedules) their full length.
set -euo pipefail
cd "$(dirname "$0")/.."
bash configs/install.sh build run test
# shellcheck disable=SC1091
. build/env.sh

npm_install() { # npm_install FOLDER: what its lock file says, only when that changed
	cmp -s "$1/package-lock.json" "$1/node_modules/.lock-copy" && return
	echo "Installing npm packages of $1"
	(cd "$1" && npm ci --no-progress --loglevel=error)
	cp "$1/package-lock.json" "$1/node_modules/.lock-copy"
}
npm_install tests

build() { # build PRESET [targets…]
	local preset=$1
	shift
	if [ ! -f "build/$preset/build.ninja" ]; then
		echo "Configuring $preset"
		cmake --preset "$preset" >"build/configure-$preset.log" 2>&1 || { cat "build/configure-$preset.log"; exit 1; }
	fi
	echo "Building $preset"
	cmake --build "build/$preset" ${1:+--target "$@"}
}
build asan
build tsan tsan_tests
build clang
build release

status=0
echo "Testing with AddressSanitizer and UndefinedBehaviorSanitizer"
ctest --test-dir build/asan --output-on-failure -j "${JOBS:-2}" "$@" || status=$?
echo "Testing with ThreadSanitizer what has threads"
ctest --test-dir build/tsan --output-on-failure -j "${JOBS:-2}" -L threads --no-tests=ignore "$@" || status=$?
exit $status
