/*
 * httpd.c
 *		The seam over libmicrohttpd, with the guards that it lacks.
 *
 * Nouns: a *connection* is a socket and its place in a list of deadlines; an
 * *exchange* is one request and its answer, taken from a free list when a
 * request line has been read and given back when the answer has been sent, so
 * that an idle connection holds no buffers of ours.
 *
 * The library runs in its external epoll mode, without threads and without a
 * listening socket: we accept and hand it the sockets.  Two descriptors stand
 * for all sockets in the process' wait set: the library's epoll, and ours, with
 * the listening sockets, and all others for the one event of a client that
 * leaves (the library does not watch a suspended connection, and can miss the
 * end of a stream at other times).
 *
 * Phases of a connection, and how long each may last:
 *
 *		WAITING		no request line yet: idle_timeout plus head_timeout; silence
 *					ends it sooner, after idle_timeout (the library does that)
 *		HEAD		request line read, head not: head_timeout
 *		BODY		head read, body not: body_timeout
 *		HANDLING	no limit here; the engine has its own
 *
 * All connections in a phase have the same allowance, so each phase's list is
 * ordered by deadline and looking at its first member is enough.
 *
 * Strictness.  A proxy in front of us may filter headers; it must not be
 * possible that it sees other headers than we do.  The library accepts much
 * that is ambiguous, and check_head refuses it with 400: a name that is not a
 * token (a blank before the colon), several Content-Length or Host headers,
 * Content-Length beside Transfer-Encoding, Transfer-Encoding in HTTP/1.0.  Much
 * else, it hides: folded lines are joined to a header's name, a NUL byte cuts a
 * value, a line that begins with a colon ends the head, a bare line feed ends a
 * line.  All of that shows as a gap between the texts that it hands out, which
 * are neighbours in its buffer; so the head must be without gaps.
 *
 * The library has memory for more than the largest head, which is therefore
 * measured here.
 *
 * What it accepts between chunks (line feeds alone, any extension) can't be seen
 * from here.  So a connection ends with the answer to a chunked request: whatever
 * somebody else takes for its end, nothing behind it becomes a request.
 *
 * No function here may throw while the library is on the stack, so nothing here
 * allocates with palloc proper; memory comes without OOM errors or not at all.
 */
#include "postgres.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <time.h>
#include <unistd.h>

#include "lib/ilist.h"
#include "miscadmin.h"
#include "storage/ipc.h"
#include "utils/memutils.h"

#include "gqle/base/guc.h"
#include "gqle/base/metrics.h"
#include "gqle/worker/httpd.h"
#include "gqle/worker/tls.h"
#include "gqle/worker/tlscert.h"
#include "gqle/worker/wsock.h"

#define MAX_HEADERS			128
#define LARGE_FACTOR		4		/* larger bodies are read on up to that */
#define MAX_BLANKS			64		/* between a header's colon and its value */
#define MAX_POOL			(1024 * 1024)
#define MIN_POOL			(32 * 1024)
#define ACCEPTS_PER_TURN	64
#define MAX_FREE_EXCHANGES	64
#define MAX_KEPT_BUFFER		(4 * 1024 * 1024)
#define MAX_KEPT_BYTES		(16 * 1024 * 1024)
#define STREAM_USER_TIMEOUT_MS	30000
#define STREAM_BLOCK		(16 * 1024)
#define STREAM_HIGH_WATER	(256 * 1024)	/* bytes not taken: congested */
#define FIRST_BODY_BUFFER	2048
#define FIRST_OUT_BUFFER	8192
#define TARGET_BUFFER		256
#define HALF_CLOSE_MS		250		/* sooner, it is not for leaving */
#define ACCEPT_PAUSE_MS		500		/* after running out of descriptors */
#define DRAIN_IDLE_MS		200		/* for requests already on the wire */

typedef enum Phase
{
	PHASE_WAITING,
	PHASE_HEAD,
	PHASE_BODY,
	PHASE_HANDLING,
	N_PHASES
} Phase;

typedef struct Exchange Exchange;

typedef struct Connection
{
	dlist_node	node;			/* in phases[phase] */
	Phase		phase;
	int			fd;
	int64		since;			/* when the phase began, ms */
	bool		is_half_closed; /* client will send no more */
	dlist_node	half_node;		/* in half_closed, if so */
	GqlePeer	peer;
	struct MHD_Connection *mhd;
	Exchange   *exchange;
} Connection;

typedef enum ExchangeState
{
	EXCHANGE_HEAD,				/* collecting the head */
	EXCHANGE_BODY,
	EXCHANGE_DISPATCHED,		/* on_request was called */
	EXCHANGE_SUSPENDED,
	EXCHANGE_ANSWERED,			/* reply is set, not queued yet */
	EXCHANGE_UPGRADING,			/* the answer is the switch of protocols */
	EXCHANGE_QUEUED,
	EXCHANGE_OPENING,			/* the answer is a stream, not queued yet */
	EXCHANGE_STREAMING,
	EXCHANGE_STREAMED,			/* nothing more is written to it */
	EXCHANGE_GONE				/* client left while suspended or streaming */
} ExchangeState;

struct Exchange
{
	GqleExchange pub;
	ExchangeState state;
	Connection *conn;
	GqleReply	reply;
	GqleUpgradeHandler upgrade_handler;
	const char *upgrade_accept;
	const char *upgrade_protocol;
	int			body_size;		/* of pub.body */
	bool		is_announced;	/* on_head was called, so on_end will be */
	bool		is_body_large;	/* over the limit: rest is thrown away */
	int64		discarded;
	int			stream_sent;	/* bytes of out that the library has taken */
	bool		is_stream_idle; /* suspended for want of bytes */
	bool		is_stream_ending;	/* ended before it was queued */
	bool		is_stream_whole;	/* if STREAMED */
	StringInfoData out;
	GqleHttpHeader headers[MAX_HEADERS];
	const char *uri;			/* in the library's buffer */
	int			uri_len;
	char		target[TARGET_BUFFER];
	char	   *long_target;
	Exchange   *next_free;
};

/* What the walk over a head finds. */
typedef struct HeadWalk
{
	Exchange   *x;
	bool		is_bad;
	Size		size;			/* of the head; cookies count twice */
	int			n_hosts;
	int			n_lengths;
	int			n_codings;
	bool		is_coding_unknown;
} HeadWalk;

