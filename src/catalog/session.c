/*
 * session.c
 *		Session variables: from JSON, lookup, and back to JSON.
 */
#include "postgres.h"

#include "gqle/base/json_write.h"
#include "gqle/catalog/session.h"

#define VARIABLE_PREFIX "x-hasura-"
#define ROLE_VARIABLE "x-hasura-role"
#define ADMIN_ROLE "admin"

static int
compare_variables(const void *a, const void *b)
{
	return strcmp(((const GqleSessionVariable *) a)->name,
				  ((const GqleSessionVariable *) b)->name);
}

static char *
lower_ascii(const char *text)
{
	char	   *copy = pstrdup(text);

	for (char *c = copy; *c; c++)
		*c = pg_ascii_tolower((unsigned char) *c);
	return copy;
}

/*
 * The text of a variable's value, or NULL for kinds that cannot be one.
 */
static const char *
value_text(const GqleJson *value)
{
	switch (value->kind)
	{
		case GQLE_JSON_STRING:
		case GQLE_JSON_NUMBER:
			return value->text;
		case GQLE_JSON_BOOL:
			return value->boolean ? "true" : "false";
		case GQLE_JSON_NULL:
		case GQLE_JSON_ARRAY:
		case GQLE_JSON_OBJECT:
			return NULL;
	}
	return NULL;
}

/*
 * Add a variable, or replace one of the same name: as with duplicate members of
 * an object, the last one counts.
 */
static void
set_variable(GqleSession *session, const char *name, const char *value)
{
	for (int i = 0; i < session->n_variables; i++)
	{
		if (strcmp(session->variables[i].name, name) == 0)
		{
			session->variables[i].value = value;
			return;
		}
	}
	session->variables[session->n_variables].name = name;
	session->variables[session->n_variables].value = value;
	session->n_variables++;
}

GqleSession *
gqle_session_from_json(const GqleJson *object, GqleErrorSink *sink)
{
	GqleSession *session = palloc0(sizeof(GqleSession));
	int			n = object ? object->n : 0;

	if (!gqle_json_is_null(object) && object->kind != GQLE_JSON_OBJECT)
	{
		gqle_error_report(sink, GQLE_ERR_PARSE_FAILED, NULL,
						  "session variables must be a JSON object");
		return NULL;
	}
	session->variables = palloc(sizeof(GqleSessionVariable) * (n + 1));
	for (int i = 0; i < n; i++)
	{
		const GqleJsonMember *member = &object->members[i];
		const char *name = lower_ascii(member->key);
		const char *value;

		if (strncmp(name, VARIABLE_PREFIX, strlen(VARIABLE_PREFIX)) != 0)
			continue;
		value = value_text(member->value);
		if (value == NULL)
		{
			gqle_error_report(sink, GQLE_ERR_PARSE_FAILED, NULL,
							  "session variable \"%s\" must be a string, a number or a boolean",
							  name);
			return NULL;
		}
		set_variable(session, name, value);
	}
	qsort(session->variables, session->n_variables, sizeof(GqleSessionVariable),
		  compare_variables);
	if (gqle_session_lookup(session, ROLE_VARIABLE) == NULL)
	{
		set_variable(session, ROLE_VARIABLE, ADMIN_ROLE);
		qsort(session->variables, session->n_variables,
			  sizeof(GqleSessionVariable), compare_variables);
	}
	session->role = gqle_session_lookup(session, ROLE_VARIABLE);
	session->is_admin = strcmp(session->role, ADMIN_ROLE) == 0;
	return session;
}

const char *
gqle_session_lookup(const GqleSession *session, const char *name)
{
	GqleSessionVariable key;
	GqleSessionVariable *found;

	key.name = name;
	key.value = NULL;
	found = bsearch(&key, session->variables, session->n_variables,
					sizeof(GqleSessionVariable), compare_variables);
	return found ? found->value : NULL;
}

void
gqle_session_append_json(StringInfo out, const GqleSession *session)
{
	bool		first = true;

	appendStringInfoChar(out, '{');
	for (int i = 0; i < session->n_variables; i++)
	{
		gqle_json_write_key(out, session->variables[i].name, &first);
		gqle_json_write_cstring(out, session->variables[i].value);
	}
	appendStringInfoChar(out, '}');
}

/* Copy a text to a place, which moves on; returns the copy. */
static char *
put_text(char **place, const char *text)
{
	Size		size = strlen(text) + 1;
	char	   *copy = memcpy(*place, text, size);

	*place += size;
	return copy;
}

GqleSession *
gqle_session_copy(const GqleSession *from, MemoryContext context)
{
	Size		size = sizeof(GqleSession) + strlen(from->role) + 1 +
		from->n_variables * sizeof(GqleSessionVariable);
	GqleSession *session;
	char	   *place;

	for (int i = 0; i < from->n_variables; i++)
		size += strlen(from->variables[i].name) +
			strlen(from->variables[i].value) + 2;
	session = MemoryContextAlloc(context, size);
	*session = *from;
	session->variables = (GqleSessionVariable *) (session + 1);
	place = (char *) &session->variables[from->n_variables];
	session->role = put_text(&place, from->role);
	for (int i = 0; i < from->n_variables; i++)
	{
		session->variables[i].name = put_text(&place, from->variables[i].name);
		session->variables[i].value = put_text(&place, from->variables[i].value);
	}
	return session;
}

/* compat: the prefix in any case; the old spelling of the user's id, too. */
bool
gqle_session_is_reference(const char *text)
{
	return pg_strncasecmp(text, VARIABLE_PREFIX, strlen(VARIABLE_PREFIX)) == 0 ||
		pg_strcasecmp(text, "REQ_USER_ID") == 0;
}
