#!/usr/bin/env bash
# metadata_commands.sh: how long metadata commands and DDL take with TABLES (5000)
# tracked tables and ROLES (50) roles that may select from each, and the request
# after them; then replace_metadata of a large document.  Prints Markdown.
. "$(dirname "$0")/../lib/common.sh"
. "$top/test/lib/suite.sh"
find_pg
. "$top/test/lib/cluster.sh"
. "$top/test/bench/lib.sh"

scratch_make
bench_server >/dev/null
tables=${TABLES:-5000}
roles=${ROLES:-50}

cluster_psql -q -d "$database" <<-SQL
	CREATE SCHEMA m;
	SELECT format('CREATE TABLE m.t%s (id integer PRIMARY KEY, a text, b integer, c numeric, '
		'd timestamptz, parent integer %s)', i, CASE WHEN i > 1 THEN 'REFERENCES m.t' || i / 2 ELSE '' END)
	FROM generate_series(1, $tables) AS i \gexec
	CREATE TABLE m.fresh (id integer PRIMARY KEY, a text, t1_id integer REFERENCES m.t1);
	SELECT gqle.track_schema('m') IS NOT NULL;
	SELECT gqle.untrack_table('m.fresh', true);
	INSERT INTO gqle.permissions (source, schema_name, table_name, role, operation, definition)
	SELECT 'default', 'm', 't' || i, 'role' || r, 'select',
		'{"columns": ["id", "a", "b", "parent"], "filter": {"b": {"_eq": "X-Hasura-B"}}}'
	FROM generate_series(1, $tables) AS i, generate_series(1, $roles) AS r;
	ANALYZE;
SQL

# timed PATH BODY: milliseconds of a request that must succeed.
timed()
{
	local answer

	answer=$(curl -sS -m 120 --fail-with-body -o "$scratch/answer" -w '%{time_total}' \
		-H "@$header_file" --data-binary @- "$(base_url)$1" <<<"$2") ||
		die "$1 ${2:0:200}: $(head -c 300 "$scratch/answer")"
	awk -v s="$answer" 'BEGIN { printf "%.1f\n", s * 1000 }'
}

ask()
{
	timed /v1/graphql '{"query":"{ m_t1_by_pk(id: 1) { id } }"}'
}

# the slowest of as many requests as may find every worker
slowest()
{
	local i

	for ((i = 0; i < 8; i++)); do ask; done | sort -n | tail -n 1
}

# row WHAT UNDO PATH BODY PATH BODY: a command and its counterpart, several times.
row()
{
	local i

	: >"$scratch/did"
	: >"$scratch/undid"
	: >"$scratch/asked"
	for ((i = 0; i < ${RUNS:-5}; i++)); do
		timed "$3" "$4" >>"$scratch/did"
		slowest >>"$scratch/asked"
		timed "$5" "$6" >>"$scratch/undid"
		slowest >>"$scratch/asked"
	done
	printf '| %s | %s | %s |\n| %s | %s | |\n' "$1" "$(median <"$scratch/did")" \
		"$(median <"$scratch/asked")" "$2" "$(median <"$scratch/undid")"
}

ddl()
{
	printf '{"type":"run_sql","args":{"sql":"%s","cascade":%s}}' "$1" "${2:-false}"
}

slowest >/dev/null
usual=$(for i in 1 2 3 4 5; do slowest; done | median)

cat <<TEXT
## Metadata commands with $tables tables

$tables tracked tables with a foreign key each, $roles roles with a select permission on each; milliseconds,
median of ${RUNS:-5}; the request afterwards is the slowest of eight by-key requests on new connections, which took $usual ms before.

| command | ms | request afterwards |
|---|---|---|
TEXT
fresh='"table":{"schema":"m","name":"fresh"}'
row pg_track_table pg_untrack_table \
	/v1/metadata "{\"type\":\"pg_track_table\",\"args\":{$fresh}}" \
	/v1/metadata "{\"type\":\"pg_untrack_table\",\"args\":{$fresh,\"cascade\":true}}"
must_post /v1/metadata "{\"type\":\"pg_track_table\",\"args\":{$fresh}}" >/dev/null
row pg_create_object_relationship pg_drop_relationship \
	/v1/metadata "{\"type\":\"pg_create_object_relationship\",\"args\":{$fresh,\"name\":\"t1\",\"using\":{\"foreign_key_constraint_on\":\"t1_id\"}}}" \
	/v1/metadata "{\"type\":\"pg_drop_relationship\",\"args\":{$fresh,\"relationship\":\"t1\"}}"
