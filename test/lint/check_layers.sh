#!/usr/bin/env bash
# A file includes headers of its own layer or of one below; lang and net do not
# include each other.
cd "$(dirname "$0")/../.." || exit 2

git ls-files 'src/*.c' 'worker/*.c' 'include/gqle/*.h' | xargs perl -ne '
	BEGIN {
		%rank = (base => 0, lang => 1, net => 1, catalog => 2, schema => 3,
			validate => 4, plan => 5, exec => 6, api => 7, worker => 8);
	}
	($layer) = $ARGV =~ m{^(?:src|include/gqle)/(\w+)/} ? $1
		: $ARGV =~ m{^worker/} ? "worker" : undef;
	$file = $ARGV;
	if (m{^#include "gqle/(\w+)/}) {
		$other = $1;
		$wrong = !exists $rank{$other} ? "unknown layer"
			: !defined $layer ? 0
			: $rank{$other} > $rank{$layer} ? "a higher layer"
			: $rank{$other} == 1 && $rank{$layer} == 1 && $other ne $layer ? "a sibling layer"
			: 0;
		if ($wrong && $file ne "src/gqle.c") {
			print "$file:$.: includes $wrong: $_";
			$bad = 1;
		}
	}
	close ARGV if eof;
	END { exit($bad ? 1 : 0) }
'
