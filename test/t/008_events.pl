# Events survive whoever delivers them: what was claimed by a worker that ended, be
# it by a kill or an orderly stop, is delivered by the next one, with the same id.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use GqleServer;
use IO::Socket::INET;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

# A webhook in a child process: notes each body in a file, then answers after as
# many seconds as the path says.
my $listener = IO::Socket::INET->new(Listen => 64, LocalAddr => '127.0.0.1', ReuseAddr => 1) or die $@;
my $hook = 'http://127.0.0.1:' . $listener->sockport;
my $notes = PostgreSQL::Test::Utils::tempdir() . '/notes';
my $receiver = fork() // die "could not fork: $!";
if ($receiver == 0)
{
	$SIG{CHLD} = 'IGNORE';
	while (my $client = $listener->accept)
	{
		next if fork();
		my ($head, $body) = ('', '');
		while (my $line = <$client>)
		{
			$head .= $line;
			last if $line eq "\r\n";
		}
		my ($seconds) = $head =~ m{^POST /(\d+)};
		my ($length) = $head =~ /^content-length: *(\d+)/im;
		read $client, $body, $length;
		open my $file, '>>', $notes or die $!;
		syswrite $file, "$body\n";
		close $file;
		sleep $seconds if $seconds;
		print $client "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
		close $client;
		require POSIX;
		POSIX::_exit(0);
	}
	require POSIX;
	POSIX::_exit(0);
}
close $listener;

sub noted
{
	my @none;
	return @none if !-e $notes;
	return map { decode_json($_) } split /\n/, slurp_file($notes);
}

my $server = GqleServer->new('events', 'restart_after_crash = on')->start_with_app;

sub set_trigger
{
	my ($seconds) = @_;
	my ($status, $body) = $server->post('/v1/metadata', { type => 'pg_create_event_trigger', args => {
		name => 'item_new', table => 'item', webhook => "$hook/$seconds", insert => { columns => '*' },
		replace => JSON::PP::true } });
	return $status == 200 ? $body : $server->post('/v1/metadata', { type => 'pg_create_event_trigger', args => {
		name => 'item_new', table => 'item', webhook => "$hook/$seconds", insert => { columns => '*' } } });
}

my $pending = q{SELECT count(*) FROM gqle.event_log WHERE NOT delivered};

sub all_delivered
{
	my ($what) = @_;
	$server->wait_until($what, sub { $server->sql($pending) == 0 }, 60);
}

# Killed while a webhook is being called: the whole server recovers, and the call
# is made again.
set_trigger(4);
$server->sql("INSERT INTO item VALUES (1001, 'killed')");
$server->wait_until('a call is in flight', sub { scalar(noted()) == 1 }, 20);
kill 'KILL', $server->workers('delivery');
sleep 0.5;
$server->wait_healthy('healthy after the crash');
all_delivered('the event of the killed worker is delivered');
my @calls = noted();
cmp_ok(scalar @calls, '>=', 2, 'its webhook was called again');
is($_->{id}, $calls[0]{id}, 'with the same id') foreach @calls;
unlink $notes;

# Ended by pg_terminate_backend while events wait: it gives back what it has not
# called and ends when the call in flight does.
$server->configure('gqle.events_http_pool_size = 1');
$server->node->reload;
set_trigger(2);
my ($before) = $server->workers('delivery');
$server->sql("INSERT INTO item SELECT n, 'many' FROM generate_series(2001, 2005) AS n");
$server->wait_until('a call is in flight', sub { scalar(noted()) == 1 }, 20);
set_trigger(0);
$server->sql("SELECT pg_terminate_backend($before)");
$server->wait_until('another worker delivers', sub {
	my ($now) = $server->workers('delivery');
	return defined $now && $now != $before;
}, 30);
all_delivered('the others are delivered by the next worker');
@calls = noted();
is(join(',', sort map { $_->{event}{data}{new}{id} } @calls), '2001,2002,2003,2004,2005', 'each was called once');
unlink $notes;

# Nothing is delivered in batches of none.
$server->configure('gqle.events_fetch_batch_size = 0');
$server->node->reload;
sleep 0.5;
$server->sql("INSERT INTO item VALUES (2101, 'waits')");
sleep 1.5;
is(scalar(noted()), 0, 'nothing is called when batches have no size');
is($server->sql("$pending AND locked IS NULL AND tries = 0"), 1, 'the event waits');
$server->configure('gqle.events_fetch_batch_size = 100');
$server->node->reload;
all_delivered('delivered when they have one');
is((noted())[0]{event}{data}{new}{id}, 2101, 'the event that waited');
unlink $notes;

# What commits while nobody delivers is delivered after the start.
$server->configure('gqle.port = 0');
$server->node->restart;
$server->sql("INSERT INTO item VALUES (3001, 'later')");
is(scalar(noted()), 0, 'nothing is called without a worker');
$server->configure("gqle.port = $server->{port}");
$server->node->restart;
all_delivered('delivered after the start');
is((noted())[0]{event}{data}{new}{id}, 3001, 'the event of the time between');

# Two-phase commit: an event comes with COMMIT PREPARED.
unlink $notes;
$server->configure('max_prepared_transactions = 2');
$server->node->restart;
$server->wait_healthy;
$server->sql("BEGIN; INSERT INTO item VALUES (4001, 'prepared'); PREPARE TRANSACTION 'p'");
sleep 1.5;
is(scalar(noted()), 0, 'nothing is called for what is only prepared');
$server->sql("COMMIT PREPARED 'p'");
all_delivered('delivered after COMMIT PREPARED');

kill 'TERM', $receiver;
waitpid $receiver, 0;
$server->node->stop;
done_testing();
