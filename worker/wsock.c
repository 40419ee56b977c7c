/*
 * wsock.c
 *		The seam over wslay: frames, flow control, the closing handshake.
 *
 * One epoll descriptor stands for all sockets in the process' wait set.  It is
 * level-triggered, so a socket that has more than its share of a turn waits for
 * the next one.
 *
 * A socket's life:
 *
 *		OPEN		messages go both ways
 *		CLOSING		a close frame is queued or was received: what is queued is
 *					sent, then the client's end is awaited, for CLOSE_MS at most
 *		DOOMED		in a list, to be freed at the end of the turn
 *
 * A socket that is not read (held, or congested) waits for nothing but its own
 * output.  Clients that vanish are the kernel's business: TCP_USER_TIMEOUT ends
 * a connection whose data isn't acknowledged, or not taken, and keep-alive
 * messages see to it that there is data.
 *
 * wslay takes its memory from malloc; ours is asked for without OOM errors.  Its
 * context holds two buffers of 4 kB, so a socket has one only while it is not at
 * rest: something of a message has come or is queued, or it is closing.
 */
#include "postgres.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <wslay/wslay.h>

#include "lib/ilist.h"
#include "utils/memutils.h"

#include "gqle/base/metrics.h"
#include "gqle/base/utf8.h"
#include "gqle/net/pmdeflate.h"
#include "gqle/worker/wsock.h"

#define CLOSE_MS			3000
#define USER_TIMEOUT_MS		30000
#define KEEPALIVE_S			60
#define HIGH_WATER			(1024 * 1024)	/* queued bytes: congested */
#define LOW_WATER			(128 * 1024)	/* and no more */
#define MAX_QUEUED			1000	/* messages, as bytes above */
#define SMALL_MESSAGE		256		/* is not worth compressing */
#define KEEP_BUFFER_BYTES	(1024 * 1024)
#define READ_SHARE			(128 * 1024)	/* bytes per socket and turn */
#define MANY_CONTEXTS		256		/* at once, of those with little to do */

typedef enum SocketState
{
	SOCKET_OPEN,
	SOCKET_CLOSING,
	SOCKET_DOOMED
} SocketState;

struct GqleSocket
{
	dlist_node	node;			/* in sockets, closing or doomed, by state */
	dlist_node	dirty_node;		/* in dirty, if is_dirty */
	SocketState state;
	int			fd;
	GqlePeer	peer;
	wslay_event_context_ptr ctx;	/* NULL: at rest */
	uint64		unframed;		/* bytes it has that are of no complete frame */
	uint64		frame_len;		/* of the frame that comes */
	bool		is_fragmented;	/* more frames of a message must come */
	void	   *user;
	int64		since;			/* beginning of CLOSING, ms */
	uint32		watched;		/* epoll's mask */
	int			share;			/* bytes that may still be read in this turn */
	bool		is_compressed;
	Size		max_message;
	bool		is_dirty;		/* has output, or its mask may have changed */
	bool		is_held;
	bool		is_congested;
	bool		is_lost;		/* reading failed */
	bool		is_aborted;		/* doomed when all is sent */
	char	   *extra;			/* bytes read before us */
	size_t		extra_len;
	size_t		extra_used;
};

static const GqleSocketHandlers *handlers;
static MemoryContext socket_context;
static int	socket_epoll = -1;
static dlist_head sockets;
static dlist_head closing;
static dlist_head doomed;
static dlist_head dirty;
static int	n_sockets = 0;
static int	n_contexts = 0;
static StringInfoData packed;	/* a message to be sent, compressed */
static StringInfoData expanded; /* a message that came, expanded */

static ssize_t receive(wslay_event_context_ptr ctx, uint8_t *buf, size_t len,
					   int flags, void *user_data);
static ssize_t transmit(wslay_event_context_ptr ctx, const uint8_t *data,
						size_t len, int flags, void *user_data);
static void begin_frame(wslay_event_context_ptr ctx,
						const struct wslay_event_on_frame_recv_start_arg *arg,
						void *user_data);
