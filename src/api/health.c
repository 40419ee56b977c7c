/*
 * health.c
 *		GET /healthz: does the database answer, and are its metadata consistent?
 */
#include "gqle/gqle.h"

#include "gqle/api/call.h"
#include "gqle/api/health.h"
#include "gqle/api/meta.h"
#include "gqle/base/json_write.h"
#include "gqle/base/log.h"
#include "gqle/base/spi.h"

#define INCONSISTENT "inconsistent objects in schema"

/* What is known, and of which generation of this process's catalog; 0: nothing. */
static uint64 known_generation = 0;
static bool known_inconsistent;
static uint64 asked_generation = 0;

static void
log_inconsistencies(const GqleJson *objects)
{
	StringInfo	out;

	if (!gqle_log_wants(GQLE_LOG_METADATA, GQLE_LOG_LEVEL_WARN))
		return;
	out = gqle_log_begin(GQLE_LOG_METADATA, GQLE_LOG_LEVEL_WARN);
	appendStringInfoString(out, "{\"message\":\"Inconsistent Metadata!\",\"info\":{\"objects\":");
	gqle_json_append(out, objects);
	appendStringInfoString(out, "}}");
	gqle_log_end();
}

/*
 * know_consistency finds out whether the metadata name anything that isn't
 * there; false if that is for the lane to do.
 */
static bool
know_consistency(GqleCall *call)
{
	GqleMetaRequest request = {.session = call->session};
	uint64		generation = gqle_catalog_generation(gqle_meta_catalog(&request));

	if (generation != known_generation && call->place == GQLE_PLACE_INLINE)
	{
		asked_generation = generation;
		call->to_lane = true;
	}
	else if (generation != known_generation)
	{
		GqleJson   *objects = gqle_meta_check_list(&request);

		known_inconsistent = objects->n > 0;
		if (known_inconsistent)
			log_inconsistencies(objects);
		known_generation = generation;
	}
	gqle_catalog_release(request.catalog);
	return !call->to_lane;
}

/*
 * GET /healthz; the call's body is the query string.  The answer is plain text.
 * That the database answers at all is shown by this being run.
 */
void
gqle_api_health(GqleCall *call)
{
	bool		is_strict = false;
	const char *cursor = call->body;

	if (!know_consistency(call))
		return;
	while (*cursor != '\0')
	{
		int			len = strcspn(cursor, "&");

		if (len == 11 && strncmp(cursor, "strict=true", len) == 0)
			is_strict = true;
		cursor += len + (cursor[len] == '&');
	}
	if (!known_inconsistent)
		appendStringInfoString(call->out, "OK");
	else
		appendStringInfo(call->out, "%s: " INCONSISTENT, is_strict ? "ERROR" : "WARN");
	if (known_inconsistent && is_strict)
		call->status = 500;
}

uint64
gqle_health_asked(void)
{
	return asked_generation;
}

void
gqle_health_learn(uint64 asked, const char *answer, int len)
{
	const char *colon = memchr(answer, ':', len);
	bool		is_inconsistent = colon != NULL &&
	answer + len - colon == (int) strlen(": " INCONSISTENT) &&
	memcmp(colon, ": " INCONSISTENT, answer + len - colon) == 0;

	if (!is_inconsistent && !(len == 2 && memcmp(answer, "OK", 2) == 0))
		return;
	known_generation = asked;
	known_inconsistent = is_inconsistent;
}

/*
 * GET /healthz/sources: of each source of the metadata, is it well?  That the served
 * database is, is shown by this being run; others are not served.
 */
void
gqle_api_sources(GqleCall *call)
{
	static GqleSpiStatement statement = {
		"SELECT name, count(*) OVER () = 1 OR name = 'default',"
		" gqle_internal.utc_text(now()) FROM gqle.sources ORDER BY name", NULL
	};
	GqleRows   *rows = gqle_spi_query_kept(&statement, NULL);
	bool		first = true;

	appendStringInfoChar(call->out, '{');
	for (int i = 0; i < rows->n; i++)
	{
		gqle_json_write_key(call->out, gqle_rows_text(rows, i, 0), &first);
		appendStringInfo(call->out, "{\"status\":%s,\"timestamp\":\"%s\"}",
						 gqle_rows_bool(rows, i, 1) ? "\"OK\",\"error\":null" :
						 "\"ERROR\",\"error\":{\"message\":\"the source is not served\"}",
						 gqle_rows_text(rows, i, 2));
	}
	appendStringInfoChar(call->out, '}');
}
