#!/usr/bin/env bash
# Settings are defined in the order of their names, and the documentation lists
# them as they are.
cd "$(dirname "$0")/../.." || exit 2
status=0

defined=$(perl -0777 -ne 'print "$_\n" foreach /DefineCustom\w+Variable\(\s*"(gqle\.\w+)"/g' src/base/guc.c)
if [ "$defined" != "$(LC_ALL=C sort <<<"$defined")" ]; then
	echo "src/base/guc.c: not sorted by name:"
	diff <(echo "$defined") <(LC_ALL=C sort <<<"$defined")
	status=1
fi

table=$(test/lint/settings.pl)
[ "$(grep -c '^| `gqle\.' <<<"$table")" = "$(wc -l <<<"$defined")" ] ||
	{ echo "test/lint/settings.pl does not understand every definition"; status=1; }
if ! diff <(grep '^| `gqle\.' <<<"$table") <(grep '^| `gqle\.' docs/guc.md); then
	echo "docs/guc.md is not up to date; run make docs"
	status=1
fi
exit $status
