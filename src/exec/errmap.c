/*
 * errmap.c
 *		Postgres errors as GraphQL errors.
 *
 * A table from SQLSTATE to code and message, in the order it is searched: whole
 * codes before classes.  What is not in it is a "database query error" whose
 * particulars go into the internal part.
 */
#include "gqle/gqle.h"

#include "gqle/base/json_write.h"
#include "gqle/exec/errmap.h"
#include "gqle/exec/execute.h"

typedef struct ErrorRule
{
	const char *sqlstate;		/* five characters, or a class of two */
	GqleErrorCode code;
	const char *prefix;			/* of Postgres' message */
	const char *message;		/* instead of Postgres' message, or NULL */
} ErrorRule;

static const ErrorRule rules[] = {
	{"23502", GQLE_ERR_CONSTRAINT_VIOLATION, "Not-NULL violation. ", NULL},
	{"23503", GQLE_ERR_CONSTRAINT_VIOLATION, "Foreign key violation. ", NULL},
	{"23505", GQLE_ERR_CONSTRAINT_VIOLATION, "Uniqueness violation. ", NULL},
	{"23001", GQLE_ERR_CONSTRAINT_VIOLATION,
	 "Can not delete or update due to data being referred. ", NULL},
	{"23514", GQLE_ERR_PERMISSION_ERROR, "Check constraint violation. ", NULL},
	{"23P01", GQLE_ERR_CONSTRAINT_VIOLATION, "Exclusion violation. ", NULL},
	{"23", GQLE_ERR_CONSTRAINT_VIOLATION, "", NULL},
	{"22025", GQLE_ERR_BAD_REQUEST, "", NULL},
	{"22", GQLE_ERR_DATA_EXCEPTION, "", NULL},
	{"42704", GQLE_ERR_CONSTRAINT_ERROR, "", NULL},
	{"42P10", GQLE_ERR_CONSTRAINT_ERROR, "",
	 "there is no unique or exclusion constraint on target column(s)"},
	{"QL006", GQLE_ERR_UNEXPECTED, "", NULL},
	{"QL007", GQLE_ERR_UNEXPECTED, "", NULL},
};

static const ErrorRule *
find_rule(const char *sqlstate)
{
	int			i;

	for (i = 0; i < (int) lengthof(rules); i++)
		if (strncmp(sqlstate, rules[i].sqlstate, strlen(rules[i].sqlstate)) == 0)
			return &rules[i];
	return NULL;
}

static void
write_member(StringInfo out, const char *key, const char *value, bool *first)
{
	gqle_json_write_key(out, key, first);
	if (value != NULL)
		gqle_json_write_cstring(out, value);
	else
		appendStringInfoString(out, "null");
}

/* What an unexpected error tells those who may see internals. */
static char *
make_internal(const ErrorData *edata, const char *sqlstate)
{
	StringInfoData out;
	bool		first = true;
	bool		first_error = true;

	initStringInfo(&out);
	appendStringInfoChar(&out, '{');
	write_member(&out, "statement", gqle_execute_error_statement(), &first);
	gqle_json_write_key(&out, "prepared", &first);
	appendStringInfoString(&out, "true");
	gqle_json_write_key(&out, "error", &first);
	appendStringInfoChar(&out, '{');
	write_member(&out, "exec_status", "FatalError", &first_error);
	write_member(&out, "hint", edata->hint, &first_error);
	write_member(&out, "message", edata->message, &first_error);
	write_member(&out, "status_code", sqlstate, &first_error);
	write_member(&out, "description", edata->detail, &first_error);
	appendStringInfoChar(&out, '}');
	/* values stay where they are: they may be secrets */
	gqle_json_write_key(&out, "arguments", &first);
	appendStringInfoString(&out, "[]}");
	return out.data;
}

/* See errmap.h. */
void
gqle_errmap_report(const ErrorData *edata, const char *path, GqleErrorSink *sink)
{
	const char *sqlstate = unpack_sql_state(edata->sqlerrcode);
	const ErrorRule *rule = find_rule(sqlstate);

	if (rule != NULL)
	{
		gqle_error_report(sink, rule->code, path, "%s%s", rule->prefix,
						  rule->message ? rule->message : edata->message);
		return;
	}
	gqle_error_report(sink, GQLE_ERR_UNEXPECTED, path, "database query error");
	sink->error.internal = make_internal(edata, sqlstate);
	sink->error.http_status = 500;
}
