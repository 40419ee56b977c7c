# Heads that a proxy in front might read otherwise are refused, honest ones are
# not, however they are cut into packets.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use GqleServer;
use IO::Socket::INET;
use Test::More;

my $server = GqleServer->new('heads', "gqle.admin_secret = 's'", 'gqle.max_body_size = 64');
$server->node->start;
$server->node->safe_psql('postgres', 'CREATE DATABASE app');
$server->sql('CREATE EXTENSION gqle');
$server->wait_healthy;

sub connect_to
{
	my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $server->{port}, Timeout => 5)
		or die "could not connect: $@";
	$socket->autoflush(1);
	return $socket;
}

# Everything until the server closes; "(still open)" is added if it doesn't.
sub read_all
{
	my ($socket, $seconds) = @_;
	my $answer = '';
	local $SIG{ALRM} = sub { die "timeout\n" };

	alarm($seconds // 5);
	my $closed = eval { while (sysread($socket, my $part, 65536)) { $answer .= $part } 1 };
	alarm 0;
	return $closed ? $answer : "$answer(still open)";
}

sub talk
{
	my ($bytes, @pieces) = @_;
	my $socket = connect_to();

	foreach my $size (@pieces)
	{
		print $socket substr($bytes, 0, $size, '');
		select undef, undef, undef, 0.002;
	}
	print $socket $bytes;
	shutdown $socket, 1;
	return read_all($socket);
}

sub status
{
	my ($answer) = @_;
	return $answer =~ m{\AHTTP/1\.1 (\d+) } ? $1 : "no status: $answer";
}

my $start = "GET /v1/version HTTP/1.1\r\nHost: a\r\n";
my $post = "POST /v1/graphql HTTP/1.1\r\nHost: a\r\n";
my $end = "Content-Length: 2\r\n\r\n{}";

my @refused = (
	[ 'a folded line', "${post}X-Hasura: z\r\n -Role: admin\r\n$end" ],
	[ 'a folded last line', "${start}X-A: z\r\n\tmore\r\n\r\n" ],
	[ 'two different lengths', "${post}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}" ],
	[ 'two equal lengths', "${post}Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}" ],
	[ 'a length and a coding', "${post}Transfer-Encoding: chunked\r\n${end}" ],
	[ 'two codings', "${post}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" ],
	[ 'a coding in HTTP/1.0', "POST /v1/graphql HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" ],
	[ 'a blank before the colon', "${post}Content-Length : 2\r\n\r\n{}" ],
	[ 'no host', "GET /v1/version HTTP/1.1\r\nX-A: b\r\n\r\n" ],
	[ 'two hosts', "${start}Host: b\r\n\r\n" ],
	[ 'a NUL in a value', "${start}X-A: a\0b\r\nX-B: c\r\n\r\n" ],
	[ 'a NUL in the last value', "${start}X-A: a\0b\r\n\r\n" ],
	[ 'a NUL in the path', "GET /v1/version\0x HTTP/1.1\r\nHost: a\r\n\r\n" ],
	[ 'a blank in the path', "GET /v1/version x HTTP/1.1\r\nHost: a\r\n\r\n" ],
	[ 'bare line feeds', "GET /v1/version HTTP/1.1\nHost: a\n\n" ],
	[ 'one bare line feed', "GET /v1/version HTTP/1.1\r\nHost: a\nX-A: b\r\n\r\n" ],
	[ 'a line without a name', "${start}: a\r\nX-B: c\r\n\r\n" ],
	[ 'a line that is a colon', "${start}:\r\nX-B: c\r\n\r\n" ],
	[ 'a line without a colon', "${start}garbage\r\n\r\n" ],
	[ 'a method that is no token', "G(T /v1/version HTTP/1.1\r\nHost: a\r\n\r\n" ],
	[ 'a negative length', "${post}Content-Length: -5\r\n\r\n{}" ],
	[ 'a length with more', "${post}Content-Length: 2x\r\n\r\n{}" ],
	[ 'a target that is no path', "GET v1/version HTTP/1.1\r\nHost: a\r\n\r\n" ],
);
foreach my $case (@refused)
{
	my $answer = talk($case->[1]);

	is(status($answer), 400, "$case->[0] is refused");
	unlike($answer, qr{\(still open\)|HTTP/1\.1 200}, '... with nothing after it, and the connection closed');
}
is(status(talk("${post}Transfer-Encoding: gzip\r\n\r\n")), 501, 'an unknown coding is not implemented');
is(status(talk($start . join('', map { "X-$_: a\r\n" } 1 .. 300) . "\r\n")), 400, 'too many headers');
is(status(talk("${start}X-A: " . ('a' x 60000) . "\r\n\r\n")), 431, 'too long a header');
my $most = 24 * 1024;			# gqle.max_total_header_length, less the rest of the head
my $rest = length("${start}X-A: \r\n\r\n");
is(status(talk("${start}X-A: " . ('a' x ($most - $rest)) . "\r\n\r\n")), 200, 'a head of the largest size');
is(status(talk("${start}X-A: " . ('a' x ($most - $rest + 1)) . "\r\n\r\n")), 431, '... a byte more');
$rest = length("${start}Cookie: \r\n\r\n");
is(status(talk("${start}Cookie: " . ('a' x (($most - $rest) / 2 - 1)) . "\r\n\r\n")), 200, 'cookies of half that size');
is(status(talk("${start}Cookie: " . ('a' x (($most - $rest) / 2 + 1)) . "\r\n\r\n")), 431, '... and more');
is(status(talk("${post}Content-Length: 99999999999999999999999\r\n\r\n")), 413, 'a length beyond all numbers');
is(status(talk("${post}Content-Length: 999999999\r\nExpect: 100-continue\r\n\r\n")), 413, 'a body too large, announced');

my @accepted = (
	[ 'no blank after the colon', "GET /v1/version HTTP/1.1\r\nHost:a\r\nX-A:b\r\n\r\n" ],
	[ 'blanks after the colon', "${start}X-A: \t  b\r\n\r\n" ],
	[ 'blanks after the value', "${start}X-A: b \t \r\n\r\n" ],
	[ 'empty values', "${start}X-A:\r\nX-B: \r\n\r\n" ],
	[ 'an absolute target', "GET http://other/v1/version HTTP/1.1\r\nHost: a\r\n\r\n" ],
	[ 'HTTP/1.0 without headers', "GET /v1/version HTTP/1.0\r\n\r\n" ],
	[ 'an empty line before', "\r\n${start}\r\n" ],
	[ 'a query', "GET /v1/version?a=%00&b+c HTTP/1.1\r\nHost: a\r\n\r\n" ],
	[ 'a long path', 'GET /v1/version?' . ('a' x 5000) . " HTTP/1.1\r\nHost: a\r\n\r\n" ],
	[ 'a hundred headers', $start . join('', map { "X-$_: a\r\n" } 1 .. 100) . "\r\n" ],
	[ 'a token and a cookie', $start . 'Authorization: Bearer ' . ('a' x 4000) . "\r\nCookie: " . ('b' x 7000) . "\r\n\r\n" ],
);
foreach my $case (@accepted)
{
	is(status(talk($case->[1])), 200, "$case->[0]: accepted");
	is(status(talk($case->[1], 1, 3, 7, 20, 1, 1, 1, 1, 5)), 200, '... and in pieces');
}

# Paths are compared as they are.
is(status(talk("GET /v1/%76ersion HTTP/1.1\r\nHost: a\r\n\r\n")), 404, 'no decoding of paths');
is(status(talk("GET /v1/version/ HTTP/1.1\r\nHost: a\r\n\r\n")), 404, 'no slash too many');

# Several requests at once are answered in order, one after the other.
my $socket = connect_to();
print $socket ("${start}\r\n" . "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n") x 5;
shutdown $socket, 1;
my @statuses = read_all($socket) =~ m{HTTP/1\.1 (\d+)}g;
is("@statuses", join(' ', (200, 404) x 5), 'pipelined requests');

# A body that turns out too large is read on, then refused.
$post .= "X-Hasura-Admin-Secret: s\r\n";
is(status(talk("${post}Content-Length: 100000\r\n\r\n" . ('x' x 100000))), 413, 'a body too large');
is(status(talk("${post}Transfer-Encoding: chunked\r\n\r\n" . ("2000\r\n" . ('x' x 8192) . "\r\n") x 12 . "0\r\n\r\n")),
	413, 'a body too large in chunks');

# What the refusals look like.
like(talk("POST /v1alpha1/graphql HTTP/1.1\r\nHost: a\r\n$end"), qr{^HTTP/1\.1 401 .*required, but not found}s,
	'no secret, real status');
my ($status, $body) = $server->request('GET', '/nothing');
is("$status $body", '404 {"error":"resource does not exist","path":"$","code":"not-found"}', 'unknown path');
($status, $body) = $server->request('POST', '/v1/graphql', '{}', 'x-hasura-admin-secret' => 'x');
is($status, 200, 'wrong secret: status 200 at /v1/graphql');
like($body, qr/^\{"errors":\[\{.*"access-denied"/, '... with the error');
($status, $body) = $server->request('POST', '/v1/metadata', '{}', 'x-hasura-admin-secret' => 'x');
is("$status $body", '401 {"error":"invalid \"x-hasura-admin-secret\"/\"x-hasura-access-key\"","path":"$","code":"access-denied"}',
	'wrong secret: status 401 elsewhere');

$server->node->stop;
$server->log_lacks(qr/TRAP:|PANIC|terminated by signal/, 'no crash in the log');
done_testing();
