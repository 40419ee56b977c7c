# lib.sh: the server and the two sides of a measurement.
#
# Sourced by the scripts here after common.sh.  SECONDS_EACH (3) is the length of
# one run, RUNS (3) how many the median is taken of.

: "${SECONDS_EACH:=3}" "${RUNS:=3}"
clients_list=${CLIENTS:-1 8 64}
export GQLE_ADMIN_SECRET=bench

# A cluster with the demo data at scale SCALE (1), running and healthy.
bench_server()
{
	GQLE_DATA=$scratch/bench
	free_port
	GQLE_PGPORT=$free_port
	free_port
	GQLE_PORT=$free_port
	cluster_create --no-sync
	cluster_configure "shared_buffers = 512MB" "max_connections = 200" \
		"max_wal_size = 4GB" "jit = off" "$@"
	HASURA_GRAPHQL_ADMIN_SECRET=$GQLE_ADMIN_SECRET cluster_start
	cluster_set_password
	export PGPASSWORD=$password
	. "$top/test/lib/demo.sh"
	create_database "$database"
	wait_healthy
	HASURA_GRAPHQL_ADMIN_SECRET=$GQLE_ADMIN_SECRET demo_header_file
	demo_load "${SCALE:-1}"
	demo_apply_metadata
}

# must_post PATH BODY: an answer that must be a success.
must_post()
{
	local answer

	answer=$(curl -sS -m 120 --fail-with-body -H "@$header_file" --data-binary @- \
		"$(base_url)$1" <<<"$2") || die "$1: $answer"
	printf '%s' "$answer"
}

# run_sql FILE CLIENTS: transactions per second of raw SQL.
run_sql_side()
{
	local threads=$2

	[ "$threads" -le "$(nproc)" ] || threads=$(nproc)
	"$bindir/pgbench" -n -M prepared -f "$1" -c "$2" -j "$threads" \
		-T "$SECONDS_EACH" -D genre="$(sql_genre "$1")" -h 127.0.0.1 -p "$GQLE_PGPORT" \
		-U "$superuser" "$database" 2>&1 | sed -n 's/^tps = \([0-9.]*\).*/\1/p'
}

# run_http OP CLIENTS: requests per second over HTTP; 0 if any went wrong.
run_http_side()
{
	GQLE_OP=$1 wrk -t1 -c"$2" -d"${SECONDS_EACH}s" -s "$top/test/bench/wrk.lua" \
		"$(base_url)" | awk '
		/^Requests\/sec:/ { rate = $2 }
		/Non-2xx|Socket errors/ { print "bench: " $0 >"/dev/stderr"; bad = 1 }
		END { print bad ? 0 : rate }'
}

median()
{
	sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

# op_field OP NAME: a field of an operation's description.
op_field()
{
	sed -nE "s/^ *$2 = \"?([^\"]*)\"?,\$/\1/p" "$1"
}

# check_same OP SQL: both sides must give the same JSON for the first request,
# lists without regard to order.  SQL may be missing.
check_same()
{
	local answer=$scratch/answer.json sql=$2 filter

	rm -f "$answer"
	GQLE_FIRST=$answer GQLE_OP=$1 wrk -t1 -c1 -d1s -s "$top/test/bench/wrk.lua" "$(base_url)" >/dev/null
	jq -e '.data != null' "$answer" >/dev/null || die "$(basename "$1"): $(head -c 600 "$answer")"
	answer_bytes=$(wc -c <"$answer")
	[ -f "$sql" ] || return 0
	filter='walk(if type == "array" then sort_by(tostring) else . end)'
	diff <(jq -S ".data[] | $filter" "$answer") \
		<(sed '/^\\set/d' "$sql" | cluster_psql -At -d "$database" -v id=1 -v genre_id=10 \
			-v genre="'$(sql_genre "$sql")'" | jq -S "$filter") >"$scratch/difference" ||
		die "$(basename "$1"): HTTP and SQL differ: $(head -n 20 "$scratch/difference")"
}

sql_genre()
{
	case $1 in
		*complex_large*) printf Jazz ;;
		*) printf Comedy ;;
	esac
}

# /proc figures of the workers of one kind: largest resident set in kB.
largest_rss()
{
	local pid largest=0 rss

	for pid in $(cluster_psql -At -d postgres -v kind="gqle $1" \
		<<<"SELECT pid FROM pg_stat_activity WHERE backend_type = :'kind'"); do
		rss=$(awk '/^VmRSS/ { print $2 }' "/proc/$pid/status")
		[ "$rss" -le "$largest" ] || largest=$rss
	done
	printf '%s' "$largest"
}
