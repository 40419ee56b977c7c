#!/usr/bin/env bash
# restart.sh: stop and start the server of `make up` with this environment.
. "$(dirname "$0")/lib/common.sh"
find_pg
. "$top/test/lib/cluster.sh"
. "$top/test/lib/demo.sh"
demo_find_data

cluster_exists || die "no cluster of gqle in $GQLE_DATA; run make up"
cluster_stop
demo_start
wait_healthy
say "gqle answers at $(base_url)"
