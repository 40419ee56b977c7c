#!/usr/bin/env perl
# settings.pl [--write]: the table of settings in docs/guc.md, made
# from their definitions in src/base/guc.c.  Prints the table, or puts it in
# place of the old one.
use strict;
use warnings;

my $doc = 'docs/guc.md';
my %level = (SUSET => 'superuser', USERSET => 'anyone', SIGHUP => 'reload',
	POSTMASTER => 'restart', SU_BACKEND => 'connection');
my %unit = (MS => 'ms', S => 's', KB => 'kB', BYTE => 'B', MIN => 'min');

sub slurp { local (@ARGV, $/) = @_; return scalar <> }

# The text of adjacent C string literals; empty for NULL.
sub text { return join '', $_[0] =~ /"((?:\\.|[^"\\])*)"/g }

sub default_of
{
	my ($call, $rest) = @_;

	return '' unless defined $call;
	$call =~ s/env_string\("\w+",\s*//;
	return "`$1`" if $call =~ /^"(.+)"$/;
	return '' if $call eq '""' || $call eq 'NULL';
	return '`' . eval($call) . '`' if $call =~ /^[-\d.* ]+$/;
	return $call eq 'true' ? '`on`' : '`off`' if $call =~ /^(true|false)$/;
	# An enumerator: the tail of its name.
	$call =~ s/^(GQLE_NAMING|GQLE_HOOK|XACT|GQLE_[A-Z]+_LEVEL|GQLE_LOG_TO|GQLE_LOG)_//;
	return '`' . (lc $call =~ tr/_/-/r) . '`';
}

my @rows;
my $source = slurp('src/base/guc.c');
while ($source =~ /DefineCustom\w+Variable\(\s*"(gqle\.\w+)",\s*((?:"(?:\\.|[^"\\])*"\s*)+),\s*((?:"(?:\\.|[^"\\])*"\s*)+|NULL),(.*?)\);\n/gs)
{
	my ($name, $short, $long, $rest) = ($1, $2, $3, $4);
	my ($variable, $default) = $rest =~ /env_\w+\("(\w+)",\s*("[^"]*"|env_string\("\w+",\s*"[^"]*"|[^,)]+)/;
	my ($context) = $rest =~ /PGC_(\w+)/;
	my ($unit) = $rest =~ /GUC_UNIT_(\w+)/;
	my $value = default_of($default, $rest);

	$value .= " $unit{$unit}" if $unit && $value ne '';
	my $what = text($short) . (text($long) ne '' ? ' ' . text($long) : '');
	push @rows, "| `$name` | " . ($variable ? "`$variable`" : '') . " | $value | "
		. ($level{$context} // lc $context) . " | $what |\n";
}

my $table = "| setting | variable | default | changed by | what it does |\n|---|---|---|---|---|\n" . join('', @rows);

if (@ARGV && $ARGV[0] eq '--write')
{
	my $old = slurp($doc);
	$old =~ s/^\| setting \| variable .*?\n(?!\|)/$table/ms or die "$doc has no table of settings\n";
	open(my $out, '>', $doc) or die "$doc: $!\n";
	print $out $old;
	close $out;
}
else
{
	print $table;
}
