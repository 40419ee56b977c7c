/*
 * tls.c
 *		Tunnels between clients that speak TLS and the plain server.
 *
 * The HTTP library has a TLS of its own, with another library beside the one
 * that the server uses, and gives its WebSockets away behind a socket pair
 * anyway; so the pair is ours, for everything, and OpenSSL sits in front of it
 * (docs/adr/004).  What is served behind it needs to know nothing of TLS.
 *
 *		HANDSHAKE	nothing but the client's socket yet: gqle.head_timeout
 *		OPEN		bytes go both ways
 *		ENDING		what is left is sent; then the client's end is awaited,
 *					for a moment, since closing early could cost it the answer
 *		DOOMED		to be freed at the end of the turn
 *
 * A handshake costs the most that anybody unknown can make us do, so a turn has
 * a limit for them; those that must wait are found ready again at the next one.
 *
 * Bytes that one side doesn't take are kept, a record or one read of them for
 * each way, and as long as they are, nothing is read from the other side.  So
 * a client that doesn't read holds up the plain end as a socket would, and is
 * ended by those who wait there, or by TCP_USER_TIMEOUT.
 *
 * A stream that ends without the peer's close_notify is lost, not half closed.
 */
#include "postgres.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lib/ilist.h"
#include "utils/memutils.h"

#include "gqle/base/guc.h"
#include "gqle/base/metrics.h"
#include "gqle/worker/tls.h"
#include "gqle/worker/tlscert.h"

#define PIECE			(16 * 1024)		/* what a TLS record holds */
#define SHARE			(8 * PIECE)		/* bytes each way, tunnel and turn */
#define HANDSHAKES_MS	10				/* of a turn */
#define LINGER_MS		1000
#define USER_TIMEOUT_MS	30000
#define KEEPALIVE_S		60
#define PLAIN_END		1		/* marks an event of the plain end */

typedef enum TunnelState
{
	TUNNEL_HANDSHAKE,
	TUNNEL_OPEN,
	TUNNEL_ENDING,
	TUNNEL_DOOMED,
	N_TUNNEL_STATES
} TunnelState;

/* Bytes that were taken from one side and not yet by the other. */
typedef struct Kept
{
	char	   *bytes;			/* NULL: none */
	int			used;
	int			len;
} Kept;

typedef struct Tunnel
{
	dlist_node	node;			/* in tunnels[state] */
	TunnelState state;
	int64		since;			/* ms: in this state, or last moved if ENDING */
	int			fd;				/* the client's */
	int			plain;			/* our end of the pair, or -1 */
	SSL		   *ssl;
	uint32		watched_fd;		/* epoll's masks */
	uint32		watched_plain;
	Kept		in;				/* from the client */
	Kept		out;			/* to the client */
	bool		is_fresh;		/* nothing read yet */
	bool		must_write;		/* TLS itself waits for room */
	bool		has_client_ended;	/* close_notify came */
	bool		has_plain_ended;
	bool		has_said_end;	/* our close_notify is sent */
	socklen_t	addr_len;
	struct sockaddr_in6 addr;	/* large enough for what listens */
} Tunnel;

static GqleTlsHandler handler;
static MemoryContext tunnel_context;
static int	tunnel_epoll = -1;
static dlist_head tunnels[N_TUNNEL_STATES];
static int	n_tunnels = 0;
static int	n_unserved = 0;		/* not OPEN */
static int64 now_ms;
static bool is_draining = false;
static char piece[PIECE];

