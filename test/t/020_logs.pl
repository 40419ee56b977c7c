# Log lines: JSON of Hasura's types, whole lines from several processes, rotated
# by a reload, and never a secret in them or anywhere else.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use GqleServer;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);

my $key = 'canary-jwt-key-that-is-long-enough-for-hs256';
my $server = GqleServer->new('logs',
	"gqle.log_destination = 'file'", 'gqle.server_workers = 2',
	q(gqle.admin_secrets = '["canary-admin", "canary-other"]'),
	qq(gqle.jwt_secret = '{"type": "HS256", "key": "$key"}'),
	"log_statement = 'all'", "log_min_messages = 'debug1'");
my $node = $server->node;
my $file = $node->data_dir . '/gqle.log';
my %admin = ('x-hasura-admin-secret' => 'canary-admin', 'x-request-id' => 'request-1');

# Lines of a type since forget(), when there are that many: a line may be written
# a moment after its answer.
my $seen = 0;
sub lines
{
	my ($type, $n) = @_;
	my @found;

	for my $try (1 .. 60)
	{
		my @all = -e $file ? map { decode_json($_) } split /\n/, slurp_file($file) : ();
		@found = grep { $_->{type} eq $type } @all[$seen .. $#all];
		last if @found >= ($n // 1);
		sleep 0.05;
	}
	return @found;
}
# What was written so far, also in a moment.
sub forget { sleep 0.2; $seen = () = slurp_file($file) =~ /\n/g }

$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE app');
$server->sql('CREATE TABLE item (id integer PRIMARY KEY, name text); INSERT INTO item VALUES (7, $$item 7$$); CREATE EXTENSION gqle');
$server->wait_healthy;
my %kinds = map { $_->{detail}{kind} => $_->{detail}{info} } lines('startup');
is($kinds{server_configuration}{admin_secret_set}, JSON::PP::true, 'startup: the configuration');
is($kinds{server}{message}, 'Starting API server', 'startup: the server');

$server->post('/v1/metadata', { type => 'pg_track_table', args => { source => 'default', table => 'item' } }, %admin);
forget();
is($server->query('{ item_by_pk(id: 7) { name } }', %admin), '{"data":{"item_by_pk":{"name":"item 7"}}}', 'a query');
my ($line) = lines('http-log');
is($line->{level}, 'info', 'http-log: level');
like($line->{timestamp}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/, 'http-log: time');
is_deeply($line->{detail}{http_info}, { status => 200, method => 'POST', ip => '127.0.0.1', url => '/v1/graphql',
	http_version => 'HTTP/1.1', content_encoding => undef }, 'http-log: http_info');
my $operation = $line->{detail}{operation};
ok(delete $operation->{query_execution_time} > 0 && defined delete $operation->{request_read_time}, 'http-log: times');
is_deeply($operation, { request_id => 'request-1', user_vars => { 'x-hasura-role' => 'admin' }, response_size => 41,
	uncompressed_response_size => 41, query => { type => undef }, request_mode => 'single' }, 'http-log: operation');

forget();
$server->post('/v1/graphql', [{ query => '{ __typename }' }, { query => '{ nothing }' }], %admin);
$server->query('{ nothing }', %admin, 'x-real-ip' => '192.0.2.1');
$server->query('{ __typename }', 'x-hasura-admin-secret' => 'canary-wrong');
# two workers write, each in its own order
my %sorted = map { ($_->{detail}{operation}{error}{code} // 'batch') => $_ } lines('http-log', 3);
my ($batch, $failed, $refused) = @sorted{'batch', 'validation-failed', 'access-denied'};
is($batch->{detail}{operation}{request_mode}, 'batched', 'a batch');
is($batch->{detail}{batched_operations}[1]{error}{code}, 'validation-failed', 'with the error of one of its operations');
cmp_ok($batch->{detail}{batched_operations}[0]{query_execution_time}, '>', 0, 'and the time of another');
is($batch->{detail}{batched_operations}[0]{query}, undef, 'without what was asked');
is($failed->{level}, 'error', 'an error');
is($failed->{detail}{http_info}{ip}, '192.0.2.1', 'of the client that a proxy names');
is_deeply($failed->{detail}{operation}{error}, { path => '$.selectionSet.nothing', code => 'validation-failed',
	error => "field 'nothing' not found in type: 'query_root'" }, 'is told');
is($refused->{detail}{operation}{error}{code}, 'access-denied', 'wrong credentials');

# What was enabled later, and a file that was renamed.
rename $file, "$file.1";
$server->configure("gqle.enabled_log_types = 'http-log,query-log,execution-log'", 'gqle.slow_query_threshold = 0');
$node->reload;
$seen = 0;
$server->wait_until('after a reload the file is a new one', sub { $server->query('{ __typename }', %admin); -e $file && lines('query-log') }, 30);
forget();
$server->post('/v1/graphql', { query => 'query q($i: Int!) { it: item_by_pk(id: $i) { name } }', variables => { i => 7 }, operationName => 'q' }, %admin);
my ($query) = lines('query-log');
is_deeply($query->{detail}{generated_sql}{it}{prepared_arguments}, ['7'], 'query-log: arguments');
like($query->{detail}{generated_sql}{it}{query}, qr/item/, 'query-log: the statement');
is($query->{detail}{request_id}, 'request-1', 'query-log: the request');
is($query->{detail}{kind}, 'database', 'query-log: its kind');
my ($slow) = lines('slow-query-log');
is($slow->{detail}{operation_name}, 'q', 'slow-query-log: the operation');
ok((lines('execution-log'))[0]{detail}{statistics}{response_size} > 0, 'execution-log');
is((lines('http-log'))[0]{detail}{operation}{query}{variables}{i}, 7, 'the request is shown with query-log');
forget();
$server->post('/v1/graphql', [{ query => 'query a { __typename }' }, { query => '{ nothing }' }], %admin);
is_deeply([map { $_->{query}{query} } @{(lines('http-log'))[0]{detail}{batched_operations}}], ['query a { __typename }', '{ nothing }'], 'also those of a batch');

forget();
$server->post('/v1/graphql', { query => 'mutation { insert_item_one(object: { id: 8, name: "n" }) { id } }' }, %admin);
my @writes = grep { $_->{detail}{generated_sql}{insert_item_one} } lines('query-log');
like($writes[0]{detail}{generated_sql}{insert_item_one}{query}, qr/INSERT/, 'statements of mutations, too');
is((lines('http-log'))[0]{detail}{operation}{user_vars}{'x-hasura-role'}, 'admin', 'and who asked, though it was the lane');

forget();
$server->post('/v1/metadata', { type => 'export_metadata', args => {} }, %admin);
is_deeply((lines('http-log'))[0]{detail}{operation}{query}, { type => 'export_metadata' }, 'of a metadata command only the type');
$server->configure('gqle.http_log_query_only_on_error = on', "gqle.enabled_log_types = 'http-log'");
$node->reload;
$server->wait_until('the name only', sub {
	forget();
	$server->post('/v1/graphql', { query => 'query q { __typename }', operationName => 'q' }, %admin);
	my ($line) = lines('http-log');
	($line->{detail}{operation}{query}{operationName} // '') eq 'q';
}, 30);
forget();
$server->query('{ nothing }', %admin);
is((lines('http-log'))[0]{detail}{operation}{query}{query}, '{ nothing }', 'and the whole of a failed one');

# Lines of processes that write at the same time are whole.
$server->configure("gqle.enabled_log_types = 'http-log,query-log'");
$node->reload;
sleep 1;
forget();
my @children = map { my $n = $_; $server->begin_query('{ ' . join(' ', map { "a$_: item_by_pk(id: 7) { name }" } 1 .. 40) . ' }') } 1 .. 8;
$server->finish_query($_) foreach @children;
ok(eval { lines('http-log'); 1 }, 'every line is an object');

# Levels, and PostgreSQL's own log.
$server->configure("gqle.log_level = 'error'", "gqle.log_destination = 'server'", "gqle.enabled_log_types = 'http-log'");
$node->reload;
my $log_at = -s $node->logfile;
$server->wait_until('a line in the server\'s log', sub {
	$server->query('{ nothing }', %admin);
	slurp_file($node->logfile, $log_at) =~ /^\{"timestamp".*"http-log"/m;
}, 30);
$log_at = -s $node->logfile;
$server->query('{ __typename }', %admin);
unlike(slurp_file($node->logfile, $log_at), qr/"http-log"/, 'nothing below the level');

# Secrets: nowhere.
$server->configure("gqle.log_level = 'debug'", "gqle.log_destination = 'file'", 'gqle.enable_metadata_query_logging = on',
	q(gqle.admin_secrets = '["canary-admin", "canary-third"]'),
	"gqle.enabled_log_types = 'startup,http-log,query-log,websocket-log,webhook-log,jwk-refresh-log,execution-log'");
$node->reload;
$server->wait_until('a new secret works', sub { $server->query('{ __typename }', 'x-hasura-admin-secret' => 'canary-third') =~ /query_root/ }, 30);
my $answers = join "\n",
	$server->query('{ __typename }', 'x-hasura-admin-secret' => 'canary-wrong'),
	$server->query('{ __typename }', authorization => 'Bearer canary.token.signature'),
	(map { ($server->request('GET', $_, undef, %admin))[1] } '/v1alpha1/config', '/v1/version', '/healthz'),
	($server->post('/v1/metadata', { type => 'export_metadata', args => {} }, %admin))[1],
	($server->post('/v1/graphql/explain', { query => { query => '{ item { id } }' } }, %admin))[1],
	$node->safe_psql('app', 'SELECT query, application_name FROM pg_stat_activity'),
	$node->safe_psql('app', 'SELECT name, setting, boot_val, reset_val FROM pg_settings'),
	$node->safe_psql('app', 'SHOW gqle.admin_secrets; SHOW gqle.admin_secret; SHOW gqle.jwt_secret; SHOW ALL'),
	$node->safe_psql('app', 'SELECT * FROM gqle.stat_operations'),
	$node->safe_psql('app', "SELECT current_setting('gqle.jwt_secret')");
unlike($answers, qr/canary/, 'no answer and no view shows a secret');
unlike(slurp_file($node->logfile), qr/canary/, 'nor does the server\'s log');
unlike(slurp_file($file), qr/canary/, 'nor the file');
unlike(slurp_file("$file.1"), qr/canary/, 'nor the older one');
is((stat $file)[2] & 077, 0, 'which only its owner may read');
done_testing();
