/*
 * webhook.h
 *		Endpoints of users that the engine calls, as metadata describe them.
 */
#ifndef GQLE_CATALOG_WEBHOOK_H
#define GQLE_CATALOG_WEBHOOK_H

#include "gqle/base/error.h"
#include "gqle/base/json_read.h"

/* A header to be sent: one of value and from_env is there. */
typedef struct GqleWebhookHeader
{
	const char *name;
	const char *value;			/* with {{VARIABLES}} */
	const char *from_env;
} GqleWebhookHeader;

typedef struct GqleWebhook
{
	const char *url;			/* variables replaced */
	const GqleJson *header_conf;	/* as written, or NULL */
	int			n_headers;
	GqleWebhookHeader *headers;
	int			timeout;		/* ms */
	bool		forward_client_headers;
	int			n_ignored;
	const char **ignored_headers;	/* of clients, not to be passed on; NULL: the
									 * usual ones */
} GqleWebhook;

/*
 * Read {"url", "headers", "timeout", "forward_client_headers"}; the timeout is in
 * seconds.  Texts stay those of the definition, the rest is allocated in the
 * current memory context.  NULL after reporting.
 */
extern GqleWebhook *gqle_webhook_parse(const GqleJson *definition, int default_timeout,
									   GqleErrorSink *sink);

#endif							/* GQLE_CATALOG_WEBHOOK_H */