static void
read_clock(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	now_ms = (int64) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void
gqle_tls_start(GqleTlsHandler h)
{
	handler = h;
	tunnel_context = AllocSetContextCreate(TopMemoryContext, "gqle TLS",
										   ALLOCSET_DEFAULT_SIZES);
	for (int i = 0; i < N_TUNNEL_STATES; i++)
		dlist_init(&tunnels[i]);
	tunnel_epoll = epoll_create1(EPOLL_CLOEXEC);
	if (tunnel_epoll < 0)
		ereport(ERROR,
				(errcode_for_socket_access(),
				 errmsg("gqle could not create an epoll descriptor: %m")));
}

void
gqle_tls_add_to_set(WaitEventSet *set)
{
	AddWaitEventToSet(set, WL_SOCKET_READABLE, tunnel_epoll, NULL, NULL);
}

int
gqle_tls_count(void)
{
	return n_tunnels;
}

int
gqle_tls_count_unserved(void)
{
	return n_unserved;
}

/* ------------------------------------------------------------------------
 * A tunnel's life
 * ------------------------------------------------------------------------ */

static void
set_state(Tunnel *t, TunnelState state)
{
	if (t->state == state)
		return;
	n_unserved += (t->state == TUNNEL_OPEN) - (state == TUNNEL_OPEN);
	dlist_delete(&t->node);
	t->state = state;
	t->since = now_ms;
	dlist_push_tail(&tunnels[state], &t->node);
}

static void
free_tunnel(Tunnel *t)
{
	dlist_delete(&t->node);
	if (t->ssl != NULL)
		SSL_free(t->ssl);
	if (t->plain >= 0)
		close(t->plain);
	close(t->fd);
	if (t->in.bytes != NULL)
		pfree(t->in.bytes);
	if (t->out.bytes != NULL)
		pfree(t->out.bytes);
	pfree(t);
	n_tunnels--;
	n_unserved--;				/* it was DOOMED */
}

/* Options of a socket that may live long; none of them is vital. */
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

void
gqle_tls_open(int fd, const struct sockaddr *addr, socklen_t addr_len)
{
	SSL_CTX    *context = gqle_tlscert_context();
	struct epoll_event event = {.events = EPOLLIN};
	Tunnel	   *t = NULL;

	if (context != NULL && addr_len <= sizeof(t->addr))
		t = MemoryContextAllocExtended(tunnel_context, sizeof(*t),
									   MCXT_ALLOC_NO_OOM | MCXT_ALLOC_ZERO);
	if (t == NULL)
	{
		close(fd);
		return;
	}
	read_clock();
	t->fd = fd;
	t->plain = -1;
	t->since = now_ms;
	t->is_fresh = true;
	t->addr_len = addr_len;
	memcpy(&t->addr, addr, addr_len);
	t->watched_fd = EPOLLIN;
	n_tunnels++;
	n_unserved++;
	dlist_push_tail(&tunnels[TUNNEL_HANDSHAKE], &t->node);
	set_options(fd);

	event.data.ptr = t;
	ERR_clear_error();
	t->ssl = SSL_new(context);
	if (t->ssl == NULL || SSL_set_fd(t->ssl, fd) != 1 ||
		epoll_ctl(tunnel_epoll, EPOLL_CTL_ADD, fd, &event) != 0)
		set_state(t, TUNNEL_DOOMED);
	else
		SSL_set_accept_state(t->ssl);
}

/* ------------------------------------------------------------------------
 * Handshakes
 * ------------------------------------------------------------------------ */

/*
 * A client that speaks plain HTTP to us made a mistake that it can be told;
 * a TLS record begins with another byte than any method.
 */
static bool
refuse_plain_http(Tunnel *t)
{
	static const char answer[] =
		"HTTP/1.1 400 Bad Request\r\n"
		"Content-Type: text/plain; charset=utf-8\r\n"
		"Content-Length: 36\r\n"
		"Connection: close\r\n\r\n"
		"This port takes TLS only: use https\n";
	char		first;

	if (recv(t->fd, &first, 1, MSG_PEEK) != 1 || first < 'A' || first > 'Z')
		return false;
	(void) send(t->fd, answer, sizeof(answer) - 1, MSG_NOSIGNAL);
	(void) shutdown(t->fd, SHUT_WR);
	t->has_plain_ended = t->has_said_end = true;
	set_state(t, TUNNEL_ENDING);
	return true;
}

/* The handshake is done: make the pair and give its other end away. */
static void
open_tunnel(Tunnel *t)
{
	struct epoll_event event = {.events = EPOLLIN};
	int			pair[2];

	if (is_draining ||
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) != 0)
	{
		set_state(t, TUNNEL_DOOMED);
		return;
	}
	t->plain = pair[0];
	t->watched_plain = EPOLLIN;
	event.data.ptr = (char *) t + PLAIN_END;
	if (epoll_ctl(tunnel_epoll, EPOLL_CTL_ADD, t->plain, &event) != 0)
	{
		close(pair[1]);
		set_state(t, TUNNEL_DOOMED);
		return;
	}
	set_state(t, TUNNEL_OPEN);
	handler(pair[1], (struct sockaddr *) &t->addr, t->addr_len);
}

