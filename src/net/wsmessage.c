/*
 * wsmessage.c
 *		Reading the messages of GraphQL over WebSocket.
 *
 * Everything a client may have got wrong about a message's form is found here,
 * before anything is done: Hasura decodes a message as a whole, too, so that a
 * "start" without a query is no message at all.  What the query says is the
 * engine's business.
 *
 * Headers come from JSON, where any text can be a name or a value.  Only those
 * that could have come over HTTP are taken: some are passed on.
 */
#include "gqle/gqle.h"

#include "gqle/net/wsmessage.h"

#define MAX_HEADERS		128
#define MAX_ID_LEN		1024

typedef struct KindName
{
	const char *type;
	GqleWsMessageKind kind;
} KindName;

static const KindName kind_names[] = {
	{"start", GQLE_WS_START},
	{"subscribe", GQLE_WS_START},
	{"stop", GQLE_WS_STOP},
	{"complete", GQLE_WS_STOP},
	{"ping", GQLE_WS_PING},
	{"pong", GQLE_WS_PONG},
	{"connection_init", GQLE_WS_INIT},
	{"connection_terminate", GQLE_WS_TERMINATE},
};

/* Set *error to a text and return false. */
static bool pg_attribute_printf(2, 3)
fail(const char **error, const char *fmt,...)
{
	char		text[256];
	va_list		args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	*error = pstrdup(text);
	return false;
}

/* A member that must be there and be a string. */
static const char *
read_string(const GqleJson *object, const char *key, const char *path,
			const char **error)
{
	const GqleJson *value = gqle_json_lookup(object, key);

	if (value == NULL)
		fail(error, "Error in %s: key \"%s\" not found", path, key);
	else if (value->kind != GQLE_JSON_STRING)
		fail(error, "Error in %s.%s: parsing Text failed, expected String, but encountered %s",
			 path, key, gqle_json_kind_name(value));
	else
		return value->text;
	return NULL;
}

static bool
read_kind(const char *type, GqleWsMessageKind *kind, const char **error)
{
	for (size_t i = 0; i < lengthof(kind_names); i++)
	{
		if (strcmp(kind_names[i].type, type) == 0)
		{
			*kind = kind_names[i].kind;
			return true;
		}
	}
	return fail(error, "Error in $: unexpected type for ClientMessage");
}

/* The id is repeated in every answer, so it has a bound. */
static bool
read_id(const GqleJson *object, GqleWsMessage *message, const char **error)
{
	message->id = read_string(object, "id", "$", error);
	if (message->id == NULL)
		return false;
	if (strlen(message->id) > MAX_ID_LEN)
		return fail(error, "Error in $.id: an id has at most %d bytes",
					MAX_ID_LEN);
	return true;
}

/* Check the form of {"query":..,"variables":..,"operationName":..}. */
static bool
read_request(const GqleJson *object, GqleWsMessage *message, const char **error)
{
	const GqleJson *payload = gqle_json_lookup(object, "payload");
	const GqleJson *variables;
	const GqleJson *name;

	if (payload == NULL)
		return fail(error, "Error in $: key \"payload\" not found");
	if (payload->kind != GQLE_JSON_OBJECT)
		return fail(error, "Error in $.payload: parsing Hasura.GraphQL.Transport.HTTP.Protocol.GQLReq(GQLReq) failed, expected Object, but encountered %s",
					gqle_json_kind_name(payload));
	if (read_string(payload, "query", "$.payload", error) == NULL)
		return false;
	variables = gqle_json_lookup(payload, "variables");
	if (!gqle_json_is_null(variables) && variables->kind != GQLE_JSON_OBJECT)
		return fail(error, "Error in $.payload.variables: parsing HashMap failed, expected Object, but encountered %s",
					gqle_json_kind_name(variables));
	name = gqle_json_lookup(payload, "operationName");
	if (!gqle_json_is_null(name) && name->kind != GQLE_JSON_STRING)
		return fail(error, "Error in $.payload.operationName: parsing Name failed, expected String, but encountered %s",
					gqle_json_kind_name(name));
	message->payload = payload;
	return true;
}

