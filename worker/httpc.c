/*
 * httpc.c
 *		The seam over libcurl: many calls at once on the worker's wait set.
 *
 * libcurl tells which sockets it waits for and how long; the sockets come and
 * go, so they sit behind an epoll descriptor of ours, which is the one member
 * of the wait set.  A *call* is a transfer and what it has received so far.
 *
 * Callbacks of libcurl neither throw nor allocate with palloc: their frames lie
 * below ours.  They fill malloc'd, bounded buffers; the end of a call is told
 * after libcurl has returned.  Its resolver starts a thread for each name; all
 * signals are blocked meanwhile, so that the thread inherits that and our
 * handlers run on the main thread only.
 */
#include "postgres.h"

#include <curl/curl.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "lib/ilist.h"
#include "libpq/pqsignal.h"
#include "miscadmin.h"
#include "postmaster/interrupt.h"
#include "storage/latch.h"
#include "utils/wait_event.h"

#include "gqle/pgcompat.h"
#include "gqle/worker/httpc.h"

#define MAX_HEAD_BYTES		(64 * 1024)
#define MAX_CONNECTIONS		256
#define MAX_IDLE_MS			10000

/* A malloc'd text of bounded size; data is NULL while it is empty. */
typedef struct Buffer
{
	char	   *data;
	size_t		len;
	size_t		size;
	size_t		max;
} Buffer;

struct GqleHttpcCall
{
	dlist_node	node;			/* in calls */
	CURL	   *easy;
	struct curl_slist *headers;
	char	   *sent;			/* copy of the body */
	Buffer		head;
	Buffer		body;
	char		error[CURL_ERROR_SIZE];
	GqleHttpcDone done;
	void	   *arg;
};

static CURLM *multi = NULL;
static int	sockets_epoll = -1;
static int64 next_turn = -1;	/* when libcurl wants to be called; -1: never */
static dlist_head calls;

static int	watch_socket(CURL *easy, curl_socket_t fd, int what, void *arg,
						 void *socket_arg);
static int	set_timer(CURLM *m, long timeout, void *arg);

static int64
clock_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void
gqle_httpc_start(void)
{
	if (multi != NULL)
		return;
	dlist_init(&calls);
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
		(multi = curl_multi_init()) == NULL)
		ereport(ERROR, (errmsg("gqle could not start the HTTP client library")));
	sockets_epoll = epoll_create1(EPOLL_CLOEXEC);
	if (sockets_epoll < 0)
		ereport(ERROR,
				(errcode_for_socket_access(),
				 errmsg("gqle could not create an epoll descriptor: %m")));
	curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
	curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, set_timer);
	curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS,
					  (long) MAX_CONNECTIONS);
}

void
gqle_httpc_add_to_set(WaitEventSet *set)
{
	AddWaitEventToSet(set, WL_SOCKET_READABLE, sockets_epoll, NULL, NULL);
}

long
gqle_httpc_timeout(void)
{
	int64		left;

	if (next_turn < 0)
		return MAX_IDLE_MS;
	left = next_turn - clock_ms();
	return Max(0, Min(left, MAX_IDLE_MS));
}

/* ------------------------------------------------------------------------
 * Callbacks of libcurl
 * ------------------------------------------------------------------------ */

static int
watch_socket(CURL *easy, curl_socket_t fd, int what, void *arg,
			 void *socket_arg)
{
	struct epoll_event event = {.data.fd = fd};

	if (what == CURL_POLL_REMOVE)
	{
		(void) epoll_ctl(sockets_epoll, EPOLL_CTL_DEL, fd, NULL);
		return 0;
	}
	event.events = ((what & CURL_POLL_IN) != 0 ? EPOLLIN : 0) |
		((what & CURL_POLL_OUT) != 0 ? EPOLLOUT : 0);
	if (epoll_ctl(sockets_epoll, EPOLL_CTL_MOD, fd, &event) != 0)
		(void) epoll_ctl(sockets_epoll, EPOLL_CTL_ADD, fd, &event);
	return 0;
}

