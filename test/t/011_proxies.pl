# Behind nginx and HAProxy, with the configurations of docs/proxies.md: requests,
# WebSockets and events work as they do without, and no request becomes two.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use GqleServer;
use IO::Select;
use IO::Socket::INET;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my %programs = (nginx => '/usr/sbin/nginx', haproxy => '/usr/sbin/haproxy');
my @there = grep { -x $programs{$_} } sort keys %programs;
plan skip_all => 'neither nginx nor HAProxy is installed' unless @there;

my $server = GqleServer->new('proxies', 'gqle.max_body_size = 1024', 'gqle.websocket_keepalive = 1',
	'gqle.live_queries_multiplexed_refetch_interval = 100');
$server->start_with_app;
my $doc = slurp_file("$FindBin::Bin/proxies.md");
my $dir = PostgreSQL::Test::Utils::tempdir_short();

# Start a proxy with the documented configuration; (its port, its process).
sub start_proxy
{
	my ($name) = @_;
	my $port = PostgreSQL::Test::Cluster::get_free_port();
	my ($configuration) = $doc =~ /```$name\n(.*?)```/s or die "no configuration of $name in docs/proxies.md";

	$configuration =~ s/127\.0\.0\.1:8080/127.0.0.1:$server->{port}/;
	if ($name eq 'nginx')
	{
		$configuration =~ s/listen 80;/listen 127.0.0.1:$port;/ or die;
		my $temp = join '', map { "${_}_temp_path $dir/$_;\n" } qw(client_body proxy fastcgi uwsgi scgi);
		$configuration = "daemon off;\npid $dir/nginx.pid;\nerror_log $dir/nginx.log;\nevents {}\nhttp {\naccess_log off;\n$temp$configuration}\n";
	}
	else
	{
		$configuration =~ s/bind :80/bind 127.0.0.1:$port/ or die;
	}
	PostgreSQL::Test::Utils::append_to_file("$dir/$name.conf", $configuration);
	my $pid = fork // die;
	if ($pid == 0)
	{
		open STDERR, '>', "$dir/$name.err";
		exec $programs{$name}, $name eq 'nginx' ? ('-e', "$dir/nginx.log", '-c', "$dir/$name.conf") : ('-db', '-f', "$dir/$name.conf");
		require POSIX;
		POSIX::_exit(1);
	}
	return ($port, $pid);
}

sub connect_to
{
	my ($port) = @_;
	return IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port, Timeout => 5) // die "could not connect: $@";
}

