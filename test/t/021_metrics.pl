# /v1/metrics: what is counted, who may read it, and that sums survive workers.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use GqleServer;
use PostgreSQL::Test::Utils;
use Test::More;

my $server = GqleServer->new('metrics', "gqle.admin_secret = 'admin-secret'",
	"gqle.unauthorized_role = 'anonymous'", 'gqle.server_workers = 2');
my $node = $server->node;
my %admin = ('x-hasura-admin-secret' => 'admin-secret');
my %reader = (authorization => 'Bearer canary-metrics');

sub metrics
{
	my ($status, $body) = $server->request('GET', '/v1/metrics', undef, @_ ? @_ : %reader);
	return $status == 200 ? $body : $status;
}

# The value of a series by its name and a pattern of its labels; their sum.
sub value
{
	my ($text, $name, $labels) = @_;
	my $sum = 0;
	while ($text =~ /^$name((?:\{.*\})?) (\S+)$/mg)
	{
		my ($found, $number) = ($1, $2);
		$sum += $number if !defined $labels || $found =~ $labels;
	}
	return $sum;
}

$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE app');
$server->sql('CREATE TABLE item (id integer PRIMARY KEY); INSERT INTO item VALUES (7); CREATE VIEW slow AS SELECT 1 AS id, pg_sleep(0.05)::text AS slept; CREATE EXTENSION gqle');
$server->wait_healthy;
$server->post('/v1/metadata', { type => 'pg_track_table', args => { source => 'default', table => $_ } }, %admin) foreach qw(item slow);
is(metrics(), 404, 'switched off like any other group');

$server->configure("gqle.enabled_apis = 'metadata,graphql,metrics'");
$node->reload;
$server->wait_until('for admins without a secret of its own', sub { metrics(%admin) =~ /^# TYPE/m }, 30);
is(metrics(%reader), 400, 'and for nobody else');
$server->configure("gqle.metrics_secret = 'canary-metrics'");
$node->reload;
$server->wait_until('with one, for who has it', sub { metrics() =~ /^# TYPE/m }, 30);
is(metrics(authorization => "Bearer $_"), 400, "not with '$_'") foreach '', 'canary', 'canary-metrics2';
unlike(metrics(), qr/canary/, 'which it doesn\'t show');

my $before = metrics();
$server->query('query byKey { item_by_pk(id: 7) { id } }', %admin) foreach 1 .. 5;
$server->query('query byKey { item_by_pk(id: 7) { id } }', %admin, 'x-hasura-role' => 'nobody');
$server->query('{ slow { id slept } }', %admin);
$server->query('mutation { insert_item_one(object: { id: 8 }) { id } }', %admin);
$server->query('mutation { insert_item_one(object: { id: 8 }) { id } }', %admin);
$server->query('{ nothing }', %admin);
$server->query('{ __typename }', 'x-hasura-admin-secret' => 'wrong');
$server->post('/v1/graphql', [{ query => '{ __typename }' }, { query => '{ nothing }' }], %admin);
my $after = metrics();
my $grown = sub { value($after, @_) - value($before, @_) };
my $total = 'hasura_graphql_requests_total';
is($grown->($total, qr/operation_type="query",response_status="success"/), 7, 'queries');
is($grown->($total, qr/"mutation",response_status="success"/), 1, 'mutations');
is($grown->($total, qr/"mutation",response_status="failed"/), 1, 'that failed');
is($grown->($total, qr/"unknown",response_status="failed"/), 4, 'requests that never were one');
is(value($after, $total, qr/"query",response_status="success",operation_name="byKey",parameterized_query_hash="[0-9a-f]{16}"/), 5, 'by name');
my $time = 'hasura_graphql_execution_time_seconds';
is($grown->("${time}_count", qr/"query"/), 7, 'times of queries');
is($grown->("${time}_bucket", qr/"query",le="0.03"/), 6, 'in buckets');
is($grown->("${time}_bucket", qr/"query",le="\+Inf"/), 7, 'that hold the smaller ones');
ok($grown->("${time}_sum", qr/"query"/) >= 0.05, 'and their sum');
ok($grown->('hasura_http_request_bytes_total') > 300, 'bytes read');
ok($grown->('hasura_http_response_bytes_total') > 300, 'bytes written');
is(value($after, 'hasura_http_connections'), 1, 'connections');
ok(value($after, 'hasura_postgres_connections') >= 3, 'workers');

SKIP:
{
	skip 'no promtool', 1 if system('command -v promtool >/dev/null') != 0;
	my $file = PostgreSQL::Test::Utils::tempdir() . '/metrics.txt';
	append_to_file($file, $after);
	my $said = `promtool check metrics <$file 2>&1`;
	is($said =~ s{^hasura_otel_\S+ counter metrics should have "_total" suffix\n}{}mgr, '', 'promtool has nothing to say');
}

# Workers come and go; sums stay, gauges don't.
$node->safe_psql('postgres', "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type IN ('gqle server', 'gqle executor')");
$server->wait_until('another worker answers', sub { metrics() =~ /^# TYPE/m }, 30);
cmp_ok(value(metrics(), $total, qr/"mutation"/), '==', value($after, $total, qr/"mutation"/), 'what was counted is remembered');
cmp_ok(value(metrics(), 'hasura_http_connections'), '<=', 2, 'connections of the past are gone');

$server->configure('gqle.metrics_enable_high_cardinality_labels = off');
$node->reload;
$server->wait_until('without names if wished', sub { metrics() !~ /operation_name/ }, 30);

is($server->sql("SELECT calls, rows, latency_histogram[1] > 0, array_length(latency_histogram, 1) FROM gqle.stat_operations WHERE operation_name = 'byKey' AND role = 'admin'"),
	'5|5|t|8', 'gqle.stat_operations');
done_testing();