static int
set_timer(CURLM *m, long timeout, void *arg)
{
	next_turn = timeout < 0 ? -1 : clock_ms() + timeout;
	return 0;
}

/* Append; a short return makes libcurl end the transfer. */
static size_t
append(char *data, size_t size, size_t n, void *arg)
{
	Buffer	   *buffer = arg;
	size_t		len = size * n;

	if (len > buffer->max || buffer->len > buffer->max - len)
		return 0;
	if (buffer->len + len + 1 > buffer->size)
	{
		size_t		larger = Max(buffer->size * 2, buffer->len + len + 1);
		char	   *grown = realloc(buffer->data, larger);

		if (grown == NULL)
			return 0;
		buffer->data = grown;
		buffer->size = larger;
	}
	memcpy(buffer->data + buffer->len, data, len);
	buffer->len += len;
	buffer->data[buffer->len] = '\0';
	return len;
}

/* One header line; an answer of status 1xx has some of its own before. */
static size_t
append_head(char *data, size_t size, size_t n, void *arg)
{
	Buffer	   *buffer = arg;

	if (size * n >= 5 && memcmp(data, "HTTP/", 5) == 0)
		buffer->len = 0;
	return append(data, size, n, arg);
}

/* ------------------------------------------------------------------------
 * Calls
 * ------------------------------------------------------------------------ */

static void
free_call(GqleHttpcCall *call)
{
	if (call->easy != NULL)
		curl_easy_cleanup(call->easy);
	curl_slist_free_all(call->headers);
	free(call->sent);
	free(call->head.data);
	free(call->body.data);
	free(call);
}

/*
 * Is a certificate fine that the host has made itself?  What else may be wrong with
 * it, its age for instance, still is.
 */
static int
forgive_self_signed(int is_fine, X509_STORE_CTX *context)
{
	switch (X509_STORE_CTX_get_error(context))
	{
		case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
		case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
			/* libcurl looks at what is noted here */
			X509_STORE_CTX_set_error(context, X509_V_OK);
			return 1;
		default:
			return is_fine;
	}
}

static CURLcode
allow_self_signed(CURL *easy, void *ssl_context, void *arg)
{
	SSL_CTX_set_verify(ssl_context, SSL_VERIFY_PEER, forgive_self_signed);
	return CURLE_OK;
}

/* Options are set one after the other; any that fails fails the call. */
static bool
set_options(GqleHttpcCall *call, const GqleHttpRequest *request)
{
	CURL	   *easy = call->easy;
	bool		has_body = request->body != NULL;

#define SET(option, value) \
	do { \
		if (curl_easy_setopt(easy, option, value) != CURLE_OK) \
			return false; \
	} while (0)

	SET(CURLOPT_URL, request->url);
	SET(CURLOPT_PRIVATE, call);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_REDIR_PROTOCOLS_STR,
		request->keeps_tls && pg_strncasecmp(request->url, "https:", 6) == 0 ?
		"https" : "http,https");
	SET(CURLOPT_FOLLOWLOCATION, request->max_redirects > 0 ? 1L : 0L);
	SET(CURLOPT_MAXREDIRS, (long) request->max_redirects);
	SET(CURLOPT_NETRC, (long) CURL_NETRC_IGNORED);
	SET(CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
	if (request->allows_self_signed)
	{
		SET(CURLOPT_SSL_VERIFYHOST, 0L);
		SET(CURLOPT_SSL_CTX_FUNCTION, allow_self_signed);
	}
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long) Min(request->timeout, GQLE_HTTPC_CONNECT_MS));
	SET(CURLOPT_TIMEOUT_MS, (long) request->timeout);
	SET(CURLOPT_ERRORBUFFER, call->error);
	SET(CURLOPT_WRITEFUNCTION, append);
	SET(CURLOPT_WRITEDATA, &call->body);
	SET(CURLOPT_HEADERFUNCTION, append_head);
	SET(CURLOPT_HEADERDATA, &call->head);
	SET(CURLOPT_HTTPHEADER, call->headers);
	if (has_body)
	{
		SET(CURLOPT_POST, 1L);
		SET(CURLOPT_POSTFIELDSIZE, (long) request->body_len);
		SET(CURLOPT_POSTFIELDS, call->sent);
	}
	if (request->method != NULL && strcmp(request->method, "HEAD") == 0)
		SET(CURLOPT_NOBODY, 1L);

	/* compat: by 302 and 303 a redirect is to be got, without the body */
	SET(CURLOPT_POSTREDIR, (long) CURL_REDIR_POST_301);
	if (request->method != NULL && !(has_body && strcmp(request->method, "POST") == 0))
		SET(CURLOPT_CUSTOMREQUEST, request->method);
