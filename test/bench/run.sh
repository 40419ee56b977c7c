#!/usr/bin/env bash
# run.sh: every operation as hand-written SQL under pgbench and as GraphQL over
# HTTP, in turn on the same cores; the table goes into docs/benchmarks.md.
#
#   T=NAME          one operation only (nothing is written)
#   CLIENTS="1 8 64"  SECONDS_EACH=3  RUNS=3  SCALE=1
. "$(dirname "$0")/../lib/common.sh"
. "$top/test/lib/packages.sh"
. "$top/test/lib/suite.sh"
need_packages build bench
find_pg
. "$top/test/lib/cluster.sh"
. "$top/test/bench/lib.sh"

scratch_make
install_gqle
bench_server
must_post /v1/metadata '{"type":"pg_create_select_permission","args":{"source":"default","table":"track","role":"curator",
	"permission":{"columns":"*","filter":{"genre_id":{"_eq":"X-Hasura-Genre-Id"}}}}}' >/dev/null

# measure OP CLIENTS: medians of runs taken in turn, as "sql http".
measure()
{
	local run sql=${1%.lua}.sql

	: >"$scratch/sql.rates"
	: >"$scratch/http.rates"
	for ((run = 0; run < RUNS; run++)); do
		[ ! -f "$sql" ] || run_sql_side "$sql" "$2" >>"$scratch/sql.rates"
		run_http_side "$1" "$2" >>"$scratch/http.rates"
	done
	printf '%s %s' "$(median <"$scratch/sql.rates")" "$(median <"$scratch/http.rates")"
}

rows=
for op in "$top"/test/bench/ops/*.lua; do
	name=$(basename "$op" .lua)
	[ -z "${T:-}" ] || [[ $name == *"$T"* ]] || continue
	check_same "$op" "${op%.lua}.sql"
	for clients in $clients_list; do
		read -r sql http < <(measure "$op" "$clients" | awk 'NF == 1 { print "-", $1; next } { print }')
		goal=$(sed -nE "s/.*goal = .*\[$clients\] = ([0-9.]+).*/\1/p" "$op")
		row=$(awk -v title="$(op_field "$op" title)" -v bytes="$answer_bytes" -v clients="$clients" \
			-v sql="$sql" -v http="$http" -v goal="${goal:--}" 'BEGIN {
				printf "| %s | %d | %d | %s | %d | %s | %s |", title, bytes, clients,
					sql == "-" ? "-" : sprintf("%d", sql), http,
					sql == "-" ? "-" : sprintf("%.2f", http / sql), goal }')
		say "$row"
		rows+=$row$'\n'
	done
done

[ -z "${T:-}" ] || exit 0
{
	sed '/^<!-- figures -->/,$d' "$top/docs/benchmarks.md"
	cat <<-TEXT
		<!-- figures -->

		## Operations

		$(date -u +%Y-%m-%d), $(git -C "$top" describe --always), $("$pg_config" --version),
		$(nproc) cores of $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1),
		medians of $RUNS runs of $SECONDS_EACH s; scale ${SCALE:-1}.

		| operation | answer, bytes | clients | SQL/s | HTTP/s | ratio | goal |
		|---|---|---|---|---|---|---|
		$rows
	TEXT
	"$top/test/bench/doors.sh"
	"$top/test/bench/head_of_line.sh"
	"$top/test/bench/many_tables.sh"
	echo
	"$top/test/bench/events.sh"
} >"$scratch/benchmarks.md"
cp "$scratch/benchmarks.md" "$top/docs/benchmarks.md"
