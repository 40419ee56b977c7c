#!/usr/bin/env bash
# Calls that have a better way in this tree.  Comments and strings do not count.
cd "$(dirname "$0")/../.." || exit 2

git ls-files 'src/*.[ch]' 'worker/*.[ch]' 'include/*.h' | xargs perl -0777 -ne '
	sub blank { my $text = shift; $text =~ s/[^\n]/ /g; return $text }
	s{("(?:\\.|[^"\\])*"|\x27(?:\\.|[^\x27\\])*\x27)|(/\*.*?\*/)}{defined $1 ? "\"" . blank(substr($1, 2)) . "\"" : blank($2)}gse;
	$line = 0;
	foreach (split /\n/) {
		$line++;
		$why = undef;
		$why = "use strlcpy, snprintf or a StringInfo" if /(?<![\w.>])(strcpy|strcat|sprintf|vsprintf|gets|strtok)\s*\(/;
		$why = "palloc, or a library buffer in net/ or httpc" if /(?<![\w.>])(malloc|calloc|realloc|strdup|free)\s*\(/
			&& $ARGV !~ m{src/base/(standalone|arena)\.c|src/net/|worker/(httpc|httpd|wsock)\.c|base/standalone\.h|pgcompat\.h};
		$why = "wait on the latch" if /(?<![\w.>])(sleep|usleep|nanosleep|poll|select|pg_usleep)\s*\(/;
		$why = "SPI only through base/spi.c" if /(?<!\w)SPI_\w+\s*\(/ && $ARGV ne "src/base/spi.c";
		$why = "version tests only in pgcompat.h" if /PG_VERSION_NUM/ && $ARGV ne "include/gqle/pgcompat.h";
		$why = "use ASCII tables or pg_ascii_tolower" if /(?<![\w.>])(tolower|toupper|isalpha|isdigit|isalnum|isspace|isupper|islower)\s*\(/;
		$why = "compare secrets and signatures in constant time" if /(?<!CRYPTO_)\b(memcmp|strn?cmp|strn?casecmp)\s*\(/
			&& $ARGV eq "src/base/secrets.c" || /(?<!CRYPTO_)\bmemcmp\s*\(/ && $ARGV eq "src/net/jwk.c";
		if ($why) { print "$ARGV:$line: $why: $_\n"; $bad = 1 }
	}
	END { exit($bad ? 1 : 0) }
'