static void end_frame(wslay_event_context_ptr ctx, void *user_data);
static void take_message(wslay_event_context_ptr ctx,
						 const struct wslay_event_on_msg_recv_arg *arg,
						 void *user_data);

static int64
clock_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	return (int64) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void
gqle_wsock_start(const GqleSocketHandlers *h)
{
	MemoryContext old;

	handlers = h;
	socket_context = AllocSetContextCreate(TopMemoryContext, "gqle socket",
										   ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(socket_context);
	initStringInfo(&packed);
	initStringInfo(&expanded);
	MemoryContextSwitchTo(old);
	dlist_init(&sockets);
	dlist_init(&closing);
	dlist_init(&doomed);
	dlist_init(&dirty);
	socket_epoll = epoll_create1(EPOLL_CLOEXEC);
	if (socket_epoll < 0)
		ereport(ERROR,
				(errcode_for_socket_access(),
				 errmsg("gqle could not create an epoll descriptor: %m")));
}

void
gqle_wsock_add_to_set(WaitEventSet *set)
{
	AddWaitEventToSet(set, WL_SOCKET_READABLE, socket_epoll, NULL, NULL);
}

long
gqle_wsock_timeout(void)
{
	GqleSocket *first;

	if (!dlist_is_empty(&dirty) || !dlist_is_empty(&doomed))
		return 0;
	if (dlist_is_empty(&closing))
		return 10000;
	first = dlist_head_element(GqleSocket, node, &closing);
	return Max(0, first->since + CLOSE_MS - clock_ms() + 5);
}

int
gqle_wsock_count(void)
{
	return n_sockets;
}

void *
gqle_wsock_user(const GqleSocket *s)
{
	return s->user;
}

/* ------------------------------------------------------------------------
 * A socket's life
 * ------------------------------------------------------------------------ */

static void
mark_dirty(GqleSocket *s)
{
	if (s->is_dirty || s->state == SOCKET_DOOMED)
		return;
	s->is_dirty = true;
	dlist_push_tail(&dirty, &s->dirty_node);
}

static void
set_state(GqleSocket *s, SocketState state)
{
	if (s->state >= state)
		return;
	dlist_delete(&s->node);
	s->state = state;
	s->since = clock_ms();
	dlist_push_tail(state == SOCKET_CLOSING ? &closing : &doomed, &s->node);
}

/* Have a context; false without memory. */
static bool
have_context(GqleSocket *s)
{
	static const struct wslay_event_callbacks callbacks = {
		.recv_callback = receive,
		.send_callback = transmit,
		.on_frame_recv_start_callback = begin_frame,
		.on_frame_recv_end_callback = end_frame,
		.on_msg_recv_callback = take_message
	};

	if (s->ctx != NULL)
		return true;
	if (wslay_event_context_server_init(&s->ctx, &callbacks, s) != 0)
	{
		s->ctx = NULL;
		return false;
	}
	n_contexts++;
	s->unframed = 0;
	if (s->max_message > 0)
		wslay_event_config_set_max_recv_msg_length(s->ctx, s->max_message);
	if (s->is_compressed)
		wslay_event_config_set_allowed_rsv_bits(s->ctx, WSLAY_RSV1_BIT);
	return true;
}

static void
free_context(GqleSocket *s)
{
	if (s->ctx == NULL)
		return;
	wslay_event_context_free(s->ctx);
	s->ctx = NULL;
	n_contexts--;
}

/* Free the context if it knows nothing that a new one wouldn't. */
static void
rest_if_quiet(GqleSocket *s)
{
	if (s->ctx == NULL || s->state != SOCKET_OPEN || s->is_aborted ||
		s->unframed != 0 || s->is_fragmented ||
		wslay_event_want_write(s->ctx) ||
		wslay_event_get_queued_msg_count(s->ctx) != 0 ||
		!wslay_event_get_read_enabled(s->ctx) ||
		!wslay_event_get_write_enabled(s->ctx) ||
		wslay_event_get_close_received(s->ctx) ||
		wslay_event_get_close_sent(s->ctx))
		return;
	free_context(s);
}

static void
free_socket(GqleSocket *s)
{
	if (s->is_dirty)
		dlist_delete(&s->dirty_node);
	dlist_delete(&s->node);
	free_context(s);
	close(s->fd);
	if (s->extra != NULL)
		pfree(s->extra);
	pfree(s);
	n_sockets--;
}

/* Options of a long-lived connection; none of them is vital. */
static void
set_options(int fd)
{
	int			one = 1;
	unsigned int user_timeout = USER_TIMEOUT_MS;
	int			idle = KEEPALIVE_S;

	(void) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	(void) setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
	(void) setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	(void) setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout,
					  sizeof(user_timeout));
}

