/*
 * server.c
 *		The worker that listens: its loop, and its end.
 *
 * One wait set: latch, postmaster death, and the descriptors of httpd.c, wsock.c,
 * httpc.c and tls.c.
 * The latch is set by signals and by executors that have an answer.
 *
 * SIGTERM begins a drain: no more connections, the idle ones are closed, calls
 * in flight are answered, for gqle.graceful_shutdown_timeout at most.  Clients
 * that don't take their answers get a few seconds only, and if somebody needs
 * the database for himself (leave_now), nobody gets much.  The launcher starts
 * a new worker meanwhile; when there is no other that listens, the old one goes
 * on accepting until the new one does, for a moment, so that no client finds
 * the port closed.
 */
#include "postgres.h"

#include "access/xact.h"
#include "commands/dbcommands.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "gqle/base/guc.h"
#include "gqle/base/log.h"
#include "gqle/worker/auth.h"
#include "gqle/worker/channel.h"
#include "gqle/worker/conn_http.h"
#include "gqle/worker/httpc.h"
#include "gqle/base/metrics.h"
#include "gqle/worker/channel.h"
#include "gqle/worker/conn_http.h"
#include "gqle/worker/conn_ws.h"
#include "gqle/worker/httpd.h"
#include "gqle/worker/lane.h"
#include "gqle/worker/launcher.h"
#include "gqle/worker/listen.h"
#include "gqle/worker/metadata_watch.h"
#include "gqle/worker/otlp.h"
#include "gqle/worker/tls.h"
#include "gqle/worker/worker_main.h"
#include "gqle/worker/startup_log.h"
#include "gqle/worker/wsock.h"

#define N_EVENTS			7
#define SLOW_READER_MS		5000
#define LEAVE_NOW_MS		250
#define HANDOVER_MS			1000
#define SHUTDOWN_STEP_MS	20
#define STATS_MS			1000	/* numbers of an idle worker are this old */

static TimestampTz shutdown_began = 0;
static TimestampTz drain_began = 0;

static void count_connections(void);
static void warm_up(void);
static void start_listening(void);
static void log_startup(void);
static void handle_shutdown(void);

void
gqle_server_main(Datum main_arg)
{
	WaitEventSet *set;
	WaitEvent	events[N_EVENTS];
	uint32		wait_event = WaitEventExtensionNew("GqleServerMain");
	bool		is_stale = false;	/* statistics wait to be reported */

	gqle_worker_begin(main_arg, SignalHandlerForShutdownRequest);
	gqle_channel_join();
	gqle_httpc_start();
	gqle_otlp_start(gqle_registry->workers[gqle_worker_slot].number == 1);
	gqle_metadata_watch_look();	/* key sets may be at hosts it names */
	gqle_auth_start();
	warm_up();
	start_listening();

	set = gqle_create_wait_event_set(N_EVENTS);
	AddWaitEventToSet(set, WL_LATCH_SET, PGINVALID_SOCKET, MyLatch, NULL);
	AddWaitEventToSet(set, WL_EXIT_ON_PM_DEATH, PGINVALID_SOCKET, NULL, NULL);
	gqle_httpd_add_to_set(set);
	gqle_httpc_add_to_set(set);
	gqle_wsock_add_to_set(set);
	gqle_tls_add_to_set(set);
	gqle_registry_set_state(gqle_worker_slot, GQLE_WORKER_IDLE);

	for (;;)
	{
		long		timeout = Min(gqle_httpd_timeout(), gqle_httpc_timeout());
		int			n;

		timeout = Min(timeout, gqle_auth_timeout());
		timeout = Min(timeout, gqle_log_flush_due());
		timeout = Min(timeout, gqle_otlp_timeout());
		timeout = Min(timeout, gqle_conn_ws_timeout());
		timeout = Min(timeout, gqle_tls_timeout());
		if (ShutdownRequestPending)
			timeout = Min(timeout, SHUTDOWN_STEP_MS);
		if (timeout > 0)
		{
			pgstat_report_stat(false);
			if (is_stale)
				timeout = Min(timeout, STATS_MS);
		}
		n = WaitEventSetWait(set, timeout, events, N_EVENTS, wait_event);
		if (n == 0 && timeout > 0)
		{
			pgstat_report_stat(true);
			is_stale = false;
		}
		for (int i = 0; i < n; i++)
		{
			if ((events[i].events & WL_LATCH_SET) != 0)
				ResetLatch(MyLatch);
			else
				is_stale = true;
		}

		gqle_worker_handle_interrupts();
		gqle_auth_turn();
		gqle_httpc_turn();
		gqle_lane_collect();
		gqle_tls_turn();
		gqle_httpd_turn(events, n);
		gqle_wsock_read(events, n);
		gqle_conn_ws_turn();
		gqle_otlp_turn();
		if (ShutdownRequestPending)
			handle_shutdown();
		gqle_wsock_write();
		gqle_tls_turn();
		count_connections();
	}
}

