/*
 * limits.c
 *		Limits of rate and time that the metadata set (api_limits).
 *
 * A limit has a value for all roles and others for some, which take its place.
 * The metadata are read once per generation of the catalog, since every request
 * of a role that isn't admin comes by here.
 *
 * A rate is counted for the role in this database, and for what the limit says
 * must be the same: the client's address, or session variables.  A variable
 * that a session has not counts as empty.
 */
#include "gqle/gqle.h"

#include <limits.h>

#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "gqle/api/limits.h"
#include "gqle/base/rates.h"
#include "gqle/catalog/catalog.h"

static MemoryContext limits_context = NULL;
static uint64 known_generation = 0;
static GqleJson *limits = NULL; /* NULL: none */

/* The limits in force. */
static const GqleJson *
load_limits(void)
{
	GqleCatalog *catalog = gqle_catalog_pin();
	uint64		generation = gqle_catalog_generation(catalog);

	if (limits_context == NULL || generation != known_generation)
	{
		MemoryContext old;
		GqleJsonError error;
		const char *text = gqle_catalog_api_limits();

		if (limits_context == NULL)
			limits_context = AllocSetContextCreate(TopMemoryContext, "gqle limits",
												   ALLOCSET_SMALL_SIZES);
		limits = NULL;
		MemoryContextReset(limits_context);
		old = MemoryContextSwitchTo(limits_context);
		if (text != NULL)
			limits = gqle_json_parse(pstrdup(text), strlen(text), &error);
		MemoryContextSwitchTo(old);
		known_generation = generation;
	}
	gqle_catalog_release(catalog);
	return limits;
}

/* The value of a limit for a role, or NULL. */
static const GqleJson *
find_limit(const char *name, const char *role)
{
	const GqleJson *all = load_limits();
	const GqleJson *limit;
	const GqleJson *value;

	if (all == NULL)
		return NULL;
	limit = gqle_json_lookup(all, name);
	if (gqle_json_is_null(limit))
		return NULL;
	value = gqle_json_lookup(gqle_json_lookup(limit, "per_role"), role);
	return !gqle_json_is_null(value) ? value : gqle_json_lookup(limit, "global");
}

/* A whole number that isn't negative, or -1. */
static int
number_of(const GqleJson *value)
{
	double		number;

	if (value == NULL || value->kind != GQLE_JSON_NUMBER)
		return -1;
	number = strtod(value->text, NULL);
	return number < 0 ? 0 : number > INT_MAX ? INT_MAX : (int) number;
}

static uint64
hash_more(uint64 hash, const char *text)
{
	return hash_bytes_extended((const unsigned char *) text, strlen(text) + 1, hash);
}

/* Whose requests are counted together. */
static uint64
rate_key(const GqleCall *call, const GqleJson *unique_params)
{
	uint64		key = hash_more(MyDatabaseId, call->session->role);
	int			i;

	if (gqle_json_is_null(unique_params))
		return key;
	if (unique_params->kind != GQLE_JSON_ARRAY)
		return hash_more(key, call->origin.address);
	for (i = 0; i < unique_params->n; i++)
	{
		const GqleJson *name = unique_params->items[i];
		char	   *lower = pstrdup(name->kind == GQLE_JSON_STRING ? name->text : "");
		const char *value;
		char	   *c;

		for (c = lower; *c != '\0'; c++)
			*c = pg_ascii_tolower((unsigned char) *c);
		value = gqle_session_lookup(call->session, lower);
		key = hash_more(hash_more(key, lower), value != NULL ? value : "");
	}
	return key;
}

bool
gqle_limits_admit(const GqleCall *call, int n, GqleErrorSink *sink)
{
	const GqleJson *limit;
	int			max;

	if (call->session->is_admin)
		return true;
	limit = find_limit("rate_limit", call->session->role);
	max = limit != NULL ? number_of(gqle_json_lookup(limit, "max_reqs_per_min")) : -1;
	if (max < 0 ||
		gqle_rates_admit(rate_key(call, gqle_json_lookup(limit, "unique_params")), n, max))
		return true;
	gqle_metrics_add(GQLE_METRIC_LIMITED, 1);
	gqle_error_report(sink, GQLE_ERR_CUSTOM, NULL,
					  "more requests were made in the last minute than the limit of %d",
					  max);
	sink->error.custom_code = "rate-limit-exceeded";
	sink->error.http_status = 429;
	return false;
}

int
gqle_limits_time(const GqleSession *session)
{
	return session->is_admin ? 0 :
		Max(number_of(find_limit("time_limit", session->role)), 0);
}