static bool
keep_extra(GqleSocket *s, const char *extra, size_t len)
{
	if (len == 0)
		return true;
	s->extra = MemoryContextAllocExtended(socket_context, len,
										  MCXT_ALLOC_NO_OOM);
	if (s->extra == NULL)
		return false;
	memcpy(s->extra, extra, len);
	s->extra_len = len;
	return true;
}

GqleSocket *
gqle_wsock_open(int fd, const GqlePeer *peer, const char *extra, size_t extra_len,
				void *user)
{
	struct epoll_event event = {.events = EPOLLIN};
	GqleSocket *s;

	s = MemoryContextAllocExtended(socket_context, sizeof(*s),
								   MCXT_ALLOC_NO_OOM | MCXT_ALLOC_ZERO);
	if (s == NULL)
	{
		close(fd);
		return NULL;
	}
	n_sockets++;
	dlist_push_tail(&sockets, &s->node);
	s->fd = fd;
	s->peer = *peer;
	s->user = user;
	s->watched = EPOLLIN;
	event.data.ptr = s;
	if (!keep_extra(s, extra, extra_len) ||
		epoll_ctl(socket_epoll, EPOLL_CTL_ADD, fd, &event) != 0)
	{
		free_socket(s);
		return NULL;
	}
	set_options(fd);
	mark_dirty(s);
	return s;
}

void
gqle_wsock_limit(GqleSocket *s, Size max_message)
{
	s->max_message = max_message;
	if (s->ctx != NULL)
		wslay_event_config_set_max_recv_msg_length(s->ctx, max_message);
}

void
gqle_wsock_compress(GqleSocket *s)
{
	s->is_compressed = true;
	if (s->ctx != NULL)
		wslay_event_config_set_allowed_rsv_bits(s->ctx, WSLAY_RSV1_BIT);
}

/* Let go of a buffer that grew too large. */
static void
trim_buffer(StringInfo buffer)
{
	if (buffer->maxlen <= KEEP_BUFFER_BYTES)
		return;
	pfree(buffer->data);
	buffer->data = MemoryContextAlloc(socket_context, 1024);
	buffer->maxlen = 1024;
	resetStringInfo(buffer);
}

/* Queue a message, compressed if that was agreed upon and pays. */
static bool
queue_message(GqleSocket *s, const char *text, int len)
{
	struct wslay_event_msg message = {.opcode = WSLAY_TEXT_FRAME,
		.msg = (const uint8_t *) text,.msg_length = len};
	uint8_t		rsv = WSLAY_RSV_NONE;
	bool		is_queued;

	resetStringInfo(&packed);
	if (s->is_compressed && len >= SMALL_MESSAGE &&
		gqle_pmdeflate_compress(&packed, text, len))
	{
		message.msg = (const uint8_t *) packed.data;
		message.msg_length = packed.len;
		rsv = WSLAY_RSV1_BIT;
	}
	is_queued = wslay_event_queue_msg_ex(s->ctx, &message, rsv) == 0;
	trim_buffer(&packed);
	return is_queued;
}

static void
note_congestion(GqleSocket *s)
{
	if (wslay_event_get_queued_msg_length(s->ctx) > HIGH_WATER ||
		wslay_event_get_queued_msg_count(s->ctx) > MAX_QUEUED)
		s->is_congested = true;
}