static const GqleHttpdHandlers *handlers;
static Size service_size;
static struct MHD_Daemon *mhd_daemon = NULL;
static int	watch_epoll = -1;
static GqleListener listeners[GQLE_MAX_LISTEN_SOCKETS];
static int	n_listeners = 0;
static MemoryContext http_context;
static dlist_head phases[N_PHASES];
static dlist_head half_closed;
static int	n_connections = 0;
static Connection *accepting = NULL;	/* the one MHD is being handed */
static Exchange *free_exchanges = NULL;
static int	n_free_exchanges = 0;
static Size kept_bytes = 0;
static int64 now_ms;
static int64 accept_again_at = 0;	/* 0: accepting */
static bool is_draining = false;
static int64 drain_began = 0;
static bool must_turn = false;	/* something resumed: do not wait */
static bool is_token_char[256];

static void start_daemon(void);
static void raise_descriptor_limit(void);
static void add_listeners(void);
static void adopt_socket(int fd, struct sockaddr *addr, socklen_t addr_len);
static void accept_connections(const GqleListener *listener);
static void wake_stream(Exchange *x);
static void serve_watch_events(void);
static void nudge_half_closed(void);
static void enforce_deadlines(void);
static void *begin_exchange(void *cls, const char *uri,
							struct MHD_Connection *mhd);
static void end_exchange(void *cls, struct MHD_Connection *mhd, void **con_cls,
						 enum MHD_RequestTerminationCode code);
static void notice_connection(void *cls, struct MHD_Connection *mhd,
							  void **socket_context,
							  enum MHD_ConnectionNotificationCode code);
static enum MHD_Result handle_request(void *cls, struct MHD_Connection *mhd,
									  const char *url, const char *method,
									  const char *version,
									  const char *upload_data,
									  size_t *upload_data_size, void **con_cls);
static size_t keep_escapes(void *cls, struct MHD_Connection *mhd, char *text);
static void log_message(void *cls, const char *format, va_list args)
			pg_attribute_printf(2, 0);
static void panic(void *cls, const char *file, unsigned int line,
				  const char *reason);

