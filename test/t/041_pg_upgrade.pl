# pg_upgrade takes the extension along, by copies and by links.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use GqleServer;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

sub upgrade
{
	my ($mode) = @_;
	my $old = GqleServer->new("old_$mode")->start_with_app;
	my $bindir = $old->node->config_data('--bindir');
	my $new = GqleServer->new("new_$mode");

	$old->sql(q{SELECT gqle.metadata('{"type": "pg_create_event_trigger", "args": {"name": "e", "table": "item",
		"webhook": "http://127.0.0.1:9", "insert": {"columns": "*"}}}')});
	my @facts = map { $old->sql($_) } facts();
	$old->node->stop;

	my $directory = PostgreSQL::Test::Utils::tempdir;
	chdir $directory or die $!;
	command_ok(['pg_upgrade', '--no-sync', '-b', $bindir, '-B', $bindir, '-d', $old->node->data_dir,
		'-D', $new->node->data_dir, '-s', $directory, '-p', $old->node->port, '-P', $new->node->port, $mode eq 'link' ? ('--link') : ()],
		"pg_upgrade --$mode");
	$new->node->start;
	$new->wait_healthy;
	$new->answers("$mode: answers");
	my @now = map { $new->sql($_) } facts();
	is_deeply(\@now, \@facts, "$mode: the same members and metadata");
	($new->post('/v1/metadata', { type => 'pg_untrack_table', args => { table => 'slow' } }))[0] == 200
		or fail("$mode: metadata can be changed");
	$new->sql(q{INSERT INTO item VALUES (1000, 'new')});
	is($new->sql('SELECT count(*) FROM gqle.event_log'), 1, "$mode: events are captured");
	$new->sql('DROP EXTENSION gqle CASCADE');
	is($new->sql(q{SELECT count(*) FROM pg_namespace WHERE nspname IN ('gqle', 'graphql', 'gqle_internal', 'hdb_catalog')}),
		0, "$mode: and it can be dropped");
	$new->node->stop;
	$new->log_lacks(qr/TRAP:|PANIC|terminated by signal/, "$mode: no crash in the log");
}

sub facts
{
	return ('SELECT gqle.export_metadata()',
		q{SELECT d.type, d.identity FROM pg_depend, pg_identify_object(classid, objid, 0) AS d
		WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e' ORDER BY 1, 2},
		q{SELECT extversion, (SELECT array_agg(c::regclass ORDER BY c::regclass::text) FROM unnest(extconfig) AS c) FROM pg_extension WHERE extname = 'gqle'},
		q{SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname LIKE 'notify_hasura%'});
}

upgrade('copy');
upgrade('link');
done_testing();
