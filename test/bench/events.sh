#!/usr/bin/env bash
# events.sh: what an event trigger costs an insert, how soon after the commit its
# webhook is called, and how many events are delivered per second.  Prints a
# paragraph of Markdown.
. "$(dirname "$0")/../lib/common.sh"
. "$top/test/lib/suite.sh"
find_pg
. "$top/test/lib/cluster.sh"
. "$top/test/bench/lib.sh"

scratch_make
bench_server "synchronous_commit = off" >/dev/null
backlog=${BACKLOG:-20000}

# A webhook that notes when each event came.
cat >"$scratch/hook.mjs" <<'JS'
import { createServer } from 'node:http';
import { writeFileSync } from 'node:fs';
const times = [];
createServer((request, response) => {
  const now = Date.now();
  let text = '';
  request.on('data', (chunk) => { text += chunk; });
  request.on('end', () => {
    response.end();
    if (request.url === '/count') { writeFileSync(process.argv[2], JSON.stringify(times)); }
    else { times.push([now, JSON.parse(text).event.data.new.at]); }
  });
}).listen(Number(process.argv[3]), '127.0.0.1');
JS
free_port
hook_port=$free_port
node "$scratch/hook.mjs" "$scratch/times.json" "$hook_port" &
hook=$!
trap 'kill $hook 2>/dev/null; scratch_remove 2>/dev/null || true' EXIT

cluster_psql -d "$database" -c 'CREATE TABLE plain (id serial PRIMARY KEY, name text, at float8)' \
	-c 'CREATE TABLE noted (id serial PRIMARY KEY, name text, at float8)'
must_post /v1/metadata '{"type":"pg_track_table","args":{"table":"noted"}}' >/dev/null
must_post /v1/metadata '{"type":"pg_create_event_trigger","args":{"name":"noted","table":"noted",
	"insert":{"columns":"*"},"webhook":"http://127.0.0.1:'"$hook_port"'/"}}' >/dev/null

# Microseconds of one insert into a table, without delivery.
insert_us()
{
	"$bindir/pgbench" -n -M prepared -c 1 -T "$SECONDS_EACH" -h 127.0.0.1 -p "$GQLE_PGPORT" -U "$superuser" "$database" \
		-f <(echo "INSERT INTO $1 (name, at) VALUES ('x', 0)") 2>&1 | awk '/^latency average/ { print $4 * 1000 }'
}

cluster_psql -d postgres -c "ALTER SYSTEM SET gqle.events_fetch_interval = 0" -c 'SELECT pg_reload_conf()' >/dev/null
for ((run = 0; run < RUNS; run++)); do
	insert_us plain >>"$scratch/plain"
	insert_us noted >>"$scratch/noted"
done
plain=$(median <"$scratch/plain")
noted=$(median <"$scratch/noted")

# A backlog, from the moment that delivery is allowed until it is empty.
cluster_psql -d "$database" -c 'DELETE FROM gqle.event_log' \
	-c "INSERT INTO noted (name, at) SELECT 'x', 0 FROM generate_series(1, $backlog)"
began=$(date +%s%N)
cluster_psql -d postgres -c "ALTER SYSTEM RESET gqle.events_fetch_interval" -c 'SELECT pg_reload_conf()' >/dev/null
until [ "$(cluster_psql -At -d "$database" -c 'SELECT count(*) FROM gqle.event_log WHERE NOT delivered')" = 0 ]; do
	sleep 0.05
done
rate=$(awk -v n="$backlog" -v ns=$(($(date +%s%N) - began)) 'BEGIN { printf "%d", n * 1e9 / ns }')

# One at a time, with the time of the commit in the row.
cluster_psql -d "$database" -c 'DELETE FROM gqle.event_log' >/dev/null
curl -fsS "http://127.0.0.1:$hook_port/count" -o /dev/null
for ((i = 0; i < 200; i++)); do
	echo "INSERT INTO noted (name, at) VALUES ('x', extract(epoch FROM clock_timestamp()) * 1000); SELECT pg_sleep(0.01);"
done | cluster_psql -d "$database" >/dev/null
sleep 1
curl -fsS "http://127.0.0.1:$hook_port/count" -o /dev/null
read -r p50 p95 < <(jq -r '[.[] | select(.[1] > 0) | .[0] - .[1]] | sort | "\(.[length / 2 | floor] * 10 | round / 10) \(.[length * 0.95 | floor] * 10 | round / 10)"' "$scratch/times.json")

cat <<TEXT
## Events

One client inserts rows one by one (\`pgbench -M prepared\`, asynchronous commit): $plain us
without and $noted us with an event trigger on the table. A backlog of $backlog events is
delivered at $rate per second to a webhook on the same cores; an event that commits alone
is at its webhook after $p50 ms (median) and $p95 ms (95 %), counted from before the insert.

TEXT
