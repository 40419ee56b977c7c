#!/usr/bin/env bash
# up.sh: from nothing to an answering server; again and again without harm.
#
#   GQLE_PORT    HTTP port (8080)
#   GQLE_PGPORT  PostgreSQL port (5480)
#   GQLE_DATA    data directory (/var/lib/gqle/data, or below ~/.local/share)
#   DEMO=0       an empty database with the extension instead of the demo
#   PG_CONFIG    another server than Debian's
#
# The postmaster gets the caller's environment: HASURA_GRAPHQL_* settings and
# whatever metadata refer to with *_from_env.
. "$(dirname "$0")/lib/common.sh"
. "$top/test/lib/packages.sh"
need_packages build
find_pg
. "$top/test/lib/cluster.sh"
. "$top/test/lib/demo.sh"
demo_find_data

build_console
install_gqle
cluster_exists || cluster_create
demo_start
create_database "$database"
wait_healthy
demo_header_file

query='{ __typename }'
if [ "${DEMO:-1}" != 0 ]; then
	demo_load
	demo_apply_metadata
	query='{ artist(limit: 2, order_by: {id: asc}) { name albums(limit: 2) { title } } }'
fi

headers="-H 'content-type: application/json'"
[ -z "${HASURA_GRAPHQL_ADMIN_SECRET:-}" ] || headers="-H '@$header_file'"
cat <<TEXT

gqle answers at $(base_url)

  curl -s $headers $(base_url)/v1/graphql -d '{"query": "$query"}'

  $bindir/psql -h $GQLE_DATA -p $GQLE_PGPORT -U $superuser $database

HASURA_GRAPHQL_ENABLE_CONSOLE=true make up serves a console at $(base_url)/console
make down stops it; its data stays in $GQLE_DATA
TEXT
