# packages.sh: Debian packages, installed without a question and only if missing.
#
# Sourced after common.sh.  A machine without apt is left alone: whatever is
# missing shows when it is used.

# need_packages GROUP...: groups are build, test, conformance, bench.
need_packages()
{
	local group missing=()

	command -v apt-get >/dev/null || return 0
	for group in "$@"; do
		missing+=($("packages_$group"))
	done
	mapfile -t missing < <(printf '%s\n' "${missing[@]}" | sort -u | sed '/^$/d')
	[ "${#missing[@]}" -eq 0 ] && return 0
	say "installing ${missing[*]}"
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y \
		--no-install-recommends install "${missing[@]}" >/dev/null
}

# Print those of the named packages that are not installed.
missing_packages()
{
	local package

	for package in "$@"; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
			printf '%s\n' "$package"
	done
}

# Print the package unless the command is there, wherever it came from.
missing_command()
{
	command -v "$1" >/dev/null || printf '%s\n' "$2"
}

# A server other than Debian's own is the caller's business.
uses_debian_server()
{
	[ -z "${PG_CONFIG:-}" ] || [ "$PG_CONFIG" = pg_config ] ||
		[ "$PG_CONFIG" = /usr/lib/postgresql/15/bin/pg_config ]
}

packages_build()
{
	missing_packages gcc make curl libc6-dev libmicrohttpd-dev libwslay-dev \
		libcurl4-openssl-dev libcjson-dev libjwt-dev libssl-dev zlib1g-dev \
		libdeflate-dev
	if uses_debian_server; then
		missing_packages postgresql-15 postgresql-server-dev-15
	fi
}

packages_test()
{
	missing_packages clang libclang-rt-14-dev clang-format libipc-run-perl \
		libio-socket-ssl-perl jq \
		git binutils
	missing_command node nodejs
	missing_command npm npm
	missing_command python3 python3-minimal
	if uses_debian_server; then
		missing_packages postgresql-15-pgtap
	fi
}

packages_conformance()
{
	missing_packages python3 python3-yaml openssl jq locales
	if uses_debian_server; then
		missing_packages postgresql-15-postgis-3
	fi
}

packages_bench()
{
	missing_packages wrk jq
}
