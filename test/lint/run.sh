#!/usr/bin/env bash
# run.sh: every check on the sources; one "ok" or "not ok" line for each.
#
# A check is a script in this directory that prints what is wrong and exits
# with 1, or prints nothing and exits with 0.
. "$(dirname "$0")/../lib/common.sh"

cd "$top"
status=0
for script in test/lint/check_*.sh; do
	name=$(basename "$script" .sh)
	if output=$("$script" 2>&1); then
		say "ok - lint ${name#check_}"
	else
		say "not ok - lint ${name#check_}"
		printf '%s\n' "$output" | sed 's/^/    /'
		status=1
	fi
done
exit $status
