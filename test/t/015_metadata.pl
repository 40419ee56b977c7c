# Many clients change the metadata at once; many changes leave no memory behind;
# documents that are too much do no harm.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use GqleServer;
use JSON::PP;
use POSIX ();
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $server = GqleServer->new('metadata', 'max_connections = 100', 'gqle.executors_max = 8',
	'gqle.max_queued_calls = 500', 'gqle.max_body_size = 64MB');
$server->start_with_app;
my $node = $server->node;
$node->safe_psql('app', 'CREATE TABLE other (id integer PRIMARY KEY)');
$server->track('other');

sub metadata
{
	my ($type, $args, @rest) = @_;
	return $server->post('/v1/metadata', { type => $type, args => $args, @rest });
}

sub version { return decode_json((metadata('export_metadata', {}, version => 2))[1])->{resource_version} }

# in_children(N, CODE): what each child printed.
sub in_children
{
	my ($n, $code) = @_;
	my @children = map {
		my $i = $_;
		my $pid = open(my $pipe, '-|') // die "could not fork: $!";
		if ($pid == 0)
		{
			print $code->($i);
			$| = 1;
			STDOUT->flush;
			POSIX::_exit(0);
		}
		$pipe;
	} 1 .. $n;
	return map { local $/; my $text = readline $_; close $_; $text // '' } @children;
}

sub permit
{
	my ($table, $role) = @_;
	return { type => 'pg_create_select_permission', args => { table => $table, role => $role,
		permission => { columns => ['id'], filter => {} } } };
}

# What a reader of the whole metadata sees: each role on both tables, or on none.
sub torn
{
	my $document = decode_json((metadata('export_metadata', {}))[1]);
	my %roles = map { $_->{table}{name} => join(' ', sort map { $_->{role} } @{ $_->{select_permissions} // [] }) }
		@{ $document->{sources}[0]{tables} };
	return $roles{item} ne $roles{other};
}

# 32 writers, over HTTP and in SQL, and 4 readers.
my ($writers, $rounds) = (32, 5);
my $before = version();
my @answers = in_children($writers + 4, sub {
	my ($i) = @_;
	my $bad = '';

	if ($i > $writers)
	{
		$bad .= torn() foreach 1 .. 30;
		return "reader $bad";
	}
	foreach my $round (1 .. $rounds)
	{
		my $bulk = { type => 'bulk', args => [ map { permit($_, "w${i}_$round") } qw(item other) ] };
		if ($i % 2)
		{
			my ($status, $body) = $server->post('/v1/metadata', $bulk);
			$bad .= "$status $body" if $status != 200;
		}
		else
		{
			my $text = encode_json($bulk);
			my ($stdout, $stderr);
			$bad .= $stderr if $node->psql('app', "SELECT gqle.metadata('$text')", stdout => \$stdout, stderr => \$stderr) != 0;
		}
	}
	return "writer $bad";
});
is(join("\n", grep { !/^(?:writer|reader) $/ } @answers), '', 'writers had their way, readers saw each change as a whole');
is($server->sql("SELECT count(*) FROM gqle.permissions"), 2 * $writers * $rounds, 'no change was lost');
is(version(), $before + $writers * $rounds, 'and each was counted');
is(torn(), '', 'both tables are alike');
is($server->query('{ item_by_pk(id: 7) { id } }', 'x-hasura-role' => "w${writers}_$rounds"),
	'{"data":{"item_by_pk":{"id":7}}}', 'the last one has effect');

# Of those that saw the same version, one wins.
my $seen = version();
@answers = in_children(8, sub {
	return (metadata('pg_drop_select_permission', { table => 'item', role => "w$_[0]_1" }, resource_version => $seen))[0];
});
is(join(' ', sort @answers), '200 409 409 409 409 409 409 409', 'one of eight with the same version wins');
is(version(), $seen + 1, 'and the rest leave nothing');

# A transaction that is rolled back leaves nothing, whatever it did.
my $old = (metadata('export_metadata', {}, version => 2))[1];
$node->safe_psql('app', q{
	BEGIN;
	ALTER TABLE other ADD COLUMN more text;
	SELECT gqle.metadata('{"type": "pg_create_select_permission", "args": {"table": "other", "role": "x",
		"permission": {"columns": ["more"], "filter": {}}}}');
	SELECT graphql.execute('{}', '{ other { more } }');
	ROLLBACK});
is((metadata('export_metadata', {}, version => 2))[1], $old, 'a rollback takes everything back');
like($server->query('{ other { more } }'), qr/field 'more' not found/, 'the column too');

# Cycles of DDL and metadata, in one backend and over HTTP.  PostgreSQL itself
# remembers something of each table that there was.
$node->safe_psql('app', q{
	CREATE PROCEDURE cycle(n integer, with_gqle boolean) LANGUAGE plpgsql AS $$
	BEGIN
		FOR i IN 1..n LOOP
			CREATE TABLE passing (id integer PRIMARY KEY, name text);
			IF with_gqle THEN
				PERFORM gqle.track_table('passing');
				PERFORM gqle.create_select_permission('passing', 'r', '{"columns": ["id"], "filter": {"id": {"_gt": 1}}}');
				PERFORM graphql.execute('{}', '{ passing { id name } }');
			END IF;
			COMMIT;
			ALTER TABLE passing RENAME COLUMN name TO title;
			IF with_gqle THEN
				PERFORM graphql.execute('{}', '{ passing { id title } }');
				PERFORM gqle.untrack_table('passing', true);
			END IF;
			DROP TABLE passing;
			COMMIT;
		END LOOP;
	END $$});

sub growth
{
	my ($with_gqle) = @_;
	my $size = 'SELECT sum(used_bytes) FROM pg_backend_memory_contexts';
	my ($first, $last) = split /\n/, $node->safe_psql('app',
		"CALL cycle(100, $with_gqle);\n$size;\nCALL cycle(300, $with_gqle);\n$size;");
	return $last - $first;
}

my ($plain, $ours) = map { growth($_) } qw(false true);
cmp_ok($ours, '<', $plain + 300 * 800, 'a backend keeps no memory of what it did');
note("300 cycles: $plain bytes without gqle, $ours with");

sub resident
{
	return map { slurp_file("/proc/$_/status") =~ /^RssAnon:\s+(\d+)/m ? $1 : 0 } map { $server->workers($_) } @_;
}

sub cycle_over_http
{
	my $bad = 0;

	foreach (1 .. $_[0])
	{
		my @steps = (
			[ '/v2/query', { type => 'run_sql', args => { sql => 'CREATE TABLE passing (id integer PRIMARY KEY, name text)' } } ],
			[ '/v1/metadata', { type => 'pg_track_table', args => { table => 'passing' } } ],
			[ '/v1/metadata', permit('passing', 'r') ],
			[ '/v1/graphql', { query => '{ passing { id name } }' } ],
			[ '/v2/query', { type => 'run_sql', args => { sql => 'ALTER TABLE passing RENAME name TO title' } } ],
			[ '/v1/graphql', { query => '{ passing { id title } }' } ],
			[ '/v2/query', { type => 'run_sql', args => { sql => 'DROP TABLE passing', cascade => JSON::PP::true } } ]);
		foreach my $step (@steps)
		{
			my ($status, $body) = $server->post(@$step);
			$bad++ if $status != 200 || $body =~ /"errors"/;
		}
	}
	return $bad;
}

is(cycle_over_http(60), 0, 'cycles over HTTP');
my @rss_before = resident('server', 'executor');
is(cycle_over_http(120), 0, 'and more of them');
my @rss_after = resident('server', 'executor');
my $growth = 0;
$growth += $_ foreach @rss_after;
$growth -= $_ foreach @rss_before;
cmp_ok($growth / @rss_before, '<', 1500, 'workers keep no memory of them')
	or diag("kB: @rss_before, then @rss_after");
note("kB: @rss_before, then @rss_after");

# Documents that are too large or too deep: refused or taken, but never half.
$old = (metadata('export_metadata', {}))[1];
my $begun = time();
my $tables = join(',', map { qq({"table":{"schema":"public","name":"missing_table_with_a_long_name_$_"},"object_relationships":[{"name":"r","using":{"foreign_key_constraint_on":"c"}}]}) } 1 .. 5000);
my ($status, $body) = $server->post('/v1/metadata', qq({"type":"replace_metadata","args":{"version":3,"sources":[{"name":"default","kind":"postgres","configuration":{"connection_info":{"database_url":"x"}},"tables":[$tables]}]}}));
is($status, 400, '5,000 tables that do not exist') or diag(substr($body, 0, 500));
my $filler = 'x' x 1000;
my $collections = join(',', map { qq({"name":"c$_","definition":{"queries":[{"name":"q","query":"query q { a # $filler\\n }"}]}}) } 1 .. 48000);
foreach my $case (
	[ '50 MB of collections, and a mistake at the end', qq({"type":"replace_metadata","args":{"version":3,"sources":[],"query_collections":[$collections,{"name":1}]}}), qr/"code":"parse-failed"/ ],
	[ '50 MB of one string', '{"type":"replace_metadata","args":{"version":3,"sources":"' . ('x' x 50_000_000) . '"}}', qr/"code":"parse-failed"/ ],
	[ 'one million brackets', '{"type":"replace_metadata","args":' . ('[' x 1_000_000) . (']' x 1_000_000) . '}', qr/"error":/ ])
{
	my ($what, $text, $expected) = @$case;
	($status, $body) = $server->post('/v1/metadata', $text);
	is($status, 400, $what);
	like($body, $expected, 'with an error of the API') or diag(substr($body, 0, 500));
}
is((metadata('export_metadata', {}))[1], $old, 'the metadata are as they were');
cmp_ok(time() - $begun, '<', 120, 'in bounded time');
my ($largest) = sort { $b <=> $a } resident('server', 'executor');
cmp_ok($largest, '<', 600 * 1024, 'and bounded memory') or diag("$largest kB");
$server->answers('the server goes on');
$server->log_lacks(qr/terminated by signal|PANIC/, 'no crash');
done_testing();
