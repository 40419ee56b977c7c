/*
 * auth_jwt.c
 *		Sessions from JSON Web Tokens (http-and-config.md, 13).
 *
 * A *context* is one configuration with its keys.  A request's *candidates* are
 * the pairs of a context and a token found where that context looks for tokens.
 * There may be one token only; the first context that verifies it wins.
 *
 * Verified tokens are remembered, since a signature costs more than the query
 * that it admits.  The key is the hash of the whole token and its context; what
 * is kept are the roles and variables, not the token.  An entry counts until
 * the token expires, and all are forgotten when a key or a setting changes.
 * The table is bounded, and the entry used longest ago makes room.
 */
#include "postgres.h"

#include <openssl/evp.h>
#include <sys/time.h>

#include "lib/ilist.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "gqle/base/guc.h"
#include "gqle/base/ptrsort.h"
#include "gqle/net/httphdr.h"
#include "gqle/net/jwt.h"
#include "gqle/worker/auth_parts.h"

#define MAX_CONTEXTS 16
#define MAX_CANDIDATES 16
#define MAX_REMEMBERED 10000
#define MAX_REMEMBERED_BYTES (16 * 1024 * 1024)
#define DIGEST_LEN 32
#define ROLE_VARIABLE "x-hasura-role"

/* One configuration with its keys. */
typedef struct JwtContext
{
	GqleJwtConfig *config;
	GqleJwkSource *source; /* of keys at a URL, else NULL */
} JwtContext;

/* All that the settings say; replaced as a whole. */
typedef struct JwtSettings
{
	MemoryContext memory;
	int n;
	JwtContext contexts[MAX_CONTEXTS];
} JwtSettings;

typedef struct Candidate
{
	int context;
	const char *token;
	int len;
} Candidate;

/*
 * A verified token.  texts are, each with its NUL: the default role, the
 * allowed roles, and names and values of the variables in order of name.
 */
typedef struct Remembered
{
	unsigned char digest[DIGEST_LEN]; /* the key */
	dlist_node node;				  /* in order of use, the latest first */
	int64 valid_until;				  /* with the skew */
	int64 expires_at;				  /* 0: never */
	int n_roles;
	int n_variables;
	int texts_len;
	char *texts;
} Remembered;

static JwtSettings *settings = NULL;
static MemoryContext remembered_memory = NULL;
static HTAB *remembered = NULL;
static dlist_head remembered_order;
static Size remembered_bytes = 0;

static void forget_all(void);

int64
gqle_auth_now(void)
{
	struct timeval now;

	gettimeofday(&now, NULL);
	return (int64) now.tv_sec * 1000000 + now.tv_usec;
}

bool
gqle_auth_jwt_is_on(void)
{
	return gqle_guc_is_set(gqle_guc_jwt_secret) ||
		   gqle_guc_is_set(gqle_guc_jwt_secrets);
}

/* ------------------------------------------------------------------------
 * Settings
 * ------------------------------------------------------------------------ */

static void
free_settings(JwtSettings *old)
{
	if (old == NULL)
		return;
	for (int i = 0; i < old->n; i++)
	{
		gqle_jwk_free(old->contexts[i].config->keys);
		gqle_auth_jwk_free(old->contexts[i].source);
	}
	MemoryContextDelete(old->memory);
}

static bool
add_context(JwtSettings *new, const GqleJson *json, const char **error)
{
	GqleJwtConfig *config = gqle_jwt_read_config(json, error);

	if (config == NULL)
		return false;
	if (config->warning != NULL)
		ereport(WARNING, (errmsg("the configuration of JSON Web Tokens has %s",
								 config->warning)));
	new->contexts[new->n].config = config;
	if (config->jwk_url != NULL)
		new->contexts[new->n].source = gqle_auth_jwk_make(config->jwk_url);
	new->n++;
	return true;
}

