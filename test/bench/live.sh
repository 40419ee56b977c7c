#!/usr/bin/env bash
# live.sh: how soon subscribers are told of a commit, and what watching costs those
# who write.  Prints paragraphs of Markdown.
#
#   LIVE_SUBSCRIBERS=1000  LIVE_WRITES=1000  LIVE_RATE=20  SECONDS_EACH=3  RUNS=5
. "$(dirname "$0")/../lib/common.sh"
. "$top/test/lib/suite.sh"
find_pg
. "$top/test/lib/cluster.sh"
. "$top/test/bench/lib.sh"

: "${LIVE_SUBSCRIBERS:=1000}" "${LIVE_WRITES:=1000}" "${LIVE_RATE:=20}"
export LIVE_SUBSCRIBERS LIVE_WRITES LIVE_RATE
scratch_make
bench_server "synchronous_commit = off" "gqle.max_connections = 50000" "gqle.max_queued_calls = 1000" >/dev/null
cluster_psql -d "$database" -c "CREATE TABLE tick (id integer PRIMARY KEY, at float8 DEFAULT 0);
	INSERT INTO tick SELECT g FROM generate_series(1, $LIVE_SUBSCRIBERS) AS g;
	CREATE TABLE tock (id integer PRIMARY KEY, at float8 DEFAULT 0);
	INSERT INTO tock SELECT id FROM tick; ANALYZE" >/dev/null
must_post /v1/metadata '{"type":"pg_track_table","args":{"source":"default","table":"tick"}}' >/dev/null
export GQLE_URL=$(base_url)

say "$LIVE_SUBSCRIBERS subscribers of a row each, $LIVE_RATE writes per second, from the mutation's request to"
say "the subscriber that is told, ms: $(node "$top/test/bench/live.mjs")"
say
cluster_psql -d "$database" -c "UPDATE tick SET at = 0; CREATE INDEX tick_at ON tick (at)" >/dev/null
say "The same who all subscribe to the 60 rows changed last, each with a session of its own, at"
say "5 writes per second: $(LIVE_LIST=1 LIVE_RATE=5 LIVE_WRITES=$((LIVE_WRITES / 10)) node "$top/test/bench/live.mjs")"
say
cluster_psql -d "$database" -c "DROP INDEX tick_at" >/dev/null

# writes TABLE: transactions per second of single-row updates.
writes()
{
	printf '\\set id random(1, %s)\nUPDATE %s SET at = at + 1 WHERE id = :id;\n' "$LIVE_SUBSCRIBERS" "$1" >"$scratch/write.sql"
	"$bindir/pgbench" -n -M prepared -f "$scratch/write.sql" -c 8 -j 2 -T "$SECONDS_EACH" \
		-h 127.0.0.1 -p "$GQLE_PGPORT" -U "$superuser" "$database" 2>&1 | sed -n 's/^tps = \([0-9.]*\).*/\1/p'
}

# One subscriber: what costs is the commit, and not the telling.
coproc CROWD { LIVE_SUBSCRIBERS=1 LIVE_WAIT=1 node "$top/test/bench/live.mjs"; }
read -r _ <&"${CROWD[0]}"
for ((run = 0; run < RUNS; run++)); do
	writes tock >>"$scratch/apart"
	writes tick >>"$scratch/watched"
done
pid=$CROWD_PID
exec {CROWD[1]}>&-
wait "$pid" || true
apart=$(median <"$scratch/apart")
watched=$(median <"$scratch/watched")
say "8 clients updating a table that nobody watches: $apart/s; one with a subscriber: $watched/s ($(awk "BEGIN { printf \"%.2f\", $watched / $apart }"))"
