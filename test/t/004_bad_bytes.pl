# Bytes that are not requests: closed or refused, and never the end of a worker.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use GqleServer;
use IO::Socket::INET;
use PostgreSQL::Test::Utils;
use Test::More;

my $server = GqleServer->new('bytes', 'gqle.head_timeout = 500', 'gqle.body_timeout = 500')->start_with_app;
my @before = $server->workers('server');

# Send bytes, half-close, read to the end within ten seconds.
sub send_bytes
{
	my ($bytes, $keep_open) = @_;
	my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $server->{port}, Timeout => 5)
		or return undef;
	my $answer = '';

	local $SIG{PIPE} = 'IGNORE';
	local $SIG{ALRM} = sub { die "timeout\n" };
	alarm 10;
	my $ended = eval {
		print $socket $bytes;
		$socket->flush;
		shutdown($socket, 1) unless $keep_open;
		while (sysread($socket, my $part, 65536)) { $answer .= $part }
		1;
	};
	alarm 0;
	return $ended ? $answer : undef;
}

# Scattered but repeatable bytes.
my $seed = 20240607;
sub chance { $seed = ($seed * 1103515245 + 12345) % 2147483648; return int($seed / 65536) % $_[0] }

my $good = "POST /v1/graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 24\r\n\r\n{\"query\":\"{__typename}\"}";
my $hung = 0;
foreach my $round (1 .. 1500)
{
	my $bytes = $good;

	foreach (0 .. chance(6))
	{
		my $at = chance(length $bytes);
		my $way = chance(4);

		substr($bytes, $at, 1) = chr(chance(256)) if $way == 0;
		substr($bytes, $at, chance(8)) = '' if $way == 1;
		substr($bytes, $at, 0) = chr(chance(256)) x chance(40) if $way == 2;
		$bytes .= substr($bytes, chance(length $bytes)) if $way == 3;
	}
	$hung++ unless defined send_bytes($bytes);
}
is($hung, 0, 'no mutated request hangs');

ok(defined send_bytes("\0" x 100000), 'zeros');
ok(defined send_bytes("GET / HTTP/1.1\r\n" . ("X: y\r\n" x 200000)), 'an endless head');
ok(defined send_bytes("GET /" . ('a' x 3_000_000)), 'an endless path');
ok(defined send_bytes("POST /v1/graphql HTTP/1.1\r\nHo", 1), 'half a head is closed after its time');
ok(defined send_bytes("POST /v1/graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{", 1),
	'half a body is closed after its time');
ok(defined send_bytes("POST /v1/graphql HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{"),
	'a chunk larger than anything');
like(send_bytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") // '', qr{^(HTTP/1\.1 [45]|$)}, 'an HTTP/2 preface');

is_deeply([ $server->workers('server') ], \@before, 'the same server workers as before');
is($server->sql(q{SELECT count(*) FROM pg_stat_activity
	WHERE backend_type LIKE 'gqle %' AND xact_start IS NOT NULL}), 0, 'none is in a transaction');
$server->answers('answers after all that');

$server->node->stop;
$server->log_lacks(qr/TRAP:|PANIC|terminated by signal/, 'no crash in the log');
done_testing();
