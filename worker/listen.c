/*
 * listen.c
 *		Opens the listening sockets.
 *
 * Every server worker opens sockets of its own on the same port
 * (SO_REUSEPORT), so the kernel spreads connections and no descriptor has to
 * pass between processes.
 */
#include "postgres.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/ip.h"

#include "gqle/base/guc.h"
#include "gqle/base/secrets.h"
#include "gqle/worker/listen.h"

#define BACKLOG 1024

/* How a walk over the addresses uses each of them. */
typedef struct OpenState
{
	int			port;
	bool		is_shared;		/* SO_REUSEPORT */
	int		   *fds;
	int			n_fds;
	int			max;
	bool		is_taken;		/* somebody else has the port */
} OpenState;

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
		if (state->n_fds >= state->max)
			break;
		fd = open_socket(addr, state);
		if (fd >= 0)
			state->fds[state->n_fds++] = fd;
	}
	pg_freeaddrinfo_all(hint.ai_family, list);
}

static void
open_all(OpenState *state)
{
	char	   *list = pstrdup(gqle_listen_addresses());
	char	   *saved;
	char	   *host;

	for (host = strtok_r(list, " ,", &saved); host != NULL;
		 host = strtok_r(NULL, " ,", &saved))
		open_host(host, state);
	pfree(list);
}

int
gqle_listen_open(int port, int *fds, int max)
{
	OpenState	state = {.port = port,.is_shared = true,.fds = fds,.max = max};

	open_all(&state);
	return state.n_fds;
}

bool
gqle_listen_is_free(int port)
{
	int			fds[GQLE_MAX_LISTEN_SOCKETS];
	OpenState	state = {.port = port,.fds = fds,.max = lengthof(fds)};

	open_all(&state);
	for (int i = 0; i < state.n_fds; i++)
		close(fds[i]);
	return state.n_fds > 0 && !state.is_taken;
}
