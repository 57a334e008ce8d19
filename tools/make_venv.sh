#!/bin/sh
# Make a virtual environment where there is none, and install the packages of a lock file into it, whose hashes they must
# have: tools/make_venv.sh FOLDER LOCK. The PYTHON variable names another Python to make it from.
set -eu

folder=$1
lock=$2

main() {
    if ! works "$folder/bin/python"; then
        python=$(newest_python)
        make_environment "$python"
    fi
    echo "Installing the packages of $lock into $folder ..."
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
}

works() {
    "$1" -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

newest_python() {
    for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    echo "Toonbank needs Python 3.11 or newer. Install it, or name one: make run PYTHON=/path/to/python3" >&2
    exit 1
}

# Debian's python3 comes without ensurepip, which venv needs; virtualenv brings its own pip.
make_environment() {
    rm -rf "$folder"
    if "$1" -c 'import venv, ensurepip' 2>/dev/null; then
        "$1" -m venv "$folder"
    elif "$1" -m virtualenv --version >/dev/null 2>&1; then
        "$1" -m virtualenv --quiet "$folder"
    else
        echo "$1 can't make virtual environments. On Debian or Ubuntu: apt install python3-venv" >&2
        exit 1
    fi
}

main
