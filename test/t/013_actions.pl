# Calls of asynchronous actions survive whoever makes them: what was on its way when
# the worker ended, be it by a kill or an orderly stop, is made by the next one, and
# the id leads to its answer.
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

# A handler in a child process: notes each body in a file, then answers after as
# many seconds as its input says.
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
		my ($length) = $head =~ /^content-length: *(\d+)/im;
		read $client, $body, $length;
		open my $file, '>>', $notes or die $!;
		syswrite $file, "$body\n";
		close $file;
		my $input = decode_json($body)->{input};
		sleep $input->{seconds} if $input->{seconds};
		my $answer = encode_json({ n => $input->{n} });
		print $client "HTTP/1.1 200 OK\r\nContent-Length: ", length $answer, "\r\nConnection: close\r\n\r\n$answer";
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

my $server = GqleServer->new('actions', 'restart_after_crash = on')->start_with_app;

sub metadata
{
	my ($type, $args) = @_;
	my ($status, $body) = $server->post('/v1/metadata', { type => $type, args => $args });
	is($status, 200, "$type") or diag($body);
	return;
}

sub graphql
{
	my ($query) = @_;
	my ($status, $body) = $server->post('/v1/graphql', { query => $query });
	return decode_json($body);
}

sub enqueue
{
	my ($n, $seconds) = @_;
	return graphql("mutation { later(n: $n, seconds: $seconds) }")->{data}{later};
}

sub result
{
	my ($id) = @_;
	return graphql(qq({ later(id: "$id") { output { n } errors } }))->{data}{later}{output}{n};
}

metadata('set_custom_types', { objects => [{ name => 'Later', fields => [{ name => 'n', type => 'Int!' }] }] });
metadata('create_action', { name => 'later', definition => { kind => 'asynchronous', output_type => 'Later!', handler => $hook,
	arguments => [{ name => 'n', type => 'Int!' }, { name => 'seconds', type => 'Int!' }] } });

# Killed while the handler is being called: the whole server recovers, and the call
# is made again.
my $killed = enqueue(1, 3);
$server->wait_until('a call is in flight', sub { scalar(noted()) == 1 }, 20);
kill 'KILL', $server->workers('delivery');
sleep 0.5;
$server->wait_healthy('healthy after the crash');
$server->wait_until('the call of the killed worker has an answer', sub { (result($killed) // 0) == 1 }, 60);
cmp_ok(scalar(noted()), '>=', 2, 'its handler was called again');
is($server->sql("SELECT count(*) FROM gqle.action_log"), 1, 'and its answer was recorded once');
unlink $notes;

# Ended by pg_terminate_backend: the call in flight is waited for, the others are
# made by the next worker.
$server->configure('gqle.async_actions_fetch_batch_size = 1');
$server->node->reload;
my ($before) = $server->workers('delivery');
my @ids = map { enqueue($_, $_ == 11 ? 2 : 0) } 11 .. 15;
$server->wait_until('a call is in flight', sub { scalar(noted()) == 1 }, 20);
$server->sql("SELECT pg_terminate_backend($before)");
$server->wait_until('all have answers', sub { !grep { !defined result($_) } @ids }, 60);
is(join(',', map { result($_) } @ids), '11,12,13,14,15', 'each its own');
is(join(',', sort map { $_->{input}{n} } noted()), '11,12,13,14,15', 'each was called once');
unlink $notes;

# What commits while nobody calls is called after the start; nothing is if that is
# turned off.
$server->configure('gqle.async_actions_fetch_interval = 0');
$server->node->reload;
sleep 0.5;
my $waits = enqueue(21, 0);
sleep 1.5;
is(scalar(noted()), 0, 'nothing is called when turned off');
$server->configure('gqle.async_actions_fetch_interval = 1s');
$server->node->restart;
$server->wait_healthy;
$server->wait_until('called after the start', sub { (result($waits) // 0) == 21 }, 60);

kill 'TERM', $receiver;
waitpid $receiver, 0;
$server->node->stop;
done_testing();
