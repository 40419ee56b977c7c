#!/usr/bin/env bash
# load.sh: crowds of clients that do nothing, little, or too much.  Prints
# paragraphs of Markdown.
#
#   WEBSOCKETS=10000  SLOW=2000  OVERLOAD_SECONDS=60
. "$(dirname "$0")/../lib/common.sh"
. "$top/test/lib/suite.sh"
find_pg
. "$top/test/lib/cluster.sh"
. "$top/test/bench/lib.sh"

: "${WEBSOCKETS:=10000}" "${SLOW:=2000}" "${OVERLOAD_SECONDS:=60}"
ulimit -n "$(ulimit -Hn)"
scratch_make
openssl req -x509 -nodes -days 2 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -subj /CN=127.0.0.1 \
	-keyout "$scratch/tls.key" -out "$scratch/tls.crt" 2>/dev/null
! is_root || chown "$owner" "$scratch/tls.key"
free_port
tls_port=$free_port
bench_server "gqle.server_workers = 1" "gqle.max_connections = 50000" "gqle.executors_max = 4" "gqle.max_queued_calls = 50" \
	"gqle.tls_cert = '$scratch/tls.crt'" "gqle.tls_key = '$scratch/tls.key'" "gqle.tls_port = $tls_port" >/dev/null
cluster_psql -d "$database" -c "CREATE VIEW slow AS SELECT 1 AS id, pg_sleep(0.2)::text AS slept"
must_post /v1/metadata '{"type":"pg_track_table","args":{"source":"default","table":"slow"}}' >/dev/null

server_pid()
{
	cluster_psql -At -d "$database" -c "SELECT pid FROM gqle.stat_workers WHERE kind = 'server'"
}

# Private memory of the server worker, in kB.
private_memory()
{
	awk '/^Private_/ { sum += $2 } END { print sum }' "/proc/$(server_pid)/smaps_rollup"
}

# Processor time of the server worker, in hundredths of a second.
server_ticks()
{
	sed 's/^.*) //' "/proc/$(server_pid)/stat" | awk '{ print $12 + $13 }'
}

# crowd_begin URL MODE COUNT, crowd_end: clients that stand until told to leave.
crowd_begin()
{
	coproc CROWD { GQLE_URL=$1 node "$top/test/bench/load.mjs" "$2" "$3"; }
	read -r _ <&"${CROWD[0]}"
}

crowd_end()
{
	local pid=$CROWD_PID

	exec {CROWD[1]}>&-
	wait "$pid" || true
}

# idle_websockets URL NAME COUNT: a row of the table.
idle_websockets()
{
	local before after ticks WEBSOCKETS=$3

	before=$(private_memory)
	crowd_begin "$1" idle "$WEBSOCKETS"
	sleep 2
	after=$(private_memory)
	ticks=$(server_ticks)
	sleep 10
	ticks=$(($(server_ticks) - ticks))
	echo "| $2 | $3 | $(awk "BEGIN { printf \"%.1f\", ($after - $before) / $WEBSOCKETS }") kB | $(awk "BEGIN { printf \"%.1f\", $ticks / 10 }") % |"
	crowd_end
}

# p99 of by-key requests on 8 connections, in microseconds.
by_key_p99()
{
	GQLE_OP=$top/test/bench/ops/01_by_key.lua wrk -t1 -c8 -d6s --latency \
		-s "$top/test/bench/wrk.lua" "$(base_url)" | awk '
		/^ *99%/ { v = $2; print v ~ /us$/ ? v + 0 : v ~ /ms$/ ? v * 1000 : v * 1000000 }'
}

# Medians of runs without and with slow clients, in turn.
slow_clients()
{
	: >"$scratch/alone"
	: >"$scratch/beside"
	for _ in 1 2 3; do
		by_key_p99 >>"$scratch/alone"
		crowd_begin "$(base_url)" slow "$SLOW"
		sleep 10				# their requests are answered, as far as they let us
		by_key_p99 >>"$scratch/beside"
		crowd_end
		sleep 1
	done
	echo "$(sort -n "$scratch/alone" | sed -n 2p) $(sort -n "$scratch/beside" | sed -n 2p)"
}

# What a by-key request takes once the overload is over, in milliseconds.
recovery()
{
	local began

	began=$(date +%s%3N)
	must_post /v1/graphql '{"query":"{ slow { id } }"}' >/dev/null
	echo $(($(date +%s%3N) - began))
}

echo "## Crowds"
echo
echo "Idle WebSockets, authenticated, keep-alive messages every 5 s, one server worker:"
echo
echo "| | WebSockets | private memory of each | processor |"
echo "|---|---|---|---|"
export GQLE_URL
idle_websockets "$(base_url)" plain "$WEBSOCKETS"
# in a fresh worker, with nothing to use again; three descriptors each, and no more than the system gives
tls_most=$((($(ulimit -Hn) - 2000) / 3))
kill "$(server_pid)"
sleep 2
wait_healthy
idle_websockets "https://127.0.0.1:$tls_port" TLS "$((WEBSOCKETS < tls_most ? WEBSOCKETS : tls_most))"
read -r alone beside < <(slow_clients)
cat <<TEXT

By-key requests on 8 connections, median of three p99: $alone µs alone, $beside µs beside
$SLOW clients that send half a head or half a body, or don't read their answers.

TEXT
overload=$(GQLE_URL=$(base_url) SECONDS=$OVERLOAD_SECONDS node "$top/test/bench/load.mjs" overload 162 &
	sleep 2
	cluster_psql -d "$database" -At -c "SELECT 1" >/dev/null && echo -n "psql connects; "
	wait)
cat <<TEXT
$OVERLOAD_SECONDS s of 162 clients with requests of 0.2 s for 4 executors and 50 places in the
queue, by status: $overload. The first request after it took $(recovery) ms.
TEXT
server_log_errors=$(as_owner grep -cE 'PANIC|TRAP:|terminated by signal' "$GQLE_DATA/server.log" || true)
[ "$server_log_errors" = 0 ] || die "the server's log has crashes"
