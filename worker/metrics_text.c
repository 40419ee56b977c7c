/*
 * metrics_text.c
 *		GET /v1/metrics: counters in the form that Prometheus reads.
 */
#include "postgres.h"

#include "gqle/base/guc.h"
#include "gqle/base/secrets.h"
#include "gqle/worker/metrics_text.h"
#include "gqle/worker/metrics_walk.h"

#define BEARER "Bearer "

typedef struct Text
{
	StringInfo	out;
	const char *name;
} Text;

bool
gqle_metrics_text_is_allowed(const GqleExchange *x)
{
	const char *given = gqle_httpd_header(x, "authorization");

	return gqle_guc_is_set(gqle_guc_metrics_secret) && given != NULL &&
		strncmp(given, BEARER, strlen(BEARER)) == 0 &&
		gqle_secrets_equal(given + strlen(BEARER), gqle_guc_metrics_secret);
}

static void
append_head(void *arg, const char *name, GqleMetricKind kind, const char *help)
{
	/* in the order of GqleMetricKind */
	static const char *const types[] = {"counter", "gauge", "histogram"};
	Text	   *text = arg;

	text->name = name;
	appendStringInfo(text->out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name,
					 types[kind]);
}

/* A label's value: as is, save for backslash, quote and line feed. */
static void
append_escaped(StringInfo out, const char *text)
{
	for (; *text != '\0'; text++)
	{
		if (*text == '\n')
			appendStringInfoString(out, "\\n");
		else
		{
			if (*text == '\\' || *text == '"')
				appendStringInfoChar(out, '\\');
			appendStringInfoChar(out, *text);
		}
	}
}

/* The labels, and one more that may be NULL. */
static void
append_labels(StringInfo out, const char *const *labels, int n, const char *bound)
{
	char		before = '{';

	for (int i = 0; i < n; i++)
	{
		appendStringInfo(out, "%c%s=\"", before, labels[2 * i]);
		append_escaped(out, labels[2 * i + 1]);
		appendStringInfoChar(out, '"');
		before = ',';
	}
	if (bound != NULL)
		appendStringInfo(out, "%cle=\"%s\"", before, bound);
	if (n > 0 || bound != NULL)
		appendStringInfoChar(out, '}');
}

static void
append_number(void *arg, const char *const *labels, int n, uint64 value)
{
	Text	   *text = arg;

	appendStringInfoString(text->out, text->name);
	append_labels(text->out, labels, n, NULL);
	appendStringInfo(text->out, " " UINT64_FORMAT "\n", value);
}

static void
append_bucket(Text *text, const char *const *labels, int n, const char *bound,
			  uint64 below)
{
	appendStringInfo(text->out, "%s_bucket", text->name);
	append_labels(text->out, labels, n, bound);
	appendStringInfo(text->out, " " UINT64_FORMAT "\n", below);
}

static void
append_histogram(void *arg, const char *const *labels, int n, GqleHistogram histogram,
				 const GqleHistogramCell *cell)
{
	Text	   *text = arg;
	const uint64 *bounds;
	int			n_bounds = gqle_metrics_bounds(histogram, &bounds);
	uint64		below = 0;
	char		bound[32];

	for (int i = 0; i < n_bounds; i++)
	{
		below += cell->buckets[i];
		snprintf(bound, sizeof(bound), "%g", bounds[i] / 1e6);
		append_bucket(text, labels, n, bound, below);
	}
	below += cell->buckets[n_bounds];
	append_bucket(text, labels, n, "+Inf", below);
	appendStringInfo(text->out, "%s_sum", text->name);
	append_labels(text->out, labels, n, NULL);
	appendStringInfo(text->out, " %.6f\n%s_count", cell->sum / 1e6, text->name);
	append_labels(text->out, labels, n, NULL);
	appendStringInfo(text->out, " " UINT64_FORMAT "\n", below);
}

static void
end_metric(void *arg)
{
}

void
gqle_metrics_text_append(StringInfo out)
{
	Text		text = {.out = out};
	const GqleMetricVisitor visitor = {.arg = &text,.begin = append_head,
		.number = append_number,.histogram = append_histogram,.end = end_metric};

	gqle_metrics_walk(&visitor);
}
