# The postmaster's environment configures gqle; the configuration file wins.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use GqleServer;
use PostgreSQL::Test::Utils;
use Test::More;

my $secret = "o'secret \"x\" \\";
my $server = GqleServer->new('settings');
my $node = $server->node;

{
	local %ENV = (%ENV, HASURA_GRAPHQL_ADMIN_SECRET => $secret,
		HASURA_GRAPHQL_UNAUTHORIZED_ROLE => 'anonymous',
		HASURA_GRAPHQL_STRINGIFY_NUMERIC_TYPES => 'yes');
	$node->start;
}
$node->safe_psql('postgres', 'CREATE DATABASE app');
$server->sql('CREATE EXTENSION gqle; CREATE TABLE n (id bigint PRIMARY KEY); INSERT INTO n VALUES (9007199254740993)');
$server->wait_healthy;

my %admin = ('x-hasura-admin-secret' => $secret);
my ($status, $body) = $server->post('/v1/metadata', { type => 'pg_track_table', args => { source => 'default', table => 'n' } }, %admin);
is($status, 200, 'the secret of the environment is accepted') or diag($body);
is($server->query('{ n { id } }', %admin), '{"data":{"n":[{"id":"9007199254740993"}]}}', 'numbers are strings');
like($server->query('{ n { id } }', 'x-hasura-admin-secret' => 'other'), qr/"access-denied"/, 'another secret is refused');
like($server->query('{ n { id } }'), qr/"validation-failed"/, 'without a secret: the unauthorised role, which sees nothing');

isnt($node->safe_psql('postgres', 'SHOW gqle.admin_secret'), $secret, 'the secret does not show');

$server->configure('gqle.stringify_numeric_types = off', "gqle.admin_secret = 'changed'");
$node->reload;
$server->wait_until('a reload changes the secret', sub {
	$server->query('{ n { id } }', 'x-hasura-admin-secret' => 'changed') eq '{"data":{"n":[{"id":9007199254740993}]}}';
}, 30);
$node->stop;

{
	local %ENV = (%ENV, HASURA_GRAPHQL_DEV_MODE => 'perhaps');
	ok(!$node->start(fail_ok => 1), 'a wrong value stops the start');
}
like(slurp_file($node->logfile), qr/HASURA_GRAPHQL_DEV_MODE/, 'and the log names the variable');
done_testing();