/* A step of a handshake. */
static void
shake_hands(Tunnel *t)
{
	int			rc;

	if (t->is_fresh)
	{
		t->is_fresh = false;
		if (refuse_plain_http(t))
			return;
	}
	ERR_clear_error();
	rc = SSL_do_handshake(t->ssl);
	if (rc == 1)
	{
		t->must_write = false;
		open_tunnel(t);
		return;
	}
	switch (SSL_get_error(t->ssl, rc))
	{
		case SSL_ERROR_WANT_READ:
			t->must_write = false;
			return;
		case SSL_ERROR_WANT_WRITE:
			t->must_write = true;
			return;
		default:
			/* who only looks whether the port is open has done nothing bad */
			if (ERR_peek_error() != 0 &&
				ERR_GET_REASON(ERR_peek_error()) != SSL_R_UNEXPECTED_EOF_WHILE_READING)
				gqle_metrics_add(GQLE_METRIC_BAD_HEADS, 1);
			set_state(t, TUNNEL_DOOMED);
			return;
	}
}

/* ------------------------------------------------------------------------
 * Bytes
 * ------------------------------------------------------------------------ */

/* Keep what the other side didn't take; false without memory. */
static bool
keep(Kept *kept, const char *bytes, int len)
{
	kept->bytes = MemoryContextAllocExtended(tunnel_context, len,
											 MCXT_ALLOC_NO_OOM);
	if (kept->bytes == NULL)
		return false;
	memcpy(kept->bytes, bytes, len);
	kept->used = 0;
	kept->len = len;
	return true;
}

/* Give bytes to one side: how many it took, -1 if it is lost. */

static int
give_plain(Tunnel *t, const char *bytes, int len)
{
	ssize_t		n = send(t->plain, bytes, len, MSG_NOSIGNAL);

	if (n >= 0)
		return (int) n;
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? 0 : -1;
}

static int
give_client(Tunnel *t, const char *bytes, int len)
{
	int			n;

	ERR_clear_error();
	n = SSL_write(t->ssl, bytes, len);
	if (n > 0)
		return n;
	switch (SSL_get_error(t->ssl, n))
	{
		case SSL_ERROR_WANT_READ:
		case SSL_ERROR_WANT_WRITE:
			return 0;
		default:
			return -1;
	}
}

typedef int (*Give) (Tunnel *t, const char *bytes, int len);

/* Pass bytes on and keep what is not taken; false if the tunnel is lost. */
static bool
pass(Tunnel *t, Give give, Kept *kept, const char *bytes, int len)
{
	while (len > 0)
	{
		int			n = give(t, bytes, len);

		if (n < 0)
			return false;
		if (n == 0)
			return keep(kept, bytes, len);
		bytes += n;
		len -= n;
	}
	return true;
}

/* Pass on what was kept; false if the tunnel is lost. */
static bool
pass_kept(Tunnel *t, Give give, Kept *kept)
{
	while (kept->bytes != NULL)
	{
		int			n = give(t, kept->bytes + kept->used, kept->len - kept->used);

		if (n < 0)
			return false;
		if (n == 0)
			return true;
		t->since = now_ms;
		kept->used += n;
		if (kept->used == kept->len)
		{
			pfree(kept->bytes);
			kept->bytes = NULL;
		}
	}
	return true;
}

