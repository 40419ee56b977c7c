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
 * that is ambiguous, and httpd_head.c refuses it with 400: a name that is not a
 * token (a blank before the colon), several Content-Length or Host headers,
 * Content-Length beside Transfer-Encoding, Transfer-Encoding in HTTP/1.0.  Much
 * else, it hides: folded lines are joined to a header's name, a NUL byte cuts a
 * value, a line that begins with a colon ends the head, a bare line feed ends a
 * line.  All of that shows as a gap between the texts that it hands out, which
 * are neighbours in its buffer; so the head must be without gaps.
 *
 * The library has memory for more than the largest head, which is therefore
 * measured there, too.
 *
 * What it accepts between chunks (line feeds alone, any extension) can't be seen
 * from here.  So a connection ends with the answer to a chunked request: whatever
 * somebody else takes for its end, nothing behind it becomes a request.
 *
 * No function here may throw while the library is on the stack, so nothing here
 * allocates with palloc proper; memory comes without OOM errors or not at all.
 */
#include "postgres.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <time.h>
#include <unistd.h>

#include "miscadmin.h"
#include "storage/ipc.h"
#include "utils/memutils.h"

#include "gqle/base/guc.h"
#include "gqle/base/metrics.h"
#include "gqle/worker/httpd_inside.h"
#include "gqle/worker/tls.h"
#include "gqle/worker/tlscert.h"

#define LARGE_FACTOR		4		/* larger bodies are read on up to that */
#define MAX_POOL			(1024 * 1024)
#define MIN_POOL			(32 * 1024)
#define MAX_FREE_EXCHANGES	64
#define MAX_KEPT_BUFFER		(4 * 1024 * 1024)
#define MAX_KEPT_BYTES		(16 * 1024 * 1024)
#define FIRST_BODY_BUFFER	2048
#define FIRST_OUT_BUFFER	8192

#define MAX_IDLE_MS			10000

GqleHttpd	gqle_httpd;

static Size service_size;
static GqleHttpdExchange *free_exchanges = NULL;
static int	n_free_exchanges = 0;
static Size kept_bytes = 0;

static void start_daemon(void);
static void raise_descriptor_limit(void);
static void *begin_exchange(void *cls, const char *uri,
							struct MHD_Connection *mhd);
static void end_exchange(void *cls, struct MHD_Connection *mhd, void **con_cls,
						 enum MHD_RequestTerminationCode code);
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

