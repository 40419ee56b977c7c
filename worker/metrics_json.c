/*
 * metrics_json.c
 *		GET /dev/ekg: counters as JSON.
 *
 * The form is that of Hasura's library: a number is its type, c for counters and g for
 * gauges, and its value.  The names are those of /v1/metrics, with labels in them.
 */
#include "postgres.h"

#include "gqle/base/json_write.h"
#include "gqle/worker/metrics_json.h"
#include "gqle/worker/metrics_walk.h"

typedef struct Json
{
	StringInfo	out;
	bool		first;
	const char *name;
	const char *type;
} Json;

static void
begin_metric(void *arg, const char *name, GqleMetricKind kind, const char *help)
{
	Json	   *json = arg;

	json->name = name;
	json->type = kind == GQLE_KIND_GAUGE ? "g" : "c";
}

static void
append_key(Json *json, const char *suffix, const char *const *labels, int n)
{
	StringInfoData key;

	initStringInfo(&key);
	appendStringInfo(&key, "%s%s", json->name, suffix);
	for (int i = 0; i < n; i++)
		if (labels[2 * i + 1][0] != '\0')
			appendStringInfo(&key, "%c%s=%s", i == 0 ? '{' : ',', labels[2 * i],
							 labels[2 * i + 1]);
	if (strchr(key.data, '{') != NULL)
		appendStringInfoChar(&key, '}');
	gqle_json_write_key(json->out, key.data, &json->first);
	pfree(key.data);
}

static void
append_number(void *arg, const char *const *labels, int n, uint64 value)
{
	Json	   *json = arg;

	append_key(json, "", labels, n);
	appendStringInfo(json->out, "{\"type\":\"%s\",\"val\":" UINT64_FORMAT "}", json->type,
					 value);
}

/* Of a histogram the count and the sum. */
static void
append_histogram(void *arg, const char *const *labels, int n, GqleHistogram histogram,
				 const GqleHistogramCell *cell)
{
	Json	   *json = arg;

	append_key(json, "_count", labels, n);
	appendStringInfo(json->out, "{\"type\":\"c\",\"val\":" UINT64_FORMAT "}", cell->count);
	append_key(json, "_sum", labels, n);
	appendStringInfo(json->out, "{\"type\":\"c\",\"val\":%.6f}", cell->sum / 1e6);
}

static void
end_metric(void *arg)
{
}

void
gqle_metrics_append_json(StringInfo out)
{
	Json		json = {.out = out,.first = true};
	const GqleMetricVisitor visitor = {.arg = &json,.begin = begin_metric,
		.number = append_number,.histogram = append_histogram,.end = end_metric};

	appendStringInfoChar(out, '{');
	gqle_metrics_walk(&visitor);
	appendStringInfoChar(out, '}');
}