#undef SET
	return true;
}

static bool
add_header(GqleHttpcCall *call, const char *line)
{
	struct curl_slist *longer = curl_slist_append(call->headers, line);

	if (longer != NULL)
		call->headers = longer;
	return longer != NULL;
}

/* A copy of the request in malloc'd memory; false without memory. */
static bool
copy_request(GqleHttpcCall *call, const GqleHttpRequest *request)
{
	/* libcurl's own idea of a large body would cost a round trip */
	if (!add_header(call, "Expect:"))
		return false;
	for (int i = 0; i < request->n_headers; i++)
	{
		const GqleHttpHeader *h = &request->headers[i];

		if (!gqle_http_is_header(h->name, h->value))
			return false;
		/* libcurl takes "Name;" for an empty value */
		if (!add_header(call, h->value[0] == '\0' ? psprintf("%s;", h->name) :
						psprintf("%s: %s", h->name, h->value)))
			return false;
	}
	if (request->body == NULL)
		return true;
	call->sent = malloc(Max(request->body_len, 1));
	if (call->sent != NULL)
		memcpy(call->sent, request->body, request->body_len);
	return call->sent != NULL;
}

GqleHttpcCall *
gqle_httpc_begin(const GqleHttpRequest *request, GqleHttpcDone done, void *arg)
{
	GqleHttpcCall *call = calloc(1, sizeof(GqleHttpcCall));
	bool		is_begun;

	if (call == NULL)
		return NULL;
	call->done = done;
	call->arg = arg;
	call->head.max = MAX_HEAD_BYTES;
	call->body.max = request->max_body;
	call->easy = curl_easy_init();
	is_begun = call->easy != NULL && copy_request(call, request) &&
		set_options(call, request) &&
		curl_multi_add_handle(multi, call->easy) == CURLM_OK;
	if (!is_begun)
	{
		free_call(call);
		return NULL;
	}
	dlist_push_tail(&calls, &call->node);
	return call;
}

void
gqle_httpc_cancel(GqleHttpcCall *call)
{
	dlist_delete(&call->node);
	curl_multi_remove_handle(multi, call->easy);
	free_call(call);
}

/* What libcurl's result means to the one who called. */
static GqleHttpFailure
failure_of(const GqleHttpcCall *call, CURLcode result)
{
	double		connected = 0;
	long		sent = 0;

	switch (result)
	{
		case CURLE_OK:
			return GQLE_HTTP_OK;
		case CURLE_URL_MALFORMAT:
		case CURLE_UNSUPPORTED_PROTOCOL:
			return GQLE_HTTP_BAD_URL;
		case CURLE_COULDNT_CONNECT:
		case CURLE_COULDNT_RESOLVE_HOST:
			return GQLE_HTTP_NO_CONNECTION;
		case CURLE_OPERATION_TIMEDOUT:
			/* a connection that was there already took no time to make */
			curl_easy_getinfo(call->easy, CURLINFO_CONNECT_TIME, &connected);
			curl_easy_getinfo(call->easy, CURLINFO_REQUEST_SIZE, &sent);
			return connected > 0 || sent > 0 ? GQLE_HTTP_TIMEOUT : GQLE_HTTP_CONNECT_TIMEOUT;
		case CURLE_TOO_MANY_REDIRECTS:
			return GQLE_HTTP_REDIRECTS;
		case CURLE_GOT_NOTHING:
		case CURLE_RECV_ERROR:
			return GQLE_HTTP_NO_DATA;
		case CURLE_WRITE_ERROR:
			return GQLE_HTTP_TOO_LARGE;
		default:
			return GQLE_HTTP_INTERNAL;
	}
}

