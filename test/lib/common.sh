# common.sh: what every script under test/ starts with.
#
# Sourced, never run.  Gives: $top (the source tree), say/die, as_root,
# as_owner (the unprivileged user that owns clusters), find_pg, install_gqle.

set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
umask 022

# What make leaves behind must reach neither a sub-make nor a postmaster.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES MAKEFILES GNUMAKEFLAGS

say()
{
	printf '%s\n' "$*"
}

die()
{
	printf 'gqle: %s\n' "$*" >&2
	exit 1
}

is_root()
{
	[ "$(id -u)" -eq 0 ]
}

as_root()
{
	if is_root; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		die "this needs root or sudo: $*"
	fi
}

# The user that owns clusters: whoever calls, or "postgres" when that is root.
find_owner()
{
	owner=$(id -un)
	if is_root; then
		owner=${GQLE_OWNER:-postgres}
		id -u "$owner" >/dev/null 2>&1 ||
			useradd --system --create-home --shell /bin/bash "$owner"
	fi
	owner_home=$(getent passwd "$owner" | cut -d: -f6)
}

# Run as that user with the caller's environment, from a directory it can read.
as_owner()
{
	if is_root; then
		(cd / && HOME=$owner_home exec setpriv --reuid="$owner" \
			--regid="$(id -gn "$owner")" --init-groups -- "$@")
	else
		(cd / && exec "$@")
	fi
}

# Set pg_config, bindir and friends; needs the server's packages.
find_pg()
{
	pg_config=${PG_CONFIG:-pg_config}
	command -v "$pg_config" >/dev/null ||
		die "$pg_config not found; install postgresql-server-dev-15 or set PG_CONFIG"
	bindir=$("$pg_config" --bindir)
	pkglibdir=$("$pg_config" --pkglibdir)
	extdir=$("$pg_config" --sharedir)/extension
	[ -x "$bindir/initdb" ] || die "no server in $bindir; set PG_CONFIG"
	export PG_CONFIG=$pg_config
	find_owner
}

# Build, and install unless the installed files are the same already.
install_gqle()
{
	local jobs=${GQLE_JOBS:-$(nproc)}

	make -s -C "$top" -j"$jobs" "$@" all
	if ! is_installed; then
		if [ -w "$pkglibdir" ] && [ -w "$extdir" ]; then
			make -s -C "$top" "$@" install >/dev/null
		else
			as_root make -s -C "$top" PG_CONFIG="$pg_config" "$@" install >/dev/null
		fi
	fi
}

# Build the console, if npm is there and can fetch what it needs.
build_console()
{
	[ ! -f "$top/build/console/index.html" ] || return 0
	command -v npm >/dev/null || return 0
	# once: a machine without a network must not wait for one
	npm_config_fetch_retries=0 make -s -C "$top" console >/dev/null 2>&1 ||
		say "the console was not built: npm could not fetch its packages"
}

is_installed()
{
	local file

	cmp -s "$top/gqle.so" "$pkglibdir/gqle.so" || return 1
	for file in "$top"/gqle.control "$top"/sql/released/*.sql $(make -s -C "$top" print-sql); do
		cmp -s "$file" "$extdir/$(basename "$file")" || return 1
	done
	[ ! -f "$top/build/console/index.html" ] ||
		cmp -s "$top/build/console/index.html" "$extdir/../gqle/console/index.html"
}

# A free TCP port of this machine, never the same twice in one script.
last_port=$((20000 + ($$ * 7) % 10000))
free_port()
{
	while :; do
		last_port=$((last_port + 1))
		port_is_open "$last_port" || break
	done
	free_port=$last_port
}

port_is_open()
{
	(exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}
