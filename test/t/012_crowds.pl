# Too many of everything: connections, descriptors, requests.  What is refused is
# refused clearly, nothing spins, and all is well again afterwards.
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

my $server = GqleServer->new('crowds', 'gqle.max_connections = 60', 'gqle.server_workers = 1',
	'gqle.max_queued_calls = 10', 'gqle.executors_max = 2', 'max_connections = 20');
$server->start_with_app;

sub connect_to { return IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $server->{port}, Timeout => 5) }

# Is a silent connection still open?
sub is_open { my ($s) = @_; return !(IO::Select->new($s)->can_read(0) && !sysread $s, my $x, 1) }

my $health = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";

sub asks
{
	my ($socket) = @_;
	my $text = '';
	syswrite $socket, $health;
	sysread $socket, $text, 4096 if IO::Select->new($socket)->can_read(5);
	return $text;
}

# Connections beyond the limit are closed; those within it are served.
my @crowd = map { connect_to() } 1 .. 100;
sleep 0.5;
my @open = grep { is_open($_) } @crowd;
is(scalar @open, 60, 'as many connections as gqle.max_connections stay');
like(asks($open[$_]), qr/^HTTP\/1\.1 200/, "... and are served: $_") foreach 0, 30, 59;
cmp_ok($server->sql("SELECT busy FROM gqle.stat_workers WHERE kind = 'server'"), '>=', 40, '... the others are counted');
is($server->sql('SELECT 1', 'postgres'), '1', 'SQL clients are not concerned');
close $_ foreach splice @crowd;
$server->wait_healthy('room again when they have left');

# Connections of one address.
$server->configure('gqle.max_connections_per_address = 5');
$server->node->reload;
$server->wait_until('a limit for each address', sub {
	my @some = map { connect_to() } 1 .. 8;
	sleep 0.2;
	my $n = grep { $_ && is_open($_) } @some;
	return $n == 5;
}, 30);
$server->configure('gqle.max_connections_per_address = 0', 'gqle.max_connections = 100000');
$server->node->reload;
$server->wait_until('without limits', sub {
	my @some = map { connect_to() } 1 .. 100;
	sleep 0.2;
	return 100 == grep { $_ && is_open($_) } @some;
}, 30);

# Out of descriptors: no spinning, a word in the log now and then, and service
# goes on as soon as there are some.
sub worker_ticks
{
	my ($pid) = $server->workers('server');
	my @stat = split / /, slurp_file("/proc/$pid/stat") =~ s/^.*\) //r;
	return $stat[11] + $stat[12];
}

SKIP:
{
	my ($pid) = $server->workers('server');
	skip 'needs prlimit', 4 if system("prlimit --pid $pid --nofile=80:80 >/dev/null 2>&1") != 0;
	my $log_before = () = slurp_file($server->node->logfile) =~ /could not accept a connection/g;
	@crowd = map { connect_to() } 1 .. 150;
	my $ticks = worker_ticks();
	sleep 3;
	cmp_ok(worker_ticks() - $ticks, '<', 60, 'a worker without descriptors does not spin');
	my $log_lines = (() = slurp_file($server->node->logfile) =~ /could not accept a connection/g) - $log_before;
	cmp_ok($log_lines, '>=', 1, '... it says so');
	cmp_ok($log_lines, '<=', 10, '... not too often');
	close $_ foreach splice @crowd;
	$server->wait_healthy('... and serves again when there are some');
}

# More requests than executors and queue can take: 503 at once, with a time to
# come back; the others are answered, and then all is as it was.
my @running = map { $server->begin_query('{ slow { id } }') } 1 .. 30;
sleep 1;
my $began = time;
my ($status, $body) = $server->post('/v1/graphql', { query => '{ slow { id } }' });
my @answers = map { $server->finish_query($_) } @running;
my $busy = grep { /too many requests are waiting/ } @answers;
my $done = grep { /"id":1/ } @answers;
cmp_ok($busy, '>', 0, "$busy of 30 were refused");
cmp_ok($done, '>=', 10, "$done were answered");
is($busy + $done, 30, '... and none was forgotten');
$began = time;
$server->answers('... service as before');
cmp_ok(time - $began, '<', 5, '... within five seconds');

# The refusal itself.
@running = map { $server->begin_query('{ slow { id } }') } 1 .. 20;
sleep 1;
my $socket = connect_to();
my $query = '{"query":"{ slow { id } }"}';
syswrite $socket, "POST /v1/graphql HTTP/1.1\r\nHost: a\r\nContent-Length: " . length($query) . "\r\n\r\n$query";
IO::Select->new($socket)->can_read(5);
sysread $socket, my $refusal, 4096;
like($refusal, qr/^HTTP\/1\.1 503 .*Retry-After: 1\r\n.*too many requests are waiting/s, 'status 503, with Retry-After');
$server->answers('cheap queries are answered meanwhile');
is($server->sql('SELECT 1', 'postgres'), '1', 'psql connects meanwhile');
$server->finish_query($_) foreach @running;

$server->node->stop;
$server->log_lacks(qr/TRAP:|PANIC|terminated by signal/, 'no crash in the log');
done_testing();
