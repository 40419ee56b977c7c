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
		HASURA_GRAPHQL_PG_CONNECTIONS => 'canary-value',
		HASURA_GRAPHQL_ADMIN_SECERT => 'canary-value',
		HASURA_GRAPHQL_UNAUTHORIZED_ROLE => 'anonymous',
		HASURA_GRAPHQL_STRINGIFY_NUMERIC_TYPES => 'yes',
		HASURA_GRAPHQL_METADATA_DEFAULTS => '{"backend_configs": {"dataconnector": {"sqlite": {"uri": "http://x"}}}}');
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

($status, $body) = $server->post('/v1/metadata', { type => 'list_source_kinds', args => {} }, %admin);
like($body, qr/"kind":"sqlite"/, 'default metadata hold');
($status, $body) = $server->post('/v1/metadata', { type => 'export_metadata', args => {} }, %admin);
unlike($body, qr/sqlite/, 'and are not exported');

isnt($node->safe_psql('postgres', 'SHOW gqle.admin_secret'), $secret, 'the secret does not show');

my $log = slurp_file($node->logfile);
like($log, qr/HASURA_GRAPHQL_PG_CONNECTIONS has no effect/, 'a variable without effect is reported');
like($log, qr/HASURA_GRAPHQL_ADMIN_SECERT is unknown/, 'and one that nobody knows');
is(() = $log =~ /HASURA_GRAPHQL_\w+ (?:has no effect|is unknown)/g, 2, 'once each, and no others');
unlike($log, qr/canary-value/, 'without their values');

$server->configure('gqle.stringify_numeric_types = off', "gqle.admin_secret = 'changed'");
$node->reload;
$server->wait_until('a reload changes the secret', sub {
	$server->query('{ n { id } }', 'x-hasura-admin-secret' => 'changed') eq '{"data":{"n":[{"id":9007199254740993}]}}';
}, 30);

# Several secrets take the place of the one, and are replaced without a restart.
my $works = sub { $server->query('{ __typename }', 'x-hasura-admin-secret' => $_[0]) eq '{"data":{"__typename":"query_root"}}' };
$server->configure(q(gqle.admin_secrets = '["old", "new"]'));
$node->reload;
$server->wait_until('both secrets are accepted', sub { $works->('old') && $works->('new') }, 30);
ok(!$works->('changed'), 'and the single one no more');
$server->configure(q(gqle.admin_secrets = '["new"]'));
$node->reload;
$server->wait_until('the old one is gone', sub { !$works->('old') }, 30);
ok($works->('new'), 'the new one stays');
$server->configure(q(gqle.admin_secrets = '["new", 7, "canary-secret"]'));
$node->reload;
sleep 1;
ok($works->('new'), 'a list that is none is refused');
$log = slurp_file($node->logfile);
like($log, qr/gqle.admin_secrets must be a JSON array/, 'and the log says so');
unlike($log, qr/canary-secret|"old"|'changed'|to "changed"/, 'no reload tells a secret');
is($node->safe_psql('postgres', 'SHOW gqle.admin_secrets'), '********', 'nor does SHOW');
$server->configure(q(gqle.admin_secrets = '["new"]'));
$server->configure('gqle.enable_maintenance_mode = on');
$node->reload;
$server->wait_until('maintenance mode keeps the metadata as they are', sub {
	($status, $body) = $server->post('/v1/metadata', { type => 'clear_metadata', args => {} }, 'x-hasura-admin-secret' => 'new');
	$status == 500 && $body =~ /maintenance mode/;
}, 30);
$server->configure('gqle.enable_maintenance_mode = off', 'gqle.enable_read_only_mode = on');
$node->reload;
my $ask = sub { $server->post($_[0], $_[1], 'x-hasura-admin-secret' => 'new') };
$server->wait_until('so does read-only mode', sub {
	($status, $body) = $ask->('/v1/metadata', { type => 'clear_metadata', args => {} });
	$status == 400 && $body =~ /"metadata cannot be modified in read-only mode".*"not-supported"/;
}, 30);
($status, $body) = $ask->('/v2/query', { type => 'run_sql', args => { sql => 'CREATE TABLE never (id int)' } });
like("$status $body", qr/^400 .*read-only mode is enabled/, 'which takes no SQL that may write');
($status, $body) = $ask->('/v2/query', { type => 'run_sql', args => { sql => 'SELECT 1', read_only => \1 } });
like("$status $body", qr/^200 .*TuplesOk/, 'but what reads');
($status, $body) = $ask->('/v1/graphql', { query => '{ __typename }' });
like("$status $body", qr/^200 .*query_root/, 'and queries');
$node->stop;

