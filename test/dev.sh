#!/usr/bin/env bash
# dev.sh: build, install, restart a scratch cluster, psql.
#
# The scratch cluster lies beside the one of `make up`, on ports of its own, and
# gets the extension anew whenever its SQL changed.
. "$(dirname "$0")/lib/common.sh"
. "$top/test/lib/packages.sh"
need_packages build
find_pg
. "$top/test/lib/cluster.sh"
GQLE_PORT=${GQLE_PORT:-8081}
GQLE_PGPORT=${GQLE_PGPORT:-5481}
. "$top/test/lib/demo.sh"
demo_find_data
GQLE_DATA=${GQLE_DATA%/data}/dev

install_gqle WERROR=1
cluster_exists || cluster_create
cluster_stop
cluster_configure "${throwaway_settings[@]}"
cluster_start

digest=$(cat "$top"/sql/gqle--*.sql | sha256sum | cut -d' ' -f1)
if [ "$(as_owner cat "$GQLE_DATA/gqle.sql.digest" 2>/dev/null || true)" != "$digest" ]; then
	! has_database "$database" ||
		cluster_psql -d postgres -c "DROP DATABASE $database WITH (FORCE)"
fi
create_database "$database"
as_owner sh -c "echo $digest >'$GQLE_DATA/gqle.sql.digest'"
wait_healthy
demo_header_file
demo_load
demo_apply_metadata
say "gqle answers at $(base_url)"
[ ! -t 0 ] || exec "$bindir/psql" -h "$GQLE_DATA" -p "$GQLE_PGPORT" -U "$superuser" "$database"
