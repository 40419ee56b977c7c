# Live queries where changes come by other ways than a plain commit: two-phase commits,
# another database of the cluster, a server that keeps no counts.
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

my $server = GqleServer->new('live', 'max_prepared_transactions = 5',
	'gqle.live_queries_multiplexed_refetch_interval = 1000', 'gqle.live_safety_interval = 3600');
$server->start_with_app;
my $node = $server->node;

# A subscription as server-sent events: a socket and what has come so far.
sub subscribe
{
	my ($query) = @_;
	my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $server->{port}, Timeout => 5);
	my $body = qq({"query":"subscription { $query }"});
	syswrite $socket, "POST /v1/graphql HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n"
		. "Content-Type: application/json\r\nContent-Length: " . length($body) . "\r\n\r\n$body";
	my $events = { socket => $socket, text => '' };
	wait_for($events, qr/"data":/);
	return $events;
}

# wait_for(EVENTS, PATTERN, SECONDS): does it come?  What came before is forgotten.
sub wait_for
{
	my ($events, $pattern, $seconds) = @_;
	my $deadline = time + ($seconds // 10);
	while ($events->{text} !~ $pattern)
	{
		my $left = $deadline - time;
		return 0 if $left <= 0 || !IO::Select->new($events->{socket})->can_read($left);
		return 0 unless sysread $events->{socket}, $events->{text}, 65536, length $events->{text};
	}
	$events->{text} =~ s/^.*?$pattern//s;
	return 1;
}

my $events = subscribe('item_by_pk(id: 1) { name }');
$node->safe_psql('app', "UPDATE item SET name = 'plain' WHERE id = 1");
ok(wait_for($events, qr/"name":"plain"/), 'a plain commit');

$node->safe_psql('app', "BEGIN; UPDATE item SET name = 'prepared' WHERE id = 1; PREPARE TRANSACTION 'p'");
ok(!wait_for($events, qr/"name":"prepared"/, 2), 'a prepared transaction is not there yet');
$node->safe_psql('app', "COMMIT PREPARED 'p'");
ok(wait_for($events, qr/"name":"prepared"/), '... and is told once it is committed');

$node->safe_psql('postgres', 'CREATE TABLE item (id integer); INSERT INTO item VALUES (1)');
ok(!wait_for($events, qr/"name"/, 2), 'changes of another database are no news');

$node->append_conf('postgresql.conf', 'track_counts = off');
$node->reload;
sleep 1;
my $uncounted = subscribe('item_by_pk(id: 2) { name }');
$node->safe_psql('app', "UPDATE item SET name = 'uncounted' WHERE id = 2");
ok(wait_for($uncounted, qr/"name":"uncounted"/), 'without counts of changes, the clock');

$node->stop;
done_testing();
