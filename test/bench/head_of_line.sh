#!/usr/bin/env bash
# head_of_line.sh: what by-key requests on 32 connections feel while four other
# clients run queries of five seconds.  Prints a paragraph of Markdown.
. "$(dirname "$0")/../lib/common.sh"
. "$top/test/lib/suite.sh"
find_pg
. "$top/test/lib/cluster.sh"
. "$top/test/bench/lib.sh"

scratch_make
bench_server >/dev/null
cluster_psql -d "$database" -c "CREATE VIEW slow AS SELECT 1 AS id, pg_sleep(5)::text AS slept"
must_post /v1/metadata '{"type":"pg_track_table","args":{"source":"default","table":"slow"}}' >/dev/null

# Latency of by-key requests on 32 connections: "requests p50 p99 max".
by_key_latency()
{
	GQLE_OP=$top/test/bench/ops/01_by_key.lua wrk -t1 -c32 -d12s --latency \
		-s "$top/test/bench/wrk.lua" "$(base_url)" | awk '
		/^ *50%/ { p50 = $2 }
		/^ *99%/ { p99 = $2 }
		/^ *Latency .*%$/ { max = $4 }
		/^Requests\/sec:/ { rate = $2 }
		/Non-2xx|Socket errors/ { bad = 1 }
		END { print bad ? "failed" : int(rate), p50, p99, max }'
}

slow_client()
{
	while [ -e "$scratch/slow" ]; do
		must_post /v1/graphql '{"query":"{ slow { id slept } }"}' >>"$scratch/slow.answers"
		echo >>"$scratch/slow.answers"
	done
}

read -r calm_rate calm_p50 calm_p99 calm_max < <(by_key_latency)
touch "$scratch/slow" "$scratch/slow.answers"
for client in 1 2 3 4; do
	slow_client &
done
sleep 1
read -r rate p50 p99 max < <(by_key_latency)
rm "$scratch/slow"
wait
answered=$(grep -c '"slept":""' "$scratch/slow.answers" || true)

cat <<TEXT
## Slow neighbours

By-key requests on 32 connections, 12 s, without and with four clients that run
five-second queries ($answered of those were answered):

| | requests/s | p50 | p99 | worst |
|---|---|---|---|---|
| alone | $calm_rate | $calm_p50 | $calm_p99 | $calm_max |
| with four slow queries | $rate | $p50 | $p99 | $max |

TEXT
