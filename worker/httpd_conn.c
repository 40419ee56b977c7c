/*
 * httpd_conn.c
 *		Connections: sockets, and the time that each may take for what it does.
 *
 * The phases of a connection, and why clients that close their sending half are
 * watched, are told in httpd.c.
 */
#include "postgres.h"

#include <arpa/inet.h>
#include <sys/epoll.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include "gqle/base/guc.h"
#include "gqle/base/metrics.h"
#include "gqle/worker/httpd_inside.h"
#include "gqle/worker/tls.h"
#include "gqle/worker/wsock.h"

#define ACCEPTS_PER_TURN	64
#define HALF_CLOSE_MS		250		/* sooner, it is not for leaving */
#define ACCEPT_PAUSE_MS		500		/* after running out of descriptors */
#define DRAIN_IDLE_MS		200		/* for requests already on the wire */
#define MAX_IDLE_MS			10000

static int	watch_epoll = -1;
static GqleListener listeners[GQLE_MAX_LISTEN_SOCKETS];
static int	n_listeners = 0;
static dlist_head phases[GQLE_N_PHASES];
static dlist_head half_closed;
static int	n_connections = 0;
static GqleHttpdConn *accepting = NULL; /* the one MHD is being handed */
static int64 accept_again_at = 0;	/* 0: accepting */
static int64 drain_began = 0;

/* ------------------------------------------------------------------------
 * Accepting
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

void
gqle_httpd_conn_start(const GqleListener *given, int n_given)
{
	Ensure(n_given <= (int) lengthof(listeners), "too many listening sockets");
	for (int i = 0; i < GQLE_N_PHASES; i++)
		dlist_init(&phases[i]);
	dlist_init(&half_closed);
	memcpy(listeners, given, n_given * sizeof(GqleListener));
	n_listeners = n_given;
	watch_epoll = epoll_create1(EPOLL_CLOEXEC);
	if (watch_epoll < 0)
		ereport(ERROR,
				(errcode_for_socket_access(),
				 errmsg("gqle could not create an epoll descriptor: %m")));
	add_listeners();
}

int
gqle_httpd_conn_epoll(void)
{
	return watch_epoll;
}

int
gqle_httpd_count(void)
{
	return n_connections;
}

/* Out of descriptors: level-triggered readiness would make us spin. */
static void
pause_accepting(void)
{
	for (int i = 0; i < n_listeners; i++)
		(void) epoll_ctl(watch_epoll, EPOLL_CTL_DEL, listeners[i].fd, NULL);
	accept_again_at = gqle_httpd.now_ms + ACCEPT_PAUSE_MS;
	ereport(LOG, (errmsg("gqle could not accept a connection: %m")));
}

void
gqle_httpd_set_phase(GqleHttpdConn *conn, GqleHttpdPhase phase)
{
	dlist_delete(&conn->node);
	conn->phase = phase;
	conn->since = gqle_httpd.now_ms;
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
	const GqlePeer *peer = &((const GqleHttpdExchange *) x)->conn->peer;

	if (peer->len == 0 ||
		inet_ntop(peer->len == 4 ? AF_INET : AF_INET6, peer->bytes, text,
				  sizeof(text)) == NULL)
		return "";
	return text;
}

void
gqle_httpd_adopt(int fd, struct sockaddr *addr, socklen_t addr_len)
{
	GqleHttpdConn *conn = NULL;
	struct epoll_event event = {.events = EPOLLRDHUP | EPOLLET};
	int			one = 1;

	conn = gqle_httpd_try_alloc(sizeof(GqleHttpdConn));
	if (conn == NULL)
	{
		close(fd);
		return;
	}
	memset(conn, 0, sizeof(*conn));
	conn->fd = fd;
	conn->peer = peer_of(addr);
	conn->phase = GQLE_PHASE_WAITING;
	conn->since = gqle_httpd.now_ms;
	dlist_push_tail(&phases[GQLE_PHASE_WAITING], &conn->node);
	n_connections++;
	gqle_metrics_add(GQLE_METRIC_ACCEPTED, 1);
	(void) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));

	/* on failure the library closes the socket, and maybe notifies first */
	accepting = conn;
	(void) MHD_add_connection(gqle_httpd.daemon, fd, addr, addr_len);
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
		gqle_httpd_adopt(fd, addr, addr_len);
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