void
gqle_wsock_send(GqleSocket *s, const char *text, int len)
{
	bool		was_at_rest = s->ctx == NULL;

	if (s->state != SOCKET_OPEN || s->is_aborted)
		return;
	if (!have_context(s) || !queue_message(s, text, len))
	{
		set_state(s, SOCKET_DOOMED);	/* without memory */
		return;
	}
	/* something for everybody, one after the other */
	if (was_at_rest && n_contexts > MANY_CONTEXTS &&
		wslay_event_send(s->ctx) != 0)
	{
		set_state(s, SOCKET_DOOMED);
		return;
	}
	note_congestion(s);
	gqle_metrics_add(GQLE_METRIC_BYTES_OUT, len);
	gqle_metrics_add(GQLE_METRIC_WS_BYTES_OUT, len);
	if (was_at_rest && n_contexts > MANY_CONTEXTS)
		rest_if_quiet(s);
	mark_dirty(s);
}

bool
gqle_wsock_is_congested(const GqleSocket *s)
{
	return s->is_congested;
}

void
gqle_wsock_hold(GqleSocket *s, bool is_held)
{
	s->is_held = is_held;
	mark_dirty(s);
}

void
gqle_wsock_close(GqleSocket *s, int code, const char *reason)
{
	size_t		len = strlen(reason);

	if (s->state != SOCKET_OPEN || s->is_aborted)
		return;
	Assert(len <= GQLE_WSOCK_MAX_REASON);

	/* the close frame overtakes messages that are queued: send them first */
	if (!have_context(s) || wslay_event_send(s->ctx) != 0 ||
		wslay_event_queue_close(s->ctx, code, (const uint8_t *) reason, len) != 0)
	{
		set_state(s, SOCKET_DOOMED);
		return;
	}
	set_state(s, SOCKET_CLOSING);
	mark_dirty(s);
}

void
gqle_wsock_abort(GqleSocket *s)
{
	s->is_aborted = true;
	set_state(s, SOCKET_CLOSING);
	mark_dirty(s);
}

bool
gqle_wsock_is_closing(const GqleSocket *s)
{
	return s->state != SOCKET_OPEN;
}

/* ------------------------------------------------------------------------
 * Reading
 * ------------------------------------------------------------------------ */

/* wslay wants bytes. */
static ssize_t
receive(wslay_event_context_ptr ctx, uint8_t *buf, size_t len, int flags,
		void *user_data)
{
	GqleSocket *s = user_data;
	ssize_t		n;

	if (s->extra != NULL)
	{
		n = Min(len, s->extra_len - s->extra_used);
		memcpy(buf, s->extra + s->extra_used, n);
		s->unframed += n;
		s->extra_used += n;
		if (s->extra_used == s->extra_len)
		{
			pfree(s->extra);
			s->extra = NULL;
		}
		return n;
	}
	if (s->share <= 0 || s->is_held || s->is_congested || s->is_aborted)
	{
		wslay_event_set_error(ctx, WSLAY_ERR_WOULDBLOCK);
		return -1;
	}
	do
		n = recv(s->fd, buf, len, 0);
	while (n < 0 && errno == EINTR);
	if (n > 0)
	{
		s->share -= n;
		s->unframed += n;
		gqle_metrics_add(GQLE_METRIC_BYTES_IN, n);
		gqle_metrics_add(GQLE_METRIC_WS_BYTES_IN, n);
		return n;
	}
	s->is_lost = n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
	wslay_event_set_error(ctx, s->is_lost ? WSLAY_ERR_CALLBACK_FAILURE :
						  WSLAY_ERR_WOULDBLOCK);
	return -1;
}

/*
 * A compressed message, of which the library has not checked whether it is what
 * it says.
 */