static void
read_clock(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	now_ms = (int64) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Memory or NULL, never an error. */
static void *
try_alloc(Size size)
{
	return MemoryContextAllocExtended(http_context, size,
									  MCXT_ALLOC_NO_OOM | MCXT_ALLOC_HUGE);
}

/* ------------------------------------------------------------------------
 * Starting, waiting, one turn
 * ------------------------------------------------------------------------ */

void
gqle_httpd_start(const GqleHttpdHandlers *h, Size size, const GqleListener *given,
				 int n_given)
{
	static const char token_marks[] = "!#$%&'*+-.^_`|~";

	Ensure(n_given <= (int) lengthof(listeners), "too many listening sockets");
	handlers = h;
	service_size = size;
	http_context = AllocSetContextCreate(TopMemoryContext, "gqle connection",
										 ALLOCSET_DEFAULT_SIZES);
	for (int i = 0; i < N_PHASES; i++)
		dlist_init(&phases[i]);
	dlist_init(&half_closed);
	for (int c = 0; c < 256; c++)
		is_token_char[c] = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
			(c >= 'A' && c <= 'Z') || (c != 0 && strchr(token_marks, c) != NULL);

	raise_descriptor_limit();
	read_clock();
	memcpy(listeners, given, n_given * sizeof(GqleListener));
	n_listeners = n_given;
	watch_epoll = epoll_create1(EPOLL_CLOEXEC);
	if (watch_epoll < 0)
		ereport(ERROR,
				(errcode_for_socket_access(),
				 errmsg("gqle could not create an epoll descriptor: %m")));
	add_listeners();
	start_daemon();
	gqle_tls_start(adopt_socket);
}

/*
 * Each connection needs a descriptor, with TLS three of them, and the server's own
 * files need some, too; the soft limit is often 1,024.
 */
static void
raise_descriptor_limit(void)
{
	struct rlimit limit;
	rlim_t		per_client = gqle_tlscert_is_configured() ? 3 : 1;
	rlim_t		wanted = per_client * gqle_guc_max_connections + 2048;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
		return;
	limit.rlim_cur = Min(wanted, limit.rlim_max);
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
		ereport(LOG,
				(errmsg("gqle could not raise the limit of open files: %m")));
}

static void
start_daemon(void)
{
	Size		pool = Min(MAX_POOL, Max(MIN_POOL,
										 gqle_guc_max_total_header_length + 8192));
	unsigned int flags = MHD_USE_EPOLL | MHD_USE_TURBO | MHD_USE_ERROR_LOG |
		MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME | MHD_ALLOW_UPGRADE;

	MHD_set_panic_func(panic, NULL);
	mhd_daemon = MHD_start_daemon(flags, 0, NULL, NULL,
								  handle_request, NULL,
								  MHD_OPTION_EXTERNAL_LOGGER, log_message, NULL,
								  MHD_OPTION_URI_LOG_CALLBACK, begin_exchange, NULL,
								  MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL,
								  MHD_OPTION_NOTIFY_COMPLETED, end_exchange, NULL,
								  MHD_OPTION_NOTIFY_CONNECTION, notice_connection, NULL,
								  MHD_OPTION_CONNECTION_MEMORY_LIMIT, pool,
								  MHD_OPTION_CONNECTION_MEMORY_INCREMENT, (size_t) 4096,
								  MHD_OPTION_CONNECTION_TIMEOUT,
								  (unsigned int) gqle_guc_idle_timeout,
								  MHD_OPTION_CONNECTION_LIMIT,
								  (unsigned int) gqle_guc_max_connections + 16,
								  MHD_OPTION_PER_IP_CONNECTION_LIMIT,
								  (unsigned int) gqle_guc_max_connections_per_address,
								  MHD_OPTION_END);
	if (mhd_daemon == NULL)
		ereport(ERROR, (errmsg("gqle could not start the HTTP library")));
}

void
gqle_httpd_add_to_set(WaitEventSet *set)
{
	const union MHD_DaemonInfo *info;

	info = MHD_get_daemon_info(mhd_daemon, MHD_DAEMON_INFO_EPOLL_FD);
	Ensure(info != NULL, "HTTP library has no epoll descriptor");
	AddWaitEventToSet(set, WL_SOCKET_READABLE, info->epoll_fd, NULL, NULL);
	AddWaitEventToSet(set, WL_SOCKET_READABLE, watch_epoll, NULL, NULL);
}

/* How long a phase may last. */
static int64
allowance(Phase phase)
{
	switch (phase)
	{
		case PHASE_WAITING:
			return (int64) gqle_guc_idle_timeout * 1000 + gqle_guc_head_timeout;
		case PHASE_HEAD:
			return gqle_guc_head_timeout;
		case PHASE_BODY:
			return gqle_guc_body_timeout;
		case PHASE_HANDLING:
		case N_PHASES:
			break;
	}
	return PG_INT32_MAX;
}

long
gqle_httpd_timeout(void)
{
	MHD_UNSIGNED_LONG_LONG from_mhd;
	int64		timeout = 10000;

	if (must_turn)
		return 0;
	if (MHD_get_timeout(mhd_daemon, &from_mhd) == MHD_YES)
		timeout = Min(timeout, (int64) from_mhd);
	if (timeout == 0)
		return 0;
	for (int i = 0; i < PHASE_HANDLING; i++)
	{
		Connection *first;

		if (dlist_is_empty(&phases[i]))
			continue;
		first = dlist_head_element(Connection, node, &phases[i]);
		timeout = Min(timeout, first->since + allowance(i) - now_ms + 5);
	}
	if (accept_again_at != 0)
		timeout = Min(timeout, accept_again_at - now_ms);
	if (is_draining)
		timeout = Min(timeout, 50);
	return Max(timeout, 0);
}

void
gqle_httpd_turn(const WaitEvent *events, int n_events)
{
	bool		is_watch_ready = false;

	for (int i = 0; i < n_events; i++)
		is_watch_ready |= events[i].fd == watch_epoll;
	read_clock();
	must_turn = false;
	if (accept_again_at != 0 && now_ms >= accept_again_at && !is_draining)
	{
		accept_again_at = 0;
		add_listeners();
	}
	if (is_watch_ready)
		serve_watch_events();
	if (MHD_run(mhd_daemon) != MHD_YES)
		ereport(FATAL, (errmsg("gqle lost its HTTP library")));
	nudge_half_closed();
	enforce_deadlines();
}

int
gqle_httpd_count(void)
{
	return n_connections;
}

/* ------------------------------------------------------------------------
 * Connections
 * ------------------------------------------------------------------------ */

/*
 * Watch the listening sockets; a closed one is skipped.  Of those who share one,
 * not all need be woken for a connection.
 */
static void
add_listeners(void)
{
	for (int i = 0; i < n_listeners; i++)
	{
		struct epoll_event event = {.events = EPOLLIN,.data.ptr = &listeners[i]};

		if (listeners[i].is_inherited)
			event.events |= EPOLLEXCLUSIVE;
		(void) epoll_ctl(watch_epoll, EPOLL_CTL_ADD, listeners[i].fd, &event);
	}
}

/* Out of descriptors: level-triggered readiness would make us spin. */
static void
pause_accepting(void)
{
	for (int i = 0; i < n_listeners; i++)
		(void) epoll_ctl(watch_epoll, EPOLL_CTL_DEL, listeners[i].fd, NULL);
	accept_again_at = now_ms + ACCEPT_PAUSE_MS;
	ereport(LOG, (errmsg("gqle could not accept a connection: %m")));
}

static void
set_phase(Connection *conn, Phase phase)
{
	dlist_delete(&conn->node);
	conn->phase = phase;
	conn->since = now_ms;
	dlist_push_tail(&phases[phase], &conn->node);
}

static GqlePeer
peer_of(const struct sockaddr *addr)
{
	GqlePeer	peer = {0};

	if (addr->sa_family == AF_INET)
	{
		peer.len = 4;
		memcpy(peer.bytes, &((const struct sockaddr_in *) addr)->sin_addr, 4);
	}
	else if (addr->sa_family == AF_INET6)
	{
		peer.len = 16;
		memcpy(peer.bytes, &((const struct sockaddr_in6 *) addr)->sin6_addr, 16);
	}
	return peer;
}

const char *
gqle_httpd_address(const GqleExchange *x)
{
	static char text[INET6_ADDRSTRLEN];
	const GqlePeer *peer = &((const Exchange *) x)->conn->peer;

	if (peer->len == 0 ||
		inet_ntop(peer->len == 4 ? AF_INET : AF_INET6, peer->bytes, text,
				  sizeof(text)) == NULL)
		return "";
	return text;
}

/* Hand a socket to the library; it is closed if that fails. */
static void
adopt_socket(int fd, struct sockaddr *addr, socklen_t addr_len)
{
	Connection *conn = NULL;
	struct epoll_event event = {.events = EPOLLRDHUP | EPOLLET};
	int			one = 1;

	conn = try_alloc(sizeof(Connection));
	if (conn == NULL)
	{
		close(fd);
		return;
	}
	memset(conn, 0, sizeof(*conn));
	conn->fd = fd;
	conn->peer = peer_of(addr);
	conn->phase = PHASE_WAITING;
	conn->since = now_ms;
	dlist_push_tail(&phases[PHASE_WAITING], &conn->node);
	n_connections++;
	gqle_metrics_add(GQLE_METRIC_ACCEPTED, 1);
	(void) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));

	/* on failure the library closes the socket, and maybe notifies first */
	accepting = conn;
	(void) MHD_add_connection(mhd_daemon, fd, addr, addr_len);
	if (accepting != NULL)
	{
		dlist_delete(&conn->node);
		n_connections--;
		pfree(conn);
		accepting = NULL;
		return;
	}
	event.data.ptr = conn;
	(void) epoll_ctl(watch_epoll, EPOLL_CTL_ADD, fd, &event);
}

/* A new client, if there is room for one. */
static void
take_client(const GqleListener *listener, int fd, struct sockaddr *addr,
			socklen_t addr_len)
{
	if (n_connections + gqle_wsock_count() + gqle_tls_count_unserved() >=
		gqle_guc_max_connections)
	{
		gqle_metrics_add(GQLE_METRIC_BUSY, 1);
		close(fd);
	}
	else if (listener->is_tls)
		gqle_tls_open(fd, addr, addr_len);
	else
		adopt_socket(fd, addr, addr_len);
}

static void
accept_connections(const GqleListener *listener)
{
	for (int i = 0; i < ACCEPTS_PER_TURN; i++)
	{
		struct sockaddr_storage addr;
		socklen_t	addr_len = sizeof(addr);
		int			fd = accept4(listener->fd, (struct sockaddr *) &addr,
								 &addr_len, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0)
			take_client(listener, fd, (struct sockaddr *) &addr, addr_len);
		else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
				 errno == ENOMEM)
		{
			pause_accepting();
			return;
		}
		else if (errno == EAGAIN || errno == EWOULDBLOCK)
			return;
	}
}