/* Read the setting that counts; false and *error if it can't be used. */
static bool
read_settings(JwtSettings *new, const char **error)
{
	bool is_list = gqle_guc_is_set(gqle_guc_jwt_secrets);
	const char *text = is_list ? gqle_guc_jwt_secrets : gqle_guc_jwt_secret;
	GqleJsonError json_error;
	GqleJson *json = gqle_json_parse(text, strlen(text), &json_error);

	if (json == NULL)
	{
		*error = psprintf("Error in $: %s", json_error.message);
		return false;
	}
	if (!is_list)
		return add_context(new, json, error);
	if (json->kind != GQLE_JSON_ARRAY || json->n == 0 || json->n > MAX_CONTEXTS)
	{
		*error = psprintf(
			"Error in $: expected a list of 1 to %d configurations",
			MAX_CONTEXTS);
		return false;
	}
	for (int i = 0; i < json->n; i++)
	{
		if (!add_context(new, json->items[i], error))
			return false;
	}
	return true;
}

/* Go on with the keys of URLs that the old settings have, too. */
static void
keep_sources(JwtSettings *new)
{
	for (int i = 0; settings != NULL && i < new->n; i++)
	{
		for (int k = 0; k < settings->n; k++)
		{
			const char *old_url = settings->contexts[k].config->jwk_url;
			const char *url = new->contexts[i].config->jwk_url;

			if (url == NULL || old_url == NULL || strcmp(url, old_url) != 0 ||
				settings->contexts[k].source == NULL)
				continue;
			gqle_auth_jwk_free(new->contexts[i].source);
			new->contexts[i].source = settings->contexts[k].source;
			settings->contexts[k].source = NULL;
			break;
		}
	}
}

bool
gqle_auth_jwt_load(bool is_start, const char **error)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext memory = AllocSetContextCreate(TopMemoryContext, "gqle jwt",
												 ALLOCSET_SMALL_SIZES);
	JwtSettings *new;
	bool is_fine = true;

	MemoryContextSwitchTo(memory);
	new = palloc0(sizeof(*new));
	new->memory = memory;
	if (gqle_auth_jwt_is_on())
		is_fine = read_settings(new, error);
	for (int i = 0; i < new->n && is_fine && is_start; i++)
	{
		if (new->contexts[i].source != NULL)
			is_fine = gqle_auth_jwk_fetch_first(new->contexts[i].source, error);
	}
	MemoryContextSwitchTo(caller);
	if (!is_fine)
	{
		*error = psprintf(
			"Fatal Error:- Environment variable HASURA_GRAPHQL_%s: %s",
			gqle_guc_is_set(gqle_guc_jwt_secrets) ? "JWT_SECRETS"
												  : "JWT_SECRET",
			*error);
		free_settings(new);
		return false;
	}
	keep_sources(new);
	free_settings(settings);
	settings = new;
	forget_all();
	return true;
}

void
gqle_auth_jwt_turn(void)
{
	bool		has_changed = false;

	for (int i = 0; i < settings->n; i++)
	{
		if (settings->contexts[i].source != NULL)
			has_changed |= gqle_auth_jwk_turn(settings->contexts[i].source);
	}
	if (has_changed)
		forget_all();
}

int64
gqle_auth_jwt_next_turn(void)
{
	int64		next = GQLE_JWT_NEVER;

	for (int i = 0; i < settings->n; i++)
	{
		if (settings->contexts[i].source != NULL)
			next = Min(next,
					   gqle_auth_jwk_refresh_time(settings->contexts[i].source));
	}
	return next;
}

/* ------------------------------------------------------------------------
 * Verified tokens
 * ------------------------------------------------------------------------ */

