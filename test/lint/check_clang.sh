#!/usr/bin/env bash
# The sources compile without a warning under clang as well.
cd "$(dirname "$0")/../.." || exit 2

command -v clang >/dev/null || { echo "clang is not installed"; exit 1; }
client=$("${PG_CONFIG:-pg_config}" --includedir)
include=$("${PG_CONFIG:-pg_config}" --includedir-server)
flags=(-std=gnu99 -fsyntax-only -Iinclude -isystem "$client" -isystem "$include" -D_GNU_SOURCE
	-Wall -Wextra -Wno-unused-parameter -Wmissing-prototypes -Wstrict-prototypes
	-Wold-style-definition -Wundef -Wimplicit-fallthrough -Wvla -Wformat=2
	-Wno-format-nonliteral -Wdeclaration-after-statement -Wno-ignored-attributes
	-Wno-missing-field-initializers -Werror)
git ls-files 'src/*.c' 'worker/*.c' | xargs -r -P "$(nproc)" -n 8 clang "${flags[@]}"
