#!/usr/bin/env bash
# down.sh: stop the server of `make up`; its data stays.
. "$(dirname "$0")/lib/common.sh"
find_pg
. "$top/test/lib/cluster.sh"
. "$top/test/lib/demo.sh"
demo_find_data

if ! cluster_exists; then
	say "no cluster of gqle in $GQLE_DATA"
	exit 0
fi
cluster_stop
say "gqle is down; its data stays in $GQLE_DATA"
