#!/bin/sh
# See that the programs the tests need are there: a browser, a PDF reader, a database. Root on Debian installs what is missing.
set -eu

packages=""

need() {
    found=no
    for program in $2; do
        if command -v "$program" >/dev/null 2>&1; then found=yes; fi
    done
    if [ $found = no ]; then packages="$packages $1"; fi
}

need chromium-headless-shell "chromium-headless-shell"
need poppler-utils "pdftoppm"
need curl "curl"
need openssl "openssl"
need postgresql "initdb /usr/lib/postgresql/*/bin/initdb"

if [ -z "$packages" ]; then exit 0; fi

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "The tests need programs that are not installed. On Debian or Ubuntu: sudo apt install$packages" >&2
    exit 1
fi

echo "Installing what the tests need:$packages"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086 # one word for each package
apt-get install -y -qq --no-install-recommends $packages >/dev/null