void
gqle_httpd_notice_conn(void *cls, struct MHD_Connection *mhd, void **socket_context,
				  enum MHD_ConnectionNotificationCode code)
{
	GqleHttpdConn *conn;

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

GqleHttpdConn *
gqle_httpd_conn_of(struct MHD_Connection *mhd)
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
notice_half_close(GqleHttpdConn *conn, bool is_reset)
{
	if (conn->is_half_closed && !is_reset)
		return;
	if (!conn->is_half_closed)
	{
		conn->is_half_closed = true;
		dlist_push_tail(&half_closed, &conn->half_node);
	}
	if (conn->exchange != NULL &&
		conn->exchange->state == GQLE_EXCHANGE_SUSPENDED &&
		(is_reset || gqle_httpd.now_ms - conn->since >= HALF_CLOSE_MS))
	{
		conn->exchange->state = GQLE_EXCHANGE_GONE;
		gqle_httpd.handlers->on_gone(&conn->exchange->pub);
		MHD_resume_connection(conn->mhd);
		gqle_httpd.must_turn = true;
	}
	else if (conn->exchange != NULL &&
			 conn->exchange->state == GQLE_EXCHANGE_STREAMING)
	{
		conn->exchange->state = GQLE_EXCHANGE_GONE;
		gqle_httpd.handlers->on_gone(&conn->exchange->pub);
		gqle_httpd_wake_stream(conn->exchange);
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
		GqleHttpdConn *conn = dlist_container(GqleHttpdConn, half_node, iter.cur);

		if (conn->phase == GQLE_PHASE_HANDLING)
			continue;
		(void) shutdown(conn->fd, SHUT_RD);
		gqle_httpd.must_turn = true;
	}
}

/* How long a phase may last. */
static int64
allowance(GqleHttpdPhase phase)
{
	switch (phase)
	{
		case GQLE_PHASE_WAITING:
			return (int64) gqle_guc_idle_timeout * 1000 + gqle_guc_head_timeout;
		case GQLE_PHASE_HEAD:
			return gqle_guc_head_timeout;
		case GQLE_PHASE_BODY:
			return gqle_guc_body_timeout;
		case GQLE_PHASE_HANDLING:
		case GQLE_N_PHASES:
			break;
	}
	return PG_INT32_MAX;
}

int64
gqle_httpd_conn_timeout(void)
{
	int64		timeout = MAX_IDLE_MS;

	for (int i = 0; i < GQLE_PHASE_HANDLING; i++)
	{
		GqleHttpdConn *first;

		if (dlist_is_empty(&phases[i]))
			continue;
		first = dlist_head_element(GqleHttpdConn, node, &phases[i]);
		timeout = Min(timeout, first->since + allowance(i) - gqle_httpd.now_ms + 5);
	}
	if (accept_again_at != 0)
		timeout = Min(timeout, accept_again_at - gqle_httpd.now_ms);
	return timeout;
}

/* End connections that have been in their phase for too long. */
static void
enforce_deadlines(void)
{
	for (int i = 0; i < GQLE_PHASE_HANDLING; i++)
	{
		int64		limit = allowance(i);

		if (gqle_httpd.is_draining && i != GQLE_PHASE_BODY &&
			gqle_httpd.now_ms - drain_began >= DRAIN_IDLE_MS)
			limit = 0;
		while (!dlist_is_empty(&phases[i]))
		{
			GqleHttpdConn *conn = dlist_head_element(GqleHttpdConn, node, &phases[i]);

			if (gqle_httpd.now_ms - conn->since < limit)
				break;
			/* the library sees the end of the stream and closes it */
			(void) shutdown(conn->fd, SHUT_RDWR);
			if (!gqle_httpd.is_draining)
				gqle_metrics_add(GQLE_METRIC_TIMEOUTS, 1);
			gqle_httpd_set_phase(conn, GQLE_PHASE_HANDLING);
			gqle_httpd.must_turn = true;
		}
	}
}

void
gqle_httpd_conn_serve(bool is_watch_ready)
{
	if (accept_again_at != 0 && gqle_httpd.now_ms >= accept_again_at &&
		!gqle_httpd.is_draining)
	{
		accept_again_at = 0;
		add_listeners();
	}
	if (is_watch_ready)
		serve_watch_events();
}

void
gqle_httpd_conn_tidy(void)
{
	nudge_half_closed();
	enforce_deadlines();
}

void
gqle_httpd_conn_forget(GqleHttpdConn *conn)
{
	(void) epoll_ctl(watch_epoll, EPOLL_CTL_DEL, conn->fd, NULL);
	if (conn->is_half_closed)
		dlist_delete(&conn->half_node);
	conn->is_half_closed = false;
}

void
gqle_httpd_begin_drain(void)
{
	if (gqle_httpd.is_draining)
		return;
	gqle_httpd_read_clock();
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
	gqle_httpd.is_draining = true;
	drain_began = gqle_httpd.now_ms;
}
