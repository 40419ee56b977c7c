# A cluster of its own with gqle loaded, and HTTP to talk to it.
package GqleServer;

use strict;
use warnings;
use HTTP::Tiny;
use IO::Socket::INET;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $patience = $PostgreSQL::Test::Utils::timeout_default // 180;

# new(NAME, SETTING...): initialised and started; no database has gqle yet.
sub new
{
	my ($class, $name, @settings) = @_;
	my $self = bless {
		node => PostgreSQL::Test::Cluster->new($name),
		port => PostgreSQL::Test::Cluster::get_free_port(),
	}, $class;

	$self->{node}->init;
	$self->configure("shared_preload_libraries = 'gqle'",
		"gqle.port = $self->{port}", @settings);
	return $self;
}

sub configure
{
	my ($self, @settings) = @_;
	$self->{node}->append_conf('postgresql.conf', join("\n", @settings, ''));
}

sub node { return $_[0]{node} }

# Start, make the database "app" with a small tracked table, wait for health.
sub start_with_app
{
	my ($self) = @_;

	$self->{node}->start;
	$self->create_app;
	return $self;
}

sub create_app
{
	my ($self) = @_;

	$self->{node}->safe_psql('postgres', 'CREATE DATABASE app');
	$self->{node}->safe_psql('app', q{
		CREATE TABLE item (id integer PRIMARY KEY, name text);
		INSERT INTO item SELECT n, 'item ' || n FROM generate_series(1, 100) AS n;
		CREATE VIEW slow AS SELECT 1 AS id, pg_sleep(3)::text AS slept;
		CREATE EXTENSION gqle});
	$self->wait_healthy;
	$self->track($_) foreach qw(item slow);
}

sub track
{
	my ($self, $table) = @_;
	my ($status, $body) = $self->post('/v1/metadata',
		{ type => 'pg_track_table', args => { source => 'default', table => $table } });
	die "could not track $table: $status $body" if $status != 200;
}

sub sql
{
	my ($self, $sql, $database) = @_;
	return $self->{node}->safe_psql($database // 'app', $sql);
}

# (status, body); status 599 when there is no answer.
sub request
{
	my ($self, $method, $path, $content, %headers) = @_;
	my $http = HTTP::Tiny->new(timeout => 30);
	my $reply = $http->request($method, "http://127.0.0.1:$self->{port}$path",
		{ headers => { 'content-type' => 'application/json', %headers },
		  defined $content ? (content => $content) : () });
	return ($reply->{status}, $reply->{content});
}

sub post
{
	my ($self, $path, $body, %headers) = @_;
	return $self->request('POST', $path, ref $body ? encode_json($body) : $body, %headers);
}

# The body of the answer to a GraphQL query.
sub query
{
	my ($self, $query, %headers) = @_;
	return ($self->post('/v1/graphql', { query => $query }, %headers))[1];
}

sub answers
{
	my ($self, $what) = @_;
	is($self->query('{ item_by_pk(id: 7) { name } }'),
		'{"data":{"item_by_pk":{"name":"item 7"}}}', $what);
}

# Wait until the code is true; fails the test when it never is.
sub wait_until
{
	my ($self, $what, $code, $seconds) = @_;
	my $end = time() + ($seconds // $patience);

	while (time() < $end)
	{
		return pass($what) if $code->();
		sleep 0.05;
	}
	return fail($what);
}

sub is_healthy
{
	my ($self) = @_;
	return ($self->request('GET', '/healthz'))[0] == 200;
}

sub wait_healthy
{
	my ($self, $what) = @_;
	return $self->wait_until($what // 'healthy', sub { $self->is_healthy }, 60);
}

# Nothing accepts connections on the HTTP port.
sub is_closed
{
	my ($self) = @_;
	return !IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $self->{port}, Timeout => 5);
}

# Process ids of workers whose type is "gqle <kind>".
sub workers
{
	my ($self, $kind) = @_;
	my $list = $self->sql("SELECT pid FROM pg_stat_activity WHERE backend_type = 'gqle $kind' ORDER BY pid", 'postgres');
	return split /\n/, $list;
}

# Run a query in a child process; finish() gives its answer.
sub begin_query
{
	my ($self, $query) = @_;
	my $pid = open(my $pipe, '-|') // die "could not fork: $!";

	if ($pid == 0)
	{
		print $self->query($query);
		# Skip the END blocks of the test: they stop the cluster.
		$| = 1;
		STDOUT->flush;
		require POSIX;
		POSIX::_exit(0);
	}
	return { pid => $pid, pipe => $pipe };
}

sub finish_query
{
	my ($self, $running) = @_;
	local $/;
	my $answer = readline $running->{pipe};
	close $running->{pipe};
	return $answer;
}

sub log_lacks
{
	my ($self, $pattern, $what) = @_;
	unlike(slurp_file($self->{node}->logfile), $pattern, $what);
}

1;
