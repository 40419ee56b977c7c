#!/usr/bin/env bash
# metadata_cycles.sh: CYCLES (10000) times a table is made, tracked, permitted,
# asked, altered, and dropped; half in one backend, half over HTTP.  What memory
# does that leave behind?  Prints a paragraph of Markdown.
. "$(dirname "$0")/../lib/common.sh"
. "$top/test/lib/suite.sh"
find_pg
. "$top/test/lib/cluster.sh"
. "$top/test/bench/lib.sh"

scratch_make
bench_server >/dev/null
cycles=$((${CYCLES:-10000} / 2))

# anonymous KIND: resident kB that are not shared, of all workers of a kind.
anonymous()
{
	local pid

	for pid in $(cluster_psql -At -d postgres -v kind="gqle $1" \
		<<<"SELECT pid FROM pg_stat_activity WHERE backend_type = :'kind' ORDER BY pid"); do
		awk '/^RssAnon/ { printf "%s ", $2 }' "/proc/$pid/status"
	done
}

# in_backend: bytes of the backend's contexts after a warm-up and after all.
in_backend()
{
	cluster_psql -At -d "$database" <<-SQL
		CREATE PROCEDURE cycle(n integer, with_gqle boolean) LANGUAGE plpgsql AS \$\$
		BEGIN
			FOR i IN 1..n LOOP
				CREATE TABLE passing (id integer PRIMARY KEY, name text);
				IF with_gqle THEN
					PERFORM gqle.track_table('passing');
					PERFORM gqle.create_select_permission('passing', 'r', '{"columns": ["id"], "filter": {}}');
					PERFORM graphql.execute('{}', '{ passing { id name } }');
				END IF;
				COMMIT;
				ALTER TABLE passing RENAME COLUMN name TO title;
				IF with_gqle THEN
					PERFORM graphql.execute('{}', '{ passing { id title } }');
					PERFORM gqle.untrack_table('passing', true);
				END IF;
				DROP TABLE passing;
				COMMIT;
			END LOOP;
		END \$\$;
		CALL cycle(100, $1);
		SELECT sum(used_bytes) FROM pg_backend_memory_contexts;
		CALL cycle($cycles, $1);
		SELECT sum(used_bytes) FROM pg_backend_memory_contexts;
		DROP PROCEDURE cycle;
	SQL
}

over_http()
{
	local i

	for ((i = 0; i < $1; i++)); do
		must_post /v2/query '{"type":"run_sql","args":{"sql":"CREATE TABLE passing (id integer PRIMARY KEY, name text)"}}'
		must_post /v1/metadata '{"type":"bulk","args":[{"type":"pg_track_table","args":{"table":"passing"}},
			{"type":"pg_create_select_permission","args":{"table":"passing","role":"r","permission":{"columns":["id"],"filter":{}}}}]}'
		must_post /v1/graphql '{"query":"{ passing { id name } }"}'
		must_post /v2/query '{"type":"run_sql","args":{"sql":"ALTER TABLE passing RENAME name TO title"}}'
		must_post /v1/graphql '{"query":"{ passing { id title } }"}'
		must_post /v2/query '{"type":"run_sql","args":{"sql":"DROP TABLE passing","cascade":true}}'
	done >/dev/null
}

read -r -d '' plain_first plain_last <<<"$(in_backend false)" || true
read -r -d '' first last <<<"$(in_backend true)" || true
over_http 200
server_first=$(anonymous server)
executor_first=$(anonymous executor)
over_http "$cycles"
server_last=$(anonymous server)
executor_last=$(anonymous executor)

cat <<TEXT
## Cycles of DDL and metadata

$cycles times in one backend: its memory contexts grew from $((first / 1024)) to
$((last / 1024)) kB; by the same DDL without gqle from $((plain_first / 1024)) to $((plain_last / 1024)) kB.
$cycles times over HTTP: server workers, private resident memory in kB: $server_first
before, $server_last after; executors: $executor_first before, $executor_last after.
TEXT
