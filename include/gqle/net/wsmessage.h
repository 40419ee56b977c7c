/*
 * wsmessage.h
 *		What clients say in GraphQL over WebSocket, in either protocol.
 *
 * graphql-transport-ws and the older graphql-ws have different names for
 * the same things; both vocabularies are understood on every connection.
 */
#ifndef GQLE_NET_WSMESSAGE_H
#define GQLE_NET_WSMESSAGE_H

#include "gqle/base/json_read.h"

typedef enum GqleWsMessageKind
{
	GQLE_WS_INIT,				/* connection_init */
	GQLE_WS_START,				/* start, subscribe */
	GQLE_WS_STOP,				/* stop, complete */
	GQLE_WS_TERMINATE,			/* connection_terminate */
	GQLE_WS_PING,
	GQLE_WS_PONG
} GqleWsMessageKind;

/* A header of connection_init: its name is a token, its value one line. */
typedef struct GqleWsHeader
{
	const char *name;
	const char *value;
} GqleWsHeader;

typedef struct GqleWsMessage
{
	GqleWsMessageKind kind;
	const char *id;				/* START, STOP */
	const GqleJson *payload;	/* START: an object with a query; PING: any or
								 * NULL */
	int			n_headers;		/* INIT */
	GqleWsHeader *headers;
} GqleWsMessage;

/*
 * Read a message; it is allocated in the current memory context.  Returns NULL
 * and sets *error to why it can't be read, as Hasura would say it.
 */
extern GqleWsMessage *gqle_wsmessage_parse(const char *text, int len,
										   const char **error);

#endif							/* GQLE_NET_WSMESSAGE_H */
