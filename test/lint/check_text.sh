#!/usr/bin/env bash
# Shell scripts parse; no blanks at line ends; files end with one newline; no
# file over 1,600 lines.
cd "$(dirname "$0")/../.." || exit 2
status=0

for file in $(git ls-files '*.sh' .ci/run); do
	bash -n "$file" || status=1
done
if command -v shellcheck >/dev/null; then
	git ls-files '*.sh' .ci/run | xargs -r shellcheck -x -S error || status=1
fi
if git grep -nI '[[:blank:]]$' -- . ':!expected' ':!test/fuzz/corpus' ':!LICENSE' ':!*.md'; then
	echo "blanks at line ends"
	status=1
fi
for file in $(git ls-files '*.c' '*.h' '*.sql' '*.sh' '*.mjs' '*.pl'); do
	[ -s "$file" ] || continue
	[ -z "$(tail -c 1 "$file")" ] || { echo "$file: no newline at the end"; status=1; }
	[ "$(wc -l <"$file")" -le 1600 ] || { echo "$file: over 1,600 lines"; status=1; }
done
exit $status
