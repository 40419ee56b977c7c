# Start, stop and start again; what a DBA sees of the workers.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use GqleServer;
use PostgreSQL::Test::Utils;
use Test::More;

my $server = GqleServer->new('start');
my $node = $server->node;

$node->start;
ok($server->is_closed, 'no listener without a database that has the extension');
is(scalar($server->workers('launcher')), 1, 'one launcher');
$server->create_app;
$server->answers('answers');
is(($server->request('GET', '/v1/version'))[0], 200, 'version');

cmp_ok(scalar($server->workers('server')), '>=', 1, 'server workers show in pg_stat_activity');
is($server->sql(q{SELECT count(*) FROM pg_stat_activity
	WHERE backend_type LIKE 'gqle %' AND xact_start IS NOT NULL}), 0,
	'no idle worker is in a transaction');
cmp_ok($server->sql('SELECT count(*) FROM gqle.stat_workers'), '>=', 2, 'workers show in gqle.stat_workers');

$node->restart;
$server->wait_healthy('healthy after a restart');
$server->answers('answers after a restart');

my $running = $server->begin_query('{ slow { id slept } }');
sleep 1;
$node->stop('fast');
ok($server->is_closed, 'closed after a fast stop');
$server->finish_query($running);
$node->start;
$server->wait_healthy('healthy after a stop with a request under way');
$server->answers('answers after that');

$node->stop('immediate');
$node->start;
$server->wait_healthy('healthy after a crash of the whole server');
$server->answers('answers after recovery');
$node->stop;
$server->log_lacks(qr/TRAP:|PANIC|terminated by signal/, 'no crash in the log');

done_testing();
