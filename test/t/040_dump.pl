# What pg_dump writes and pg_restore reads is the same database: metadata byte for
# byte, event triggers once, answers.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use GqleServer;
use PostgreSQL::Test::Utils;
use Test::More;

my $server = GqleServer->new('dump');
my $node = $server->node;
my $dir = PostgreSQL::Test::Utils::tempdir;
$node->start;

sub client
{
	my ($program, @args) = @_;
	$node->command_ok([$program, @args], "$program @args" =~ s/\Q$dir\E/./gr);
}

$node->safe_psql('postgres', 'CREATE DATABASE source');
$node->safe_psql('source', 'CREATE EXTENSION gqle');
$node->safe_psql('source', slurp_file("$FindBin::Bin/fixtures/everything.sql"));
my $document = slurp_file("$FindBin::Bin/fixtures/everything.json") =~ tr/\n//dr;
$node->safe_psql('source', q{SELECT gqle.metadata(json_build_object('type', 'replace_metadata', 'version', 2, 'args',
	json_build_object('allow_inconsistent_metadata', false, 'metadata', $json$} . $document . q{$json$::json))::jsonb)});
$node->safe_psql('source', q{
	SELECT gqle.metadata('{"type": "set_catalog_state", "args": {"type": "cli", "state": {"migrations": {"default": {"1": false}}}}}');
	INSERT INTO gqle.scheduled_events (id, webhook_conf, scheduled_time) VALUES ('one', '"http://127.0.0.1:9"', '2100-01-01');
	INSERT INTO gqle.scheduled_event_invocation_logs (event_id, status) VALUES ('one', 500);
	INSERT INTO customer (id, first_name, last_name, email) VALUES ('11111111-1111-4111-8111-111111111111', 'Ada', 'Okafor', 'a@b')});

# What of a database must come through.
my %facts = (
	metadata => 'SELECT gqle.export_metadata()',
	state => q{SELECT gqle.metadata('{"type": "get_catalog_state", "args": {}}')},
	inconsistent => 'SELECT count(*) FROM gqle.inconsistent_metadata()',
	triggers => q{SELECT pg_get_triggerdef(oid), tgenabled FROM pg_trigger WHERE tgname LIKE 'notify_hasura%' ORDER BY 1},
	events => q{SELECT trigger_name, payload #>> '{op}' FROM gqle.event_log ORDER BY 1},
	answer => q{SELECT graphql.execute('{"x-hasura-role": "customer", "x-hasura-user-id": "11111111-1111-4111-8111-111111111111"}',
		'{ buyers { first_name } }')},
	logs => q{SELECT e.id, l.status FROM gqle.scheduled_events e JOIN gqle.scheduled_event_invocation_logs l ON l.event_id = e.id},
	version => 'SELECT extversion FROM pg_extension WHERE extname = $$gqle$$',
);
my %expected = map { $_ => $node->safe_psql('source', $facts{$_}) } keys %facts;
is($expected{metadata}, $document, 'the database has the metadata');
like($expected{events}, qr/customer_changed/, '... and an event');
is($expected{answer}, '{"data":{"buyers":[{"first_name":"Ada"}]}}', '... and answers');

sub same
{
	my ($database, $how, %but) = @_;
	foreach my $fact (sort keys %facts)
	{
		is($node->safe_psql($database, $facts{$fact}), $but{$fact} // $expected{$fact}, "$how: same $fact");
	}
	# a change after that counts on
	is($node->safe_psql($database, q{SELECT gqle.metadata('{"type": "reload_metadata", "args": {}}') ->> 'message'}),
		'success', "$how: and it goes on");
	$node->safe_psql($database, q{INSERT INTO customer (first_name, last_name) VALUES ('B', 'C')});
	is($node->safe_psql($database, 'SELECT count(*) FROM gqle.event_log'), 1 + ($but{n_events} // 1), "$how: one event for one row");
}

like($expected{logs}, qr/^one\|500$/, '... and a scheduled event with a log');

# Plain.
client('pg_dump', '-f', "$dir/plain.sql", 'source');
$node->safe_psql('postgres', 'CREATE DATABASE plain');
client('psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', 'plain', '-f', "$dir/plain.sql");
same('plain', 'plain');

# Archives, in parallel.
client('pg_dump', '-Fc', '-f', "$dir/custom", 'source');
$node->safe_psql('postgres', 'CREATE DATABASE custom');
client('pg_restore', '--exit-on-error', '-j2', '-d', 'custom', "$dir/custom");
same('custom', 'custom');
client('pg_dump', '-Fd', '-j2', '-f', "$dir/directory", 'source');
$node->safe_psql('postgres', 'CREATE DATABASE directory');
client('pg_restore', '--exit-on-error', '-j2', '-d', 'directory', "$dir/directory");
same('directory', 'directory');

# The extension is there already.
$node->safe_psql('postgres', 'CREATE DATABASE present');
$node->safe_psql('present', 'CREATE EXTENSION gqle');
client('pg_restore', '--exit-on-error', '-j2', '-d', 'present', "$dir/custom");
same('present', 'with the extension present');

# Over itself.
client('pg_restore', '--exit-on-error', '--clean', '--if-exists', '-d', 'present', "$dir/custom");
same('present', 'over itself');

# The schema alone has no metadata, and triggers that do no harm; data follow.
client('pg_dump', '-Fc', '--schema-only', '-f', "$dir/schema", 'source');
client('pg_dump', '-Fc', '--data-only', '-f', "$dir/data", 'source');
$node->safe_psql('postgres', 'CREATE DATABASE parts');
client('pg_restore', '--exit-on-error', '-j2', '-d', 'parts', "$dir/schema");
is($node->safe_psql('parts', 'SELECT count(*) FROM gqle.tables'), 0, 'schema only: no metadata');
is($node->safe_psql('parts', q{BEGIN; INSERT INTO customer (first_name, last_name) VALUES ('B', 'C') RETURNING 'kept'; ROLLBACK}),
	'kept', 'schema only: rows can be written');
{
	local $ENV{PGOPTIONS} = '-c session_replication_role=replica';
	client('pg_restore', '--exit-on-error', '-d', 'parts', "$dir/data");
}
same('parts', 'in two parts');

# Logs go with their events.
$node->safe_psql('plain', q{DELETE FROM gqle.scheduled_events});
is($node->safe_psql('plain', 'SELECT count(*) FROM gqle.scheduled_event_invocation_logs'), 0, 'logs go with their events');

$node->stop;
$server->log_lacks(qr/TRAP:|PANIC|terminated by signal/, 'no crash in the log');
done_testing();
