# Heads and bodies that two servers could read in two ways.  A table of a few
# hundred requests, each made of an honest one by one change, with what must come
# of it: an answer, or a refusal with the connection closed.  Never two answers to
# one request, never a request made of another one's body.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use GqleServer;
use IO::Select;
use IO::Socket::INET;
use Test::More;

my $server = GqleServer->new('hostile', 'gqle.max_body_size = 64', 'gqle.server_workers = 1',
	'gqle.body_timeout = 2000', 'gqle.head_timeout = 2000', 'gqle.idle_timeout = 2');
$server->node->start;
$server->node->safe_psql('postgres', 'CREATE DATABASE app');
$server->sql('CREATE EXTENSION gqle');
$server->wait_healthy;

# Send bytes and read until the server closes, or is silent.  The end of what we
# send is not told to the server: closing must be its own decision.
sub talk
{
	my ($bytes) = @_;
	my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $server->{port}, Timeout => 5)
	  or die "could not connect: $@";
	my $select = IO::Select->new($socket);
	my $answer = '';

	local $SIG{PIPE} = 'IGNORE';
	syswrite $socket, $bytes;
	while ($select->can_read($answer eq '' ? 4 : 0.15))
	{
		my $n = sysread $socket, my $part, 65536;
		return ($answer, 1) unless $n;
		$answer .= $part;
	}
	return ($answer, 0);
}

# The statuses of the answers in a stream, each as long as it says.
sub statuses
{
	my ($stream) = @_;
	my @statuses;

	while ($stream =~ s{\AHTTP/1\.1 (\d\d\d) [^\r]*\r\n((?:[^\r\n]+\r\n)*)\r\n}{}s)
	{
		my ($status, $head) = ($1, $2);
		push @statuses, $status unless $status == 100;
		substr($stream, 0, $head =~ /^Content-Length: (\d+)/mi ? ($1 > length $stream ? length $stream : $1) : 0, '');
	}
	return @statuses;
}

my $smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
my $body = '{"query":"{__typename}"}';
my $length = length $body;

