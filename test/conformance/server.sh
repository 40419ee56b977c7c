# server.sh: the server of the conformance suite and its environment.
#
# Sourced after cluster.sh, by run.sh and by set-env.sh.

# server_start NAME=VALUE...: start with exactly these variables, and what any
# process needs.
server_start()
{
	cluster_configure "${throwaway_settings[@]}"
	if ! as_owner env -i PATH="$PATH" HOME="${owner_home:-$HOME}" LANG=C.UTF-8 "$@" \
		"$bindir/pg_ctl" -D "$GQLE_DATA" -l "$GQLE_DATA/server.log" \
		-s -w -t 60 start </dev/null; then
		as_owner tail -n 20 "$GQLE_DATA/server.log" >&2
		die "the server did not start"
	fi
}