/* From the client to the plain end. */
static bool
move_in(Tunnel *t)
{
	if (!pass_kept(t, give_plain, &t->in))
		return false;
	for (int share = 0; share < SHARE && t->in.bytes == NULL && !t->has_client_ended;)
	{
		int			n;

		ERR_clear_error();
		n = SSL_read(t->ssl, piece, PIECE);
		if (n <= 0)
		{
			switch (SSL_get_error(t->ssl, n))
			{
				case SSL_ERROR_WANT_READ:
				case SSL_ERROR_WANT_WRITE:
					return true;
				case SSL_ERROR_ZERO_RETURN:
					t->has_client_ended = true;
					break;
				default:
					return false;
			}
			break;
		}
		share += n;
		if (!pass(t, give_plain, &t->in, piece, n))
			return false;
		/* what is left on the socket, if anything, shows at the next turn */
		if (SSL_pending(t->ssl) == 0)
			break;
	}
	if (t->has_client_ended && t->in.bytes == NULL)
		(void) shutdown(t->plain, SHUT_WR);
	return true;
}

/* From the plain end to the client. */
static bool
move_out(Tunnel *t)
{
	if (!pass_kept(t, give_client, &t->out))
		return false;
	for (int share = 0; share < SHARE && t->out.bytes == NULL && !t->has_plain_ended;)
	{
		ssize_t		n = recv(t->plain, piece, PIECE, 0);

		if (n == 0)
			t->has_plain_ended = true;
		else if (n < 0)
			return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
		else
		{
			share += n;
			if (!pass(t, give_client, &t->out, piece, n))
				return false;
			if (n < PIECE)
				break;			/* likewise */
		}
	}
	return true;
}

/* Nothing more comes from the plain end: say so when all is sent. */
static void
finish(Tunnel *t)
{
	set_state(t, TUNNEL_ENDING);
	if (t->out.bytes != NULL || t->has_said_end)
		return;
	t->has_said_end = true;
	t->since = now_ms;
	ERR_clear_error();
	(void) SSL_shutdown(t->ssl);
	(void) shutdown(t->fd, SHUT_WR);
}

/* Throw away what the client still sends, until its end. */
static void
linger(Tunnel *t)
{
	for (int share = 0; share < SHARE;)
	{
		ssize_t		n = recv(t->fd, piece, PIECE, 0);

		if (n > 0)
			share += n;
		else
		{
			if (n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR))
				set_state(t, TUNNEL_DOOMED);
			return;
		}
	}
}

/* ------------------------------------------------------------------------
 * Turns
 * ------------------------------------------------------------------------ */

/* A hang-up is reported even to those who wait for nothing; so they leave. */
static void
update_mask(Tunnel *t, int fd, uint32 *watched, uint32 wanted, void *mark)
{
	struct epoll_event event = {.events = wanted,.data.ptr = mark};
	int			action = *watched == 0 ? EPOLL_CTL_ADD :
		wanted == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;

	if (*watched == wanted)
		return;
	*watched = wanted;
	if (epoll_ctl(tunnel_epoll, action, fd, &event) != 0)
		set_state(t, TUNNEL_DOOMED);
}

/* Wait for what the tunnel's state says. */
static void
update_watch(Tunnel *t)
{
	uint32		client = 0;
	uint32		plain = 0;

	if (t->state == TUNNEL_DOOMED)
		return;
	if (t->must_write || t->out.bytes != NULL)
		client |= EPOLLOUT;
	if (t->has_said_end || (t->in.bytes == NULL && !t->has_client_ended &&
							t->state != TUNNEL_ENDING))
		client |= EPOLLIN;
	update_mask(t, t->fd, &t->watched_fd, client, t);
	if (t->plain < 0)
		return;
	if (t->in.bytes != NULL && !t->has_plain_ended)
		plain |= EPOLLOUT;
	if (t->out.bytes == NULL && !t->has_plain_ended)
		plain |= EPOLLIN;
	update_mask(t, t->plain, &t->watched_plain, plain, (char *) t + PLAIN_END);
}

/* Nobody has the plain end any more: it would be reported again and again. */
static void
close_plain(Tunnel *t)
{
	if (t->plain < 0)
		return;
	close(t->plain);
	t->plain = -1;
	if (t->in.bytes != NULL)
		pfree(t->in.bytes);
	t->in.bytes = NULL;
}

