#!/usr/bin/env bash
# The library exports what the server looks up by name and nothing else.
cd "$(dirname "$0")/../.." || exit 2

[ -f gqle.so ] || { echo "gqle.so is not built"; exit 1; }
extra=$(nm -D --defined-only gqle.so | awk '{print $3}' | sed 's/@.*//' |
	grep -vE '^(Pg_magic_func|_PG_init|gqle_sql_\w+|pg_finfo_gqle_sql_\w+|gqle_\w+_main)$')
[ -z "$extra" ] || { echo "exported: $extra"; exit 1; }

# What is neither ours nor the server's nor a library's fails at load, not at link.
missing=$(nm -D --undefined-only gqle.so | awk '{print $2}' | grep '^gqle_')
[ -z "$missing" ] || { echo "undefined: $missing"; exit 1; }

# Every C function that the SQL names exists.
for name in $(grep -hoE "'MODULE_PATHNAME', *'[a-z0-9_]+'" sql/parts/*.sql | sed "s/.*, *'//; s/'//" | sort -u); do
	nm -D --defined-only gqle.so | grep -q " $name\$" || { echo "SQL names $name, which is not exported"; exit 1; }
done