row pg_create_select_permission pg_drop_select_permission \
	/v1/metadata "{\"type\":\"pg_create_select_permission\",\"args\":{$fresh,\"role\":\"role1\",\"permission\":{\"columns\":\"*\",\"filter\":{}}}}" \
	/v1/metadata "{\"type\":\"pg_drop_select_permission\",\"args\":{$fresh,\"role\":\"role1\"}}"
must_post /v1/metadata "{\"type\":\"pg_create_select_permission\",\"args\":{$fresh,\"role\":\"role1\",\"permission\":{\"columns\":\"*\",\"filter\":{}}}}" >/dev/null
row "pg_create_update_permission" "pg_drop_update_permission" \
	/v1/metadata "{\"type\":\"pg_create_update_permission\",\"args\":{$fresh,\"role\":\"role1\",\"permission\":{\"columns\":\"*\",\"filter\":{},\"check\":null}}}" \
	/v1/metadata "{\"type\":\"pg_drop_update_permission\",\"args\":{$fresh,\"role\":\"role1\"}}"
row "run_sql: ADD COLUMN" "run_sql: DROP COLUMN" \
	/v2/query "$(ddl 'ALTER TABLE m.t7 ADD COLUMN e text')" \
	/v2/query "$(ddl 'ALTER TABLE m.t7 DROP COLUMN e')"
row "run_sql: RENAME COLUMN that permissions name" "run_sql: and back" \
	/v2/query "$(ddl 'ALTER TABLE m.t7 RENAME COLUMN b TO bb')" \
	/v2/query "$(ddl 'ALTER TABLE m.t7 RENAME COLUMN bb TO b')"
row "run_sql: RENAME table" "run_sql: and back" \
	/v2/query "$(ddl 'ALTER TABLE m.t7 RENAME TO tt7')" \
	/v2/query "$(ddl 'ALTER TABLE m.tt7 RENAME TO t7')"
row "run_sql: CREATE FUNCTION" "run_sql: DROP FUNCTION" \
	/v2/query "$(ddl 'CREATE FUNCTION m.f(m.t7) RETURNS text LANGUAGE sql STABLE AS $$ SELECT $1.a $$')" \
	/v2/query "$(ddl 'DROP FUNCTION m.f')"
printf '| run_sql: DROP TABLE, cascade | %s | |\n' "$(timed /v2/query "$(ddl 'DROP TABLE m.t9 CASCADE' true)")"
printf '| pg_untrack_table with relationships and permissions | %s | |\n' \
	"$(timed /v1/metadata '{"type":"pg_untrack_table","args":{"table":{"schema":"m","name":"t11"},"cascade":true}}')"
for command in get_inconsistent_metadata reload_metadata export_metadata; do
	printf '| %s | %s | |\n' "$command" "$(timed /v1/metadata "{\"type\":\"$command\",\"args\":{}}")"
done

# --- replace_metadata: 1,000 tables, 3,000 relationships, 20 roles with 4 permissions each ---

jq -nc '{type: "replace_metadata", args: {version: 3, sources: [{name: "default", kind: "postgres",
	configuration: {connection_info: {database_url: {from_env: "HASURA_GRAPHQL_DATABASE_URL"}}},
	tables: [range(1; 1001) as $i | {table: {schema: "m", name: ("t" + ($i + 1000 | tostring))},
		object_relationships: [range(2) as $r | {name: ("o" + ($r | tostring)), using: {manual_configuration:
			{remote_table: {schema: "m", name: ("t" + (($i * 7 + $r) % 1000 + 1001 | tostring))}, column_mapping: {parent: "id"}}}}],
		array_relationships: [{name: "children", using: {manual_configuration:
			{remote_table: {schema: "m", name: ("t" + (($i * 13) % 1000 + 1001 | tostring))}, column_mapping: {id: "parent"}}}}],
		select_permissions: [range(20) as $n | {role: ("role" + ($n | tostring)), permission: {columns: ["id", "a", "b"], filter: {b: {_eq: "X-Hasura-B"}}}}],
		insert_permissions: [range(20) as $n | {role: ("role" + ($n | tostring)), permission: {check: {}, columns: ["id", "a"]}}],
		update_permissions: [range(20) as $n | {role: ("role" + ($n | tostring)), permission: {columns: ["a"], filter: {o0: {id: {_gt: 0}}}, check: null}}],
		delete_permissions: [range(20) as $n | {role: ("role" + ($n | tostring)), permission: {filter: {id: {_eq: 1}}}}]}]}]}}' >"$scratch/document"
printf '| replace_metadata: 1,000 tables, 3,000 relationships, 80,000 permissions | %s | |\n' \
	"$(timed /v1/metadata "$(cat "$scratch/document")")"