# What comes until a pattern matches, the end, or silence for some seconds.
sub read_until
{
	my ($socket, $pattern, $seconds) = @_;
	my $select = IO::Select->new($socket);
	my $text = '';
	while ($text !~ $pattern && $select->can_read($seconds // 5))
	{
		sysread($socket, my $part, 65536) or last;
		$text .= $part;
	}
	return $text;
}

# A text message as a client's frame.
sub frame { my $l = length $_[0]; return pack('C', 0x81) . ($l < 126 ? pack('C', 0x80 | $l) : pack('Cn', 0xfe, $l)) . "\0\0\0\0" . $_[0] }

my $body = '{"query":"{__typename}"}';
my $length = length $body;
my $chunk = sprintf("%x\r\n%s\r\n0\r\n\r\n", $length, $body);
my $smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
my $post = "POST /v1/graphql HTTP/1.1\r\nHost: a\r\n";
my @attacks = (
	[ 'CL.CL', "${post}Content-Length: $length\r\nContent-Length: 0\r\n\r\n$body$smuggled" ],
	[ 'CL.TE', "${post}Content-Length: " . length($chunk . $smuggled) . "\r\nTransfer-Encoding: chunked\r\n\r\n$chunk$smuggled" ],
	[ 'TE.CL', "${post}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n24\r\n$smuggled\r\n0\r\n\r\n" ],
	(map { [ "TE in disguise: " . ($_ =~ s/[^ -~]/./gr), "${post}$_\r\nContent-Length: " . length($chunk . $smuggled) . "\r\n\r\n$chunk$smuggled" ] }
		'Transfer-Encoding : chunked', ' Transfer-Encoding: chunked', "Transfer-Encoding:\x0bchunked", "X: y\nTransfer-Encoding: chunked", 'Transfer-Encoding: xchunked',
		"Transfer-Encoding: chunked\r\nTransfer-Encoding: x", "X: y\rTransfer-Encoding: chunked", "Transfer-Encoding:\r\n chunked", 'Transfer-Encoding: identity, chunked'),
	(map { [ "chunks: " . ($_->[0] =~ s/[^ -~]/./gr), "${post}Transfer-Encoding: chunked\r\n\r\n$_->[0]$body\r\n0\r\n\r\n$smuggled" ] }
		[ "18;\n" ], [ "18;a\n" ], [ "18\n" ], [ "18 \r\n" ], [ "0x18\r\n" ], [ "018;\r\n" ], [ "18;\0\r\n" ], [ "fffffffffffffff18\r\n" ]),
	[ 'a folded line', "${post}X: y\r\n Content-Length: 5\r\nContent-Length: $length\r\n\r\n$body$smuggled" ],
	[ 'a length with a sign', "${post}Content-Length: +$length\r\n\r\n$body$smuggled" ],
);

foreach my $name (@there)
{
	my ($port, $pid) = start_proxy($name);
	local $server->{port} = $port;

	$server->wait_until("$name answers", sub { ($server->request('GET', '/healthz'))[0] == 200 }, 30);
	$server->answers("$name: a query");
	$server->sql("UPDATE item SET name = 'item 1' WHERE id = 1");
	my ($status, $answer) = $server->post('/v1/graphql', { query => '{ item(order_by: {id: asc}) { id name } } #' . ('x' x 300_000) });
	is($status, 200, "$name: a large request");
	is(() = $answer =~ /"name"/g, 100, "$name: ... is answered in full");

	# A WebSocket, and a keep-alive of its own.
	my $socket = connect_to($port);
	syswrite $socket, "GET /v1/graphql HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
	  . "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n";
	like(read_until($socket, qr/\r\n\r\n/), qr/^HTTP\/1\.1 101 .*graphql-transport-ws/s, "$name: a WebSocket");
	syswrite $socket, frame('{"type":"connection_init"}') . frame('{"type":"subscribe","id":"1","payload":{"query":"subscription { item_by_pk(id: 1) { name } }"}}');
	like(read_until($socket, qr/"next"/), qr/item 1/, "$name: ... with a subscription");
	$server->sql("UPDATE item SET name = 'changed by $name' WHERE id = 1");
	like(read_until($socket, qr/changed/), qr/changed by $name/, "$name: ... that tells changes");
	like(read_until($socket, qr/keepalive/), qr/keepalive/, "$name: ... and keep-alives");

	# Events come when they happen.
	$socket = connect_to($port);
	my $request = '{"query":"subscription { item_by_pk(id: 2) { name } }"}';
	syswrite $socket, "${post}Accept: text/event-stream\r\nContent-Type: application/json\r\nContent-Length: " . length($request) . "\r\n\r\n$request";
	my $began = time;
	like(read_until($socket, qr/event: next/), qr/item 2/, "$name: an event");
	cmp_ok(time - $began, '<', 2, "$name: ... at once");

	# Each attack on a connection of its own, then an honest request on another,
	# which must not get the answer to something left over.
	foreach my $attack (@attacks)
	{
		$socket = connect_to($port);
		syswrite $socket, $attack->[1];
		my $text = read_until($socket, qr/\A(?!)/, 0.4);
		my $second = $text =~ m{resource does not exist} ? 1 : 0;
		# seen as two requests by both sides alike is no attack: each got its answer
		my @statuses = $text =~ m{HTTP/1\.1 (\d\d\d) }g;
		ok(!$second || "@statuses" eq '200 404', "$name: $attack->[0]") or diag($text);
		my $check = $server->query('{ item_by_pk(id: 3) { name } }');
		is($check, '{"data":{"item_by_pk":{"name":"item 3"}}}', "$name: ... leaves nothing behind");
	}
	kill 'TERM', $pid;
	waitpid $pid, 0;
}
$server->node->stop;
$server->log_lacks(qr/TRAP:|PANIC|terminated by signal/, 'no crash in the log');
done_testing();
