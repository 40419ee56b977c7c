/*
 * ws_handshake.c
 *		The handshake of a WebSocket (RFC 6455 §4, http-and-config.md, 10.1).
 *
 * The protocol is graphql-transport-ws if the client asks for it and for nothing
 * else, and the older one of Apollo otherwise: compat.
 */
#include "postgres.h"

#include <openssl/evp.h>

#include "gqle/base/guc.h"
#include "gqle/net/pmdeflate.h"
#include "gqle/worker/cors.h"
#include "gqle/worker/ws_parts.h"

#define MODERN			"graphql-transport-ws"
#define APOLLO			"graphql-ws"
#define GUID			"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
#define KEY_LEN			24		/* base64 of 16 bytes */
#define ACCEPT_SIZE		32

/* Is a word one of a header's comma separated list? */
static bool
lists_word(const char *list, const char *word)
{
	size_t		len = strlen(word);

	while (list != NULL && *list != '\0')
	{
		size_t		n;

		list += strspn(list, " \t,");
		n = strcspn(list, " \t,");
		if (n == len && pg_strncasecmp(list, word, len) == 0)
			return true;
		list += n;
	}
	return false;
}

bool
gqle_ws_handshake_is_one(const GqleExchange *x)
{
	return strcmp(x->method, "GET") == 0 &&
		lists_word(gqle_httpd_header(x, "upgrade"), "websocket");
}

bool
gqle_ws_handshake_is_modern(const GqleExchange *x)
{
	bool		is_modern = false;

	for (int i = 0; i < x->n_headers; i++)
	{
		if (pg_strcasecmp(x->headers[i].name, "sec-websocket-protocol") != 0)
			continue;
		if (is_modern || strcmp(x->headers[i].value, MODERN) != 0)
			return false;
		is_modern = true;
	}
	return is_modern;
}

static bool
wants_compression(const GqleExchange *x)
{
	if (!gqle_guc_connection_compression)
		return false;
	for (int i = 0; i < x->n_headers; i++)
	{
		if (pg_strcasecmp(x->headers[i].name, "sec-websocket-extensions") == 0 &&
			gqle_pmdeflate_is_offered(x->headers[i].value))
			return true;
	}
	return false;
}

int
gqle_ws_handshake_endpoint(const GqleExchange *x)
{
	static const struct
	{
		const char *path;
		GqleEndpoint endpoint;
	}			paths[] = {
		{"/v1/graphql", GQLE_ENDPOINT_V1_GRAPHQL},
		{"/v1alpha1/graphql", GQLE_ENDPOINT_V1ALPHA1_GRAPHQL},
		{"/v1beta1/relay", GQLE_ENDPOINT_RELAY},
	};

	if (!gqle_guc_has_api(GQLE_API_GROUP_GRAPHQL))
		return -1;
	for (size_t i = 0; i < lengthof(paths); i++)
	{
		if ((int) strlen(paths[i].path) == x->path_len &&
			memcmp(paths[i].path, x->target, x->path_len) == 0)
			return paths[i].endpoint;
	}
	return -1;
}

/* Sec-WebSocket-Accept for a key; false if it isn't one (RFC 6455 §4.2). */
static bool
make_accept(const char *client_key, char *accept)
{
	unsigned char bytes[KEY_LEN];
	unsigned char digest[EVP_MAX_MD_SIZE];
	char		text[KEY_LEN + sizeof(GUID)];
	unsigned int digest_len;

	if (client_key == NULL || strlen(client_key) != KEY_LEN ||
		strcmp(client_key + KEY_LEN - 2, "==") != 0 ||
		EVP_DecodeBlock(bytes, (const unsigned char *) client_key, KEY_LEN) < 0)
		return false;
	snprintf(text, sizeof(text), "%s" GUID, client_key);
	if (EVP_Digest(text, strlen(text), digest, &digest_len, EVP_sha1(), NULL) != 1)
		return false;
	EVP_EncodeBlock((unsigned char *) accept, digest, digest_len);
	return true;
}

