#!/usr/bin/env bash
# Every test file is one that make test picks up, and every expected file has
# its test.
cd "$(dirname "$0")/../.." || exit 2
status=0
wrong() { echo "$*"; status=1; }

for file in test/sql/*.sql test/specs/*.spec; do
	[ -e "$file" ] || continue
	name=$(basename "${file%.*}")
	[ -f "expected/$name.out" ] || wrong "$file has no expected/$name.out"
done
for file in expected/*; do
	[ -e "$file" ] || continue
	name=$(basename "$file" .out)
	[ "$file" = "expected/$name.out" ] || wrong "$file is not an expected output"
	# pg_regress takes alternatives named <test>_1.out and so on.
	for base in "$name" "${name%_[0-9]}"; do
		[ ! -f "test/sql/$base.sql" ] && [ ! -f "test/specs/$base.spec" ] || continue 2
	done
	wrong "$file belongs to no test"
done

unplaced()
{
	git ls-files "$1" | sed "s|^$1/||" | grep -vE "$2" | sed "s|^|$1/|"
}
for file in \
	$(unplaced test/sql '^[a-z0-9_]+\.sql$|^fixtures/') \
	$(unplaced test/specs '^[a-z0-9_]+\.spec$') \
	$(unplaced test/pgtap '^[a-z0-9_]+\.sql$') \
	$(unplaced test/t '^[0-9]{3}_[a-z0-9_]+\.pl$|^[A-Za-z]+\.pm$') \
	$(unplaced test/node '^[a-z0-9_]+\.test\.mjs$|^(lib|talk|tokens)\.mjs$|^package(-lock)?\.json$') \
	$(unplaced test/unit '^[a-z0-9_]+\.[ch]$') \
	$(unplaced test/fuzz '^(fuzz|tool)_[a-z0-9_]+\.c$|^[a-z0-9_]+\.(dict|h)$|^(differential|validator|random)\.mjs$|^corpus/[a-z0-9_]+/'); do
	wrong "$file is where no suite looks for it"
done
for directory in test/fuzz/corpus/*/; do
	[ -d "$directory" ] || continue
	[ -f "test/fuzz/fuzz_$(basename "$directory").c" ] || wrong "$directory has no target"
done
exit $status
