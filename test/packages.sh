#!/usr/bin/env bash
# packages.sh [GROUP...]: install the Debian packages of those groups (all).
. "$(dirname "$0")/lib/common.sh"
. "$top/test/lib/packages.sh"

[ $# -gt 0 ] || set -- build test conformance bench
need_packages "$@"
