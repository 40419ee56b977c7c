# /v1alpha1/pg_dump: what may be asked, what comes, and that a dump that waits
# holds up nobody and ends when nobody wants it.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use GqleServer;
use IO::Socket::INET;
use IPC::Run;
use JSON::PP;
use Test::More;

my $server = GqleServer->new('dump', 'gqle.server_workers = 1', 'gqle.executors_max = 2',
	'max_worker_processes = 16')->start_with_app;
my $path = '/v1alpha1/pg_dump';
my $children = q{SELECT count(*) FROM pg_stat_activity WHERE application_name = 'gqle pg_dump'};
my $executors = q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'gqle executor' AND state = 'active'};

sub dump_of
{
	my ($options, %more) = @_;
	return $server->post($path, { opts => $options, %more });
}

sub refused
{
	my ($options, $index) = @_;
	my ($status, $body) = dump_of($options);
	my $error = decode_json($body);
	is("$status $error->{code} $error->{path}", "400 not-supported \$.opts[$index]", "refused: @$options");
	is($error->{error}, qq{pg_dump option "$options->[$index]" is not allowed}, "... by name");
}

# Answers.
my ($status, $body) = dump_of(['-O', '-x', '--schema-only', '--schema', 'public'], clean_output => JSON::PP::true);
is($status, 200, 'a schema');
like($body, qr/^CREATE TABLE public\.item \(\n    id integer NOT NULL,\n    name text\n\);$/m, '... its table');
unlike($body, qr/^(--|\s*$|SET (?!check_function_bodies)|SELECT pg_catalog|CREATE SCHEMA)/m, '... and clean');
unlike($body, qr/gqle/, '... without the extension');
my ($key) = $body =~ /^\\restrict (.*)$/m;
is($key // 'hasura', 'hasura', 'no random key');
is((dump_of(['-O', '-x', '--schema-only', '--schema', 'public'], clean_output => JSON::PP::true))[1], $body, 'the same again');

($status, $body) = dump_of(['--data-only', '--column-inserts', '-titem']);
is(scalar(() = $body =~ /^INSERT INTO public\.item \(id, name\) VALUES \(/mg), 100, 'rows');
like($body, qr/^-- PostgreSQL database dump$/m, 'comments stay unless it shall be clean');
like($body, qr/^SET client_encoding = 'UTF8';$/m, '... and settings');

my $answer = HTTP::Tiny->new->post("http://127.0.0.1:$server->{port}$path", { content => '{"opts":["-s"]}' });
is($answer->{headers}{'content-type'}, 'application/sql; charset=utf-8', 'content type');

# An event trigger of Hasura's is not a part of the schema.
$server->sql(q{CREATE SCHEMA IF NOT EXISTS hdb_catalog;
	CREATE FUNCTION hdb_catalog."notify_hasura_e_INSERT"() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
	CREATE TRIGGER "notify_hasura_e_INSERT" AFTER INSERT ON item FOR EACH ROW EXECUTE FUNCTION hdb_catalog."notify_hasura_e_INSERT"();
	CREATE FUNCTION mine() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
	CREATE TRIGGER notify_mine AFTER INSERT ON item FOR EACH ROW EXECUTE FUNCTION mine()});
$body = (dump_of(['-s', '--schema=public'], clean_output => JSON::PP::true))[1];
unlike($body, qr/notify_hasura/, q{Hasura's trigger is left out});
like($body, qr/CREATE TRIGGER notify_mine/, q{... and one's own is not});
($status) = $server->post('/v1/metadata', { type => 'pg_create_event_trigger', args => { name => 'ours', table => 'item',
	webhook => 'http://127.0.0.1:9', insert => { columns => '*' }, trigger_on_replication => JSON::PP::true } });
is($status, 200, 'an event trigger of ours');
like((dump_of(['-s', '--schema=public']))[1], qr/CREATE TRIGGER "notify_hasura_ours_INSERT"/, '... has its trigger');
unlike((dump_of(['-s', '--schema=public'], clean_output => JSON::PP::true))[1], qr/notify_hasura|gqle/, '... which is left out, too');
$body = (dump_of(['-s']))[1];
like($body, qr/CREATE EXTENSION IF NOT EXISTS gqle\b/, 'a dump of everything has the extension');
$body = (dump_of(['-s'], clean_output => JSON::PP::true))[1];
unlike($body, qr/\bgqle\b/, '... unless it shall be clean');
like((dump_of(['-s', '--schema=public']))[1], qr/CREATE TRIGGER "notify_hasura_e_INSERT"/, '... unless it shall not be clean');

# Options that do more than say what is wanted.
refused(["--file=$path"], 0);
refused(['-s', '-f', '/tmp/x'], 1);
refused(['-sf/tmp/x'], 0);
refused(['--fil=/tmp/x'], 0);
refused([$_], 0) foreach ('-hother', '--host=other', '-p5432', '--dbname=app', '-dapp', '-Upostgres', '-Fd', '-Fc',
	'--format=t', '-j2', '-Z9', 'host=other dbname=app', 'app', '-', '--', '--help', '-V', '--schema-only=x',
	'--include-foreign-data=*', '--filter=/etc/passwd', '-E', '--encoding=latin1', '--restrict-key=x', '');
refused(['--table', '-f', '-f'], 2);
is((dump_of(['--table', 'item', '-s']))[0], 200, q{an option's value may follow it});

# Mistakes.
sub error_of
{
	my ($status, $body) = @_;
	my $error = decode_json($body);
	return "$status $error->{code} $error->{path} $error->{error}";
}
is(error_of($server->post($path, '{"opts"')), '400 invalid-json $ Error in $: unexpected end of input', 'no JSON');
is(error_of($server->post($path, {})), '400 parse-failed $ key "opts" not found', 'no options');
is(error_of($server->post($path, { opts => 'x' })), '400 parse-failed $.opts parsing [] failed, expected Array, but encountered String', 'options that are none');
is(error_of($server->post($path, { opts => [1] })), '400 parse-failed $.opts[0] parsing String failed, expected String, but encountered Number', 'an option that is none');
is(error_of(dump_of([], source => 'other')), '400 not-found $ source "other" not found', 'another source');
is(error_of($server->post($path, { opts => [] }, 'x-hasura-role' => 'user')), '400 access-denied $ You have to be an admin to access this endpoint', 'another role');
($status, $body) = dump_of(['-t', 'nothing']);
is(error_of($status, $body), '500 unexpected $ error while executing pg_dump', 'pg_dump fails');
like(decode_json($body)->{internal}, qr/no matching tables were found/, '... and says why');

# Bounds.
sub with_setting
{
	my ($setting, $value, $code) = @_;
	$server->sql("ALTER SYSTEM SET $setting = '$value'");
	$server->sql('SELECT pg_reload_conf()');
	$server->wait_until("$setting = $value", sub { $code->() }, 20);
	$server->sql("ALTER SYSTEM RESET $setting");
	$server->sql('SELECT pg_reload_conf()');
}
$server->sql(q{CREATE TABLE large AS SELECT repeat(md5(n::text), 100) AS t FROM generate_series(1, 1000) AS n});
with_setting('gqle.pg_dump_max_size', '1MB', sub { (dump_of(['-tlarge']))[1] =~ /larger than gqle.pg_dump_max_size \(1024 kB\)/ });
is($server->sql($children), 0, 'its pg_dump has ended');
with_setting('gqle.pg_dump_path', '/nonexistent', sub { (dump_of(['-s']))[1] =~ m{internal exception while executing pg_dump.*could not execute .*/nonexistent} });
$server->wait_until('the settings are as before', sub { (dump_of(['-tlarge']))[0] == 200 }, 20);

# A dump waits for a lock; others don't wait for it, and it ends with its client.
my $holder = IPC::Run::start(['psql', '-X', '-q', '-d', $server->node->connstr('app'), '-c',
	q{SET application_name = 'holder'; BEGIN; LOCK TABLE large; SELECT pg_sleep(120)}], '>', \my $out, '2>', \my $err);
$server->wait_until('a lock', sub { $server->sql(q{SELECT count(*) FROM pg_locks WHERE relation = 'large'::regclass AND granted}) == 1 }, 20);

sub ask
{
	my $body = encode_json({ opts => ['-s'] });
	my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $server->{port}) or die $@;
	$socket->autoflush(1);
	print $socket "POST $path HTTP/1.1\r\nHost: a\r\nContent-Length: " . length($body) . "\r\n\r\n$body";
	$server->wait_until('pg_dump waits', sub { $server->sql("$children AND wait_event_type = 'Lock'") == 1 }, 20);
	return $socket;
}

my $client = ask();
$server->answers('others are answered meanwhile');
is($server->sql(q{SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'gqle %' AND xact_start IS NOT NULL}),
	0, 'no worker of ours is in a transaction');
sleep 1;    # a client that closes sooner may still wait for its answer
close $client;
$server->wait_until('the dump ended with its client', sub { $server->sql($children) == 0 }, 20);
$server->wait_until('the executor is free', sub { $server->sql($executors) == 0 }, 20);

# The end of the executor, and of the server, is the end of the dump.
$client = ask();
$server->sql(q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'gqle executor' AND state = 'active'});
$server->wait_until('the dump ended with its executor', sub { $server->sql($children) == 0 }, 20);
$client = ask();
$server->node->stop('fast');
pass('the server stops while a dump waits');
$holder->finish;
$server->node->start;
$server->wait_healthy;

# It can be switched off.
$server->configure("gqle.enabled_apis = 'metadata,graphql'");
$server->node->restart;
$server->wait_healthy;
is((dump_of(['-s']))[0], 404, 'switched off');
$server->node->stop;
$server->log_lacks(qr/TRAP:|PANIC|terminated by signal/, 'no crash in the log');

done_testing();
