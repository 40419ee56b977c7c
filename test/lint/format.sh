#!/usr/bin/env bash
# format.sh: clang-format on the lines that differ from main.
#
# Declarations aligned by hand elsewhere stay as they are.
. "$(dirname "$0")/../lib/common.sh"

cd "$top"
git clang-format --extensions c,h "$(git merge-base HEAD "${BASE:-main}")" || true
