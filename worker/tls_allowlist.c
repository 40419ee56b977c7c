/*
 * tls_allowlist.c
 *		Hosts that may vouch for themselves (add_host_to_tls_allowlist), for calls that
 *		are made outside of a transaction: the authentication webhook, key sets, events.
 *
 * Those within one ask the metadata (gqle_outcall_allows_self_signed); the rules are
 * the same.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "gqle/net/url.h"
#include "gqle/worker/tls_allowlist.h"

typedef struct Host
{
	char	   *name;
	char	   *port;			/* NULL: any */
} Host;

static MemoryContext memory = NULL;
static Host *hosts = NULL;
static int	n_hosts = 0;

static const char *
text_of(const GqleJson *object, const char *key)
{
	const GqleJson *value = gqle_json_lookup(object, key);

	return value != NULL && value->kind == GQLE_JSON_STRING ? value->text : NULL;
}

/* Without permissions an entry allows what there is to allow. */
static bool
allows_self_signed(const GqleJson *entry)
{
	const GqleJson *permissions = gqle_json_lookup(entry, "permissions");

	if (gqle_json_is_null(permissions))
		return true;
	for (int i = 0; permissions->kind == GQLE_JSON_ARRAY && i < permissions->n; i++)
		if (permissions->items[i]->kind == GQLE_JSON_STRING &&
			strcmp(permissions->items[i]->text, "self-signed") == 0)
			return true;
	return false;
}

static void
add_host(const GqleJson *entry)
{
	const char *name = text_of(entry, "host");
	const char *port = text_of(entry, "suffix");

	if (name == NULL || !allows_self_signed(entry))
		return;
	hosts[n_hosts].name = pstrdup(name);
	hosts[n_hosts++].port = port != NULL ? pstrdup(port) : NULL;
}

void
gqle_tls_allowlist_read(const GqleJson *network)
{
	const GqleJson *list = gqle_json_lookup(network, "tls_allowlist");
	MemoryContext old;

	if (memory == NULL)
		memory = AllocSetContextCreate(TopMemoryContext, "gqle tls allowlist",
									   ALLOCSET_SMALL_SIZES);
	MemoryContextReset(memory);
	n_hosts = 0;
	if (list == NULL || list->kind != GQLE_JSON_ARRAY)
		return;
	old = MemoryContextSwitchTo(memory);
	hosts = palloc(sizeof(Host) * Max(list->n, 1));
	for (int i = 0; i < list->n; i++)
		add_host(list->items[i]);
	MemoryContextSwitchTo(old);
}

bool
gqle_tls_allowlist_has(const char *url)
{
	GqleUrl		parsed;
	char		port[16];

	if (n_hosts == 0 || url == NULL || !gqle_url_parse(url, &parsed) || !parsed.is_secure)
		return false;
	snprintf(port, sizeof(port), "%d", parsed.port);
	for (int i = 0; i < n_hosts; i++)
		if (strcmp(hosts[i].name, parsed.host) == 0 &&
			(hosts[i].port == NULL || strcmp(hosts[i].port, port) == 0))
			return true;
	return false;
}
