#!/usr/bin/env bash
# Base names of sources are unique in the tree, and so are those of headers
# within a layer's own directory.
cd "$(dirname "$0")/../.." || exit 2

same=$(git ls-files 'src/*.c' 'worker/*.c' | sed 's|.*/||' | sort | uniq -d)
[ -z "$same" ] || { echo "sources of the same name: $same"; exit 1; }
