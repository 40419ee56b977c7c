# Slow work never holds up the others: it moves to executors, which are started
# as needed, refused when too much waits, and cancelled when nobody wants it.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use GqleServer;
use IO::Socket::INET;
use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep time);

my $server = GqleServer->new('lane', 'gqle.server_workers = 1', 'gqle.executors_max = 2',
	'gqle.max_queued_calls = 2', 'max_worker_processes = 16')->start_with_app;
my $busy = q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'gqle executor' AND state = 'active'};

sub request_bytes
{
	my ($query) = @_;
	my $body = encode_json({ query => $query });
	return "POST /v1/graphql HTTP/1.1\r\nHost: a\r\nContent-Length: " . length($body) . "\r\n\r\n$body";
}

sub send_query
{
	my ($query) = @_;
	my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $server->{port}) or die $@;
	$socket->autoflush(1);
	print $socket request_bytes($query);
	return $socket;
}

# Two slow requests, and meanwhile quick ones.
my @running = map { $server->begin_query('{ slow { id } }') } 1 .. 2;
$server->wait_until('two executors at work', sub { $server->sql($busy) == 2 }, 20);
my $slowest = 0;
foreach (1 .. 50)
{
	my $began = time();
	$server->query('{ item_by_pk(id: 7) { name } }');
	my $took = time() - $began;
	$slowest = $took if $took > $slowest;
}
cmp_ok($slowest, '<', 1, 'quick requests do not wait for slow ones');
is($server->finish_query($_), '{"data":{"slow":[{"id":1}]}}', 'a slow request is answered') foreach @running;

# More than may wait is refused at once.
@running = map { $server->begin_query('{ slow { id } }') } 1 .. 8;
my @answers = map { $server->finish_query($_) } @running;
my $refused = grep { /"busy"/ } @answers;
my $answered = grep { $_ eq '{"data":{"slow":[{"id":1}]}}' } @answers;
is($refused + $answered, 8, 'each request is answered or refused') or diag(join("\n", @answers));
cmp_ok($refused, '>=', 1, 'some are refused');
cmp_ok($answered, '>=', 3, 'some are answered');
$server->answers('answers after that');

# A client that leaves takes its work with it.
my $leaving = send_query('{ slow { id } }');
$server->wait_until('at work for a client', sub { $server->sql($busy) == 1 }, 20);
sleep 0.5;
my $left = time();
close $leaving;
$server->wait_until('its work ends when it leaves', sub { $server->sql($busy) == 0 }, 20);
cmp_ok(time() - $left, '<', 2, '... long before it would have been done');

# One that closes only its sending half, at once, gets its answer.
my $half = send_query('{ slow { id } }');
shutdown $half, 1;
my $answer = '';
while (sysread($half, my $part, 65536)) { $answer .= $part }
like($answer, qr/\{"data":\{"slow":\[\{"id":1\}\]\}\}$/, 'half-closed: answered');

# A server worker that is told to end finishes what it has.
my $last = $server->begin_query('{ slow { id } }');
$server->wait_until('at work once more', sub { $server->sql($busy) == 1 }, 20);
my ($old) = $server->workers('server');
$server->sql("SELECT pg_terminate_backend($old)");
$server->wait_until('another server worker takes over meanwhile', sub {
	my @now = grep { $_ != $old } $server->workers('server');
	return @now > 0;
}, 20);
$server->answers('the new one answers');
is($server->finish_query($last), '{"data":{"slow":[{"id":1}]}}', 'the old one finishes its request');
$server->wait_until('and is gone', sub { !grep { $_ == $old } $server->workers('server') }, 20);

# Counters.
is($server->sql(q{SELECT count(*) FROM gqle.stat_workers WHERE kind = 'executor' AND lane_calls > 0}), 2,
	'both executors have worked');

$server->node->stop;
$server->log_lacks(qr/TRAP:|PANIC|terminated by signal/, 'no crash in the log');
done_testing();