sub post
{
	my (%with) = @_;
	my $line = $with{line} // 'POST /v1/graphql HTTP/1.1';
	my $end = $with{end} // "\r\n";
	my $headers = $with{headers} // "Host: a\r\nContent-Length: $length\r\n";
	return "$line$end$headers$end" . ($with{body} // $body);
}

sub chunked
{
	my ($coding, $chunks) = @_;
	return "POST /v1/graphql HTTP/1.1\r\nHost: a\r\n$coding\r\n\r\n$chunks";
}

my $chunk = sprintf("%x\r\n%s\r\n0\r\n\r\n", $length, $body);

# [name, bytes, expected]: "once" is one answer with status 200, "last" one after
# which the connection ends, "refused" one answer of 400 or more, or none, and the
# end; a number is that status and the end.
my @cases;
sub expect { my ($expected, $name, $bytes) = @_; push @cases, [ $name, $bytes, $expected ] }

# Content-Length.
my @bad_lengths = ('-1', '+24', '0x18', '24,24', '24, 24', '24 24', '24;x', '2 4', "24\t24", '24.0', '1e1', '', ' ', '24a', 'a24',
	'"24"', "24  ", "24\t", '18446744073709551640', '9223372036854775808', '99999999999999999999999999', '4294967320abc', "\x{32}\x{34}\x0b", '024 ,1', 'chunked',
	'24\r', "24\0", '-0', '--24', '٢٤', '0b11', '24_', '24%20', '1 000', "2\t4", '(24)', '24=', '[24]');
expect('refused', "Content-Length: \"" . ($_ =~ s/[^ -~]/./gr) . '"', post(headers => "Host: a\r\nContent-Length: $_\r\n")) foreach @bad_lengths;
expect('once', "Content-Length: $_", post(headers => "Host: a\r\nContent-Length: $_\r\n")) foreach ($length, " $length", "\t$length", sprintf('%05d', $length));
foreach my $pair ([ $length, $length ], [ $length, 0 ], [ 0, $length ], [ 5, $length ], [ $length, 100 ])
{
	my ($first, $second) = @$pair;
	expect('refused', "lengths $first and $second", post(headers => "Host: a\r\nContent-Length: $first\r\nContent-Length: $second\r\n"));
	expect('refused', "lengths $first and $second, apart", post(headers => "Content-Length: $first\r\nHost: a\r\nX-A: b\r\ncontent-length: $second\r\n"));
	expect('refused', "lengths $first and $second, and another request",
		post(headers => "Host: a\r\nContent-Length: $first\r\nContent-Length: $second\r\n", body => $body . $smuggled));
}

# Content-Length with Transfer-Encoding, both ways round.
foreach my $coding ('chunked', 'Chunked', 'CHUNKED', ' chunked', "chunked ", 'identity', 'gzip', 'chunked, gzip', 'gzip, chunked', 'x', '')
{
	foreach my $n (0, 5, $length, length($chunk), 1000)
	{
		expect('refused', "CL.TE: length $n, coding \"$coding\"",
			chunked("Content-Length: $n\r\nTransfer-Encoding: $coding", $chunk . $smuggled));
		expect('refused', "TE.CL: coding \"$coding\", length $n",
			chunked("Transfer-Encoding: $coding\r\nContent-Length: $n", $chunk . $smuggled));
	}
}

# Transfer-Encoding in disguise.
my @disguises = ('Transfer-Encoding: xchunked', 'Transfer-Encoding: chunkedx', 'Transfer-Encoding: chunked, chunked', 'Transfer-Encoding: chunked;q=1',
	'Transfer-Encoding: "chunked"', "Transfer-Encoding: \x0bchunked", "Transfer-Encoding: chunked\x0b", "Transfer-Encoding:\x0cchunked",
	'Transfer-Encoding: chunked-', 'Transfer-Encoding: c hunked', 'Transfer-Encoding: identity, chunked', 'Transfer-Encoding: chunked, identity',
	'Transfer-Encoding : chunked', "Transfer-Encoding\t: chunked", ' Transfer-Encoding: chunked', "\tTransfer-Encoding: chunked",
	"X: y\r\n Transfer-Encoding: chunked", "Transfer-Encoding:\r\n chunked", "Transfer-Encoding\r\n: chunked", "Transfer-Encoding: chunked\r\n\t",
	"Transfer-Encoding: chunked\r\nTransfer-Encoding: x", "Transfer-Encoding: x\r\nTransfer-Encoding: chunked",
	"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
	"Transfer-Encoding: chunked\0", "Transfer-Encoding: \0chunked", "Transfer\0-Encoding: chunked", "Transfer-Encoding: chunked\r",
	"\0Transfer-Encoding: chunked", "Transfer-Encoding: chun\r\n ked", "Transfer-Encoding; chunked", "Transfer-Encoding= chunked", "Transfer-Encoding chunked",
	"Transfer-Encoding: \xff chunked", "Transfer-Encoding: ch\xfcnked", 'Transfer-Encoding: [chunked]', "Transfer-Encoding: \x1echunked",
	"Transfer-Encoding\xa0: chunked", "Foo: bar\rTransfer-Encoding: chunked", "Foo: bar\nTransfer-Encoding: chunked", "Foo\rTransfer-Encoding: chunked");
foreach my $disguise (@disguises)
{
	my $shown = $disguise =~ s/[^ -~]/./gr;
	expect('refused', "in disguise: $shown", chunked($disguise, $chunk . $smuggled));
	expect('refused', "in disguise, with a length: $shown", chunked("$disguise\r\nContent-Length: $length", $body . $smuggled));
}
# One that means nothing to anybody is a header like any other.
foreach my $other ('Transfer_Encoding: chunked', 'X-Transfer-Encoding: chunked', 'Transfer-Encodin: chunked', 'TE: chunked', 'TransferEncoding: chunked')
{
	expect('once', "another header: $other", post(headers => "Host: a\r\n$other\r\nContent-Length: $length\r\n"));
}

# Chunks.
my @bad_chunks = ("$length", "0x18", "-18", "+18", " 18", "18 x", "g", "", "18\0", "1 8", "ffffffffffffffffff", "fffffffffffffffe", "\n18", "18\x0b");
foreach my $size (@bad_chunks)
{
	next if $size eq "$length";
	expect('refused', 'chunk size "' . ($size =~ s/[^ -~]/./gr) . '"', chunked('Transfer-Encoding: chunked', "$size\r\n$body\r\n0\r\n\r\n$smuggled"));
}
expect('refused', 'a chunk shorter than it says', chunked('Transfer-Encoding: chunked', "5\r\n$body\r\n0\r\n\r\n$smuggled"));
expect('refused', 'a chunk longer than it says', chunked('Transfer-Encoding: chunked', "1a\r\n$body\r\n0\r\n\r\n$smuggled"));
expect('refused', 'no line end after a chunk', chunked('Transfer-Encoding: chunked', "18\r\n${body}0\r\n\r\n"));
expect('refused', 'garbage after a chunk', chunked('Transfer-Encoding: chunked', "18\r\n${body}xx\r\n0\r\n\r\n"));
expect('refused', 'chunked in HTTP/1.0', "POST /v1/graphql HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n$chunk");
expect('last', 'chunks', chunked('Transfer-Encoding: chunked', $chunk));
expect('last', 'chunks in capitals', chunked('TRANSFER-ENCODING: CHUNKED', uc(sprintf('%x', $length)) . "\r\n$body\r\n0\r\n\r\n"));
expect('last', 'small chunks', chunked('Transfer-Encoding: chunked', join('', map { "1\r\n$_\r\n" } split //, $body) . "0\r\n\r\n"));
expect('last', 'leading zeros', chunked('Transfer-Encoding: chunked', sprintf("%08x\r\n%s\r\n000\r\n\r\n", $length, $body)));
expect('last', 'an extension', chunked('Transfer-Encoding: chunked', sprintf("%x;a=b\r\n%s\r\n0;c\r\n\r\n", $length, $body)));
expect('last', 'a trailer', chunked('Transfer-Encoding: chunked', sprintf("%x\r\n%s\r\n0\r\nX-A: b\r\n\r\n", $length, $body)));
# The library takes these; nothing behind them may become a request.
expect('last', "chunks: $_->[0]", chunked('Transfer-Encoding: chunked', $_->[1] . $smuggled)) foreach
	[ 'as they should be', $chunk ], [ 'a bare LF after the size', "18\n$body\r\n0\r\n\r\n" ], [ 'a bare LF after an extension', "18;a\n$body\r\n0\r\n\r\n" ],
	[ 'a bare LF after the data', "18\r\n$body\n0\r\n\r\n" ], [ 'a bare LF after the last size', "18\r\n$body\r\n0\n\r\n" ], [ 'a bare LF at the end', "18\r\n$body\r\n0\r\n\n" ],
	[ 'a NUL in an extension', "18;\0\r\n$body\r\n0\r\n\r\n" ], [ 'a long extension', '18;' . ('a' x 5000) . "\r\n$body\r\n0\r\n\r\n" ],
	[ 'a length in the trailer', "18\r\n$body\r\n0\r\nContent-Length: 5\r\n\r\n" ], [ 'a coding in the trailer', "18\r\n$body\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n" ],
	[ 'a secret in the trailer', "18\r\n$body\r\n0\r\nX-Hasura-Role: admin\r\n\r\n" ];
expect('refused', 'a line end in an extension', chunked('Transfer-Encoding: chunked', "18;a\nb\r\n$body\r\n0\r\n\r\n$smuggled"));
expect('refused', 'an upgrade with chunks', "GET /v1/graphql HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
expect(413, 'many chunks, too large', chunked('Transfer-Encoding: chunked', ("4000\r\n" . ('x' x 16384) . "\r\n") x 5 . "0\r\n\r\n"));

# Header lines.
foreach my $c (0 .. 32, 34, 40, 41, 44, 47, 58 .. 64, 91 .. 93, 123, 125, 127, 128, 160, 195, 255)
{
	my $char = chr $c;
	next if $c == 10 || $c == 13 || $c == 58;
	expect('refused', sprintf('byte 0x%02x in a name', $c), post(headers => "Host: a\r\nX${char}Y: z\r\nContent-Length: $length\r\n"));
	expect('refused', sprintf('byte 0x%02x behind a name', $c), post(headers => "Host: a\r\nContent-Length$char: $length\r\n"));
}
foreach my $c (0, 10, 13)
{
	my $char = chr $c;
	expect('refused', sprintf('byte 0x%02x in a value', $c), post(headers => "Host: a\r\nX-A: b${char}c\r\nContent-Length: $length\r\n"));
	expect('refused', sprintf('byte 0x%02x in Host', $c), post(headers => "Host: a${char}b\r\nContent-Length: $length\r\n"));
}
expect('refused', "a fold before $_->[0]", post(headers => $_->[1])) foreach
	[ 'all', " Host: a\r\nContent-Length: $length\r\n" ], [ 'the length', "Host: a\r\n Content-Length: $length\r\n" ],
	[ 'a value', "Host: a\r\nContent-Length:\r\n $length\r\n" ], [ 'the end', "Host: a\r\nContent-Length: $length\r\n \r\n" ],
	[ 'a role', "Host: a\r\nX-Hasura-Role: user\r\n  admin\r\nContent-Length: $length\r\n" ], [ 'a tab', "Host: a\r\n\tContent-Length: $length\r\n" ];
expect('refused', "line ends: $_->[0]", post(headers => $_->[1], end => $_->[2] // "\r\n")) foreach
	[ 'all bare', "Host: a\nContent-Length: $length\n", "\n" ], [ 'one bare', "Host: a\nContent-Length: $length\r\n" ],
	[ 'CR alone', "Host: a\rContent-Length: $length\r\n" ], [ 'CR CR LF', "Host: a\r\r\nContent-Length: $length\r\n" ],
	[ 'LF CR', "Host: a\n\rContent-Length: $length\r\n" ], [ 'first line bare', "\nHost: a\r\nContent-Length: $length\r\n" ];
expect('refused', 'head ends in LF LF', "POST /v1/graphql HTTP/1.1\r\nHost: a\r\nContent-Length: $length\n\n$body");
expect('refused', 'head ends in CR LF LF', "POST /v1/graphql HTTP/1.1\r\nHost: a\r\nContent-Length: $length\r\n\n$body");
expect('refused', 'no colon', post(headers => "Host: a\r\nnothing\r\nContent-Length: $length\r\n"));
expect('refused', 'no name', post(headers => "Host: a\r\n: x\r\nContent-Length: $length\r\n"));
expect('refused', 'only colons', post(headers => "Host: a\r\n::\r\nContent-Length: $length\r\n"));
expect('refused', 'no Host', post(headers => "Content-Length: $length\r\n"));
expect('refused', 'two Hosts', post(headers => "Host: a\r\nHost: b\r\nContent-Length: $length\r\n"));
expect('refused', 'two equal Hosts', post(headers => "Host: a\r\nHost: a\r\nContent-Length: $length\r\n"));
expect('refused', 'too many headers', post(headers => "Host: a\r\nContent-Length: $length\r\n" . join('', map { "X-$_: a\r\n" } 1 .. 200)));
expect(431, 'a header of 70,000 bytes', post(headers => "Host: a\r\nX: " . ('a' x 70000) . "\r\nContent-Length: $length\r\n"));
expect(431, 'a name of 70,000 bytes', post(headers => "Host: a\r\n" . ('a' x 70000) . ": x\r\nContent-Length: $length\r\n"));
expect('refused', 'an endless head', "GET /healthz HTTP/1.1\r\nHost: a\r\n" . ("X: y\r\n" x 20000));
expect('once', 'bytes above ASCII in a value', post(headers => "Host: a\r\nX-A: \xc3\xa4\xff\r\nContent-Length: $length\r\n"));
expect('once', 'all signs of a token', post(headers => "Host: a\r\n!#\$%&'*+-.^_`|~09azAZ: x\r\nContent-Length: $length\r\n"));

# Request lines.
my @bad_lines = ('POST  /v1/graphql HTTP/1.1', 'POST /v1/graphql  HTTP/1.1', ' POST /v1/graphql HTTP/1.1', "POST\t/v1/graphql\tHTTP/1.1", 'POST /v1/graphql HTTP/1.1 ',
	'POST /v1/graphql', 'POST /v1/graphql HTTP/2.0', 'POST /v1/graphql HTTP/0.9', 'POST /v1/graphql HTTP/1.2.3', 'POST /v1/graphql HTTP/', 'POST /v1/graphql http/1.1', 'POST /v1/graphql HTTP/1.1x',
	'POST /v1/graphql HTTP /1.1', 'POST /v1/graphql HTTP/11', 'POST /v1/graphql XTTP/1.1', 'POST v1/graphql HTTP/1.1', 'POST  HTTP/1.1', 'POST HTTP/1.1', 'POST', '', 'P(ST /v1/graphql HTTP/1.1', "P\0ST /v1/graphql HTTP/1.1",
	"POST /v1/graphql\0 HTTP/1.1", "POST /v1\\graphql\x7f HTTP/1.1", "POST /v1/gr\xc3\xa4ph HTTP/1.1", "POST /v1/graphql\x0b HTTP/1.1", 'POST /v1/graphql x HTTP/1.1',
	'POST : HTTP/1.1', 'POST http:/v1/graphql HTTP/1.1', "POST /v1/graphql HTTP/1.1\r\n\r\nGET / HTTP/1.1", "POST\r /v1/graphql HTTP/1.1", "\x16\x03\x01\x02", "PRI * HTTP/2.0", 'POST /v1/graphql HTTP/-1.1', 'POST /v1/graphql HTTP/1.-1', 'POST /v1/graphql HTTP/١.١');
expect('refused', 'line: ' . ($_ =~ s/[^ -~]/./gr), post(line => $_)) foreach @bad_lines;
expect('once', "line: $_", post(line => $_)) foreach ('POST /v1/graphql?a=b HTTP/1.1', 'POST http://a/v1/graphql HTTP/1.1', 'POST https://other:8080/v1/graphql HTTP/1.1');
expect(404, "line: $_", post(line => "$_ HTTP/1.1")) foreach ('POST /v1//graphql', 'POST //v1/graphql', 'POST /v1/./graphql', 'POST /v1/x/../graphql', 'POST /v1/graphql/', 'POST /V1/graphql',
	'POST /v1/graphq%6c', 'POST /v1/graphql%00', 'POST /v1/graphql;a=b', 'POST /v1/graphql%20', 'POST /%2e/v1/graphql', 'POST http://a//v1/graphql', 'POST *', 'PUT /v1/graphql', 'post /v1/graphql',
	'TRACE /v1/graphql', 'FOO /v1/graphql', 'DELETE /v1/graphql', 'OPTIONS *', 'OPTIONS /v1/graphql', 'POST /' . ('a' x 9000), 'POST /' . ('%' x 999));
expect('refused', 'line: CONNECT', post(line => 'CONNECT a:80 HTTP/1.1'));

# Bodies that don't come, or come in part; expectations.
expect('refused', 'half a body', post(body => substr($body, 0, 10)));
expect('refused', 'no body', post(body => ''));
expect('refused', 'half a chunk', chunked('Transfer-Encoding: chunked', "18\r\n" . substr($body, 0, 10)));
expect('refused', 'no last chunk', chunked('Transfer-Encoding: chunked', "18\r\n$body\r\n"));
expect('refused', 'half a head', "POST /v1/graphql HTTP/1.1\r\nHost: a\r\nContent-Le");
expect('refused', 'half a line', 'POST /v1/gra');
expect('once', 'Expect: 100-continue, with the body', post(headers => "Host: a\r\nExpect: 100-continue\r\nContent-Length: $length\r\n"));
expect(413, 'a body too large', post(headers => "Host: a\r\nContent-Length: 70000\r\n", body => 'x' x 70000));
expect(413, 'a body much too large', post(headers => "Host: a\r\nContent-Length: 99999999999\r\n", body => ''));
expect(413, 'a body too large, to be expected', post(headers => "Host: a\r\nExpect: 100-continue\r\nContent-Length: 70000\r\n", body => ''));

# Upgrades that aren't.
my $upgrade = "Host: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n";
expect(400, "upgrade: $_->[0]", "GET /v1/graphql HTTP/1.1\r\n$upgrade$_->[1]\r\n\r\n") foreach
	[ 'no key', 'X: y' ], [ 'a short key', 'Sec-WebSocket-Key: abc' ], [ 'no base64', 'Sec-WebSocket-Key: !!!!!!!!!!!!!!!!!!!!!!==' ],
	[ 'a long key', 'Sec-WebSocket-Key: ' . ('A' x 100) ], [ 'an empty key', 'Sec-WebSocket-Key:' ];
expect(404, 'upgrade: another path', "GET /v1/metadata HTTP/1.1\r\n${upgrade}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
expect('once', 'upgrade: by POST it is none', post(headers => "${upgrade}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nContent-Length: $length\r\n"));
expect('once', 'upgrade: to HTTP/2 it is none', post(headers => "Host: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\nContent-Length: $length\r\n"));

cmp_ok(scalar @cases, '>=', 400, scalar(@cases) . ' cases');

foreach my $case (@cases)
{
	my ($name, $bytes, $expected) = @$case;
	my ($answer, $closed) = talk($bytes);
	my @statuses = statuses($answer);
	my $what = @statuses ? "@statuses" : 'nothing';
	my $ok;

	if ($expected eq 'once')
	{
		$ok = "@statuses" eq '200' && !$closed && $answer =~ /\{"data":\{"__typename":"query_root"\}\}\z/;
	}
	elsif ($expected eq 'last')
	{
		$ok = "@statuses" eq '200' && $closed;
	}
	elsif ($expected eq 'refused')
	{
		$ok = @statuses <= 1 && (!@statuses || $statuses[0] >= 400) && $closed;
	}
	else
	{
		$ok = "@statuses" eq $expected && ($closed || $expected == 404 || $expected == 400);
	}
	ok($ok, $name) or diag("expected $expected, got $what" . ($closed ? ', closed' : ', still open') . ': ' . substr($answer, 0, 200));
	unlike($answer, qr{resource does not exist}, "$name: nothing smuggled") if index($bytes, 'smuggled') >= 0;
}

# Pipelining: each gets its answer, in order, and a refusal is the last one.
my ($answer, $closed) = talk(post() . post(line => 'GET /nothing HTTP/1.1', headers => "Host: a\r\n", body => '') . post() . post(headers => "Host: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n") . $smuggled);
is(join(' ', statuses($answer)), '200 404 200 400', 'pipelined requests, until one is refused');
ok($closed, '... which ends the connection');
($answer, $closed) = talk("HEAD /v1/version HTTP/1.1\r\nHost: a\r\n\r\n" . "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
like($answer, qr{\AHTTP/1\.1 200 OK\r\n(?:[^\r]+\r\n)+\r\nHTTP/1\.1 200 OK.*OK\z}s, 'HEAD has no body');
($answer, $closed) = talk("OPTIONS /v1/graphql HTTP/1.1\r\nHost: a\r\nOrigin: http://b\r\nAccess-Control-Request-Method: POST\r\n\r\n" . post());
is(join(' ', statuses($answer)), '204 200', 'a preflight and a request');

$server->node->stop;
$server->log_lacks(qr/TRAP:|PANIC|terminated by signal/, 'no crash in the log');
done_testing();