static void
forget_all(void)
{
	HASHCTL info = {0};

	if (remembered_memory == NULL)
		remembered_memory = AllocSetContextCreate(TopMemoryContext,
												  "gqle verified tokens",
												  ALLOCSET_DEFAULT_SIZES);
	else
		MemoryContextReset(remembered_memory);
	info.keysize = DIGEST_LEN;
	info.entrysize = sizeof(Remembered);
	info.hcxt = remembered_memory;
	remembered = hash_create("gqle verified tokens", 256, &info,
							 HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	dlist_init(&remembered_order);
	remembered_bytes = 0;
}

static void
forget(Remembered *entry)
{
	dlist_delete(&entry->node);
	remembered_bytes -= entry->texts_len;
	pfree(entry->texts);
	hash_search(remembered, entry->digest, HASH_REMOVE, NULL);
}

/*
 * The hash of a token and its context.  The hash function is fetched once: that
 * costs more than hashing a token.
 */
static bool
digest_token(const Candidate *candidate, unsigned char *digest)
{
	static EVP_MD *md = NULL;
	static EVP_MD_CTX *context = NULL;
	unsigned char index = (unsigned char) candidate->context;

	if (md == NULL)
		md = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (context == NULL)
		context = EVP_MD_CTX_new();
	return md != NULL && context != NULL &&
		   EVP_DigestInit_ex2(context, md, NULL) == 1 &&
		   EVP_DigestUpdate(context, &index, 1) == 1 &&
		   EVP_DigestUpdate(context, candidate->token, candidate->len) == 1 &&
		   EVP_DigestFinal_ex(context, digest, NULL) == 1;
}

static Remembered *
recall(const unsigned char *digest)
{
	Remembered *entry = hash_search(remembered, digest, HASH_FIND, NULL);

	if (entry == NULL)
		return NULL;
	if (gqle_auth_now() >= entry->valid_until)
	{
		forget(entry);
		return NULL;
	}
	dlist_move_head(&remembered_order, &entry->node);
	return entry;
}

static int
compare_variables(const void *a, const void *b)
{
	return strcmp(((const GqleJwtVariable *) a)->name,
				  ((const GqleJwtVariable *) b)->name);
}

/*
 * The texts of what a token says, as Remembered keeps them.  The role is not
 * among the variables, whatever the token says: it is chosen for each request.
 */
static void
join_texts(const GqleJwtClaims *claims, StringInfo texts, int *n_variables)
{
	const void **sorted = palloc(sizeof(void *) * Max(claims->n_variables, 1));
	int n = 0;

	appendBinaryStringInfo(texts, claims->default_role,
						   strlen(claims->default_role) + 1);
	for (int i = 0; i < claims->n_roles; i++)
		appendBinaryStringInfo(texts, claims->roles[i],
							   strlen(claims->roles[i]) + 1);
	for (int i = 0; i < claims->n_variables; i++)
	{
		if (strcmp(claims->variables[i].name, ROLE_VARIABLE) != 0)
			sorted[n++] = &claims->variables[i];
	}
	gqle_ptrsort(sorted, n, compare_variables);
	for (int i = 0; i < n; i++)
	{
		const GqleJwtVariable *v = sorted[i];

		appendBinaryStringInfo(texts, v->name, strlen(v->name) + 1);
		appendBinaryStringInfo(texts, v->value, strlen(v->value) + 1);
	}
	*n_variables = n;
}

/* Keep what a verified token says. */
static Remembered *
remember(const unsigned char *digest, const GqleJwtConfig *config,
		 const GqleJwtClaims *claims)
{
	StringInfoData texts;
	int n_variables;
	Remembered *entry;
	bool found;

	initStringInfo(&texts);
	join_texts(claims, &texts, &n_variables);
	while (!dlist_is_empty(&remembered_order) &&
		   (hash_get_num_entries(remembered) >= MAX_REMEMBERED ||
			remembered_bytes + texts.len > MAX_REMEMBERED_BYTES))
		forget(dlist_tail_element(Remembered, node, &remembered_order));

	entry = hash_search(remembered, digest, HASH_ENTER, &found);
	Ensure(!found, "a token is verified though it is remembered");
	entry->valid_until = GQLE_JWT_NEVER;
	if (claims->expires && claims->expires_at < GQLE_JWT_NEVER - config->skew)
		entry->valid_until = claims->expires_at + config->skew;
	entry->expires_at = claims->expires ? entry->valid_until : 0;
	entry->n_roles = claims->n_roles;
	entry->n_variables = n_variables;
	entry->texts_len = texts.len;
	entry->texts = MemoryContextAlloc(remembered_memory, texts.len);
	memcpy(entry->texts, texts.data, texts.len);
	remembered_bytes += texts.len;
	dlist_push_head(&remembered_order, &entry->node);
	pfree(texts.data);
	return entry;
}

/* ------------------------------------------------------------------------
 * Candidates
 * ------------------------------------------------------------------------ */

typedef struct Candidates
{
	int n;
	Candidate list[MAX_CANDIDATES];
	bool is_ambiguous; /* there are different tokens */
} Candidates;

static bool
is_header(const GqleHttpHeader *h, const char *name, int name_len)
{
	return h->name_len == name_len &&
		   pg_strncasecmp(h->name, name, name_len) == 0;
}

static void
add_candidate(Candidates *found, int context, const char *token, int len)
{
	if (found->n == MAX_CANDIDATES)
	{
		found->is_ambiguous = true;
		return;
	}
	if (found->n > 0 && (found->list[0].len != len ||
						 memcmp(found->list[0].token, token, len) != 0))
		found->is_ambiguous = true;
	for (int i = 0; i < found->n; i++)
	{
		/* the same header or cookie twice */
		if (found->list[i].context == context)
			found->is_ambiguous = true;
	}
	found->list[found->n].context = context;
	found->list[found->n].token = token;
	found->list[found->n].len = len;
	found->n++;
}

/* "Bearer" and one word; false for anything else. */
static bool
add_bearer(Candidates *found, int context, const char *value)
{
	int len;
	const char *token = gqle_httphdr_bearer(value, &len);

	if (token == NULL)
		return false;
	add_candidate(found, context, token, len);
	return true;
}

/* Each cookie of that name. */
static void
add_cookies(Candidates *found, int context, const char *value, const char *name)
{
	const char *token;
	int len;

	while ((token = gqle_httphdr_next_cookie(&value, name, &len)) != NULL)
		add_candidate(found, context, token, len);
}

/* Look where the contexts expect tokens; false if a header is malformed. */
static bool
find_candidates(const GqleExchange *x, Candidates *found)
{
	found->n = 0;
	found->is_ambiguous = false;
	for (int c = 0; c < settings->n; c++)
	{
		const GqleJwtConfig *config = settings->contexts[c].config;
		const char *name = config->place == GQLE_JWT_AUTHORIZATION
							   ? "authorization"
						   : config->place == GQLE_JWT_COOKIE
							   ? "cookie"
							   : config->place_name;
		int name_len = strlen(name);

		for (int i = 0; i < x->n_headers; i++)
		{
			const GqleHttpHeader *h = &x->headers[i];

			if (!is_header(h, name, name_len))
				continue;
			if (config->place == GQLE_JWT_COOKIE)
				add_cookies(found, c, h->value, config->place_name);
			else if (config->place == GQLE_JWT_CUSTOM_HEADER)
				add_candidate(found, c, h->value, h->value_len);
			else if (!add_bearer(found, c, h->value))
				return false;
		}
	}
	return true;
}

/* ------------------------------------------------------------------------
 * Sessions
 * ------------------------------------------------------------------------ */

/* The text after this one. */
static const char *
next_text(const char *text)
{
	return text + strlen(text) + 1;
}

static bool
add_variable(GqleSession *session, const char *name, const char *value)
{
	session->variables[session->n_variables].name = name;
	session->variables[session->n_variables].value = value;
	session->n_variables++;
	return true;
}

/* The session of a verified token; NULL if it may not have the role. */
static GqleSession *
make_session(const Remembered *entry, const char *role, GqleErrorSink *sink)
{
	GqleSession *session = palloc0(sizeof(*session));
	char *texts = palloc(entry->texts_len);
	const char *text = texts;
	bool is_allowed = false;
	bool has_role = false;

	memcpy(texts, entry->texts, entry->texts_len);
	if (role == NULL)
		role = text;
	text = next_text(text);
	for (int i = 0; i < entry->n_roles; i++, text = next_text(text))
		is_allowed |= strcmp(text, role) == 0;
	if (!is_allowed)
	{
		gqle_error_report(sink, GQLE_ERR_ACCESS_DENIED, NULL,
						  "Your requested role is not in allowed roles");
		return NULL;
	}
	session->role = role;
	session->is_admin = strcmp(role, "admin") == 0;
	session->expires_at = entry->expires_at;
	session->variables = palloc(sizeof(GqleSessionVariable) *
								(entry->n_variables + 1));
	for (int i = 0; i < entry->n_variables; i++)
	{
		if (!has_role && strcmp(text, ROLE_VARIABLE) > 0)
			has_role = add_variable(session, ROLE_VARIABLE, role);
		add_variable(session, text, next_text(text));
		text = next_text(next_text(text));
	}
	if (!has_role)
		add_variable(session, ROLE_VARIABLE, role);
	return session;
}

/* What a context makes of a token; NULL and the sink's error if nothing. */
static Remembered *
verify_candidate(const Candidate *candidate, GqleErrorSink *sink)
{
	const JwtContext *context = &settings->contexts[candidate->context];
	unsigned char digest[DIGEST_LEN];
	Remembered *entry;
	GqleJwtClaims claims;

	if (!digest_token(candidate, digest))
	{
		gqle_error_report(sink, GQLE_ERR_UNEXPECTED, NULL,
						  "could not compute the hash of a token");
		sink->error.http_status = 500;
		return NULL;
	}
	entry = recall(digest);
	if (entry != NULL)
		return entry;
	if (!gqle_jwt_verify(context->config,
						 context->source != NULL ?
						 gqle_auth_jwk_keys(context->source) :
						 context->config->keys,
						 candidate->token, candidate->len, gqle_auth_now(),
						 &claims, sink))
		return NULL;
	return remember(digest, context->config, &claims);
}

/*
 * Is the token none of a context's, by its issuer?  Only asked when there are
 * several contexts; verification looks at the issuer in any case.
 */
static bool
is_of_other_issuer(const Candidate *candidate)
{
	const GqleJwtConfig *config = settings->contexts[candidate->context].config;
	const char *issuer;

	if (config->issuer == NULL)
		return false;
	issuer = gqle_jwt_peek_issuer(candidate->token, candidate->len);
	return issuer != NULL && strcmp(issuer, config->issuer) != 0;
}

/* The first context that takes the token; else the last error. */
static Remembered *
verify_candidates(const Candidates *found, GqleErrorSink *sink)
{
	bool was_tried = false;

	for (int i = 0; i < found->n; i++)
	{
		GqleErrorSink attempt = {0};
		Remembered *entry;

		if (found->n > 1 && is_of_other_issuer(&found->list[i]))
			continue;
		was_tried = true;
		entry = verify_candidate(&found->list[i], &attempt);
		if (entry != NULL)
			return entry;
		*sink = attempt;
	}
	if (!was_tried)
		gqle_error_report(sink, GQLE_ERR_INVALID_JWT, NULL,
						  "Could not verify JWT: JWTNotInIssuer");
	return NULL;
}

GqleAuthVerdict
gqle_auth_jwt_try(const GqleExchange *x, const char *role,
				  GqleSession **session, GqleErrorSink *sink)
{
	Candidates found;
	Remembered *entry;

	if (!find_candidates(x, &found))
	{
		gqle_error_report(sink, GQLE_ERR_INVALID_HEADERS, NULL,
						  "Malformed Authorization header");
		return GQLE_VERDICT_REFUSED;
	}
	if (found.n == 0)
		return GQLE_VERDICT_NOT_FOR_ME;
	if (found.is_ambiguous)
	{
		gqle_error_report(sink, GQLE_ERR_INVALID_HEADERS, NULL,
						  "Could not verify JWT: Multiple JWTs found");
		return GQLE_VERDICT_REFUSED;
	}
	entry = verify_candidates(&found, sink);
	if (entry == NULL)
		return GQLE_VERDICT_REFUSED;
	*session = make_session(entry, role, sink);
	return *session != NULL ? GQLE_VERDICT_ACCEPTED : GQLE_VERDICT_REFUSED;
}
