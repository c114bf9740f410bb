#!/usr/bin/env bash
# Installs what is missing: configs/install.sh SECTION... (sections of configs/packages.txt: build, run, test).
# With build or test it leaves a PATH with a new enough Node.js in build/env.sh. Quick when nothing is missing.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
node_least=22.12.0

section() { # the packages of one section
	awk -v want="[$1]" '/^#/ || /^$/ {next} /^\[/ {on = ($0 == want); next} on' "$root/configs/packages.txt"
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		echo "There is no sudo here: install these packages as root, then try again" >&2
		return 1
	fi
}

install_debian() {
	local missing=()
	for package in "$@"; do
		dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -q '^installed$' || missing+=("$package")
	done
	[ ${#missing[@]} = 0 ] && return
	echo "Installing ${#missing[@]} Debian packages: ${missing[*]}"
	as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
}

node_is_new_enough() {
	command -v node >/dev/null && printf '%s\n%s\n' "$node_least" "$(node --version | tr -d v)" | sort -C -V
}

install_node() {
	local here=$root/build/node
	if ! command -v npm >/dev/null; then
		# shellcheck disable=SC2046
		install_debian $(section node)
	fi
	mkdir -p "$root/build"
	: >"$root/build/env.sh"
	node_is_new_enough && return
	local bin
	bin=$(ls -d "$here"/node_modules/node-linux-*/bin 2>/dev/null | head -1 || true)
	if [ -z "$bin" ] || ! cmp -s "$root/configs/node/package-lock.json" "$here/package-lock.json"; then
		echo "Installing Node.js $node_least or newer from npm"
		mkdir -p "$here"
		cp "$root"/configs/node/package.json "$root"/configs/node/package-lock.json "$root"/configs/node/.npmrc "$here/"
		(cd "$here" && npm ci --no-progress --loglevel=error)
		bin=$(ls -d "$here"/node_modules/node-linux-*/bin | head -1)
	fi
	printf 'export PATH=%q:$PATH\n' "$bin" >"$root/build/env.sh"
}

packages=()
for name in "$@"; do
	mapfile -t -O ${#packages[@]} packages < <(section "$name")
done
install_debian "${packages[@]}"
case " $* " in # whoever only serves needs no Node.js
*" build "* | *" test "*) install_node ;;
esac
