#!/usr/bin/env bash
# clean-data.sh: stop the server of `make up` and remove its data directory.
. "$(dirname "$0")/lib/common.sh"
find_pg
. "$top/test/lib/cluster.sh"
. "$top/test/lib/demo.sh"
demo_find_data

if ! cluster_exists; then
	say "no cluster of gqle in $GQLE_DATA"
	exit 0
fi
cluster_remove immediate
say "removed $GQLE_DATA"
