/*
 * pg_dump_text.c
 *		What may be asked of pg_dump, and what of its answer is wanted.
 *
 * Options are those that say what a dump contains.  Not among them: what reaches
 * files, other hosts, databases or users, what makes something else than text,
 * and what would end without a dump.  A new option of pg_dump is not allowed
 * until it is listed here.
 */
#include "postgres.h"

#include "catalog/pg_collation_d.h"
#include "regex/regex.h"
#include "utils/builtins.h"

#include "gqle/api/pg_dump_text.h"

typedef struct DumpOption
{
	const char *name;
	char		letter;			/* or 0 */
	bool		has_value;
} DumpOption;

/* Sorted by name. */
static const DumpOption dump_options[] = {
	{"attribute-inserts", 0, false},
	{"blobs", 'b', false},
	{"clean", 'c', false},
	{"column-inserts", 0, false},
	{"create", 'C', false},
	{"data-only", 'a', false},
	{"disable-dollar-quoting", 0, false},
	{"disable-triggers", 0, false},
	{"enable-row-security", 0, false},
	{"exclude-extension", 0, true},
	{"exclude-schema", 'N', true},
	{"exclude-table", 'T', true},
	{"exclude-table-and-children", 0, true},
	{"exclude-table-data", 0, true},
	{"exclude-table-data-and-children", 0, true},
	{"extension", 'e', true},
	{"extra-float-digits", 0, true},
	{"if-exists", 0, false},
	{"inserts", 0, false},
	{"large-objects", 0, false},
	{"load-via-partition-root", 0, false},
	{"lock-wait-timeout", 0, true},
	{"no-acl", 0, false},
	{"no-blobs", 'B', false},
	{"no-comments", 0, false},
	{"no-data", 0, false},
	{"no-large-objects", 0, false},
	{"no-owner", 'O', false},
	{"no-policies", 0, false},
	{"no-privileges", 'x', false},
	{"no-publications", 0, false},
	{"no-schema", 0, false},
	{"no-security-labels", 0, false},
	{"no-statistics", 0, false},
	{"no-subscriptions", 0, false},
	{"no-table-access-method", 0, false},
	{"no-tablespaces", 0, false},
	{"no-toast-compression", 0, false},
	{"no-unlogged-table-data", 0, false},
	{"on-conflict-do-nothing", 0, false},
	{"quote-all-identifiers", 0, false},
	{"role", 0, true},
	{"rows-per-insert", 0, true},
	{"schema", 'n', true},
	{"schema-only", 's', false},
	{"section", 0, true},
	{"sequence-data", 0, false},
	{"serializable-deferrable", 0, false},
	{"snapshot", 0, true},
	{"statistics", 0, false},
	{"statistics-only", 0, false},
	{"strict-names", 0, false},
	{"superuser", 'S', true},
	{"table", 't', true},
	{"table-and-children", 0, true},
	{"use-set-session-authorization", 0, false},
	{"verbose", 'v', false},
};

/* Lines that a clean dump lacks: settings, and what every database has. */
static const char *const preamble[] = {
	"SET statement_timeout = 0;",
	"SET lock_timeout = 0;",
	"SET idle_in_transaction_session_timeout = 0;",
	"SET client_encoding = 'UTF8';",
	"SET standard_conforming_strings = on;",
	"SELECT pg_catalog.set_config('search_path', '', false);",
	"SET xmloption = content;",
	"SET client_min_messages = warning;",
	"SET row_security = off;",
	"SET default_tablespace = '';",
	"SET default_with_oids = false;",
	"SET default_table_access_method = heap;",
	"CREATE SCHEMA public;",
	"COMMENT ON SCHEMA public IS 'standard public schema';",
};

#define RESTRICT	"\\restrict "
#define UNRESTRICT	"\\unrestrict "

/*
 * Lines that belong to the engine: the triggers of event triggers, Hasura's or
 * ours, and the extension.  A line is compared with a pattern if it begins so.
 */
typedef struct EnginePattern
{
	const char *start;
	const char *pattern;
} EnginePattern;

static const EnginePattern engine_patterns[] = {
	{"CREATE TRIGGER ",
		"^CREATE TRIGGER \"?notify_hasura_.+\"? AFTER [[:alnum:]]+ ON .+ "
		"FOR EACH ROW EXECUTE (FUNCTION|PROCEDURE) "
		"(\"?hdb_catalog\"?\\.\"?notify_hasura_.+\"?\\(\\)|"
		"gqle_internal\\.capture_event\\(.*\\));$"},
	{"ALTER TABLE ",
	"^ALTER TABLE .+ ENABLE ALWAYS TRIGGER \"?notify_hasura_.+\"?;$"},
	{"CREATE EXTENSION ", "^CREATE EXTENSION IF NOT EXISTS gqle WITH SCHEMA .+;$"},
	{"COMMENT ON EXTENSION ", "^COMMENT ON EXTENSION gqle IS .+;$"},
};

static bool check_option(const char *text, bool *wants_value);
static const DumpOption *find_long(const char *name, size_t len);
static const DumpOption *find_letter(char letter);
static bool is_unwanted(const char *line, size_t len);
static bool is_blank(const char *line, size_t len);

/* ------------------------------------------------------------------------
 * Options
 * ------------------------------------------------------------------------ */

