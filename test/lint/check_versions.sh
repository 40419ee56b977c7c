#!/usr/bin/env bash
# Versions agree, and released SQL is what it was when it was released.
cd "$(dirname "$0")/../.." || exit 2
status=0
wrong() { echo "$*"; status=1; }

version=$(sed -n "s/^default_version *= *'\(.*\)'/\1/p" gqle.control)
grep -qx "#define GQLE_VERSION \"$version\"" include/gqle/gqle.h || wrong "gqle.h says another version than gqle.control"
grep -q "^## $version\b" docs/CHANGELOG.md || wrong "docs/CHANGELOG.md does not speak of $version"

(cd sql/released && sha256sum --check --quiet --strict SHA256SUMS) || wrong "released SQL must not change"
for file in sql/released/*.sql; do
	grep -q " $(basename "$file")\$" sql/released/SHA256SUMS || wrong "$file is not in SHA256SUMS"
done

# Of every released version there is a way to this one.
reached=" $version "
while :; do
	before=$reached
	for file in sql/released/gqle--*--*.sql sql/updates/*--*.sql; do
		[ -e "$file" ] || continue
		pair=$(basename "$file" .sql)
		pair=${pair#gqle--}
		[[ $reached != *" ${pair#*--} "* ]] || [[ $reached == *" ${pair%--*} "* ]] || reached+="${pair%--*} "
	done
	[ "$reached" != "$before" ] || break
done
for file in sql/released/gqle--*.sql; do
	old=$(basename "$file" .sql)
	old=${old#gqle--}
	[[ $old == *--* ]] || [[ $reached == *" $old "* ]] || wrong "no update leads from $old to $version"
done
exit $status