static void
take_compressed(GqleSocket *s, const struct wslay_event_on_msg_recv_arg *arg)
{
	resetStringInfo(&expanded);
	switch (gqle_pmdeflate_expand(&expanded, (const char *) arg->msg,
								  (int) arg->msg_length, (int) s->max_message))
	{
		case GQLE_INFLATED:
			if (arg->opcode == WSLAY_TEXT_FRAME &&
				gqle_utf8_check(expanded.data, expanded.len) != expanded.len)
				gqle_wsock_close(s, WSLAY_CODE_INVALID_FRAME_PAYLOAD_DATA, "");
			else
				handlers->on_message(s, expanded.data, expanded.len);
			break;
		case GQLE_INFLATED_TOO_LARGE:
			gqle_wsock_close(s, WSLAY_CODE_MESSAGE_TOO_BIG, "");
			break;
		case GQLE_INFLATED_BAD:
			gqle_wsock_close(s, WSLAY_CODE_INVALID_FRAME_PAYLOAD_DATA, "");
			break;
	}
	trim_buffer(&expanded);
}

/* A frame begins.  The library would take half a code of a close for none. */
static void
begin_frame(wslay_event_context_ptr ctx,
			const struct wslay_event_on_frame_recv_start_arg *arg,
			void *user_data)
{
	GqleSocket *s = user_data;
	uint64		len = arg->payload_length;

	/* head, longer length, mask: there is one way to write them */
	s->frame_len = 2 + (len < 126 ? 0 : len <= PG_UINT16_MAX ? 2 : 8) + 4 + len;
	if (!wslay_is_ctrl_frame(arg->opcode))
		s->is_fragmented = !arg->fin;
	if (arg->opcode == WSLAY_CONNECTION_CLOSE && arg->payload_length == 1)
		(void) wslay_event_queue_close(ctx, WSLAY_CODE_PROTOCOL_ERROR, NULL, 0);
}

static void
end_frame(wslay_event_context_ptr ctx, void *user_data)
{
	GqleSocket *s = user_data;

	s->unframed -= s->frame_len;
}

/* A message is complete; wslay answers pings and close frames itself. */
static void
take_message(wslay_event_context_ptr ctx,
			 const struct wslay_event_on_msg_recv_arg *arg, void *user_data)
{
	GqleSocket *s = user_data;

	if (s->state != SOCKET_OPEN)
		return;
	if (wslay_is_ctrl_frame(arg->opcode))
	{
		note_congestion(s);		/* pings are answered without us */
		return;
	}
	if (wslay_get_rsv1(arg->rsv))
	{
		take_compressed(s, arg);
		return;
	}
	handlers->on_message(s, (const char *) arg->msg, (int) arg->msg_length);
}

static void
read_socket(GqleSocket *s)
{
	if (s->state == SOCKET_DOOMED)
		return;
	s->share = READ_SHARE;
	if (!have_context(s))
	{
		set_state(s, SOCKET_DOOMED);
		return;
	}
	if (wslay_event_recv(s->ctx) != 0 &&
		(s->is_lost || !wslay_event_want_write(s->ctx)))
	{
		set_state(s, SOCKET_DOOMED);
		return;
	}
	/* the peer closes, or broke the rules: wslay has queued its answer */
	if (!wslay_event_get_read_enabled(s->ctx) ||
		wslay_event_get_close_received(s->ctx))
		set_state(s, SOCKET_CLOSING);
	mark_dirty(s);
}

void
gqle_wsock_read(const WaitEvent *events, int n_events)
{
	struct epoll_event ready[64];
	bool		is_ready = false;
	int			n;

	for (int i = 0; i < n_events; i++)
		is_ready |= events[i].fd == socket_epoll;
	if (!is_ready)
		return;
	n = epoll_wait(socket_epoll, ready, lengthof(ready), 0);
	for (int i = 0; i < n; i++)
	{
		GqleSocket *s = ready[i].data.ptr;

		if ((ready[i].events & EPOLLIN) != 0)
			read_socket(s);
		else if ((ready[i].events & (EPOLLERR | EPOLLHUP)) != 0)
			set_state(s, SOCKET_DOOMED);
		else
			mark_dirty(s);
	}
}

/* ------------------------------------------------------------------------
 * Writing
 * ------------------------------------------------------------------------ */