bool
gqle_pg_dump_check_options(const GqleJson *options, GqleErrorSink *sink)
{
	bool		wants_value = false;

	for (int i = 0; i < options->n; i++)
	{
		const char *text = options->items[i]->text;

		if (wants_value)
			wants_value = false;
		else if (!check_option(text, &wants_value))
			return gqle_error_report(sink, GQLE_ERR_NOT_SUPPORTED,
									 psprintf("$.opts[%d]", i),
									 "pg_dump option \"%s\" is not allowed", text);
	}
	return true;
}

/*
 * Is this an option that is allowed?  Names must be written out, since pg_dump
 * takes any beginning of a name.  wants_value says that the next argument is
 * its value.
 */
static bool
check_option(const char *text, bool *wants_value)
{
	const DumpOption *option;

	if (text[0] != '-' || text[1] == '\0')
		return false;			/* the name of a database, or a connection */
	if (text[1] == '-')
	{
		const char *name = text + 2;
		size_t		len = strcspn(name, "=");

		option = find_long(name, len);
		if (option == NULL || (name[len] == '=' && !option->has_value))
			return false;
		*wants_value = option->has_value && name[len] == '\0';
		return true;
	}
	for (const char *letter = text + 1; *letter != '\0'; letter++)
	{
		option = find_letter(*letter);
		if (option == NULL)
			return false;
		if (option->has_value)
		{
			*wants_value = letter[1] == '\0';
			return true;
		}
	}
	return true;
}

static const DumpOption *
find_long(const char *name, size_t len)
{
	for (size_t i = 0; i < lengthof(dump_options); i++)
	{
		if (strlen(dump_options[i].name) == len &&
			memcmp(dump_options[i].name, name, len) == 0)
			return &dump_options[i];
	}
	return NULL;
}

static const DumpOption *
find_letter(char letter)
{
	for (size_t i = 0; i < lengthof(dump_options); i++)
	{
		if (dump_options[i].letter == letter)
			return &dump_options[i];
	}
	return NULL;
}

/* ------------------------------------------------------------------------
 * Output
 * ------------------------------------------------------------------------ */

void
gqle_pg_dump_append_clean(StringInfo out, const char *dump, int len)
{
	const char *end = dump + len;

	while (dump < end)
	{
		const char *newline = memchr(dump, '\n', end - dump);
		size_t		line_len = (newline != NULL ? newline : end) - dump;

		if (!is_unwanted(dump, line_len))
		{
			appendBinaryStringInfo(out, dump, line_len);
			appendStringInfoChar(out, '\n');
		}
		dump += line_len + 1;
	}
}

/*
 * Has a clean dump no use for the line?  compat: whatever the line is part of;
 * a comment in a function's body goes, too.
 */
static bool
is_unwanted(const char *line, size_t len)
{
	if (is_blank(line, len) || (len >= 2 && memcmp(line, "--", 2) == 0))
		return true;
	for (size_t i = 0; i < lengthof(preamble); i++)
	{
		if (strlen(preamble[i]) == len && memcmp(line, preamble[i], len) == 0)
			return true;
	}
	for (size_t i = 0; i < lengthof(engine_patterns); i++)
	{
		const EnginePattern *engine = &engine_patterns[i];

		if (len > strlen(engine->start) &&
			memcmp(line, engine->start, strlen(engine->start)) == 0 &&
			RE_compile_and_execute(cstring_to_text(engine->pattern),
								   unconstify(char *, line), len,
								   REG_ADVANCED, C_COLLATION_OID, 0, NULL))
			return true;
	}
	return false;
}

static bool
is_blank(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++)
	{
		if (strchr(" \t\r\v\f", line[i]) == NULL || line[i] == '\0')
			return false;
	}
	return true;
}

/* ------------------------------------------------------------------------
 * Dumps as SQL
 * ------------------------------------------------------------------------ */

/* The length of the key if the line is that command of psql, else 0. */
static size_t
restrict_key_len(const char *line, const char *command)
{
	size_t		command_len = strlen(command);
	size_t		len;

	if (strncmp(line, command, command_len) != 0)
		return 0;
	line += command_len;
	len = strspn(line, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");
	return line[len] == '\n' || line[len] == '\0' ? len : 0;
}

/* The line after this one, or the end of the text. */
static char *
next_line(char *line)
{
	line += strcspn(line, "\n");
	return *line == '\n' ? line + 1 : line;
}

/*
 * pg_dump and the hasura command line write \restrict and \unrestrict into the
 * migrations they make, and nobody but psql knows these.  A text that does not
 * begin with one is not such a dump.
 */
const char *
gqle_pg_dump_unrestrict(const char *text)
{
	char	   *copy;
	char	   *key;
	size_t		key_len;

	text += strspn(text, " \t\r\n");
	key_len = restrict_key_len(text, RESTRICT);
	if (key_len == 0)
		return text;
	copy = pstrdup(text);
	key = pnstrdup(copy + strlen(RESTRICT), key_len);
	for (char *line = copy; *line != '\0'; line = next_line(line))
	{
		const char *command = strncmp(line, RESTRICT, strlen(RESTRICT)) == 0 ?
			RESTRICT : UNRESTRICT;

		if (restrict_key_len(line, command) == key_len &&
			memcmp(line + strlen(command), key, key_len) == 0)
			memset(line, ' ', strlen(command) + key_len);
	}
	return copy;
}