# Every variable of Hasura's has a setting or a reason to have none.
my @variables = qw(ACCESS_KEY ADMIN_INTERNAL_ERRORS ADMIN_SECRET ADMIN_SECRETS ASYNC_ACTIONS_FETCH_BATCH_SIZE
	ASYNC_ACTIONS_FETCH_INTERVAL AUTH_HOOK AUTH_HOOK_MODE AUTH_HOOK_SEND_REQUEST_BODY AUTH_HOOK_TYPE
	BACKWARDS_COMPAT_NULL_IN_NONNULLABLE_VARIABLES CACHE_MAX_ENTRY_TTL CLOSE_WEBSOCKETS_ON_METADATA_CHANGE
	CONFIGURED_HEADER_PRECEDENCE CONNECTIONS_PER_READ_REPLICA CONNECTION_COMPRESSION CONSOLE_ASSETS_DIR CORS_DOMAIN
	DATABASE_URL DEFAULT_NAMING_CONVENTION DEV_MODE DISABLE_CORS DISABLE_NATIVE_QUERY_VALIDATION EE_LICENSE_KEY
	ENABLED_APIS ENABLED_LOG_TYPES ENABLE_ALLOWLIST ENABLE_APOLLO_FEDERATION ENABLE_CONSOLE ENABLE_LOG_COMPRESSION
	ENABLE_MAINTENANCE_MODE ENABLE_METADATA_QUERY_LOGGING ENABLE_PERSISTED_QUERIES ENABLE_QUERY_TRACING
	ENABLE_REMOTE_SCHEMA_PERMISSIONS ENABLE_TELEMETRY ENABLE_TRIGGERS_ERROR_LOG_LEVEL EVENTS_FETCH_BATCH_SIZE
	EVENTS_FETCH_INTERVAL EVENTS_HTTP_POOL_SIZE EXPERIMENTAL_FEATURES GRACEFUL_SHUTDOWN_TIMEOUT
	HTTP_LOG_QUERY_ONLY_ON_ERROR INFER_FUNCTION_PERMISSIONS JWT_SECRET JWT_SECRETS
	LIVE_QUERIES_MULTIPLEXED_BATCH_SIZE LIVE_QUERIES_MULTIPLEXED_REFETCH_INTERVAL LOG_LEVEL
	MAX_TOTAL_HEADER_LENGTH METADATA_DATABASE_EXTENSIONS_SCHEMA METADATA_DATABASE_URL METADATA_DEFAULTS
	METRICS_ENABLE_HIGH_CARDINALITY_LABELS METRICS_SECRET NO_OF_RETRIES PERSISTED_QUERIES_TTL PG_CONNECTIONS
	PG_CONN_LIFETIME PG_POOL_TIMEOUT PG_SSL_CERTIFICATE_PATH PG_STRIPES PG_TIMEOUT PRESERVE_401_ERRORS
	QUERY_PLAN_CACHE_SIZE RATE_LIMIT_REDIS_URL READ_REPLICA_URLS REDIS_URL REMOTE_SCHEMA_PRIORITIZE_DATA
	REMOTE_SCHEMA_SKIP_NULLS SCHEMA_SYNC_POLL_INTERVAL SERVER_HOST SERVER_PORT SERVER_TIMEOUT SSO_PROVIDERS
	STREAMING_QUERIES_MULTIPLEXED_BATCH_SIZE STREAMING_QUERIES_MULTIPLEXED_REFETCH_INTERVAL
	STRINGIFY_NUMERIC_TYPES STRIPES_PER_READ_REPLICA TX_ISOLATION UNAUTHORIZED_ROLE USE_PREPARED_STATEMENTS
	V1_BOOLEAN_NULL_COLLAPSE WEBSOCKET_CONNECTION_INIT_TIMEOUT WEBSOCKET_KEEPALIVE WS_READ_COOKIE);
truncate $node->logfile, 0;
{
	local %ENV = (%ENV, map { ("HASURA_GRAPHQL_$_" => '') } @variables);
	$node->start;
}
$server->wait_healthy;
my @unknown = slurp_file($node->logfile) =~ /HASURA_GRAPHQL_(\w+) is unknown/g;
is("@unknown", '', 'no variable of Hasura is unknown');
$node->stop;

{
	local %ENV = (%ENV, HASURA_GRAPHQL_ADMIN_SECRETS => '["canary-secret", 1]');
	ok(!$node->start(fail_ok => 1), 'a malformed list of secrets stops the start');
}
$log = slurp_file($node->logfile);
like($log, qr/HASURA_GRAPHQL_ADMIN_SECRETS/, 'and the log names the variable');
unlike($log, qr/canary-secret/, 'and not what is in it');

{
	local %ENV = (%ENV, HASURA_GRAPHQL_DEV_MODE => 'perhaps');
	ok(!$node->start(fail_ok => 1), 'a wrong value stops the start');
}
like(slurp_file($node->logfile), qr/HASURA_GRAPHQL_DEV_MODE/, 'and the log names the variable');
done_testing();