/* wslay has bytes. */
static ssize_t
transmit(wslay_event_context_ptr ctx, const uint8_t *data, size_t len, int flags,
		 void *user_data)
{
	GqleSocket *s = user_data;
	ssize_t		n;

	do
		n = send(s->fd, data, len,
				 MSG_NOSIGNAL | ((flags & WSLAY_MSG_MORE) ? MSG_MORE : 0));
	while (n < 0 && errno == EINTR);
	if (n >= 0)
		return n;
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		wslay_event_set_error(ctx, WSLAY_ERR_WOULDBLOCK);
	else
		wslay_event_set_error(ctx, WSLAY_ERR_CALLBACK_FAILURE);
	return -1;
}

/* Wait for what the socket's state says. */
static void
update_watch(GqleSocket *s)
{
	struct epoll_event event = {.data.ptr = s};

	if (s->ctx != NULL && wslay_event_want_write(s->ctx))
		event.events |= EPOLLOUT;
	if (!s->is_held && !s->is_congested && !s->is_aborted &&
		(s->ctx == NULL || wslay_event_want_read(s->ctx)))
		event.events |= EPOLLIN;
	if (event.events == s->watched)
		return;
	s->watched = event.events;
	if (epoll_ctl(socket_epoll, EPOLL_CTL_MOD, s->fd, &event) != 0)
		set_state(s, SOCKET_DOOMED);
}

/* Write what can be written, and see what is left to do. */
static void
write_socket(GqleSocket *s)
{
	if (s->state == SOCKET_DOOMED)
		return;
	if (s->ctx == NULL)
	{
		if (s->is_aborted)
			set_state(s, SOCKET_DOOMED);
		else
			update_watch(s);
		return;
	}
	if (wslay_event_want_write(s->ctx) && wslay_event_send(s->ctx) != 0)
	{
		set_state(s, SOCKET_DOOMED);
		return;
	}
	if (s->is_congested &&
		wslay_event_get_queued_msg_length(s->ctx) <= LOW_WATER &&
		wslay_event_get_queued_msg_count(s->ctx) <= MAX_QUEUED / 2)
	{
		s->is_congested = false;
		handlers->on_drained(s);
	}
	/* after both close frames, or if we abort, there is nothing to wait for */
	if (!wslay_event_want_write(s->ctx) &&
		(s->is_aborted || !wslay_event_want_read(s->ctx)))
	{
		set_state(s, SOCKET_DOOMED);
		return;
	}
	rest_if_quiet(s);
	update_watch(s);
}

void
gqle_wsock_write(void)
{
	int64		now = 0;

	while (!dlist_is_empty(&dirty))
	{
		GqleSocket *s = dlist_container(GqleSocket, dirty_node,
										dlist_pop_head_node(&dirty));

		s->is_dirty = false;
		if (s->extra != NULL && s->state == SOCKET_OPEN)
			read_socket(s);		/* only now is its owner ready */
		write_socket(s);
	}
	while (!dlist_is_empty(&closing))
	{
		GqleSocket *s = dlist_head_element(GqleSocket, node, &closing);

		if (now == 0)
			now = clock_ms();
		if (now - s->since < CLOSE_MS)
			break;
		set_state(s, SOCKET_DOOMED);
	}
	while (!dlist_is_empty(&doomed))
	{
		GqleSocket *s = dlist_head_element(GqleSocket, node, &doomed);

		handlers->on_gone(s);
		free_socket(s);
	}
}

/* ------------------------------------------------------------------------
 * Addresses
 * ------------------------------------------------------------------------ */

/* A walk over all sockets: only for those who set a limit per address. */
int
gqle_wsock_count_of_peer(const GqlePeer *peer)
{
	int			n = 0;
	dlist_iter	iter;

	if (peer->len == 0)
		return 0;
	dlist_foreach(iter, &sockets)
	{
		GqleSocket *s = dlist_container(GqleSocket, node, iter.cur);

		n += s->peer.len == peer->len &&
			memcmp(s->peer.bytes, peer->bytes, peer->len) == 0;
	}
	return n;
}