/* Tell the end of a call. */
static void
finish_call(GqleHttpcCall *call, CURLcode result)
{
	GqleHttpReply reply = {0};
	long		status = 0;

	dlist_delete(&call->node);
	curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_multi_remove_handle(multi, call->easy);
	reply.status = (int) status;
	reply.body = call->body.data != NULL ? call->body.data : "";
	reply.body_len = (int) call->body.len;
	reply.head = call->head.data != NULL ? call->head.data : "";
	reply.failure = failure_of(call, result);
	if (reply.failure == GQLE_HTTP_TOO_LARGE)
		reply.reason = gqle_http_failure_text(reply.failure);
	else if (reply.failure != GQLE_HTTP_OK)
		reply.reason = call->error[0] != '\0' ? call->error :
			curl_easy_strerror(result);

	PG_TRY();
	{
		call->done(call->arg, &reply);
	}
	PG_FINALLY();
	{
		free_call(call);
	}
	PG_END_TRY();
}

/* Calls that have ended; a callback may begin others meanwhile. */
static void
finish_calls(void)
{
	CURLMsg    *message;
	int			left;

	while ((message = curl_multi_info_read(multi, &left)) != NULL)
	{
		CURLcode	result = message->data.result;
		char	   *private = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);
		finish_call((GqleHttpcCall *) private, result);
	}
}

void
gqle_httpc_turn(void)
{
	struct epoll_event events[64];
	int			n;
	int			running;
	sigset_t	old;

	if (dlist_is_empty(&calls) && next_turn < 0)
		return;
	n = epoll_wait(sockets_epoll, events, lengthof(events), 0);
	sigprocmask(SIG_SETMASK, &BlockSig, &old);
	for (int i = 0; i < n; i++)
	{
		int			what = 0;

		if ((events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0)
			what |= CURL_CSELECT_IN;
		if ((events[i].events & EPOLLOUT) != 0)
			what |= CURL_CSELECT_OUT;
		if ((events[i].events & EPOLLERR) != 0)
			what |= CURL_CSELECT_ERR;
		curl_multi_socket_action(multi, events[i].data.fd, what, &running);
	}
	if (next_turn >= 0 && clock_ms() >= next_turn)
	{
		next_turn = -1;
		curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
	finish_calls();
}

/* Wait for something to happen, at most that long, and make a turn. */
static void
wait_once(long timeout)
{
	static uint32 wait_event = 0;

	if (wait_event == 0)
		wait_event = WaitEventExtensionNew("GqleHttpClient");
	(void) WaitLatchOrSocket(MyLatch,
							 WL_LATCH_SET | WL_SOCKET_READABLE | WL_TIMEOUT |
							 WL_EXIT_ON_PM_DEATH,
							 sockets_epoll, Min(timeout, gqle_httpc_timeout()),
							 wait_event);
	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
	gqle_httpc_turn();
}

void
gqle_httpc_wait_for(const volatile bool *is_done)
{
	while (!*is_done && !ShutdownRequestPending)
		wait_once(MAX_IDLE_MS);
}

void
gqle_httpc_sleep(long duration)
{
	int64		end = clock_ms() + duration;

	while (clock_ms() < end && !ShutdownRequestPending)
		wait_once(Max(1, end - clock_ms()));
}
