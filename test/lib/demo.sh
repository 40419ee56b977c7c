# demo.sh: the cluster of `make up`: its settings, its state, its demo data.
#
# Sourced after common.sh and cluster.sh.

GQLE_PORT=${GQLE_PORT:-8080}
GQLE_PGPORT=${GQLE_PGPORT:-5480}
database=gqle

# GQLE_DATA: /var/lib/gqle/data for root, else under the user's own data.
demo_find_data()
{
	if [ -z "${GQLE_DATA:-}" ]; then
		if is_root; then
			GQLE_DATA=/var/lib/gqle/data
		else
			GQLE_DATA=${XDG_DATA_HOME:-$HOME/.local/share}/gqle/data
		fi
	fi
	case $GQLE_DATA in
		/*) ;;
		*) GQLE_DATA=$PWD/$GQLE_DATA ;;
	esac
}

# A digest of what a running server was started with: library, settings and
# environment.  When it changes, `make up` restarts the server.
demo_digest()
{
	{
		cat "$pkglibdir/gqle.so"
		say "$GQLE_PORT $GQLE_PGPORT"
		env -0 | sort -z | grep -zvE '^(_|PWD|OLDPWD|SHLVL|TERM|COLUMNS|LINES|WINDOWID|SSH_[A-Z]+|MAKE[A-Z_]*|DEMO|T|DISPLAY|XDG_[A-Z_]+|LS_COLORS|PG_CONFIG|GQLE_[A-Z]+|DBUS_[A-Z_]+)='
	} | sha256sum | cut -d' ' -f1
}

# Start the server, or restart it if it runs with something else.
demo_start()
{
	local digest running

	digest=$(demo_digest)
	if cluster_is_running; then
		running=$(as_owner cat "$GQLE_DATA/gqle.started" 2>/dev/null || true)
		[ "$running" != "$digest" ] || return 0
		cluster_stop
	fi
	cluster_configure
	cluster_start
	as_owner sh -c "echo $digest >'$GQLE_DATA/gqle.started'"
}

# The admin secret as a header file, so that no command line shows it.
demo_header_file()
{
	header_file=$GQLE_DATA/gqle.headers
	{
		say "content-type: application/json"
		[ -z "${HASURA_GRAPHQL_ADMIN_SECRET:-}" ] ||
			say "x-hasura-admin-secret: $HASURA_GRAPHQL_ADMIN_SECRET"
	} | as_owner sh -c "umask 077; cat >'$header_file'"
}

# demo_post PATH: the body comes from standard input.
demo_post()
{
	curl -sS -m 60 -H "@$header_file" --data-binary @- "$(base_url)$1"
}

# demo_load [SCALE]: tables and rows, once, in one transaction.
demo_load()
{
	[ "$(cluster_psql -At -d "$database" \
		-c "SELECT pg_catalog.to_regclass('public.playlist_track') IS NULL")" = t ] || return 0
	say "loading the demo data"
	PGOPTIONS='-c client_min_messages=warning' cluster_psql -1 -d "$database" \
		-v scale="${1:-1}" <<<"$(cat "$top/test/demo/schema.sql" "$top/test/demo/data.sql")"
	cluster_psql -d "$database" -c 'VACUUM ANALYZE'
}

# Apply the demo's metadata over HTTP, unless something is tracked already.
demo_apply_metadata()
{
	local answer

	answer=$(demo_post /v1/metadata <<<'{"type":"export_metadata","args":{}}')
	case $answer in
		*'"table":'*) return 0 ;;
	esac
	answer=$({
		printf '{"type":"replace_metadata","version":2,"args":{"metadata":'
		cat "$top/test/demo/metadata.json"
		printf '}}'
	} | demo_post /v1/metadata)
	case $answer in
		*'"is_consistent":true'* | *'"message":"success"'*) ;;
		*) die "the demo metadata was refused: $answer" ;;
	esac
}
