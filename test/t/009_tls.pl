# The listener with TLS: both protocols over it, other ports and the Unix socket
# beside it, certificates renewed while it runs, half handshakes, bad keys.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use GqleServer;
use IO::Select;
use IO::Socket::INET;
use IO::Socket::UNIX;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

plan skip_all => 'needs openssl and IO::Socket::SSL'
  unless eval { require IO::Socket::SSL } && `openssl version`;

my $dir = PostgreSQL::Test::Utils::tempdir_short();
my ($cert, $key) = ("$dir/server.crt", "$dir/server.key");

# A certificate for a name, and its key, put in place together.
sub make_certificate
{
	my ($name, $algorithm) = @_;

	system_or_bail(qw(openssl req -x509 -nodes -days 30 -subj), "/CN=$name",
		'-newkey', $algorithm eq 'rsa' ? 'rsa:2048' : 'ec',
		($algorithm eq 'rsa' ? () : qw(-pkeyopt ec_paramgen_curve:prime256v1)),
		'-keyout', "$key.new", '-out', "$cert.new");
	chmod 0600, "$key.new";
	rename "$key.new", $key;
	rename "$cert.new", $cert;
}

make_certificate('first', 'ec');
my $plain_port = PostgreSQL::Test::Cluster::get_free_port();
my $server = GqleServer->new('tls', "gqle.tls_cert = '$cert'", "gqle.tls_key = '$key'",
	"gqle.tls_port = 0", "gqle.head_timeout = 1000", "gqle.server_workers = 1",
	"gqle.unix_socket = '$dir/gqle.sock'", "gqle.unix_socket_permissions = 0700",
	'restart_after_crash = on');
my $node = $server->node;

$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE app');
$server->sql('CREATE TABLE item AS SELECT n AS id, repeat(\'x\', 1000) AS name FROM generate_series(1, 3000) AS n; CREATE EXTENSION gqle');

sub open_tls
{
	my (%options) = @_;
	return IO::Socket::SSL->new(PeerAddr => '127.0.0.1', PeerPort => $server->{port},
		Timeout => 10, SSL_verify_mode => 0, %options);
}