/* The library took a socket, or let go of one. */
static void
notice_connection(void *cls, struct MHD_Connection *mhd, void **socket_context,
				  enum MHD_ConnectionNotificationCode code)
{
	Connection *conn;

	if (code == MHD_CONNECTION_NOTIFY_STARTED)
	{
		*socket_context = accepting;
		accepting->mhd = mhd;
		accepting = NULL;
		return;
	}
	conn = *socket_context;
	if (conn->is_half_closed)
		dlist_delete(&conn->half_node);
	dlist_delete(&conn->node);
	n_connections--;
	pfree(conn);
}

static Connection *
connection_of(struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *info;

	info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	return info->socket_context;
}

/*
 * The client sends no more: it left, or closed its sending half and waits for
 * the answer.  These can't be told apart.  If it happens while an executor has
 * been working for the client for some time, it has left; if it happens sooner,
 * as with tools that send a request and close, it gets its answer (unless the
 * whole connection is reset).
 */
static void
notice_half_close(Connection *conn, bool is_reset)
{
	if (conn->is_half_closed && !is_reset)
		return;
	if (!conn->is_half_closed)
	{
		conn->is_half_closed = true;
		dlist_push_tail(&half_closed, &conn->half_node);
	}
	if (conn->exchange != NULL &&
		conn->exchange->state == EXCHANGE_SUSPENDED &&
		(is_reset || now_ms - conn->since >= HALF_CLOSE_MS))
	{
		conn->exchange->state = EXCHANGE_GONE;
		handlers->on_gone(&conn->exchange->pub);
		MHD_resume_connection(conn->mhd);
		must_turn = true;
	}
	else if (conn->exchange != NULL &&
			 conn->exchange->state == EXCHANGE_STREAMING)
	{
		conn->exchange->state = EXCHANGE_GONE;
		handlers->on_gone(&conn->exchange->pub);
		wake_stream(conn->exchange);
	}
}

/* New connections, and clients that leave (edge-triggered: once for each). */
static void
serve_watch_events(void)
{
	struct epoll_event events[64];
	int			n = epoll_wait(watch_epoll, events, lengthof(events), 0);

	for (int i = 0; i < n; i++)
	{
		GqleListener *listener = events[i].data.ptr;

		if (listener >= listeners && listener < listeners + n_listeners)
			accept_connections(listener);
		else
			notice_half_close(events[i].data.ptr,
							  (events[i].events & (EPOLLHUP | EPOLLERR)) != 0);
	}
}

/*
 * The library's own epoll is edge-triggered, and it takes a short read for the
 * end of what is there: when the end of the stream came together with data, it
 * never learns of it, and keeps the connection until its timeout.  Shutting
 * down the receiving half of a stream that has ended changes nothing but wakes
 * the library again.
 */
static void
nudge_half_closed(void)
{
	dlist_iter	iter;

	dlist_foreach(iter, &half_closed)
	{
		Connection *conn = dlist_container(Connection, half_node, iter.cur);

		if (conn->phase == PHASE_HANDLING)
			continue;
		(void) shutdown(conn->fd, SHUT_RD);
		must_turn = true;
	}
}

/* End connections that have been in their phase for too long. */
static void
enforce_deadlines(void)
{
	for (int i = 0; i < PHASE_HANDLING; i++)
	{
		int64		limit = allowance(i);

		if (is_draining && i != PHASE_BODY &&
			now_ms - drain_began >= DRAIN_IDLE_MS)
			limit = 0;
		while (!dlist_is_empty(&phases[i]))
		{
			Connection *conn = dlist_head_element(Connection, node, &phases[i]);

			if (now_ms - conn->since < limit)
				break;
			/* the library sees the end of the stream and closes it */
			(void) shutdown(conn->fd, SHUT_RDWR);
			if (!is_draining)
				gqle_metrics_add(GQLE_METRIC_TIMEOUTS, 1);
			set_phase(conn, PHASE_HANDLING);
			must_turn = true;
		}
	}
}

void
gqle_httpd_begin_drain(void)
{
	if (is_draining)
		return;
	read_clock();
	/* what waits in the queue of a closed listener would be reset */
	for (int i = 0; i < n_listeners; i++)
	{
		if (listeners[i].is_inherited)
		{
			(void) epoll_ctl(watch_epoll, EPOLL_CTL_DEL, listeners[i].fd, NULL);
			continue;
		}
		accept_connections(&listeners[i]);
		close(listeners[i].fd);
	}
	n_listeners = 0;
	accept_again_at = 0;
	is_draining = true;
	drain_began = now_ms;
}

/* ------------------------------------------------------------------------
 * Exchanges
 * ------------------------------------------------------------------------ */

/* Drop a buffer that is too large to keep, or count it as kept. */
static bool
keep_buffer(Size size)
{
	if (size > MAX_KEPT_BUFFER || kept_bytes + size > MAX_KEPT_BYTES)
		return false;
	kept_bytes += size;
	return true;
}

static Exchange *
make_exchange(void)
{
	Exchange   *x = try_alloc(sizeof(Exchange) + MAXALIGN(service_size));

	if (x == NULL)
		return NULL;
	memset(x, 0, sizeof(*x));
	x->pub.service = (char *) x + MAXALIGN(sizeof(Exchange));
	x->pub.headers = x->headers;
	x->pub.out = &x->out;
	return x;
}

/* An exchange, with buffers for an ordinary request and answer, or NULL. */
static Exchange *
take_exchange(void)
{
	Exchange   *x = free_exchanges;

	if (x != NULL)
	{
		free_exchanges = x->next_free;
		n_free_exchanges--;
		kept_bytes -= x->body_size + x->out.maxlen;
	}
	else
		x = make_exchange();
	if (x == NULL)
		return NULL;

	if (x->out.data == NULL)
	{
		x->out.data = try_alloc(FIRST_OUT_BUFFER);
		x->out.maxlen = FIRST_OUT_BUFFER;
	}
	if (x->pub.body == NULL)
	{
		x->pub.body = try_alloc(FIRST_BODY_BUFFER);
		x->body_size = FIRST_BODY_BUFFER;
	}
	if (x->out.data == NULL || x->pub.body == NULL)
		return NULL;			/* leaks a little; the process is dying anyway */

	resetStringInfo(&x->out);
	x->state = EXCHANGE_HEAD;
	x->pub.n_headers = 0;
	x->pub.content_length = -1;
	x->pub.extensions = NULL;
	x->pub.is_chunked = false;
	x->pub.body_len = 0;
	x->is_announced = x->is_body_large = x->is_stream_idle = x->is_stream_ending = false;
	x->stream_sent = 0;
	x->discarded = 0;
	memset(x->pub.service, 0, service_size);
	return x;
}

