#!/usr/bin/env bash
# run.sh: Hasura's own test cases against a fresh server, compared with the list
# of cases that are known to pass.
#
#   GQLE_CONFORMANCE  the suite (../shared/conformance beside the project)
#   T=REGEX           only cases whose id matches
#   WRITE=1           write what passes now into passing.txt (not with T)
#
# The list is test/conformance/passing.txt, one id a line; "~" after an id: the
# error it expects comes with other words.  A listed case that does not pass, or
# passes only with "~" where it did without, is a failure.  The last line is
# "N passed, N failed", counting listed cases; the report stays in
# build/test/conformance.json.
. "$(dirname "$0")/../lib/common.sh"
. "$top/test/lib/packages.sh"
. "$top/test/lib/suite.sh"

here=$top/test/conformance
suite=${GQLE_CONFORMANCE:-$top/../shared/conformance}
[ -f "$suite/run.py" ] || die "no conformance suite in $suite; set GQLE_CONFORMANCE"
need_packages build conformance
find_pg
. "$top/test/lib/cluster.sh"
. "$here/server.sh"

# Amounts of money are written as in the United States.
if command -v localedef >/dev/null && ! locale -a | grep -qi '^en_US\.utf-\?8$'; then
	as_root localedef -i en_US -f UTF-8 en_US.UTF-8 || true
fi

scratch_make
install_gqle
secret=conformance-secret
export GQLE_DATA=$scratch/conformance
free_port
export GQLE_PGPORT=$free_port
free_port
export GQLE_PORT=$free_port

cluster_create --no-sync
server_start
cluster_set_password
cluster_psql -d postgres -c 'CREATE DATABASE pg_source_1' -c 'CREATE DATABASE pg_source_2'
create_database gqle
cluster_stop

dsn() { printf 'postgresql://%s:%s@127.0.0.1:%s/%s' "$superuser" "$password" "$GQLE_PGPORT" "$1"; }
environment=(
	"HASURA_GRAPHQL_ADMIN_SECRET=$secret"
	"HASURA_GRAPHQL_PG_SOURCE_URL_1=$(dsn pg_source_1)"
	"HASURA_GRAPHQL_PG_SOURCE_URL_2=$(dsn pg_source_2)"
)
while IFS= read -r line; do
	environment+=("$line")
done < <(python3 "$suite/run.py" --print-env)

server_start "${environment[@]}"
wait_healthy

report=$logs/conformance.json
rm -f "$report"
status=0
python3 "$suite/run.py" --url "$(base_url)" --admin-secret "$secret" \
	--pg-dsn "$(dsn gqle)" --pg-source-1 "$(dsn pg_source_1)" \
	--pg-source-2 "$(dsn pg_source_2)" --services \
	--set-env-cmd "$here/set-env.sh" --report "$report" \
	${T:+--only "$T"} >"$logs/conformance.log" 2>&1 || status=$?
[ -f "$report" ] || { tail -n 40 "$logs/conformance.log"; die "the suite did not run"; }
as_owner cat "$GQLE_DATA/server.log" >"$logs/conformance-server.log"
sed -n '/^feature /,$p' "$logs/conformance.log"

python3 "$here/compare.py" "$report" "$here/passing.txt" ${T:+--only "$T"} ${WRITE:+--write}
