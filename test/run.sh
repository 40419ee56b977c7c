#!/usr/bin/env bash
# run.sh [SUITE...]: run the tests on clusters of their own; all suites if none
# is named.  T=name picks one test of a suite.
#
# The last line is "N passed, N failed"; the exit status says whether N is 0.
# Logs of the last run stay in build/test/.
. "$(dirname "$0")/lib/common.sh"
. "$top/test/lib/packages.sh"
. "$top/test/lib/suite.sh"

suites=(build lint unit asan fuzz differential regress pgtap matrix iso http cli worker)
[ $# -eq 0 ] || suites=("$@")

need_packages build test
find_pg
. "$top/test/lib/cluster.sh"
. "$top/test/lib/suites.sh"
scratch_make

# Suites with a server of their own test what is installed.
case " ${suites[*]} " in
	*" build "*) ;;
	*" differential "* | *" regress "* | *" pgtap "* | *" matrix "* | *" iso "* | *" http "* | *" cli "* | *" worker "*)
		install_gqle WERROR=1
		;;
esac
# Nothing but the build says anything sensible about a tree that does not build.
for suite in "${suites[@]}"; do
	run_suite "$suite"
	[ "$suite" != build ] || [ "$suite_failed" -eq 0 ] || break
done
summarise
