# DROP EXTENSION and DROP DATABASE are possible and end the service; CREATE
# brings it back.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use GqleServer;
use PostgreSQL::Test::Utils;
use Test::More;

my $server = GqleServer->new('drop')->start_with_app;
my $node = $server->node;

$server->answers('answers');
$server->sql('DROP EXTENSION gqle CASCADE');
$server->wait_until('the listener closes after DROP EXTENSION', sub { $server->is_closed }, 60);
$server->sql('CREATE EXTENSION gqle');
$server->wait_healthy('healthy after CREATE EXTENSION');
$server->track('item');
$server->answers('answers after CREATE EXTENSION');

my ($status, $out, $error) = $node->psql('postgres', 'DROP DATABASE app');
is($status, 0, 'DROP DATABASE without FORCE') or diag($error);
$server->wait_until('the listener closes after DROP DATABASE', sub { $server->is_closed }, 60);

$server->create_app;
$server->answers('a new database of that name is served');

my $running = $server->begin_query('{ slow { id } }');
sleep 1;
is($node->psql('postgres', 'DROP DATABASE app WITH (FORCE)'), 0, 'DROP DATABASE WITH (FORCE) during a request');
$server->finish_query($running);
$server->wait_until('the listener closes', sub { $server->is_closed }, 60);

$server->create_app;
$server->answers('served once more');
is($node->psql('postgres', 'ALTER DATABASE app RENAME TO other'), 0, 'ALTER DATABASE RENAME');
$server->wait_healthy('healthy after a rename');
is($node->psql('postgres', 'CREATE DATABASE copy TEMPLATE other'), 0, 'CREATE DATABASE with a served template');

$node->stop;
$server->log_lacks(qr/TRAP:|PANIC|terminated by signal/, 'no crash in the log');
done_testing();