static void
give_exchange_back(Exchange *x)
{
	if (x->long_target != NULL)
		pfree(x->long_target);
	x->long_target = NULL;
	if (n_free_exchanges >= MAX_FREE_EXCHANGES)
	{
		pfree(x->out.data);
		pfree(x->pub.body);
		pfree(x);
		return;
	}
	if (!keep_buffer(x->out.maxlen))
	{
		pfree(x->out.data);
		x->out.data = NULL;
		x->out.maxlen = 0;
	}
	if (!keep_buffer(x->body_size))
	{
		pfree(x->pub.body);
		x->pub.body = NULL;
		x->body_size = 0;
	}
	x->next_free = free_exchanges;
	free_exchanges = x;
	n_free_exchanges++;
}

/* Copy the target, which the library will cut up; an absolute one is cut. */
static bool
keep_target(Exchange *x, const char *uri)
{
	size_t		len;
	char	   *copy;

	x->uri = uri;
	x->uri_len = strlen(uri);
	if (uri[0] != '/' && strcmp(uri, "*") != 0)
	{
		const char *host = strstr(uri, "://");

		if (host != NULL)
		{
			host += 3;
			uri = host + strcspn(host, "/?");
		}
	}
	len = strlen(uri);
	copy = x->target;
	if (len >= TARGET_BUFFER)
		copy = x->long_target = try_alloc(len + 1);
	if (copy == NULL)
		return false;
	memcpy(copy, uri, len + 1);
	x->pub.target = copy;
	x->pub.target_len = len;
	x->pub.path_len = strcspn(copy, "?");
	return true;
}

/* The request line is read.  What we return is *con_cls of all that follows. */
static void *
begin_exchange(void *cls, const char *uri, struct MHD_Connection *mhd)
{
	Connection *conn = connection_of(mhd);
	Exchange   *x = take_exchange();

	if (x == NULL)
		return NULL;
	x->conn = conn;
	x->pub.peer = conn->peer;
	conn->exchange = x;
	if (!keep_target(x, uri))
	{
		x->pub.target = "";
		x->pub.target_len = x->pub.path_len = 0;
	}
	set_phase(conn, PHASE_HEAD);
	return x;
}

/* The answer is sent, or the connection is lost. */
static void
end_exchange(void *cls, struct MHD_Connection *mhd, void **con_cls,
			 enum MHD_RequestTerminationCode code)
{
	Exchange   *x = *con_cls;
	Connection *conn;

	if (x == NULL)
		return;
	conn = x->conn;
	if (x->state == EXCHANGE_SUSPENDED || x->state == EXCHANGE_OPENING ||
		x->state == EXCHANGE_STREAMING)
		handlers->on_gone(&x->pub);
	if (x->is_announced)
		handlers->on_end(&x->pub);
	conn->exchange = NULL;
	set_phase(conn, PHASE_WAITING);
	*con_cls = NULL;
	give_exchange_back(x);
}

const char *
gqle_httpd_header(const GqleExchange *x, const char *name)
{
	int			len = strlen(name);

	for (int i = x->n_headers - 1; i >= 0; i--)
	{
		if (x->headers[i].name_len == len &&
			pg_strcasecmp(x->headers[i].name, name) == 0)
			return x->headers[i].value;
	}
	return NULL;
}

/* ------------------------------------------------------------------------
 * Heads
 * ------------------------------------------------------------------------ */

static bool
is_token(const char *text, int len)
{
	for (int i = 0; i < len; i++)
	{
		if (!is_token_char[(unsigned char) text[i]])
			return false;
	}
	return len > 0;
}

/*
 * No control characters: a carriage return alone is a line end to some.  (One
 * loop without a way out, which the compiler makes a fast one.)
 */
static bool
is_text(const char *value, int len)
{
	bool		is_bad = false;

	for (int i = 0; i < len; i++)
	{
		unsigned char c = value[i];

		is_bad |= (c < ' ' && c != '\t') || c == 0x7f;
	}
	return !is_bad;
}

/* Only what the library's buffer shows of an honest "Name: value". */
static bool
is_header_sound(const GqleHttpHeader *h)
{
	const char *gap = h->name + h->name_len + 1;

	if (!is_token(h->name, h->name_len))
		return false;
	/* the value follows its name, with the colon and blanks between */
	if (h->value < gap || h->value - gap > MAX_BLANKS)
		return false;
	for (; gap < h->value; gap++)
	{
		if (*gap != ' ' && *gap != '\t')
			return false;
	}
	return is_text(h->value, h->value_len);
}

/*
 * Do the texts that the library hands out make up the whole head?  From the
 * method to the end of the head, each must follow the one before, with a single
 * space in the request line and CR LF between lines.
 */
static bool
is_head_gapless(const Exchange *x, struct MHD_Connection *mhd,
				const char *version)
{
	const char *place = x->pub.method;
	const union MHD_ConnectionInfo *info;

	if (x->uri != place + strlen(place) + 1 ||
		version != x->uri + x->uri_len + 1)
		return false;
	place = version + strlen(version) + 2;
	for (int i = 0; i < x->pub.n_headers; i++)
	{
		if (x->headers[i].name != place)
			return false;
		place = x->headers[i].value + x->headers[i].value_len + 2;
	}
	info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
	return info != NULL && place + 2 == x->pub.method + info->header_size;
}

/* A target of visible ASCII; anything else has to be percent-encoded. */
static bool
is_target_sound(const Exchange *x)
{
	for (int i = 0; i < x->pub.target_len; i++)
	{
		unsigned char c = x->pub.target[i];

		if (c <= ' ' || c >= 0x7f)
			return false;
	}
	return x->pub.target[0] == '/' || strcmp(x->pub.target, "*") == 0;
}

/* Content-Length as the library will read it: digits only. */
static bool
parse_length(const GqleHttpHeader *h, int64 *length)
{
	*length = 0;
	if (h->value_len == 0 || h->value_len > 18)
		return false;
	for (int i = 0; i < h->value_len; i++)
	{
		if (h->value[i] < '0' || h->value[i] > '9')
			return false;
		*length = *length * 10 + (h->value[i] - '0');
	}
	return true;
}

