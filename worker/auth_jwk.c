/*
 * auth_jwk.c
 *		Keys that stand at a URL (http-and-config.md, 13).
 *
 * A *source* is a URL and the keys that were there last.  They are fetched at
 * the start, which fails if that does after some tries; later as the answer's
 * Cache-Control or Expires says, or never if it says nothing.  There is at most
 * one request in flight for a source, and until it has brought usable keys the
 * old ones stay in force.
 */
#include "postgres.h"

#include "postmaster/interrupt.h"
#include "utils/memutils.h"

#include "gqle/base/json_write.h"
#include "gqle/base/log.h"
#include "gqle/net/httphdr.h"
#include "gqle/worker/auth_parts.h"
#include "gqle/worker/httpc.h"
#include "gqle/worker/tls_allowlist.h"

#define TRIES			6		/* at the start: the first and five more */
#define FIRST_PAUSE_MS	200		/* doubled after each */
#define RETRY_SECONDS	60		/* after a failure, or if the answer is over already */
#define TIMEOUT_MS		30000
#define MAX_SET_BYTES	(1024 * 1024)
#define MAX_REDIRECTS	10
#define USECS			INT64CONST(1000000)

struct GqleJwkSource
{
	MemoryContext memory;
	char	   *url;
	MemoryContext keys_memory;
	GqleJwtKeySet *keys;		/* NULL: none yet */
	char	   *text;			/* that they were made of */
	GqleHttpcCall *call;		/* in flight, or NULL */
	bool		is_answered;	/* for who waits */
	bool		has_changed;	/* for who asks */
	int64		refresh_at;		/* GQLE_JWT_NEVER: not by itself */
	char		error[256];		/* why the last try failed; or empty */
};

GqleJwkSource *
gqle_auth_jwk_make(const char *url)
{
	MemoryContext memory = AllocSetContextCreate(TopMemoryContext, "gqle jwk",
												 ALLOCSET_SMALL_SIZES);
	GqleJwkSource *source = MemoryContextAllocZero(memory, sizeof(*source));

	source->memory = memory;
	source->url = MemoryContextStrdup(memory, url);
	return source;
}

void
gqle_auth_jwk_free(GqleJwkSource *source)
{
	if (source == NULL)
		return;
	if (source->call != NULL)
		gqle_httpc_cancel(source->call);
	gqle_jwk_free(source->keys);
	MemoryContextDelete(source->memory);
}

const GqleJwtKeySet *
gqle_auth_jwk_keys(const GqleJwkSource *source)
{
	static const GqleJwtKeySet none = {0};

	return source->keys != NULL ? source->keys : &none;
}