/* Is it a token, as the names of headers are (RFC 9110 §5.6.2)? */
static bool
is_token(const char *text, int len)
{
	static const char marks[] = "!#$%&'*+-.^_`|~";

	for (int i = 0; i < len; i++)
	{
		char		c = text[i];

		if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z') &&
			!(c >= 'A' && c <= 'Z') && (c == '\0' || strchr(marks, c) == NULL))
			return false;
	}
	return len > 0;
}

static bool
is_header_value(const char *text)
{
	for (; *text != '\0'; text++)
	{
		if ((unsigned char) *text < ' ' && *text != '\t')
			return false;
	}
	return true;
}

/* The text of a header's value, or NULL: strings, numbers and booleans. */
static const char *
header_value(const GqleJson *value)
{
	switch (value->kind)
	{
		case GQLE_JSON_STRING:
			return is_header_value(value->text) ? value->text : NULL;
		case GQLE_JSON_NUMBER:
			return value->text;
		case GQLE_JSON_BOOL:
			return value->boolean ? "true" : "false";
		case GQLE_JSON_NULL:
		case GQLE_JSON_ARRAY:
		case GQLE_JSON_OBJECT:
			break;
	}
	return NULL;
}

/* The payload of connection_init: null, or an object that may have headers. */
static bool
read_headers(const GqleJson *object, GqleWsMessage *message, const char **error)
{
	const GqleJson *payload = gqle_json_lookup(object, "payload");
	const GqleJson *headers;

	if (gqle_json_is_null(payload))
		return true;
	if (payload->kind != GQLE_JSON_OBJECT)
		return fail(error, "Error in $.payload: parsing ConnParams failed, expected Object, but encountered %s",
					gqle_json_kind_name(payload));
	headers = gqle_json_lookup(payload, "headers");
	if (gqle_json_is_null(headers))
		return true;
	if (headers->kind != GQLE_JSON_OBJECT)
		return fail(error, "Error in $.payload.headers: parsing HashMap failed, expected Object, but encountered %s",
					gqle_json_kind_name(headers));
	if (headers->n > MAX_HEADERS)
		return fail(error, "Error in $.payload.headers: there are more than %d",
					MAX_HEADERS);

	message->headers = palloc(sizeof(GqleWsHeader) * Max(headers->n, 1));
	for (int i = 0; i < headers->n; i++)
	{
		const GqleJsonMember *member = &headers->members[i];
		GqleWsHeader *header = &message->headers[message->n_headers++];

		if (!is_token(member->key, member->key_len))
			return fail(error, "Error in $.payload.headers: a name is not that of a header");
		header->name = member->key;
		header->value = header_value(member->value);
		if (header->value == NULL)
			return fail(error, "Error in $.payload.headers['%.100s']: not the value of a header",
						member->key);
	}
	return true;
}

GqleWsMessage *
gqle_wsmessage_parse(const char *text, int len, const char **error)
{
	GqleWsMessage *message = palloc0(sizeof(*message));
	GqleJsonError json_error;
	GqleJson   *object = gqle_json_parse(text, len, &json_error);
	const char *type;
	bool		is_read = true;

	if (object == NULL)
	{
		fail(error, "Error in $: %s", json_error.message);
		return NULL;
	}
	if (object->kind != GQLE_JSON_OBJECT)
	{
		fail(error, "Error in $: parsing ClientMessage failed, expected Object, but encountered %s",
			 gqle_json_kind_name(object));
		return NULL;
	}
	type = read_string(object, "type", "$", error);
	if (type == NULL || !read_kind(type, &message->kind, error))
		return NULL;
	switch (message->kind)
	{
		case GQLE_WS_INIT:
			is_read = read_headers(object, message, error);
			break;
		case GQLE_WS_START:
			is_read = read_id(object, message, error) &&
				read_request(object, message, error);
			break;
		case GQLE_WS_STOP:
			is_read = read_id(object, message, error);
			break;
		case GQLE_WS_PING:
			message->payload = gqle_json_lookup(object, "payload");
			break;
		case GQLE_WS_TERMINATE:
		case GQLE_WS_PONG:
			break;
	}
	return is_read ? message : NULL;
}