void
gqle_httpd_read_clock(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	gqle_httpd.now_ms = (int64) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void *
gqle_httpd_try_alloc(Size size)
{
	return MemoryContextAllocExtended(gqle_httpd.context, size,
									  MCXT_ALLOC_NO_OOM | MCXT_ALLOC_HUGE);
}

/* ------------------------------------------------------------------------
 * Starting, waiting, one turn
 * ------------------------------------------------------------------------ */

void
gqle_httpd_start(const GqleHttpdHandlers *h, Size size, const GqleListener *given,
				 int n_given)
{
	gqle_httpd.handlers = h;
	service_size = size;
	gqle_httpd.context = AllocSetContextCreate(TopMemoryContext, "gqle connection",
											   ALLOCSET_DEFAULT_SIZES);
	raise_descriptor_limit();
	gqle_httpd_read_clock();
	gqle_httpd_conn_start(given, n_given);
	start_daemon();
	gqle_tls_start(gqle_httpd_adopt);
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
	gqle_httpd.daemon = MHD_start_daemon(flags, 0, NULL, NULL,
								  handle_request, NULL,
								  MHD_OPTION_EXTERNAL_LOGGER, log_message, NULL,
								  MHD_OPTION_URI_LOG_CALLBACK, begin_exchange, NULL,
								  MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL,
								  MHD_OPTION_NOTIFY_COMPLETED, end_exchange, NULL,
								  MHD_OPTION_NOTIFY_CONNECTION, gqle_httpd_notice_conn, NULL,
								  MHD_OPTION_CONNECTION_MEMORY_LIMIT, pool,
								  MHD_OPTION_CONNECTION_MEMORY_INCREMENT, (size_t) 4096,
								  MHD_OPTION_CONNECTION_TIMEOUT,
								  (unsigned int) gqle_guc_idle_timeout,
								  MHD_OPTION_CONNECTION_LIMIT,
								  (unsigned int) gqle_guc_max_connections + 16,
								  MHD_OPTION_PER_IP_CONNECTION_LIMIT,
								  (unsigned int) gqle_guc_max_connections_per_address,
								  MHD_OPTION_END);
	if (gqle_httpd.daemon == NULL)
		ereport(ERROR, (errmsg("gqle could not start the HTTP library")));
}

void
gqle_httpd_add_to_set(WaitEventSet *set)
{
	const union MHD_DaemonInfo *info;

	info = MHD_get_daemon_info(gqle_httpd.daemon, MHD_DAEMON_INFO_EPOLL_FD);
	Ensure(info != NULL, "HTTP library has no epoll descriptor");
	AddWaitEventToSet(set, WL_SOCKET_READABLE, info->epoll_fd, NULL, NULL);
	AddWaitEventToSet(set, WL_SOCKET_READABLE, gqle_httpd_conn_epoll(), NULL, NULL);
}

long
gqle_httpd_timeout(void)
{
	MHD_UNSIGNED_LONG_LONG from_mhd;
	int64		timeout = MAX_IDLE_MS;

	if (gqle_httpd.must_turn)
		return 0;
	if (MHD_get_timeout(gqle_httpd.daemon, &from_mhd) == MHD_YES)
		timeout = Min(timeout, (int64) from_mhd);
	if (timeout == 0)
		return 0;
	timeout = Min(timeout, gqle_httpd_conn_timeout());
	if (gqle_httpd.is_draining)
		timeout = Min(timeout, 50);
	return Max(timeout, 0);
}

void
gqle_httpd_turn(const WaitEvent *events, int n_events)
{
	bool		is_watch_ready = false;

	for (int i = 0; i < n_events; i++)
		is_watch_ready |= events[i].fd == gqle_httpd_conn_epoll();
	gqle_httpd_read_clock();
	gqle_httpd.must_turn = false;
	gqle_httpd_conn_serve(is_watch_ready);
	if (MHD_run(gqle_httpd.daemon) != MHD_YES)
		ereport(FATAL, (errmsg("gqle lost its HTTP library")));
	gqle_httpd_conn_tidy();
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

static GqleHttpdExchange *
make_exchange(void)
{
	GqleHttpdExchange *x = gqle_httpd_try_alloc(sizeof(GqleHttpdExchange) +
												MAXALIGN(service_size));

	if (x == NULL)
		return NULL;
	memset(x, 0, sizeof(*x));
	x->pub.service = (char *) x + MAXALIGN(sizeof(GqleHttpdExchange));
	x->pub.headers = x->headers;
	x->pub.out = &x->out;
	return x;
}

/* An exchange, with buffers for an ordinary request and answer, or NULL. */
static GqleHttpdExchange *
take_exchange(void)
{
	GqleHttpdExchange *x = free_exchanges;

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
		x->out.data = gqle_httpd_try_alloc(FIRST_OUT_BUFFER);
		x->out.maxlen = FIRST_OUT_BUFFER;
	}
	if (x->pub.body == NULL)
	{
		x->pub.body = gqle_httpd_try_alloc(FIRST_BODY_BUFFER);
		x->body_size = FIRST_BODY_BUFFER;
	}
	if (x->out.data == NULL || x->pub.body == NULL)
		return NULL;			/* leaks a little; the process is dying anyway */

	resetStringInfo(&x->out);
	x->state = GQLE_EXCHANGE_HEAD;
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
give_exchange_back(GqleHttpdExchange *x)
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
keep_target(GqleHttpdExchange *x, const char *uri)
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
	if (len >= GQLE_HTTPD_TARGET_SIZE)
		copy = x->long_target = gqle_httpd_try_alloc(len + 1);
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
	GqleHttpdConn *conn = gqle_httpd_conn_of(mhd);
	GqleHttpdExchange *x = take_exchange();

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
	gqle_httpd_set_phase(conn, GQLE_PHASE_HEAD);
	return x;
}

/* The answer is sent, or the connection is lost. */
static void
end_exchange(void *cls, struct MHD_Connection *mhd, void **con_cls,
			 enum MHD_RequestTerminationCode code)
{
	GqleHttpdExchange *x = *con_cls;
	GqleHttpdConn *conn;

	if (x == NULL)
		return;
	conn = x->conn;
	if (x->state == GQLE_EXCHANGE_SUSPENDED || x->state == GQLE_EXCHANGE_OPENING ||
		x->state == GQLE_EXCHANGE_STREAMING)
		gqle_httpd.handlers->on_gone(&x->pub);
	if (x->is_announced)
		gqle_httpd.handlers->on_end(&x->pub);
	conn->exchange = NULL;
	gqle_httpd_set_phase(conn, GQLE_PHASE_WAITING);
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
 * Bodies and answers
 * ------------------------------------------------------------------------ */

/* Make room for len more bytes and a NUL; false without memory. */
static bool
reserve_body(GqleHttpdExchange *x, int64 len)
{
	int64		needed = x->pub.body_len + len + 1;
	int64		size = x->body_size;
	char	   *larger;

	if (needed <= size)
		return true;
	while (size < needed)
		size *= 2;
	larger = gqle_httpd_try_alloc(size);
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
	GqleHttpdExchange *x = (GqleHttpdExchange *) pub;

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
append_body(GqleHttpdExchange *x, const char *data, size_t len)
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

void
gqle_httpd_add_reply_headers(struct MHD_Response *response, const GqleReply *r,
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
	if (r->close || gqle_httpd.is_draining || is_chunked)
		add_header(response, "Connection", "close");
}

/* Give the answer to the library; the body stays ours until end_exchange. */
static enum MHD_Result
queue_reply(GqleHttpdExchange *x, struct MHD_Connection *mhd)
{
	const GqleReply *r = &x->reply;
	struct MHD_Response *response;
	enum MHD_Result result;

	response = MHD_create_response_from_buffer(r->body_len,
											   unconstify(char *, r->body),
											   MHD_RESPMEM_PERSISTENT);
	if (response == NULL)
		return MHD_NO;
	gqle_httpd_add_reply_headers(response, r, x->pub.is_chunked);
	result = MHD_queue_response(mhd, r->status, response);
	MHD_destroy_response(response);
	x->state = GQLE_EXCHANGE_QUEUED;
	gqle_httpd_set_phase(x->conn, GQLE_PHASE_HANDLING);
	gqle_metrics_add(GQLE_METRIC_REQUESTS, 1);
	gqle_metrics_add(GQLE_METRIC_BYTES_IN, x->pub.body_len);
	gqle_metrics_add(GQLE_METRIC_BYTES_OUT, r->body_len);
	return result;
}

void
gqle_httpd_reply(GqleExchange *pub, const GqleReply *reply)
{
	GqleHttpdExchange *x = (GqleHttpdExchange *) pub;
	bool		was_suspended = x->state == GQLE_EXCHANGE_SUSPENDED;

	if (x->state == GQLE_EXCHANGE_GONE)
		return;
	x->reply = *reply;
	x->state = GQLE_EXCHANGE_ANSWERED;
	if (was_suspended)
	{
		MHD_resume_connection(x->conn->mhd);
		gqle_httpd.must_turn = true;
	}
}

void
gqle_httpd_suspend(GqleExchange *pub)
{
	GqleHttpdExchange *x = (GqleHttpdExchange *) pub;

	if (x->state == GQLE_EXCHANGE_SUSPENDED)
		return;
	x->state = GQLE_EXCHANGE_SUSPENDED;
	MHD_suspend_connection(x->conn->mhd);
	gqle_httpd_set_phase(x->conn, GQLE_PHASE_HANDLING);
}

/* ------------------------------------------------------------------------
 * Switches of protocols, and requests
 * ------------------------------------------------------------------------ */

void
gqle_httpd_upgrade(GqleExchange *pub, const char *accept, const char *protocol,
				   const char *extensions, GqleUpgradeHandler handler)
{
	GqleHttpdExchange *x = (GqleHttpdExchange *) pub;

	x->state = GQLE_EXCHANGE_UPGRADING;
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
	GqleHttpdExchange *x = cls;
	int			fd = fcntl(sock, F_DUPFD_CLOEXEC, 0);

	gqle_httpd_conn_forget(x->conn);
	if (fd >= 0)
		x->upgrade_handler(&x->pub, fd, extra, extra_len);
	(void) MHD_upgrade_action(handle, MHD_UPGRADE_ACTION_CLOSE);
	gqle_httpd.must_turn = true;
}

/* Give the switch of protocols to the library. */
static enum MHD_Result
queue_upgrade(GqleHttpdExchange *x, struct MHD_Connection *mhd)
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
	x->state = GQLE_EXCHANGE_QUEUED;
	gqle_httpd_set_phase(x->conn, GQLE_PHASE_HANDLING);
	gqle_metrics_add(GQLE_METRIC_REQUESTS, 1);
	return result;
}

/* Refuse a request whose head or body can't be taken; ends the connection. */
static void
refuse(GqleHttpdExchange *x, int status)
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
	x->state = GQLE_EXCHANGE_ANSWERED;
}

/* The library's first call of a request: the head alone. */
static enum MHD_Result
handle_head(GqleHttpdExchange *x, struct MHD_Connection *mhd, const char *version)
{
	int			status = gqle_httpd_check_head(x, mhd, version);
	int64		max = (int64) gqle_guc_max_body_size * 1024;

	x->state = GQLE_EXCHANGE_BODY;
	if (status != 0)
		refuse(x, status);
	else if (x->pub.content_length > max * LARGE_FACTOR ||
			 (x->pub.content_length > max &&
			  gqle_httpd_header(&x->pub, "expect") != NULL))
		refuse(x, MHD_HTTP_CONTENT_TOO_LARGE);
	else
	{
		x->is_announced = true;
		(void) gqle_httpd.handlers->on_head(&x->pub);
	}
	if (x->state == GQLE_EXCHANGE_ANSWERED)
		return queue_reply(x, mhd);
	gqle_httpd_set_phase(x->conn, GQLE_PHASE_BODY);
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
	GqleHttpdExchange *x = *con_cls;

	if (x == NULL)
		return MHD_NO;			/* no memory for an exchange */

	if (x->state == GQLE_EXCHANGE_HEAD)
	{
		x->pub.method = method;
		return handle_head(x, mhd, version);
	}
	if (*upload_data_size > 0)
	{
		enum MHD_Result result = MHD_YES;

		if (x->state == GQLE_EXCHANGE_BODY)
			result = append_body(x, upload_data, *upload_data_size);
		*upload_data_size = 0;
		return result;
	}
	if (x->state == GQLE_EXCHANGE_BODY)
	{
		x->pub.body[x->pub.body_len] = '\0';
		x->state = GQLE_EXCHANGE_DISPATCHED;
		if (x->is_body_large)
			refuse(x, MHD_HTTP_CONTENT_TOO_LARGE);
		else
			gqle_httpd.handlers->on_request(&x->pub);
	}
	switch (x->state)
	{
		case GQLE_EXCHANGE_ANSWERED:
			return queue_reply(x, mhd);
		case GQLE_EXCHANGE_UPGRADING:
			return queue_upgrade(x, mhd);
		case GQLE_EXCHANGE_OPENING:
			return gqle_httpd_queue_stream(x, mhd);
		case GQLE_EXCHANGE_SUSPENDED:
		case GQLE_EXCHANGE_QUEUED:
		case GQLE_EXCHANGE_STREAMING:
		case GQLE_EXCHANGE_STREAMED:
			return MHD_YES;
		case GQLE_EXCHANGE_GONE:
		case GQLE_EXCHANGE_HEAD:
		case GQLE_EXCHANGE_BODY:
		case GQLE_EXCHANGE_DISPATCHED:
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
