#!/usr/bin/env bash
# set-env.sh: restart the server of the conformance suite with another
# environment.  Reads {"env": {...}} from standard input; leaves the server
# running with exactly that.  run.sh says which server by exporting GQLE_DATA,
# GQLE_PGPORT and GQLE_PORT.
. "$(dirname "$0")/../lib/common.sh"
find_pg
. "$top/test/lib/cluster.sh"
. "$top/test/conformance/server.sh"

environment=()
while IFS= read -r -d '' assignment; do
	environment+=("$assignment")
done < <(jq -j '.env | to_entries[] | "\(.key)=\(.value)\u0000"')

cluster_stop
server_start "${environment[@]}"
wait_healthy 30