/* Take over the keys of an answer; false with an error if there are none. */
static bool
take_keys(GqleJwkSource *source, const GqleHttpReply *reply)
{
	MemoryContext memory;
	MemoryContext old;
	GqleJwtKeySet *keys;
	const char *error = NULL;

	if (source->text != NULL && strcmp(source->text, reply->body) == 0)
		return true;
	memory = AllocSetContextCreate(source->memory, "gqle jwk set",
								   ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(memory);
	keys = gqle_jwk_parse_set(reply->body, reply->body_len, &error);
	if (keys == NULL)
		snprintf(source->error, sizeof(source->error), "%s", error);
	MemoryContextSwitchTo(old);
	if (keys == NULL)
	{
		MemoryContextDelete(memory);
		return false;
	}
	gqle_jwk_free(source->keys);
	if (source->keys_memory != NULL)
		MemoryContextDelete(source->keys_memory);
	source->keys = keys;
	source->keys_memory = memory;
	source->text = MemoryContextStrdup(memory, reply->body);
	source->has_changed = true;
	return true;
}

/* When the answer says that it will be over. */
static int64
refresh_time(GqleJwkSource *source, const GqleHttpReply *reply, int64 now)
{
	char	   *cache_control = gqle_http_reply_header(reply, "cache-control", 0);
	char	   *expires = gqle_http_reply_header(reply, "expires", 0);
	GqleCacheControl parsed = {0};
	int64		seconds;

	if (cache_control != NULL)
		gqle_httphdr_parse_cache_control(cache_control, &parsed);
	if (parsed.no_cache || (parsed.must_revalidate && !parsed.has_max_age))
		seconds = 0;
	else if (parsed.has_max_age)
		seconds = parsed.max_age;
	else if (cache_control == NULL && expires == NULL)
		return GQLE_JWT_NEVER;
	else if (expires != NULL && gqle_httphdr_parse_date(expires, &seconds))
		seconds -= now / USECS;
	else
	{
		ereport(LOG,
				(errmsg("could not learn from the answer of \"%s\" how long its keys last",
						source->url)));
		/* what was known before, but not a time that has passed */
		return source->refresh_at > now ? source->refresh_at :
			now + RETRY_SECONDS * USECS;
	}
	return now + (seconds > 0 ? seconds : RETRY_SECONDS) * USECS;
}

/* A line of jwk-refresh-log. */
static void
log_refresh(const GqleJwkSource *source, GqleLogLevel level, const char *error)
{
	StringInfo	out;

	if (!gqle_log_wants(GQLE_LOG_JWK_REFRESH, level))
		return;
	out = gqle_log_begin(GQLE_LOG_JWK_REFRESH, level);
	appendStringInfoString(out, "{\"message\":");
	gqle_json_write_cstring(out, error != NULL ? "could not refresh the keys" :
							"refreshing JWK from endpoint");
	appendStringInfoString(out, ",\"error\":");
	if (error != NULL)
	{
		appendStringInfoString(out, "{\"error\":");
		gqle_json_write_cstring(out, error);
		appendStringInfoString(out, ",\"url\":");
		gqle_log_append_url(out, source->url);
		appendStringInfoChar(out, '}');
	}
	else
		appendStringInfoString(out, "null");
	appendStringInfoChar(out, '}');
	gqle_log_end();
}

static void
take_answer(void *arg, const GqleHttpReply *reply)
{
	GqleJwkSource *source = arg;
	int64		now = gqle_auth_now();
	bool		is_fine = false;

	source->call = NULL;
	source->is_answered = true;
	source->error[0] = '\0';
	if (reply->failure != GQLE_HTTP_OK)
		strlcpy(source->error, reply->reason, sizeof(source->error));
	else if (reply->status < 200 || reply->status > 299)
		snprintf(source->error, sizeof(source->error), "status %d",
				 reply->status);
	else
		is_fine = take_keys(source, reply);
	source->refresh_at = is_fine ? refresh_time(source, reply, now) :
		now + RETRY_SECONDS * USECS;
	if (!is_fine)
		log_refresh(source, GQLE_LOG_LEVEL_CRITICAL, source->error);
}

/* Ask for the keys, unless that is under way. */
static void
ask(GqleJwkSource *source)
{
	static const GqleHttpHeader headers[] = {{"Accept", "application/json"},
	{"User-Agent", GQLE_HTTP_AGENT}};
	GqleHttpRequest request = {.url = source->url,.headers = headers,
		.n_headers = lengthof(headers),.timeout = TIMEOUT_MS,
	.max_body = MAX_SET_BYTES,.max_redirects = MAX_REDIRECTS,.keeps_tls = true,
	.allows_self_signed = gqle_tls_allowlist_has(source->url)};

	if (source->call != NULL)
		return;
	log_refresh(source, GQLE_LOG_LEVEL_INFO, NULL);
	source->is_answered = false;
	source->call = gqle_httpc_begin(&request, take_answer, source);
	if (source->call != NULL)
		return;
	source->is_answered = true;
	source->refresh_at = gqle_auth_now() + RETRY_SECONDS * USECS;
	strlcpy(source->error, "the request could not be made",
			sizeof(source->error));
}

bool
gqle_auth_jwk_fetch_first(GqleJwkSource *source, const char **error)
{
	long		pause = FIRST_PAUSE_MS;

	for (int i = 0; i < TRIES && !ShutdownRequestPending; i++)
	{
		if (i > 0)
		{
			gqle_httpc_sleep(pause);
			pause *= 2;
		}
		ask(source);
		gqle_httpc_wait_for(&source->is_answered);
		if (source->keys != NULL)
			return true;
	}
	*error = psprintf("could not get the keys of JSON Web Tokens from \"%s\": %s",
					  source->url, source->error);
	return false;
}

bool
gqle_auth_jwk_turn(GqleJwkSource *source)
{
	bool		has_changed = source->has_changed;

	source->has_changed = false;
	if (source->refresh_at != GQLE_JWT_NEVER &&
		gqle_auth_now() >= source->refresh_at)
		ask(source);
	return has_changed;
}

int64
gqle_auth_jwk_refresh_time(const GqleJwkSource *source)
{
	return source->call != NULL ? GQLE_JWT_NEVER : source->refresh_at;
}