/* One header, in the order sent. */
static enum MHD_Result
walk_header(void *cls, enum MHD_ValueKind kind, const char *name,
			size_t name_len, const char *value, size_t value_len)
{
	HeadWalk   *walk = cls;
	Exchange   *x = walk->x;
	GqleHttpHeader *h;

	if (x->pub.n_headers >= MAX_HEADERS)
	{
		walk->is_bad = true;
		return MHD_NO;
	}
	h = &x->headers[x->pub.n_headers];
	h->name = name;
	h->name_len = name_len;
	h->value = value != NULL ? value : "";
	h->value_len = value != NULL ? value_len : 0;
	if (!is_header_sound(h))
	{
		walk->is_bad = true;
		return MHD_NO;
	}
	x->pub.n_headers++;
	walk->size += name_len + h->value_len + strlen(": \r\n");

	switch (name_len)
	{
		case 4:
			if (pg_strcasecmp(name, "host") == 0)
				walk->n_hosts++;
			break;
		case 6:
			/* of which the library keeps a copy, in pieces */
			if (pg_strcasecmp(name, "cookie") == 0)
				walk->size += h->value_len;
			break;
		case 14:
			if (pg_strcasecmp(name, "content-length") == 0)
			{
				walk->n_lengths++;
				walk->is_bad |= !parse_length(h, &x->pub.content_length);
			}
			break;
		case 17:
			if (pg_strcasecmp(name, "transfer-encoding") == 0)
			{
				walk->n_codings++;
				walk->is_coding_unknown |= pg_strcasecmp(value, "chunked") != 0;
			}
			break;
		default:
			break;
	}
	return MHD_YES;
}

/* Status to refuse a head with, or 0 if it is sound. */
static int
check_head(Exchange *x, struct MHD_Connection *mhd, const char *version)
{
	HeadWalk	walk = {.x = x};

	x->pub.is_http_1_0 = strcmp(version, MHD_HTTP_VERSION_1_0) == 0;
	MHD_get_connection_values_n(mhd, MHD_HEADER_KIND, walk_header, &walk);
	if (walk.is_bad || walk.n_hosts > 1 || walk.n_lengths > 1 ||
		walk.n_codings > 1 || (walk.n_lengths > 0 && walk.n_codings > 0) ||
		(walk.n_hosts == 0 && !x->pub.is_http_1_0) ||
		(walk.n_codings > 0 && x->pub.is_http_1_0) ||
		!is_token(x->pub.method, strlen(x->pub.method)) ||
		!is_target_sound(x) || !is_head_gapless(x, mhd, version))
		return MHD_HTTP_BAD_REQUEST;
	walk.size += x->uri_len + strlen(x->pub.method) + strlen("  HTTP/1.1\r\n\r\n");
	if (walk.size > (Size) gqle_guc_max_total_header_length)
		return MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE;
	if (walk.is_coding_unknown)
		return MHD_HTTP_NOT_IMPLEMENTED;
	x->pub.is_chunked = walk.n_codings > 0;
	return 0;
}

/* ------------------------------------------------------------------------
 * Bodies and answers
 * ------------------------------------------------------------------------ */

/* Make room for len more bytes and a NUL; false without memory. */
static bool
reserve_body(Exchange *x, int64 len)
{
	int64		needed = x->pub.body_len + len + 1;
	int64		size = x->body_size;
	char	   *larger;

	if (needed <= size)
		return true;
	while (size < needed)
		size *= 2;
	larger = try_alloc(size);
	if (larger == NULL)
		return false;
	memcpy(larger, x->pub.body, x->pub.body_len);
	pfree(x->pub.body);
	x->pub.body = larger;
	x->body_size = size;
	return true;
}

bool
gqle_httpd_set_body(GqleExchange *pub, const char *bytes, int len)
{
	Exchange   *x = (Exchange *) pub;

	x->pub.body_len = 0;
	if (!reserve_body(x, len))
		return false;
	memcpy(x->pub.body, bytes, len);
	x->pub.body[len] = '\0';
	x->pub.body_len = len;
	return true;
}

/*
 * A piece of the body.  One that is too large is read on for a while and thrown
 * away: no answer can be sent in its middle, and most clients don't look for
 * one before they have sent everything.
 */
static enum MHD_Result
append_body(Exchange *x, const char *data, size_t len)
{
	int64		max = (int64) gqle_guc_max_body_size * 1024;

	if (x->is_body_large || x->pub.body_len + (int64) len > max)
	{
		x->is_body_large = true;
		x->discarded += len;
		return x->discarded > max * LARGE_FACTOR ? MHD_NO : MHD_YES;
	}
	if (!reserve_body(x, Max((int64) len,
							 Min(x->pub.content_length, max) - x->pub.body_len)))
		return MHD_NO;
	memcpy(x->pub.body + x->pub.body_len, data, len);
	x->pub.body_len += len;
	return MHD_YES;
}

static void
add_header(struct MHD_Response *response, const char *name, const char *value)
{
	(void) MHD_add_response_header(response, name, value);
}

static void
add_reply_headers(struct MHD_Response *response, const GqleReply *r,
				  bool is_chunked)
{
	char		seconds[16];

	if (r->content_type != NULL)
		add_header(response, "Content-Type", r->content_type);
	if (r->request_id != NULL)
		add_header(response, "x-request-id", r->request_id);
	if (r->allow != NULL)
		add_header(response, "Allow", r->allow);
	for (int i = 0; i < r->n_headers; i++)
		add_header(response, r->headers[i].name, r->headers[i].value);
	if (r->retry_after >= 0)
	{
		snprintf(seconds, sizeof(seconds), "%d", r->retry_after);
		add_header(response, "Retry-After", seconds);
	}
	if (r->close || is_draining || is_chunked)
		add_header(response, "Connection", "close");
}

/* Give the answer to the library; the body stays ours until end_exchange. */
static enum MHD_Result
queue_reply(Exchange *x, struct MHD_Connection *mhd)
{
	const GqleReply *r = &x->reply;
	struct MHD_Response *response;
	enum MHD_Result result;

	response = MHD_create_response_from_buffer(r->body_len,
											   unconstify(char *, r->body),
											   MHD_RESPMEM_PERSISTENT);
	if (response == NULL)
		return MHD_NO;
	add_reply_headers(response, r, x->pub.is_chunked);
	result = MHD_queue_response(mhd, r->status, response);
	MHD_destroy_response(response);
	x->state = EXCHANGE_QUEUED;
	set_phase(x->conn, PHASE_HANDLING);
	gqle_metrics_add(GQLE_METRIC_REQUESTS, 1);
	gqle_metrics_add(GQLE_METRIC_BYTES_IN, x->pub.body_len);
	gqle_metrics_add(GQLE_METRIC_BYTES_OUT, r->body_len);
	return result;
}

