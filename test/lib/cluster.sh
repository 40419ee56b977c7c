# cluster.sh: private clusters: create, start, stop, remove, wait.
#
# Sourced after common.sh and find_pg.  Every function works on the cluster
# named by $GQLE_DATA, $GQLE_PGPORT and $GQLE_PORT.  A data directory counts as
# ours only if it holds gqle.conf, which cluster_configure writes; anything else
# is never started, changed or removed.
#
# Who may connect: the Unix socket lies in the data directory, which only its
# owner and root can enter, and is trusted; TCP asks for a password, and no
# role has one to begin with.

superuser=postgres

cluster_exists()
{
	as_cluster_reader test -f "$GQLE_DATA/PG_VERSION" -a -f "$GQLE_DATA/gqle.conf"
}

# A directory of the owner's may be closed to a caller with sudo only.
as_cluster_reader()
{
	as_owner "$@"
}

cluster_is_running()
{
	as_owner "$bindir/pg_ctl" -D "$GQLE_DATA" status >/dev/null 2>&1
}

# cluster_create [INITDB-OPTION...]
cluster_create()
{
	local parent

	[ "${#GQLE_DATA}" -le 85 ] ||
		die "GQLE_DATA is too long for a Unix socket in it: $GQLE_DATA"
	if [ -e "$GQLE_DATA" ] && [ -n "$(ls -A "$GQLE_DATA" 2>/dev/null)" ]; then
		die "$GQLE_DATA is not empty and not a cluster made by gqle; set GQLE_DATA"
	fi
	parent=$(dirname "$GQLE_DATA")
	if ! [ -d "$parent" ]; then
		mkdir -p "$parent" 2>/dev/null || as_root mkdir -p "$parent"
	fi
	if is_root; then
		install -d -o "$owner" -g "$(id -gn "$owner")" -m 0700 "$GQLE_DATA"
	else
		install -d -m 0700 "$GQLE_DATA"
	fi
	as_owner "$bindir/initdb" -D "$GQLE_DATA" -U "$superuser" -E UTF8 \
		--locale=C.UTF-8 --auth-local=trust --auth-host=scram-sha-256 \
		"$@" >/dev/null
	as_owner sh -c "echo \"include_if_exists = 'gqle.conf'\" >>'$GQLE_DATA/postgresql.conf'"
}

# cluster_configure [LINE...]: the settings that are ours, and further lines.
cluster_configure()
{
	{
		cat <<-CONF
			# Written anew at every start; put your own settings into postgresql.conf.
			listen_addresses = '127.0.0.1'
			port = $GQLE_PGPORT
			unix_socket_directories = '$GQLE_DATA'
			unix_socket_permissions = 0700
			timezone = 'UTC'
			shared_preload_libraries = 'gqle'
			gqle.port = $GQLE_PORT
		CONF
		[ $# -eq 0 ] || printf '%s\n' "$@"
	} | as_owner sh -c "cat >'$GQLE_DATA/gqle.conf'"
}

# Settings for clusters that live for one test run.
throwaway_settings=(
	"fsync = off"
	"synchronous_commit = off"
	"full_page_writes = off"
	"max_wal_size = 4GB"
	"autovacuum_naptime = 1h"
)

# Start the postmaster with the environment of the caller.
cluster_start()
{
	local port

	for port in "$GQLE_PGPORT" "$GQLE_PORT"; do
		! port_is_open "$port" ||
			die "port $port is in use; choose others with GQLE_PORT and GQLE_PGPORT"
	done
	if ! as_owner "$bindir/pg_ctl" -D "$GQLE_DATA" -l "$GQLE_DATA/server.log" \
		-s -w -t 60 start </dev/null; then
		as_owner tail -n 20 "$GQLE_DATA/server.log" >&2
		die "the server did not start; its log is $GQLE_DATA/server.log"
	fi
}

# cluster_stop [MODE]
cluster_stop()
{
	! cluster_is_running ||
		as_owner "$bindir/pg_ctl" -D "$GQLE_DATA" -s -w -t 60 -m "${1:-fast}" stop
}

cluster_remove()
{
	cluster_exists || return 0
	cluster_stop "${1:-fast}"
	as_owner sh -c "cd '$GQLE_DATA' && rm -rf -- ./* ./.s.PGSQL*"
	rmdir "$GQLE_DATA" 2>/dev/null || true
}

cluster_psql()
{
	"$bindir/psql" -X -q -v ON_ERROR_STOP=1 -h "$GQLE_DATA" -p "$GQLE_PGPORT" \
		-U "$superuser" "$@"
}

has_database()
{
	[ "$(cluster_psql -At -d postgres -v name="$1" \
		<<<"SELECT 1 FROM pg_database WHERE datname = :'name'")" = 1 ]
}

# Give the superuser a password, so that TCP is open to those who know it.
cluster_set_password()
{
	password=$(od -An -tx1 -N16 /dev/urandom | tr -d ' \n')
	cluster_psql -d postgres -v password="$password" -v user="$superuser" \
		<<<"ALTER ROLE :\"user\" PASSWORD :'password'"
}

# create_database NAME: a database with the extension, unless it is there.
create_database()
{
	has_database "$1" ||
		cluster_psql -d postgres -v name="$1" <<<'CREATE DATABASE :"name"'
	PGOPTIONS='-c client_min_messages=warning' cluster_psql -d "$1" \
		-c 'CREATE EXTENSION IF NOT EXISTS gqle'
}

# wait_healthy [SECONDS]: until /healthz answers 200.
wait_healthy()
{
	local deadline=$((SECONDS + ${1:-60}))

	until curl -fsS -m 5 -o /dev/null "$(base_url)/healthz" 2>/dev/null; do
		if ! cluster_is_running || [ $SECONDS -ge $deadline ]; then
			as_owner tail -n 20 "$GQLE_DATA/server.log" >&2
			die "$(base_url)/healthz does not answer; the log is $GQLE_DATA/server.log"
		fi
		sleep 0.1
	done
}

base_url()
{
	printf 'http://127.0.0.1:%s' "$GQLE_PORT"
}
