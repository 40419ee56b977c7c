# Workers that are terminated or crash come back, and requests are answered.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use GqleServer;
use PostgreSQL::Test::Utils;
use Test::More;

my $server = GqleServer->new('crash', 'restart_after_crash = on')->start_with_app;

# Executors start on demand: give them something to do.
$server->finish_query($server->begin_query('{ slow { id } }'));

foreach my $kind (qw(executor server launcher))
{
	my @old = $server->workers($kind);

	SKIP:
	{
		skip "no $kind is running", 2 if !@old;
		$server->sql("SELECT pg_terminate_backend($_)") foreach @old;
		$server->wait_until("a new $kind after pg_terminate_backend", sub {
			my %now = map { $_ => 1 } $server->workers($kind);
			return %now && !grep { $now{$_} } @old;
		}, 60) if $kind ne 'executor';
		$server->wait_healthy("healthy after terminating each $kind");
		$server->answers("answers after terminating each $kind");
	}
}

# pg_cancel_backend of an idle worker changes nothing.
my @before = $server->workers('server');
$server->sql("SELECT pg_cancel_backend($_)") foreach @before;
$server->answers('answers after cancelling idle workers');
is_deeply([ $server->workers('server') ], \@before, 'an idle worker ignores a cancel');

# A request under way when its worker is terminated gets some end.
my $running = $server->begin_query('{ slow { id } }');
sleep 1;
$server->sql("SELECT pg_terminate_backend($_)") foreach $server->workers('executor');
my $answer = $server->finish_query($running);
ok(defined $answer, 'a request ends when its executor is terminated');
$server->answers('answers afterwards');

# A crash takes everything through recovery, and everything returns.
foreach my $kind (qw(server launcher))
{
	my ($victim) = $server->workers($kind);

	kill 'KILL', $victim;
	$server->wait_until("the $kind is gone", sub { !kill 0, $victim }, 30);
	$server->wait_until("connections after a crash of a $kind", sub {
		$server->node->psql('postgres', 'SELECT 1') == 0;
	}, 60);
	$server->wait_healthy("healthy after a crash of a $kind");
	$server->answers("answers after a crash of a $kind");
}

$server->node->stop;
done_testing();