void
gqle_httpd_reply(GqleExchange *pub, const GqleReply *reply)
{
	Exchange   *x = (Exchange *) pub;
	bool		was_suspended = x->state == EXCHANGE_SUSPENDED;

	if (x->state == EXCHANGE_GONE)
		return;
	x->reply = *reply;
	x->state = EXCHANGE_ANSWERED;
	if (was_suspended)
	{
		MHD_resume_connection(x->conn->mhd);
		must_turn = true;
	}
}

void
gqle_httpd_suspend(GqleExchange *pub)
{
	Exchange   *x = (Exchange *) pub;

	if (x->state == EXCHANGE_SUSPENDED)
		return;
	x->state = EXCHANGE_SUSPENDED;
	MHD_suspend_connection(x->conn->mhd);
	set_phase(x->conn, PHASE_HANDLING);
}

/* ------------------------------------------------------------------------
 * Streams
 * ------------------------------------------------------------------------ */

/* There is something to tell the library about a stream that it waits for. */
static void
wake_stream(Exchange *x)
{
	if (!x->is_stream_idle)
		return;
	x->is_stream_idle = false;
	MHD_resume_connection(x->conn->mhd);
	must_turn = true;
}

/* The library wants bytes of a stream. */
static ssize_t
read_stream(void *cls, uint64_t pos, char *buffer, size_t max)
{
	Exchange   *x = cls;
	int			n = Min((int) Min(max, PG_INT32_MAX), x->out.len - x->stream_sent);

	if (x->state == EXCHANGE_GONE)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (n == 0 && x->state == EXCHANGE_STREAMED)
		return x->is_stream_whole ? MHD_CONTENT_READER_END_OF_STREAM :
			MHD_CONTENT_READER_END_WITH_ERROR;
	if (n == 0)
	{
		x->is_stream_idle = true;
		MHD_suspend_connection(x->conn->mhd);
		return 0;
	}
	memcpy(buffer, x->out.data + x->stream_sent, n);
	x->stream_sent += n;
	if (x->stream_sent == x->out.len)
	{
		resetStringInfo(&x->out);
		x->stream_sent = 0;
	}
	return n;
}

void
gqle_httpd_stream_begin(GqleExchange *pub, const GqleReply *reply)
{
	Exchange   *x = (Exchange *) pub;
	unsigned int user_timeout = STREAM_USER_TIMEOUT_MS;

	resetStringInfo(&x->out);
	x->stream_sent = 0;
	x->reply = *reply;
	/* a client that vanishes is noticed by what it doesn't acknowledge */
	(void) setsockopt(x->conn->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout,
					  sizeof(user_timeout));
	if (x->state == EXCHANGE_SUSPENDED)
	{
		MHD_resume_connection(x->conn->mhd);
		must_turn = true;
	}
	x->state = EXCHANGE_OPENING;
}

void
gqle_httpd_stream_write(GqleExchange *pub, const char *bytes, int len)
{
	Exchange   *x = (Exchange *) pub;

	if (x->state != EXCHANGE_OPENING && x->state != EXCHANGE_STREAMING)
		return;
	if (x->stream_sent > STREAM_HIGH_WATER / 4)
	{
		x->out.len -= x->stream_sent;
		memmove(x->out.data, x->out.data + x->stream_sent, x->out.len + 1);
		x->stream_sent = 0;
	}
	appendBinaryStringInfo(&x->out, bytes, len);
	gqle_metrics_add(GQLE_METRIC_BYTES_OUT, len);
	wake_stream(x);
}

bool
gqle_httpd_stream_is_congested(const GqleExchange *pub)
{
	const Exchange *x = (const Exchange *) pub;

	return x->out.len - x->stream_sent > STREAM_HIGH_WATER;
}

void
gqle_httpd_stream_end(GqleExchange *pub, bool is_whole)
{
	Exchange   *x = (Exchange *) pub;

	x->is_stream_whole = is_whole;
	if (x->state == EXCHANGE_OPENING)
		x->is_stream_ending = true;
	else if (x->state == EXCHANGE_STREAMING)
		x->state = EXCHANGE_STREAMED;
	wake_stream(x);
}

/* Give the beginning of a stream to the library. */
static enum MHD_Result
queue_stream(Exchange *x, struct MHD_Connection *mhd)
{
	struct MHD_Response *response;
	enum MHD_Result result;

	response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK,
												 read_stream, x, NULL);
	if (response == NULL)
		return MHD_NO;
	add_reply_headers(response, &x->reply, x->pub.is_chunked);
	add_header(response, "Cache-Control", "no-cache");
	add_header(response, "X-Accel-Buffering", "no");
	x->state = x->is_stream_ending ? EXCHANGE_STREAMED : EXCHANGE_STREAMING;
	set_phase(x->conn, PHASE_HANDLING);
	result = MHD_queue_response(mhd, x->reply.status, response);
	MHD_destroy_response(response);
	gqle_metrics_add(GQLE_METRIC_REQUESTS, 1);
	gqle_metrics_add(GQLE_METRIC_BYTES_IN, x->pub.body_len);
	return result;
}

void
gqle_httpd_upgrade(GqleExchange *pub, const char *accept, const char *protocol,
				   const char *extensions, GqleUpgradeHandler handler)
{
	Exchange   *x = (Exchange *) pub;

	x->state = EXCHANGE_UPGRADING;
	x->upgrade_handler = handler;
	x->upgrade_accept = accept;
	x->upgrade_protocol = protocol;
	x->pub.extensions = extensions;
}

/*
 * The switch of protocols is sent.  The library would keep its buffers for as
 * long as the socket lives, so a copy of the socket lives on instead and the
 * library closes its own at once.  What watches the descriptor must be told
 * before: the copy would keep the watch alive.
 */
static void
hand_socket_over(void *cls, struct MHD_Connection *mhd, void *con_cls,
				 const char *extra, size_t extra_len, MHD_socket sock,
				 struct MHD_UpgradeResponseHandle *handle)
{
	Exchange   *x = cls;
	int			fd = fcntl(sock, F_DUPFD_CLOEXEC, 0);

