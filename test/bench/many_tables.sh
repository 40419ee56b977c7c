#!/usr/bin/env bash
# many_tables.sh: a thousand tracked tables: the first request after a start,
# and the memory of a server worker.  Prints a paragraph of Markdown.
. "$(dirname "$0")/../lib/common.sh"
. "$top/test/lib/suite.sh"
find_pg
. "$top/test/lib/cluster.sh"
. "$top/test/bench/lib.sh"

scratch_make
bench_server >/dev/null
count=${TABLES:-1000}
seq "$count" | sed 's/.*/CREATE TABLE many_& (id integer PRIMARY KEY, a text, b integer, c numeric, d timestamptz, parent integer);/' |
	cluster_psql -1 -d "$database"
started=$(date +%s%N)
must_post /v1/metadata "$(seq "$count" | jq -Rc '{"source": "default", "table": ("many_" + .)}' |
	jq -sc '{type: "pg_track_tables", args: {tables: .}}')" >/dev/null
tracked_ms=$((($(date +%s%N) - started) / 1000000))

before=$(largest_rss server)
cluster_stop
cluster_configure "shared_buffers = 512MB"
HASURA_GRAPHQL_ADMIN_SECRET=$GQLE_ADMIN_SECRET cluster_start
wait_healthy

# Each worker has a first time: new connections until all have had theirs.
first=0
for attempt in $(seq 12); do
	took=$(curl -sS -o "$scratch/answer" -w '%{time_total}' -H "@$header_file" \
		-d '{"query":"{ many_7_by_pk(id: 1) { id } }"}' "$(base_url)/v1/graphql")
	grep -q '{"data":{"many_7_by_pk":null}}' "$scratch/answer" || die "$(cat "$scratch/answer")"
	[ "$attempt" -gt 1 ] || very_first=$took
	first=$(awk -v a="$first" -v b="$took" 'BEGIN { print (a > b ? a : b) }')
done

cat <<TEXT
## A thousand tables

$count tracked tables besides the demo's: tracking them in one command took
$tracked_ms ms; the first by-key request after a start took
$(awk -v s="$very_first" 'BEGIN { printf "%.0f", s * 1000 }') ms, the slowest of the first twelve on new connections
$(awk -v s="$first" 'BEGIN { printf "%.0f", s * 1000 }') ms; the largest server worker then had
$(awk -v kb="$(largest_rss server)" 'BEGIN { printf "%.0f", kb / 1024 }') MB resident ($(awk -v kb="$before" 'BEGIN { printf "%.0f", kb / 1024 }') MB in the server that tracked them), shared
memory it touched included.
TEXT