static void
count_connections(void)
{
	uint64	   *values = gqle_metrics_own->values;

	values[GQLE_METRIC_HTTP_CONNECTIONS] = gqle_httpd_count();
	values[GQLE_METRIC_WS_CONNECTIONS] = gqle_wsock_count();
	values[GQLE_METRIC_CONNECTIONS] = values[GQLE_METRIC_HTTP_CONNECTIONS] +
		values[GQLE_METRIC_WS_CONNECTIONS];
}

/*
 * Have the engine load what every request needs, before there is a client who
 * would wait for it.  How the request ends is of no interest.
 */
static void
warm_up(void)
{
	static GqleSessionVariable variable = {"x-hasura-role", "admin"};
	GqleSession session = {.role = "admin",.is_admin = true,
	.n_variables = 1,.variables = &variable};
	StringInfoData out;
	GqleCall	call = {0};

	initStringInfo(&out);
	call.endpoint = GQLE_ENDPOINT_V1_GRAPHQL;
	call.place = GQLE_PLACE_LANE;	/* without a budget */
	call.session = &session;
	call.body = "{\"query\":\"{__typename}\"}";
	call.body_len = strlen(call.body);
	call.out = &out;
	(void) gqle_call_run(&call);
	pfree(out.data);
}

static void
start_listening(void)
{
	int			index = gqle_registry->workers[gqle_worker_slot].database;
	int			port = gqle_registry->databases[index].port;
	int			tls_port = gqle_listen_tls_port(port);
	GqleListener listeners[GQLE_MAX_LISTEN_SOCKETS];
	int			n = gqle_listen_open(port, listeners, lengthof(listeners));

	if (n == 0)
		ereport(FATAL,
				(errmsg("gqle could not listen on port %d at \"%s\"", port,
						gqle_listen_addresses())));
	gqle_conn_ws_start();
	gqle_conn_http_start(listeners, n);
	if (gqle_registry->workers[gqle_worker_slot].number != 1)
		return;
	if (port != 0)
		ereport(LOG,
				(errmsg("gqle serves GraphQL on port %d at \"%s\"%s", port,
						gqle_listen_addresses(),
						tls_port == port ? " with TLS" : "")));
	if (tls_port != 0 && tls_port != port)
		ereport(LOG,
				(errmsg("gqle serves GraphQL on port %d at \"%s\" with TLS",
						tls_port, gqle_listen_addresses())));
	if (gqle_listen_has_unix(port))
		ereport(LOG,
				(errmsg("gqle serves GraphQL on Unix socket \"%s\"",
						gqle_guc_unix_socket)));
	log_startup();
}

static void
log_startup(void)
{
	TimestampTz started = gqle_registry->workers[gqle_worker_slot].started_at;
	char	   *database;

	StartTransactionCommand();
	database = MemoryContextStrdup(TopMemoryContext, get_database_name(MyDatabaseId));
	CommitTransactionCommand();
	gqle_startup_log(database, (GetCurrentTimestamp() - started) / 1e6);
	pfree(database);
}

/* Should we go on accepting until another server worker listens? */
static bool
must_hand_over(TimestampTz now)
{
	GqleWorkerSlot *mine = &gqle_registry->workers[gqle_worker_slot];

	/* nobody will come if the launcher wants it so, or is gone itself */
	if (mine->was_asked || gqle_registry->launcher_latch == NULL ||
		TimestampDifferenceExceeds(shutdown_began, now, HANDOVER_MS))
		return false;
	for (int i = 0; i < GQLE_MAX_WORKERS; i++)
	{
		GqleWorkerSlot *s = &gqle_registry->workers[i];

		if (i != gqle_worker_slot && s->kind == GQLE_WORKER_SERVER &&
			s->database == mine->database && s->state == GQLE_WORKER_IDLE)
			return false;
	}
	return true;
}

/* One step of the end; ends the process when there is nothing left to do. */
static void
handle_shutdown(void)
{
	TimestampTz now = GetCurrentTimestamp();
	bool		was_asked = gqle_registry->workers[gqle_worker_slot].was_asked;
	int			limit;

	if (shutdown_began == 0)
	{
		shutdown_began = now;
		gqle_startup_log_shutdown();
		gqle_registry_set_state(gqle_worker_slot, GQLE_WORKER_DRAINING);
		gqle_registry_wake_launcher();
	}
	if (drain_began == 0)
	{
		if (must_hand_over(now))
			return;
		drain_began = now;
		gqle_httpd_begin_drain();
		gqle_conn_ws_begin_drain();
		gqle_tls_begin_drain();
	}
	limit = gqle_lane_count() > 0 ?
		gqle_guc_graceful_shutdown_timeout * 1000 : SLOW_READER_MS;
	if (gqle_worker_must_leave_now())
		limit = Min(limit, LEAVE_NOW_MS);
	if ((gqle_httpd_count() + gqle_wsock_count() + gqle_tls_count() == 0 &&
		 gqle_otlp_drain()) ||
		TimestampDifferenceExceeds(drain_began, now, limit))
		proc_exit(was_asked ? 0 : 1);
}
