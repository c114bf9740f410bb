#!/usr/bin/env bash
# Install what the tests need, build with sanitizers, run everything.
#   bash tests/run.sh                 all of it, as CI does
#   bash tests/run.sh -R unit.room    the same build, only what ctest's options choose
# JOBS=n: what ctest may run at once; most tests count as four, those that nearly only wait as one.
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

build() { # build PRESET
	if [ ! -f "build/$1/build.ninja" ]; then
		echo "Configuring $1"
		cmake --preset "$1" >"build/configure-$1.log" 2>&1 || { cat "build/configure-$1.log"; exit 1; }
	fi
	echo "Building $1"
	cmake --build "build/$1"
}
for preset in asan tsan clang release; do
	build "$preset"
done

jobs=${JOBS:-$((4 * $(nproc)))}
status=0
echo "Testing with AddressSanitizer and UndefinedBehaviorSanitizer"
ctest --test-dir build/asan --output-on-failure --no-tests=ignore -j "$jobs" "$@" || status=$?
echo "Testing with ThreadSanitizer"
ctest --test-dir build/tsan --output-on-failure --no-tests=ignore -j "$jobs" -LE 'browser|fuzz|house|interop|network' "$@" || status=$?
echo "Testing the sources with clang-tidy"
ctest --test-dir build/clang --output-on-failure --no-tests=ignore -R house.tidy "$@" || status=$?
exit $status
