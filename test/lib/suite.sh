# suite.sh: running suites and adding up what they say.
#
# A suite is a function suite_<name> that writes TAP-like lines ("ok ...",
# "not ok ...") to its output; everything else there is for people.  A suite
# that fails without a "not ok" counts as one failure.

passed=0
failed=0
summary=()

# The scratch directory of this run: clusters and results, gone at the end.
scratch_make()
{
	scratch=$(mktemp -d "${TMPDIR:-/tmp}/gqle-test.XXXXXX")
	chmod 0711 "$scratch"
	logs=$top/build/test
	mkdir -p "$logs"
	trap scratch_remove EXIT
	trap 'exit 130' INT TERM
}

scratch_remove()
{
	local data

	for data in "$scratch"/*/PG_VERSION; do
		[ -f "$data" ] || continue
		GQLE_DATA=$(dirname "$data")
		cluster_stop immediate || true
	done
	rm -rf "$scratch"
}

# run_suite NAME: sets suite_failed to how much failed.  Not to be called as a
# condition.
run_suite()
{
	local name=$1 log=$logs/$1.log started=$SECONDS status ok not_ok

	say "== $name"
	# Not as a condition: bash would then go on after a failed command in it.
	set +e
	(
		set -e
		"suite_$name"
	) >"$log" 2>&1
	status=$?
	set -e
	ok=$(grep -cE '^ok\b' "$log" || true)
	not_ok=$(grep -cE '^not ok\b' "$log" || true)
	if [ "$status" -ne 0 ] && [ "$not_ok" -eq 0 ]; then
		not_ok=1
	fi
	if [ "$not_ok" -gt 0 ]; then
		show_failure "$log"
	fi
	passed=$((passed + ok))
	failed=$((failed + not_ok))
	summary+=("$(printf '%-12s %5d passed %5d failed %5d s' "$name" "$ok" "$not_ok" $((SECONDS - started)))")
	suite_failed=$not_ok
}

# What failed, and the end of the log, which says why.
show_failure()
{
	grep -E '^not ok\b' "$1" | head -n 40 || true
	say "-- end of $1:"
	tail -n "${TEST_LOG_LINES:-60}" "$1"
	say "--"
}

summarise()
{
	say ""
	printf '%s\n' "${summary[@]}"
	say "$passed passed, $failed failed"
	[ "$failed" -eq 0 ]
}

# check NAME COMMAND...: one result from a command's exit status.
check()
{
	local name=$1

	shift
	if "$@"; then
		say "ok - $name"
	else
		say "not ok - $name"
	fi
}
