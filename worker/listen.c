/*
 * listen.c
 *		Opens the listening sockets.
 *
 * Every server worker opens sockets of its own on the same port
 * (SO_REUSEPORT), so the kernel spreads connections and no descriptor has to
 * pass between processes.  Unix sockets know nothing like it; so the postmaster
 * opens ours once, when it loads the library, and its children inherit it.
 * (Other backends hold it, too, and leave it alone.)
 */
#include "postgres.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/ip.h"
#include "miscadmin.h"
#include "storage/ipc.h"

#include "gqle/base/guc.h"
#include "gqle/base/secrets.h"
#include "gqle/worker/listen.h"
#include "gqle/worker/tlscert.h"

#define BACKLOG 1024

/* How a walk over the addresses uses each of them. */
typedef struct OpenState
{
	int			port;
	bool		is_shared;		/* SO_REUSEPORT */
	bool		is_tls;
	GqleListener *listeners;
	int			n;
	int			max;
	bool		is_taken;		/* somebody else has the port */
} OpenState;

static int	unix_fd = -1;

/*
 * Without an admin secret everybody who can connect is an administrator, so
 * then only this machine can, unless the operator says otherwise.
 */
const char *
gqle_listen_addresses(void)
{
	if (gqle_guc_is_set(gqle_guc_listen_addresses))
		return gqle_guc_listen_addresses;
	return gqle_secrets_exist() ? "*" : "localhost";
}

/* Bind one address; -1 after logging why not. */
static int
open_socket(const struct addrinfo *addr, OpenState *state)
{
	int			fd = socket(addr->ai_family,
							addr->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int			one = 1;

	if (fd < 0)
	{
		/* a machine without IPv6 */
		if (errno == EAFNOSUPPORT)
			return -1;
		ereport(LOG, (errmsg("gqle could not create a socket: %m")));
		return -1;
	}
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
		(state->is_shared &&
		 setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one)) < 0) ||
		(addr->ai_family == AF_INET6 &&
		 setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one)) < 0) ||
		bind(fd, addr->ai_addr, addr->ai_addrlen) < 0 ||
		listen(fd, BACKLOG) < 0)
	{
		/* "localhost" may name an IPv6 address that the machine hasn't got */
		if (errno == EADDRINUSE)
			state->is_taken = true;
		if (errno != EADDRNOTAVAIL || addr->ai_family != AF_INET6)
			ereport(LOG,
					(errmsg("gqle could not listen on port %d: %m", state->port)));
		close(fd);
		return -1;
	}
	return fd;
}

/* All addresses that one word of the setting stands for. */
static void
open_host(const char *host, OpenState *state)
{
	struct addrinfo hint;
	struct addrinfo *list = NULL;
	char		service[16];
	int			rc;

	memset(&hint, 0, sizeof(hint));
	hint.ai_family = AF_UNSPEC;
	hint.ai_socktype = SOCK_STREAM;
	hint.ai_flags = AI_PASSIVE;
	snprintf(service, sizeof(service), "%d", state->port);
	rc = pg_getaddrinfo_all(strcmp(host, "*") == 0 ? NULL : host, service,
							&hint, &list);
	if (rc != 0 || list == NULL)
	{
		ereport(LOG,
				(errmsg("gqle could not translate listen address \"%s\": %s",
						host, gai_strerror(rc))));
		return;
	}
	for (struct addrinfo *addr = list; addr != NULL; addr = addr->ai_next)
	{
		int			fd;

		if (addr->ai_family != AF_INET && addr->ai_family != AF_INET6)
			continue;
		if (state->n >= state->max)
			break;
		fd = open_socket(addr, state);
		if (fd >= 0)
			state->listeners[state->n++] =
				(GqleListener) {.fd = fd,.is_tls = state->is_tls};
	}
	pg_freeaddrinfo_all(hint.ai_family, list);
}