	(void) epoll_ctl(watch_epoll, EPOLL_CTL_DEL, x->conn->fd, NULL);
	if (x->conn->is_half_closed)
		dlist_delete(&x->conn->half_node);
	x->conn->is_half_closed = false;
	if (fd >= 0)
		x->upgrade_handler(&x->pub, fd, extra, extra_len);
	(void) MHD_upgrade_action(handle, MHD_UPGRADE_ACTION_CLOSE);
	must_turn = true;
}

/* Give the switch of protocols to the library. */
static enum MHD_Result
queue_upgrade(Exchange *x, struct MHD_Connection *mhd)
{
	struct MHD_Response *response;
	enum MHD_Result result;

	response = MHD_create_response_for_upgrade(hand_socket_over, x);
	if (response == NULL)
		return MHD_NO;
	add_header(response, "Upgrade", "websocket");
	add_header(response, "Sec-WebSocket-Accept", x->upgrade_accept);
	add_header(response, "Sec-WebSocket-Protocol", x->upgrade_protocol);
	if (x->pub.extensions != NULL)
		add_header(response, "Sec-WebSocket-Extensions", x->pub.extensions);
	result = MHD_queue_response(mhd, MHD_HTTP_SWITCHING_PROTOCOLS, response);
	MHD_destroy_response(response);
	x->state = EXCHANGE_QUEUED;
	set_phase(x->conn, PHASE_HANDLING);
	gqle_metrics_add(GQLE_METRIC_REQUESTS, 1);
	return result;
}

/* Refuse a request whose head or body can't be taken; ends the connection. */
static void
refuse(Exchange *x, int status)
{
	GqleReply	reply = {.status = status,.retry_after = -1,.close = true,
	.content_type = "application/json; charset=utf-8"};

	switch (status)
	{
		case MHD_HTTP_CONTENT_TOO_LARGE:
			reply.body = "{\"error\":\"request body is too large\",\"path\":\"$\",\"code\":\"bad-request\"}";
			break;
		case MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE:
			reply.body = "{\"error\":\"request head is too large\",\"path\":\"$\",\"code\":\"bad-request\"}";
			break;
		case MHD_HTTP_NOT_IMPLEMENTED:
			reply.body = "{\"error\":\"transfer coding is not supported\",\"path\":\"$\",\"code\":\"not-supported\"}";
			break;
		default:
			reply.body = "{\"error\":\"request head is malformed\",\"path\":\"$\",\"code\":\"bad-request\"}";
			break;
	}
	reply.body_len = strlen(reply.body);
	gqle_metrics_add(GQLE_METRIC_BAD_HEADS, 1);
	x->reply = reply;
	x->state = EXCHANGE_ANSWERED;
}

/* The library's first call of a request: the head alone. */
static enum MHD_Result
handle_head(Exchange *x, struct MHD_Connection *mhd, const char *version)
{
	int			status = check_head(x, mhd, version);
	int64		max = (int64) gqle_guc_max_body_size * 1024;

	x->state = EXCHANGE_BODY;
	if (status != 0)
		refuse(x, status);
	else if (x->pub.content_length > max * LARGE_FACTOR ||
			 (x->pub.content_length > max &&
			  gqle_httpd_header(&x->pub, "expect") != NULL))
		refuse(x, MHD_HTTP_CONTENT_TOO_LARGE);
	else
	{
		x->is_announced = true;
		(void) handlers->on_head(&x->pub);
	}
	if (x->state == EXCHANGE_ANSWERED)
		return queue_reply(x, mhd);
	set_phase(x->conn, PHASE_BODY);
	return MHD_YES;
}

/*
 * The library's access handler: called with the head alone, then with each
 * piece of the body, then without one, and again after a resume.
 */
static enum MHD_Result
handle_request(void *cls, struct MHD_Connection *mhd, const char *url,
			   const char *method, const char *version,
			   const char *upload_data, size_t *upload_data_size,
			   void **con_cls)
{
	Exchange   *x = *con_cls;

	if (x == NULL)
		return MHD_NO;			/* no memory for an exchange */

	if (x->state == EXCHANGE_HEAD)
	{
		x->pub.method = method;
		return handle_head(x, mhd, version);
	}
	if (*upload_data_size > 0)
	{
		enum MHD_Result result = MHD_YES;

		if (x->state == EXCHANGE_BODY)
			result = append_body(x, upload_data, *upload_data_size);
		*upload_data_size = 0;
		return result;
	}
	if (x->state == EXCHANGE_BODY)
	{
		x->pub.body[x->pub.body_len] = '\0';
		x->state = EXCHANGE_DISPATCHED;
		if (x->is_body_large)
			refuse(x, MHD_HTTP_CONTENT_TOO_LARGE);
		else
			handlers->on_request(&x->pub);
	}
	switch (x->state)
	{
		case EXCHANGE_ANSWERED:
			return queue_reply(x, mhd);
		case EXCHANGE_UPGRADING:
			return queue_upgrade(x, mhd);
		case EXCHANGE_OPENING:
			return queue_stream(x, mhd);
		case EXCHANGE_SUSPENDED:
		case EXCHANGE_QUEUED:
		case EXCHANGE_STREAMING:
		case EXCHANGE_STREAMED:
			return MHD_YES;
		case EXCHANGE_GONE:
		case EXCHANGE_HEAD:
		case EXCHANGE_BODY:
		case EXCHANGE_DISPATCHED:
			break;
	}
	return MHD_NO;
}

/* ------------------------------------------------------------------------
 * Small callbacks
 * ------------------------------------------------------------------------ */

/* We route by the raw target: a decoded NUL or slash would change it. */
static size_t
keep_escapes(void *cls, struct MHD_Connection *mhd, char *text)
{
	return strlen(text);
}

/* One line per bad request: worth a look while debugging, no more. */
static void
log_message(void *cls, const char *format, va_list args)
{
	char		text[1024];
	size_t		len;

	vsnprintf(text, sizeof(text), format, args);
	len = strlen(text);
	while (len > 0 && text[len - 1] == '\n')
		text[--len] = '\0';
	ereport(DEBUG1, (errmsg_internal("HTTP library: %s", text)));
}

/*
 * The library found its own state impossible.  It would abort, and with it the
 * whole server would go through recovery, though nothing shared is harmed:
 * leave as a worker that failed.
 */
static void
panic(void *cls, const char *file, unsigned int line, const char *reason)
{
	ereport(FATAL,
			(errmsg("HTTP library failed in %s:%u: %s", file, line,
					reason != NULL ? reason : "")));
}
