#!/usr/bin/env bash
# The documentation lists every error code a client can get, and every SQLSTATE
# of class QL.
cd "$(dirname "$0")/../.." || exit 2
status=0

codes=$(sed -n 's/.*\[GQLE_ERR_[A-Z0-9_]*\] *= *"\([a-z0-9-]*\)".*/\1/p' src/base/error.c | sort -u)
[ -n "$codes" ] || { echo "src/base/error.c: no codes found"; exit 1; }
documented=$(sed -n 's/^| `\([a-z][a-z0-9-]*\)`.*/\1/p' docs/errors.md | sort -u)
for code in $(comm -23 <(echo "$codes") <(echo "$documented")); do
	echo "docs/errors.md lacks $code"
	status=1
done
for code in $(comm -13 <(echo "$codes") <(echo "$documented")); do
	echo "docs/errors.md lists $code, which does not exist"
	status=1
done

# MAKE_SQLSTATE('Q','L','0','0','1')
states=$(grep -oE "MAKE_SQLSTATE\([^)]*\)" include/gqle/errcodes.h | sed "s/MAKE_SQLSTATE//; s/[^A-Z0-9]//g" | sort -u)
for state in $states; do
	grep -q "^| \`$state\`" docs/errors.md || { echo "docs/errors.md lacks SQLSTATE $state"; status=1; }
done
exit $status