/* All addresses of the setting, at one port. */
static void
open_port(OpenState *state, int port, bool is_tls)
{
	char	   *list = pstrdup(gqle_listen_addresses());
	char	   *saved;
	char	   *host;

	state->port = port;
	state->is_tls = is_tls;
	for (host = strtok_r(list, " ,", &saved); host != NULL;
		 host = strtok_r(NULL, " ,", &saved))
		open_host(host, state);
	pfree(list);
}

/* All ports of a database. */
static void
open_all(OpenState *state, int port)
{
	int			tls_port = gqle_listen_tls_port(port);

	if (port != 0)
		open_port(state, port, tls_port == port);
	if (tls_port != 0 && tls_port != port)
		open_port(state, tls_port, true);
}

int
gqle_listen_tls_port(int port)
{
	if (!gqle_tlscert_is_configured())
		return 0;
	if (gqle_guc_tls_port == 0)
		return port;
	return port == gqle_guc_port ? gqle_guc_tls_port : 0;
}

int
gqle_listen_open(int port, GqleListener *listeners, int max)
{
	OpenState	state = {.is_shared = true,.listeners = listeners,.max = max};

	open_all(&state, port);
	if (gqle_listen_has_unix(port) && state.n < max)
		listeners[state.n++] =
			(GqleListener) {.fd = unix_fd,.is_inherited = true};
	return state.n;
}

bool
gqle_listen_is_free(int port)
{
	GqleListener listeners[GQLE_MAX_LISTEN_SOCKETS];
	OpenState	state = {.listeners = listeners,.max = lengthof(listeners)};

	open_all(&state, port);
	for (int i = 0; i < state.n; i++)
		close(listeners[i].fd);
	return (state.n > 0 || gqle_listen_has_unix(port)) && !state.is_taken;
}

/* ------------------------------------------------------------------------
 * The Unix socket
 * ------------------------------------------------------------------------ */

bool
gqle_listen_has_unix(int port)
{
	return unix_fd >= 0 && port == gqle_guc_port;
}

/* The postmaster ends; its children must not remove what isn't theirs. */
static void
remove_unix_socket(int code, Datum arg)
{
	if (!IsUnderPostmaster)
		(void) unlink(gqle_guc_unix_socket);
}

/*
 * Make room for the socket: one that nobody listens on is left from a server
 * that crashed.  Anything else at the path is not ours to remove.
 */
static bool
remove_stale_socket(const struct sockaddr_un *addr)
{
	struct stat st;
	int			fd;
	bool		is_stale;

	if (lstat(addr->sun_path, &st) != 0)
		return errno == ENOENT;
	if (!S_ISSOCK(st.st_mode))
	{
		errno = EEXIST;
		return false;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	is_stale = connect(fd, (const struct sockaddr *) addr, sizeof(*addr)) != 0 &&
		errno == ECONNREFUSED;
	close(fd);
	if (is_stale)
		return unlink(addr->sun_path) == 0;
	errno = EADDRINUSE;
	return false;
}

void
gqle_listen_init(void)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int			fd;

	if (!gqle_guc_is_set(gqle_guc_unix_socket) || !IsPostmasterEnvironment ||
		IsUnderPostmaster || unix_fd >= 0)
		return;
	if (strlen(gqle_guc_unix_socket) >= sizeof(addr.sun_path))
	{
		ereport(LOG,
				(errmsg("gqle could not listen on Unix socket \"%s\": the path is too long",
						gqle_guc_unix_socket)));
		return;
	}
	strlcpy(addr.sun_path, gqle_guc_unix_socket, sizeof(addr.sun_path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 || !remove_stale_socket(&addr) ||
		bind(fd, (struct sockaddr *) &addr, sizeof(addr)) != 0 ||
		chmod(addr.sun_path, gqle_guc_unix_socket_permissions) != 0 ||
		listen(fd, BACKLOG) != 0)
	{
		ereport(LOG,
				(errcode_for_socket_access(),
				 errmsg("gqle could not listen on Unix socket \"%s\": %m",
						gqle_guc_unix_socket)));
		if (fd >= 0)
			close(fd);
		return;
	}
	unix_fd = fd;
	on_proc_exit(remove_unix_socket, (Datum) 0);
}
