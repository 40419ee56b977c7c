#!/usr/bin/env bash
# run.sh [NAME...]: build the unit tests under the address and undefined
# behaviour sanitizers and run them (all, or $T, or those named).
. "$(dirname "$0")/../lib/common.sh"

if [ $# -eq 0 ]; then
	# shellcheck disable=SC2086
	set -- ${T:-$(cd "$top/test/unit" && ls ./*.c | sed 's|^\./||; s|\.c$||')}
fi

make -s -C "$top" -j"${GQLE_JOBS:-$(nproc)}" "${@/#/build/asan/}"

failed=0
for name in "$@"; do
	say "# $name"
	ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1 \
		"$top/build/asan/$name" || { say "not ok - $name failed"; failed=1; }
done
exit $failed