/* Do for a tunnel what can be done after an event on one of its ends. */
static void
serve(Tunnel *t, bool is_plain)
{
	bool		is_fine = true;

	switch (t->state)
	{
		case TUNNEL_HANDSHAKE:
			shake_hands(t);
			break;
		case TUNNEL_OPEN:
			if (is_plain || t->out.bytes != NULL)
				is_fine = move_out(t);
			if (is_fine && !t->has_plain_ended &&
				(!is_plain || t->in.bytes != NULL))
				is_fine = move_in(t);
			if (!is_fine)
				set_state(t, TUNNEL_DOOMED);
			else if (t->has_plain_ended)
			{
				close_plain(t);
				finish(t);
			}
			break;
		case TUNNEL_ENDING:
			if (!t->has_said_end && !pass_kept(t, give_client, &t->out))
				set_state(t, TUNNEL_DOOMED);
			else if (t->has_said_end)
				linger(t);
			else
				finish(t);
			break;
		case TUNNEL_DOOMED:
		case N_TUNNEL_STATES:
			break;
	}
	/* what TLS has read already shows on no descriptor */
	while (t->state == TUNNEL_OPEN && t->in.bytes == NULL &&
		   !t->has_client_ended && SSL_pending(t->ssl) > 0)
	{
		if (!move_in(t))
			set_state(t, TUNNEL_DOOMED);
	}
	update_watch(t);
}

/* End tunnels that have been in their state for too long. */
static void
enforce_deadline(TunnelState state, int64 limit)
{
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &tunnels[state])
	{
		Tunnel	   *t = dlist_container(Tunnel, node, iter.cur);

		if (now_ms - t->since < (state != TUNNEL_ENDING || t->has_said_end ? limit :
								 (int64) gqle_guc_idle_timeout * 1000))
			continue;
		if (state == TUNNEL_HANDSHAKE && !is_draining)
			gqle_metrics_add(GQLE_METRIC_TIMEOUTS, 1);
		set_state(t, TUNNEL_DOOMED);
	}
}

static void
free_doomed(void)
{
	while (!dlist_is_empty(&tunnels[TUNNEL_DOOMED]))
		free_tunnel(dlist_head_element(Tunnel, node, &tunnels[TUNNEL_DOOMED]));
}

void
gqle_tls_turn(void)
{
	struct epoll_event events[64];
	int64		began;
	int			n;

	if (n_tunnels == 0)
		return;
	n = epoll_wait(tunnel_epoll, events, lengthof(events), 0);
	read_clock();
	began = now_ms;
	for (int i = 0; i < n; i++)
	{
		uintptr_t	mark = (uintptr_t) events[i].data.ptr;
		bool		is_plain = (mark & PLAIN_END) != 0;
		Tunnel	   *t = (Tunnel *) (mark & ~(uintptr_t) PLAIN_END);

		if (t->state == TUNNEL_HANDSHAKE)
		{
			if (now_ms - began >= HANDSHAKES_MS)
				continue;
			serve(t, false);
			read_clock();
			continue;
		}
		if (!is_plain && (events[i].events & (EPOLLERR | EPOLLHUP)) != 0 &&
			(events[i].events & EPOLLIN) == 0)
			set_state(t, TUNNEL_DOOMED);
		serve(t, is_plain);
	}
	enforce_deadline(TUNNEL_HANDSHAKE, is_draining ? 0 : gqle_guc_head_timeout);
	enforce_deadline(TUNNEL_ENDING, LINGER_MS);
	free_doomed();
}

long
gqle_tls_timeout(void)
{
	int64		timeout = 10000;

	if (!dlist_is_empty(&tunnels[TUNNEL_DOOMED]))
		return 0;
	if (!dlist_is_empty(&tunnels[TUNNEL_ENDING]))
		timeout = LINGER_MS / 4;
	if (!dlist_is_empty(&tunnels[TUNNEL_HANDSHAKE]))
	{
		Tunnel	   *first = dlist_head_element(Tunnel, node,
											   &tunnels[TUNNEL_HANDSHAKE]);

		read_clock();
		timeout = Min(timeout, first->since + gqle_guc_head_timeout - now_ms + 5);
	}
	return Max(timeout, 0);
}

void
gqle_tls_begin_drain(void)
{
	is_draining = true;
}
