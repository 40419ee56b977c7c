# suites.sh: the suites of `make test`, one function each.
#
# Sourced by run.sh after cluster.sh and suite.sh.

suite_build()
{
	install_gqle WERROR=1
	say "ok - build and install"
}

suite_lint()
{
	"$top/test/lint/run.sh"
}

# T picks one test; without it, all of a pattern's base names.
picked()
{
	local file

	if [ -n "${T:-}" ]; then
		say "$T"
		return
	fi
	for file in "$@"; do
		[ ! -e "$file" ] || basename "${file%.*}"
	done
}

# --- pure parts ---

suite_unit()
{
	make -s -C "$top" -j"$(nproc)" WERROR=1 unit-build
	run_programs unit
}

suite_asan()
{
	make -s -C "$top" -j"$(nproc)" asan-build
	run_programs asan
}

# Unit tests print TAP; a program that dies otherwise is a failure of its own.
run_programs()
{
	local name output

	cd "$top"
	for name in $(picked "$top"/test/unit/*.c); do
		say "# $name ($1)"
		output=$("build/$1/$name" 2>&1) || grep -q '^not ok' <<<"$output" ||
			output+=$'\n'"not ok - $1/$name ended with status $?"
		say "$output"
	done
}

# A smoke run: FUZZ_SECONDS (60) shared by all targets, nproc at a time.
suite_fuzz()
{
	local names name seconds count

	make -s -C "$top" -j"$(nproc)" fuzz-build
	names=$(picked "$top"/test/fuzz/fuzz_*.c)
	count=$(wc -w <<<"$names")
	[ "$count" -gt 0 ] || return 0
	seconds=$(((${FUZZ_SECONDS:-60} * $(nproc) + count - 1) / count))
	for name in $names; do
		while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do
			wait -n || true
		done
		fuzz_one "$name" "$seconds" &
	done
	wait
	for name in $names; do
		check "$name for $seconds s" test -e "$scratch/$name.passed"
		[ -e "$scratch/$name.passed" ] || tail -n 30 "$scratch/$name.log"
	done
}

# New inputs go to the scratch directory; a crash stays in build/fuzz/.
fuzz_one()
{
	local name=$1 seeds=("$top/test/fuzz/corpus/${1#fuzz_}") dict=$top/test/fuzz/${1#fuzz_}.dict
	local options=(-max_total_time="$2" -timeout=10 -rss_limit_mb=2048
		-print_final_stats=1 -artifact_prefix="$top/build/fuzz/$1-")

	mkdir -p "$scratch/$name.corpus"
	[ -d "${seeds[0]}" ] || seeds=()
	[ ! -f "$dict" ] || options+=(-dict="$dict")
	if "$top/build/fuzz/$name" "${options[@]}" "$scratch/$name.corpus" \
		"${seeds[@]}" >"$scratch/$name.log" 2>&1; then
		touch "$scratch/$name.passed"
	fi
}

# Our parser and our validator against graphql-js; DIFFERENTIAL_DOCUMENTS made at
# random, 20000 for the one and 5000 for the other if it is not set.
suite_differential()
{
	make -s -C "$top" -j"$(nproc)" tool-build
	node_modules
	node "$top/test/fuzz/differential.mjs" "$top/build/tool/tool_parse" \
		"${DIFFERENTIAL_DOCUMENTS:-20000}"
	suite_cluster differential 1
	demo_database
	node "$top/test/fuzz/validator.mjs" "${DIFFERENTIAL_DOCUMENTS:-5000}"
}

# --- SQL ---

# suite_cluster NAME PORT|0: a running cluster for this suite.
suite_cluster()
{
	GQLE_DATA=$scratch/$1
	free_port
	GQLE_PGPORT=$free_port
	GQLE_PORT=0
	if [ "$2" != 0 ]; then
		free_port
		GQLE_PORT=$free_port
	fi
	shift 2
	cluster_create --no-sync
	cluster_configure "${throwaway_settings[@]}" "$@"
	cluster_start
}

# pg_regress in a directory of its own with a copy of expected/.  A test whose
# expected file is not written yet gets an empty one, so that it fails alone
# instead of ending the run.
regress_directory()
{
	local name

	regress_out=$scratch/$1.out
	mkdir -p "$regress_out/expected"
	cp "$top"/expected/*.out "$regress_out/expected/" 2>/dev/null || true
	for name in $(picked "$top"/test/sql/*.sql "$top"/test/specs/*.spec); do
		touch -a "$regress_out/expected/$name.out"
	done
	regress_options=(--inputdir="$top/test" --outputdir="$regress_out"
		--bindir="$bindir" --host="$GQLE_DATA" --port="$GQLE_PGPORT"
		--user="$superuser" --dbname="gqle_$1" --load-extension=gqle)
	if [ "$("$pg_config" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')" -ge 16 ]; then
		regress_options+=(--expecteddir="$regress_out")
	fi
	pgxs_tests=$(dirname "$("$pg_config" --pgxs)")/../test
}

# Turn the "test x ... ok" of servers before 16 into TAP; show differences and
# leave the results of a failure where they can be looked at and copied from.
regress_report()
{
	local output=$1 status=$2

	sed -E -e 's/^test ([^ ]+) +\.\.\. ok.*/ok - \1/' \
		-e 's/^test ([^ ]+) +\.\.\. FAILED.*/not ok - \1/' <<<"$output"
	if [ "$status" -ne 0 ]; then
		cat "$regress_out/regression.diffs" 2>/dev/null || true
		mkdir -p "$top/results"
		cp "$regress_out"/results/* "$top/results/" 2>/dev/null || true
		say "# results were copied to results/"
	fi
	return "$status"
}

suite_regress()
{
	local output status=0

	suite_cluster regress 0
	regress_directory regress
	output=$("$pgxs_tests/regress/pg_regress" "${regress_options[@]}" \
		$(picked "$top"/test/sql/*.sql)) || status=$?
	regress_report "$output" "$status"
}

suite_iso()
{
	local output status=0

	suite_cluster iso 0
	regress_directory iso
	output=$("$pgxs_tests/isolation/pg_isolation_regress" "${regress_options[@]}" \
		$(picked "$top"/test/specs/*.spec)) || status=$?
	regress_report "$output" "$status"
}

suite_pgtap()
{
	local name output

	suite_cluster pgtap 0
	create_database gqle_pgtap
	cluster_psql -d gqle_pgtap -c 'CREATE EXTENSION pgtap'
	for name in $(picked "$top"/test/pgtap/*.sql); do
		say "# $name"
		output=$(cluster_psql -At -d gqle_pgtap -f "$top/test/pgtap/$name.sql") ||
			check "$name runs to its end" false
		say "$output"
		if grep -q '^# Looks like you planned' <<<"$output"; then
			check "$name keeps its plan" false
		fi
	done
}

# Permissions against an interpreter of their rules: MATRIX_WORLDS (12) made at
# random, from number MATRIX_SEED (1) on.
suite_matrix()
{
	suite_cluster matrix 0
	create_database gqle_matrix
	GQLE_PSQL=$(psql_command gqle_matrix) python3 "$top/test/matrix/run.py" \
		"${MATRIX_WORLDS:-12}" "${MATRIX_SEED:-1}"
}

# What runs psql in a database of this suite's cluster, to be split at blanks.
psql_command()
{
	say "$bindir/psql -X -q -At -v ON_ERROR_STOP=1 -h $GQLE_DATA -p $GQLE_PGPORT -U $superuser -d $1"
}

# --- servers ---

# Node modules from the registry, unless they are what the lock file says.
node_modules()
{
	(
		cd "$top/test/node"
		if ! cmp -s package-lock.json node_modules/.installed; then
			npm ci --no-fund --no-audit --loglevel error
			cp package-lock.json node_modules/.installed
		fi
	)
}

# The demo's tables, rows and metadata in this suite's cluster; GQLE_PSQL to reach it.
demo_database()
{
	. "$top/test/lib/demo.sh"
	create_database "$database"
	wait_healthy
	demo_header_file
	demo_load
	demo_apply_metadata
	GQLE_PSQL=$(psql_command "$database")
	export GQLE_PSQL
}

suite_http()
{
	local files file tls_port

	node_modules
	build_console
	install_gqle WERROR=1
	export HASURA_GRAPHQL_ADMIN_SECRET="test secret, 'quoted'" HASURA_GRAPHQL_ENABLE_CONSOLE=true
	make_certificate "$scratch/tls"
	free_port
	tls_port=$free_port
	suite_cluster http 1 "gqle.tls_port = $tls_port" \
		"gqle.tls_cert = '$scratch/tls.crt'" "gqle.tls_key = '$scratch/tls.key'"
	demo_database
	export GQLE_URL=$(base_url) GQLE_ADMIN_SECRET=$HASURA_GRAPHQL_ADMIN_SECRET
	files=("$top"/test/node/*.test.mjs)
	[ -z "${T:-}" ] || files=("$top/test/node/${T%.test.mjs}.test.mjs")
	node_tap "${files[@]}" || node_failed=1
	# what depends on the connection, over TLS too
	for file in "${files[@]}"; do
		case $(basename "$file") in
			client.* | sse.* | websocket.*)
				say "# with TLS:"
				GQLE_URL=https://127.0.0.1:$tls_port CURL_CA_BUNDLE=$scratch/tls.crt \
					NODE_EXTRA_CA_CERTS=$scratch/tls.crt node_tap "$file" || node_failed=1
				;;
		esac
	done
	check "the server survived" curl -fsS -o /dev/null "$(base_url)/healthz"
	server_log_is_clean
	[ -z "${node_failed:-}" ]
}

# make_certificate PATH: PATH.crt for this machine, and PATH.key.
make_certificate()
{
	openssl req -x509 -nodes -days 2 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 \
		-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 \
		-keyout "$1.key" -out "$1.crt" 2>/dev/null
	! is_root || chown "$owner" "$1.key"
}

# node's nested TAP, flattened.  One file after the other: they share a server.
node_tap()
{
	local file status=0

	for file in "$@"; do
		say "# $(basename "$file")"
		timeout 600 node --test --test-reporter=tap "$file" |
			sed -E -e 's/^(not )?ok [0-9]+ - .*\.mjs$/# &/' -e 's/^ +((not )?ok [0-9]+)/\1/' || status=1
	done
	return $status
}

# A crash or a failed assertion of any worker is a failure, whatever was answered.
server_log_is_clean()
{
	local log=$GQLE_DATA/server.log

	if as_owner grep -E 'PANIC|TRAP:|was terminated by signal|server process .* exited with' "$log"; then
		check "no crash in the server's log" false
		as_owner tail -n 40 "$log"
	else
		check "no crash in the server's log" true
	fi
}

# The hasura command line, if there is one (HASURA_CLI, or hasura on the path),
# and in any case what it was seen to send.  WRITE=1 records that anew.
suite_cli()
{
	local status=0

	node_modules
	export HASURA_GRAPHQL_ADMIN_SECRET="test secret" GQLE_ADMIN_SECRET="test secret"
	export HASURA_CLI=${HASURA_CLI:-$(command -v hasura || true)}
	free_port
	export CLI_TEST_PORT=$free_port CLI_TEST_URL=http://127.0.0.1:$free_port CLI_TEST_KEY=key
	export CLI_TEST_AIRPORTS=$CLI_TEST_URL/airports
	export CLI_TEST_DIR=$scratch/cli.projects
	if [ -n "$HASURA_CLI" ]; then
		mkdir "$CLI_TEST_DIR"
		cli_server cli
		node "$top/test/cli/scenario.mjs" || status=1
		server_log_is_clean
		cluster_stop
	else
		say "# neither HASURA_CLI nor hasura on the path: only the recording is replayed"
	fi
	cli_server replay
	node "$top/test/cli/replay.mjs" || status=1
	server_log_is_clean
	return $status
}

# cli_server NAME: a server with an empty database.
cli_server()
{
	suite_cluster "$1" 1
	create_database cli
	wait_healthy
	export GQLE_URL=$(base_url)
}

# Tests that start, break and restart servers by themselves: Perl TAP.
suite_worker()
{
	local tests=$scratch/t status=0

	mkdir -p "$tests"
	cp -R "$top"/test/t/* "$top/test/demo" "$top/test/fixtures" "$top/docs/proxies.md" "$tests/"
	! is_root || chown -R "$owner" "$tests"
	pgxs_tests=$(dirname "$("$pg_config" --pgxs)")/../test
	as_owner env PATH="$bindir:$PATH" TESTDIR="$tests" \
		PG_REGRESS="$pgxs_tests/regress/pg_regress" \
		prove --verbose --timer -I "$pgxs_tests/perl" -I "$tests" \
		$(picked "$tests"/*.pl | sed "s|.*|$tests/&.pl|") || status=$?
	return $status
}
