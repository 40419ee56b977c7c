#!/usr/bin/env bash
# run.sh [SECONDS]: fuzz every target (or $T) for its share of SECONDS (60).
#
# Targets are fuzz_<name>.c with seeds in corpus/<name>/ and, where it helps,
# tokens in <name>.dict.  What a run finds stays under build/fuzz/; inputs that
# broke something belong into the corpus once fixed.
. "$(dirname "$0")/../lib/common.sh"

seconds=${1:-60}
here=$top/test/fuzz
# shellcheck disable=SC2012
names=${T:-$(ls "$here"/fuzz_*.c | sed 's|.*/fuzz_||; s|\.c$||')}
names=${names//fuzz_/}
share=$((seconds / $(wc -w <<<"$names")))
[ "$share" -gt 0 ] || share=1

# shellcheck disable=SC2086
make -s -C "$top" -j"${GQLE_JOBS:-$(nproc)}" $(printf 'build/fuzz/fuzz_%s ' $names)

failed=0
for name in $names; do
	work=$top/build/fuzz/work-$name
	mkdir -p "$work/found" "$here/corpus/$name"
	dict=()
	[ ! -f "$here/$name.dict" ] || dict=(-dict="$here/$name.dict")
	if "$top/build/fuzz/fuzz_$name" -max_total_time="$share" -max_len=4096 \
		-timeout=10 -rss_limit_mb=2048 -print_final_stats=1 "${dict[@]}" \
		-artifact_prefix="$work/" "$work/found" "$here/corpus/$name" \
		>"$work/log" 2>&1; then
		runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/log")
		say "ok - fuzz $name ($runs runs in $share s)"
	else
		say "not ok - fuzz $name, see $work/log"
		grep -E '^==|ERROR|SUMMARY|runtime error|Test unit written' "$work/log" |
			sed 's/^/# /' | head -20
		failed=1
	fi
done
exit $failed
