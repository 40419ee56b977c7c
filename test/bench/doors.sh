#!/usr/bin/env bash
# doors.sh: what a token, compression and the log of requests cost: rates over HTTP
# with and without, in turn.  Prints a paragraph of Markdown.
. "$(dirname "$0")/../lib/common.sh"
. "$top/test/lib/suite.sh"
find_pg
. "$top/test/lib/cluster.sh"
. "$top/test/bench/lib.sh"

scratch_make
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$scratch/key.pem" 2>/dev/null
HASURA_GRAPHQL_JWT_SECRET=$(openssl pkey -in "$scratch/key.pem" -pubout | jq -Rsc '{type: "RS256", key: .}')
export HASURA_GRAPHQL_JWT_SECRET
bench_server "gqle.log_destination = 'file'" >/dev/null
must_post /v1/metadata '{"type":"pg_create_select_permission","args":{"source":"default","table":"track","role":"reader",
	"permission":{"columns":"*","filter":{}}}}' >/dev/null

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
signed=$(printf '{"alg":"RS256","typ":"JWT"}' | base64url).$(printf '{"exp":%d,"https://hasura.io/jwt/claims":{"x-hasura-default-role":"reader","x-hasura-allowed-roles":["reader"]}}' \
	$(($(date +%s) + 86400)) | base64url)
token=$signed.$(printf '%s' "$signed" | openssl dgst -sha256 -sign "$scratch/key.pem" -binary | base64url)

cat >"$scratch/by_key.lua" <<'LUA'
return { role = "reader", query = "query ($id: Int!) { track_by_pk(id: $id) { id name album_id } }",
  variables = function(n) return '{"id":' .. (n % 1000 + 1) .. '}' end }
LUA
cat >"$scratch/list.lua" <<'LUA'
return { role = "reader", query = "{ track(limit: 215, order_by: {id: asc}) { id name album_id media_type_id genre_id composer milliseconds unit_price } }" }
LUA

# rate OP [VARIABLE=VALUE]
rate()
{
	(
		[ $# -eq 1 ] || export "$2"
		run_http_side "$scratch/$1.lua" 8
	)
}

# set_ratio: medians of two files, and the one by the other.
set_ratio()
{
	with=$(median <"$1")
	without=$(median <"$2")
	ratio=$(awk -v a="$with" -v b="$without" 'BEGIN { printf "%.2f", a / b }')
}

# compare OP VARIABLE=VALUE: with it and without, in turn.
compare()
{
	local run

	: >"$scratch/with"
	: >"$scratch/without"
	for ((run = 0; run < RUNS; run++)); do
		rate "$1" "$2" >>"$scratch/with"
		rate "$1" >>"$scratch/without"
	done
	set_ratio "$scratch/with" "$scratch/without"
}

compare by_key "GQLE_TOKEN=$token"
token_row="| by-key, RS256 token or admin secret | $with | $without | $ratio | 0.80 |"
compare list GQLE_ENCODING=gzip
gzip_row="| 30 kB list, gzip or not | $with | $without | $ratio | 0.60 |"

# The log of requests, switched by a reload between runs.
for ((run = 0; run < RUNS; run++)); do
	for types in startup,http-log startup; do
		cluster_psql -d postgres -c "ALTER SYSTEM SET gqle.enabled_log_types = '$types'" -c 'SELECT pg_reload_conf()' >/dev/null
		sleep 0.3
		rate by_key >>"$scratch/log.$types"
	done
done
set_ratio "$scratch/log.startup,http-log" "$scratch/log.startup"

cat <<TEXT
## Doors

Requests per second on 8 connections, with and without, in turn:

| | with | without | ratio | goal |
|---|---|---|---|---|
$token_row
$gzip_row
| by-key, http-log to a file or none | $with | $without | $ratio | - |

TEXT