/*
 * May a page of the request's origin, if there is one, have a socket?  With CORS
 * switched off it may, but its cookies are ignored then.
 */
static bool
is_origin_welcome(const GqleExchange *x)
{
	const char *origin = gqle_httpd_header(x, "origin");

	return gqle_guc_disable_cors || origin == NULL ||
		gqle_cors_is_origin_allowed(origin);
}

bool
gqle_ws_handshake_refuse(int *status, int wanted, GqleErrorSink *sink, GqleErrorCode code,
	   const char *message)
{
	*status = wanted;
	return gqle_error_report(sink, code, NULL, "%s", message);
}

bool
gqle_ws_handshake_accept(GqleExchange *x, GqleUpgradeHandler handler, int *status,
						 GqleErrorSink *sink)
{
	static char accept[ACCEPT_SIZE];	/* copied before the next one */
	const char *version = gqle_httpd_header(x, "sec-websocket-version");

	if (!is_origin_welcome(x))
		return gqle_ws_handshake_refuse(status, 400, sink, GQLE_ERR_ACCESS_DENIED,
					  "received origin header does not match configured CORS domains");
	if (gqle_ws_handshake_endpoint(x) < 0)
		return gqle_ws_handshake_refuse(status, 404, sink, GQLE_ERR_NOT_FOUND,
					  "only '/v1/graphql', '/v1alpha1/graphql' and '/v1beta1/relay' are supported on websockets");
	if (version == NULL || strcmp(version, "13") != 0)
		return gqle_ws_handshake_refuse(status, 426, sink, GQLE_ERR_BAD_REQUEST,
					  "only version 13 of WebSocket is supported");
	if (!lists_word(gqle_httpd_header(x, "connection"), "upgrade") ||
		x->is_http_1_0 || x->is_chunked ||
		!make_accept(gqle_httpd_header(x, "sec-websocket-key"), accept))
		return gqle_ws_handshake_refuse(status, 400, sink, GQLE_ERR_BAD_REQUEST,
					  "the WebSocket handshake is malformed");
	gqle_httpd_upgrade(x, accept, gqle_ws_handshake_is_modern(x) ? MODERN : APOLLO,
					   wants_compression(x) ? GQLE_PMDEFLATE_ANSWER : NULL,
					   handler);
	return true;
}

/* Is it a header of the handshake that nobody may, or need, look at later? */
static bool
is_of_handshake(const GqleHttpHeader *h)
{
	if (pg_strcasecmp(h->name, "cookie") == 0)
		return gqle_guc_disable_cors && !gqle_guc_ws_read_cookie;
	return pg_strncasecmp(h->name, "sec-websocket-", 14) == 0 ||
		pg_strcasecmp(h->name, "upgrade") == 0 ||
		pg_strcasecmp(h->name, "connection") == 0;
}

GqleHttpHeader *
gqle_ws_handshake_keep_headers(const GqleExchange *x, int *n)
{
	Size		size = 0;
	GqleHttpHeader *headers;
	char	   *place;

	*n = 0;
	for (int i = 0; i < x->n_headers; i++)
	{
		if (is_of_handshake(&x->headers[i]))
			continue;
		size += sizeof(GqleHttpHeader) + x->headers[i].name_len +
			x->headers[i].value_len + 2;
		(*n)++;
	}
	if (size == 0)
		return NULL;
	headers = MemoryContextAlloc(gqle_ws_memory, size);
	place = (char *) &headers[*n];
	*n = 0;
	for (int i = 0; i < x->n_headers; i++)
	{
		const GqleHttpHeader *from = &x->headers[i];
		GqleHttpHeader *h;

		if (is_of_handshake(from))
			continue;
		h = &headers[(*n)++];
		h->name = memcpy(place, from->name, from->name_len + 1);
		h->name_len = from->name_len;
		place += from->name_len + 1;
		h->value = memcpy(place, from->value, from->value_len + 1);
		h->value_len = from->value_len;
		place += from->value_len + 1;
	}
	return headers;
}