# One request, the connection closed after it.
sub over
{
	my ($socket, $head, $body) = @_;
	return undef unless $socket;
	my $answer = '';
	my $length = length($body // '');
	my $request = "$head HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: $length\r\n\r\n" . ($body // '');

	local $SIG{ALRM} = sub { die "timeout\n" };
	alarm 60;
	while (length $request)
	{
		my $n = syswrite $socket, substr($request, 0, 16384);
		last unless $n;
		substr($request, 0, $n, '');
	}
	while (sysread $socket, my $part, 65536) { $answer .= $part }
	alarm 0;
	return $answer;
}

$server->wait_until('the listener speaks TLS',
	sub { (over(open_tls(), 'GET /healthz') // '') =~ /^HTTP\/1\.1 200.*OK$/s }, 60);

# What is spoken.
my $socket = open_tls(SSL_alpn_protocols => [ 'h2', 'http/1.1' ]);
is($socket->get_sslversion, 'TLSv1_3', 'TLS 1.3');
is($socket->alpn_selected, 'http/1.1', 'HTTP/1.1 is chosen by name');
is($socket->peer_certificate('commonName'), 'first', 'the certificate');
like(over($socket, 'GET /v1/version'), qr/"server_type"/, '... and it answers');
is(open_tls(SSL_version => 'TLSv12')->get_sslversion, 'TLSv1_2', 'TLS 1.2');
ok(!open_tls(SSL_version => 'TLSv11', SSL_cipher_list => 'ALL:@SECLEVEL=0'), 'TLS 1.1 is refused');
ok(!open_tls(SSL_alpn_protocols => ['h2']), 'who speaks HTTP/2 only is refused');

# A client that doesn't speak TLS is told so.
$socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $server->{port});
like(over($socket, 'GET /healthz'), qr/^HTTP\/1\.1 400.*use https\n$/s, 'plain HTTP gets a hint');

# The Unix socket never speaks TLS.
my $unix = "$dir/gqle.sock";
like(over(IO::Socket::UNIX->new(Peer => $unix), 'GET /healthz'), qr/^HTTP\/1\.1 200/, 'the Unix socket');
is(sprintf('%04o', (stat $unix)[2] & 07777), '0700', '... with its permissions');

# Large bodies both ways.
over(IO::Socket::UNIX->new(Peer => $unix), 'POST /v1/metadata',
	'{"type":"pg_track_table","args":{"source":"default","table":"item"}}');
my $answer = over(open_tls(), 'POST /v1/graphql', '{"query":"{item{id name}}"}');
like($answer, qr/^HTTP\/1\.1 200/, 'a large answer');
is(() = $answer =~ /x{1000}/g, 3000, '... is whole');
my $padding = 'x' x 2_000_000;
like(over(open_tls(), 'POST /v1/graphql', "{\"query\":\"query { item(where: {name: {_eq: \\\"$padding\\\"}}) { id } }\"}"),
	qr/\{"data":\{"item":\[\]\}\}$/, 'a large request');

# A client that takes its answer slowly holds up nobody.
my $slow = open_tls(SSL_startHandshake => 1);
syswrite $slow, "POST /v1/graphql HTTP/1.1\r\nHost: a\r\nContent-Length: 27\r\n\r\n{\"query\":\"{item{id name}}\"}";
sleep 0.3;
my $began = time;
like(over(open_tls(), 'GET /healthz'), qr/^HTTP\/1\.1 200/, 'others are served beside a slow reader');
cmp_ok(time - $began, '<', 1, '... at once');
my $taken = '';
while (length($taken) < 3_000_000 && sysread $slow, my $part, 10000) { $taken .= $part }
cmp_ok(length($taken), '>=', 3_000_000, '... which gets all in the end');
close $slow;

# Clients that begin a handshake and stop: they are closed in time, and cost
# the others nothing.
my @half = map { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $server->{port}) } 1 .. 100;
syswrite $_, "\x16\x03\x01\x02\x00\x01" foreach @half;
$began = time;
like(over(open_tls(), 'GET /healthz'), qr/^HTTP\/1\.1 200/, 'served beside half handshakes');
cmp_ok(time - $began, '<', 1, '... at once');
my $closed = 0;
foreach my $half (@half)
{
	$closed++ if IO::Select->new($half)->can_read(5) && !sysread $half, my $nothing, 1;
}
is($closed, 100, 'half handshakes are closed after gqle.head_timeout');

# Bytes that are no TLS.
foreach my $junk ("\x16\x03\x01\xff\xff" . ("\0" x 70000), "\x80\x2e\x01\x00\x02", ("\xff" x 5000), "\x16\x03\x03\x00\x01\x00")
{
	$socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $server->{port});
	syswrite $socket, $junk;
	shutdown $socket, 1;
	ok(IO::Select->new($socket)->can_read(5), 'junk ends the connection');
}

# A new certificate, without a word to the server; open connections go on.
my $old = open_tls();
make_certificate('second', 'rsa');
$server->wait_until('a renewed certificate is noticed',
	sub { my $s = open_tls(); $s && $s->peer_certificate('commonName') eq 'second' }, 20);
like(over($old, 'GET /healthz'), qr/^HTTP\/1\.1 200/, 'an old connection goes on');

# One that can't be used changes nothing.
PostgreSQL::Test::Utils::append_to_file("$cert.bad", "nonsense\n");
rename "$cert.bad", $cert;
sleep 1.5;
is(open_tls()->peer_certificate('commonName'), 'second', 'a bad certificate is not taken');
ok(slurp_file($node->logfile) =~ /could not load TLS certificate/, '... and reported');
make_certificate('third', 'ec');
chmod 0644, $key;
sleep 1.5;
is(open_tls()->peer_certificate('commonName'), 'second', 'a key that others can read is not taken');
ok(slurp_file($node->logfile) =~ /others can read or change it/, '... and reported');
chmod 0600, $key;
$server->wait_until('... until they can not', sub { open_tls()->peer_certificate('commonName') eq 'third' }, 20);

# Renegotiation is off.
like(`printf 'R\n' | timeout 5 openssl s_client -connect 127.0.0.1:$server->{port} -tls1_2 2>&1`,
	qr/no renegotiation|Secure Renegotiation IS (NOT )?supported/i, 'no renegotiation');
like(`printf 'GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n' | timeout 5 openssl s_client -quiet -connect 127.0.0.1:$server->{port} 2>&1`,
	qr/^HTTP\/1\.1 200.*OK$/ms, 'openssl s_client ends well');

# Sessions are resumed, by another worker, too.
foreach my $version ('tls1_2', 'tls1_3')
{
	my $session = PostgreSQL::Test::Utils::tempdir() . "/session.$version";
	my $request = "printf 'GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'";
	my $client = "timeout 5 openssl s_client -ign_eof -$version -connect 127.0.0.1:$server->{port}";
	like(`$request | $client -sess_out $session 2>&1`, qr/^New, /m, "$version: a new session");
	like(`$request | $client -sess_in $session 2>&1`, qr/^Reused, .*200/ms, 'that is resumed');
	kill 'TERM', $server->workers('server');
	$server->wait_until('by a worker that came later', sub { `$request | $client -sess_in $session 2>&1` =~ /^Reused, .*200/ms }, 20);
}

# Both, on ports of their own.
$server->configure("gqle.tls_port = $plain_port");
$node->reload;
$server->wait_until('the first port is plain', sub { $server->is_healthy }, 60);
($server->{port}, $plain_port) = ($plain_port, $server->{port});
$server->wait_until('... and the other one speaks TLS',
	sub { (over(open_tls(), 'GET /healthz') // '') =~ /^HTTP\/1\.1 200/ }, 60);

# The Unix socket outlives workers, and a crash of the server.
kill 'KILL', $server->workers('server');
$server->wait_until('the Unix socket is served again',
	sub { (over(IO::Socket::UNIX->new(Peer => $unix), 'GET /healthz') // '') =~ /^HTTP\/1\.1 200/ }, 60);
$node->stop;
ok(!-e $unix, 'it goes with the server');
IO::Socket::UNIX->new(Local => $unix, Listen => 1)->close;
ok(-e $unix, 'a stale one ...');
$node->start;
$server->wait_until('... is replaced',
	sub { (over(IO::Socket::UNIX->new(Peer => $unix), 'GET /healthz') // '') =~ /^HTTP\/1\.1 200/ }, 60);
$node->stop('immediate');
$server->log_lacks(qr/TRAP:|PANIC/, 'no crash in the log');
done_testing();
