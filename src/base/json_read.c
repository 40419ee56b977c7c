/*
 * json_read.c
 *		An order-keeping JSON tree: reading, making, comparing, printing.
 *
 * Reading accepts exactly RFC 8259 minus \u0000 and unpaired surrogates, which
 * PostgreSQL text cannot hold.  It is one loop with a stack of the containers
 * that are open.  Children gather on a scratch stack and are copied into an
 * array of the right size when their container closes.
 *
 * All strings and numbers of a text go into one buffer as long as the text: a
 * decoded string is never longer than its source without the two quotes, and a
 * number is followed by a delimiter or the end, so each leaves room for its
 * terminating NUL.
 */
#include "gqle/gqle.h"

#ifndef GQLE_STANDALONE
#include "miscadmin.h"
#endif

#include "gqle/base/arena.h"
#include "gqle/base/json_read.h"
#include "gqle/base/json_write.h"
#include "gqle/base/ptrsort.h"
#include "gqle/base/utf8.h"
#include "gqle/limits.h"

/* A container whose end has not been read. */
typedef struct OpenContainer
{
	GqleJson   *node;
	Size		mark;			/* where its children begin on the scratch */
	const char *key;			/* OBJECT: of the member being read */
	int			key_len;
} OpenContainer;

typedef struct Reader
{
	const char *text;
	int			len;
	int			pos;
	const char *message;		/* set by whatever fails */
	char	   *strings;		/* free rest of the buffer for texts */
	int			n_nodes;
	GqleArena	arena;
	GqleScratch scratch;		/* children of open containers */
	GqleScratch open;			/* OpenContainers, innermost last */
} Reader;

static GqleJson *read_document(Reader *reader);
static bool read_start(Reader *reader, GqleJson **value);
static bool read_next(Reader *reader, GqleJson **value, bool *more);
static bool read_key(Reader *reader, OpenContainer *container);
static bool read_scalar(Reader *reader, char first, GqleJson *node);
static bool read_word(Reader *reader, const char *word);
static bool read_number(Reader *reader, GqleJson *node);
static bool read_string(Reader *reader, const char **text, int *text_len);
static bool read_escape(Reader *reader);

GqleJson *
gqle_json_parse(const char *text, int len, GqleJsonError *error)
{
	Reader		reader = {0};
	GqleJson   *value = NULL;

	reader.text = text;
	reader.len = len;
	reader.pos = gqle_utf8_check(text, len);
	if (reader.pos < len)
		reader.message = "invalid UTF-8";
	else
	{
		reader.pos = 0;
		reader.strings = palloc((Size) len + 1);
		gqle_arena_init(&reader.arena, (Size) len * 4);
		gqle_scratch_init(&reader.scratch);
		gqle_scratch_init(&reader.open);
		value = read_document(&reader);
		gqle_scratch_free(&reader.scratch);
		gqle_scratch_free(&reader.open);
	}
	if (value == NULL)
	{
		error->offset = reader.pos;
		error->message = reader.message;
	}
	return value;
}

static bool
fail(Reader *reader, const char *message)
{
	reader->message = message;
	return false;
}

/* What is wrong with the byte at pos, when nothing better can be said. */
static bool
fail_here(Reader *reader)
{
	return fail(reader, reader->pos >= reader->len ?
				"unexpected end of input" : "unexpected character");
}

static inline void
skip_space(Reader *reader)
{
	const char *text = reader->text;
	int			pos = reader->pos;
	int			len = reader->len;

	while (pos < len && (text[pos] == ' ' || text[pos] == '\n' ||
						 text[pos] == '\t' || text[pos] == '\r'))
		pos++;
	reader->pos = pos;
}

/* The next byte after white space without taking it, or NUL at the end. */
static inline char
peek(Reader *reader)
{
	skip_space(reader);
	return reader->pos < reader->len ? reader->text[reader->pos] : '\0';
}

static inline OpenContainer *
innermost(Reader *reader)
{
	return (OpenContainer *) (reader->open.data + reader->open.used) - 1;
}

static GqleJson *
read_document(Reader *reader)
{
	GqleJson   *value;
	bool		more;

	do
	{
		if (!read_start(reader, &value))
			return NULL;
		if (value == NULL)
			more = true;
		else if (!read_next(reader, &value, &more))
			return NULL;
	} while (more);

	skip_space(reader);
	if (reader->pos < reader->len)
	{
		fail(reader, "unexpected text after the value");
		return NULL;
	}
	return value;
}

/*
 * Read a scalar, an empty container, or the start of a container up to its
 * first value; *value is NULL in the last case.
 */
static bool
read_start(Reader *reader, GqleJson **value)
{
	OpenContainer container = {0};
	GqleJson   *node;
	char		first = peek(reader);

	if (++reader->n_nodes > GQLE_MAX_JSON_NODES)
		return fail(reader, "too many values");
	node = gqle_arena_alloc0(&reader->arena, sizeof(GqleJson));
	*value = node;
	if (first != '{' && first != '[')
		return read_scalar(reader, first, node);

	reader->pos++;
	node->kind = first == '{' ? GQLE_JSON_OBJECT : GQLE_JSON_ARRAY;
	if (peek(reader) == (first == '{' ? '}' : ']'))
	{
		reader->pos++;
		return true;
	}
	if (reader->open.used >= GQLE_MAX_JSON_DEPTH * sizeof(OpenContainer))
		return fail(reader, "nested too deeply");
	container.node = node;
	container.mark = reader->scratch.used;
	if (first == '{' && !read_key(reader, &container))
		return false;
	gqle_scratch_push(&reader->open, &container, sizeof(container));
	*value = NULL;
	return true;
}

/*
 * Put a complete value into the innermost open container, and close all those
 * that end after it.  *more tells whether another value must follow; if not,
 * *value is the whole document.
 */
static bool
read_next(Reader *reader, GqleJson **value, bool *more)
{
	while (reader->open.used > 0)
	{
		OpenContainer *container = innermost(reader);
		GqleJson   *node = container->node;
		bool		is_object = node->kind == GQLE_JSON_OBJECT;
		char		next;

		if (is_object)
		{
			GqleJsonMember member;

			member.key = container->key;
			member.key_len = container->key_len;
			member.value = *value;
			gqle_scratch_push(&reader->scratch, &member, sizeof(member));
		}
		else
			gqle_scratch_push(&reader->scratch, value, sizeof(*value));
		node->n++;

		next = peek(reader);
		if (next == ',')
		{
			reader->pos++;
			*more = true;
			return !is_object || read_key(reader, container);
		}
		if (next != (is_object ? '}' : ']'))
			return fail_here(reader);
		reader->pos++;
		node->cap = node->n;
		if (is_object)
			node->members = gqle_scratch_take(&reader->scratch,
											  container->mark, &reader->arena);
		else
			node->items = gqle_scratch_take(&reader->scratch,
											container->mark, &reader->arena);
		reader->open.used -= sizeof(OpenContainer);
		*value = node;
	}
	*more = false;
	return true;
}

/* Read a member's key and the colon. */
static bool
read_key(Reader *reader, OpenContainer *container)
{
	if (peek(reader) != '"')
		return fail_here(reader);
	if (!read_string(reader, &container->key, &container->key_len))
		return false;
	if (peek(reader) != ':')
		return fail_here(reader);
	reader->pos++;
	return true;
}

static bool
read_scalar(Reader *reader, char first, GqleJson *node)
{
	switch (first)
	{
		case '"':
			node->kind = GQLE_JSON_STRING;
			return read_string(reader, &node->text, &node->len);
		case 't':
			node->kind = GQLE_JSON_BOOL;
			node->boolean = true;
			return read_word(reader, "true");
		case 'f':
			node->kind = GQLE_JSON_BOOL;
			return read_word(reader, "false");
		case 'n':
			node->kind = GQLE_JSON_NULL;
			return read_word(reader, "null");
		default:
			node->kind = GQLE_JSON_NUMBER;
			return read_number(reader, node);
	}
}

static bool
read_word(Reader *reader, const char *word)
{
	while (*word != '\0')
	{
		if (reader->pos >= reader->len || reader->text[reader->pos] != *word)
			return fail_here(reader);
		reader->pos++;
		word++;
	}
	return true;
}

/* Put a text into the buffer; the result is NUL-terminated. */
static const char *
keep_text(Reader *reader, const char *text, int len)
{
	char	   *kept = reader->strings;

	memcpy(kept, text, len);
	kept[len] = '\0';
	reader->strings += len + 1;
	return kept;
}

/* Skip digits, of which there must be one. */
static bool
read_digits(Reader *reader)
{
	int			start = reader->pos;

	while (reader->pos < reader->len &&
		   reader->text[reader->pos] >= '0' && reader->text[reader->pos] <= '9')
		reader->pos++;
	return reader->pos > start || fail_here(reader);
}

/* Take one byte if it is one of the two. */
static bool
accept_either(Reader *reader, char a, char b)
{
	if (reader->pos >= reader->len ||
		(reader->text[reader->pos] != a && reader->text[reader->pos] != b))
		return false;
	reader->pos++;
	return true;
}

static bool
read_number(Reader *reader, GqleJson *node)
{
	int			start = reader->pos;

	accept_either(reader, '-', '-');
	if (!accept_either(reader, '0', '0') && !read_digits(reader))
		return false;
	if (accept_either(reader, '.', '.') && !read_digits(reader))
		return false;
	if (accept_either(reader, 'e', 'E'))
	{
		accept_either(reader, '+', '-');
		if (!read_digits(reader))
			return false;
	}
	node->len = reader->pos - start;
	node->text = keep_text(reader, reader->text + start, node->len);
	return true;
}

/* Read a string, whose opening quote is next, into the buffer. */
static bool
read_string(Reader *reader, const char **text, int *text_len)
{
	char	   *start = reader->strings;

	reader->pos++;
	for (;;)
	{
		const char *run = reader->text + reader->pos;
		int			run_len = gqle_json_plain_len(run,
												  reader->len - reader->pos);

		memcpy(reader->strings, run, run_len);
		reader->strings += run_len;
		reader->pos += run_len;
		if (reader->pos >= reader->len)
			return fail_here(reader);
		if (reader->text[reader->pos] == '"')
			break;
		if (reader->text[reader->pos] != '\\')
			return fail(reader, "control character in a string");
		if (!read_escape(reader))
			return false;
	}
	reader->pos++;
	*text = start;
	*text_len = (int) (reader->strings - start);
	*reader->strings++ = '\0';
	return true;
}

/* Read \uXXXX at pos; returns its value, or -1. */
static int
read_unicode_escape(Reader *reader)
{
	int			code;

	if (reader->len - reader->pos < 6 ||
		reader->text[reader->pos] != '\\' ||
		reader->text[reader->pos + 1] != 'u')
		return -1;
	code = gqle_utf8_hex4(reader->text + reader->pos + 2);
	if (code >= 0)
		reader->pos += 6;
	return code;
}

/* Read one escape sequence, or two that make a surrogate pair. */
static bool
read_escape(Reader *reader)
{
	static const char from[] = "\"\\/bfnrt";
	static const char to[] = "\"\\/\b\f\n\r\t";
	const char *simple;
	int			code;

	if (reader->len - reader->pos < 2)
	{
		reader->pos = reader->len;
		return fail_here(reader);
	}
	if (reader->text[reader->pos + 1] != 'u')
	{
		simple = memchr(from, reader->text[reader->pos + 1], sizeof(from) - 1);
		if (simple == NULL)
			return fail(reader, "invalid escape sequence");
		reader->pos += 2;
		*reader->strings++ = to[simple - from];
		return true;
	}

	code = read_unicode_escape(reader);
	if (code < 0)
		return fail(reader, "invalid escape sequence");
	if (code == 0)
		return fail(reader, "\\u0000 cannot be stored as text");
	if (code >= 0xD800 && code <= 0xDFFF)
	{
		int			low = code < 0xDC00 ? read_unicode_escape(reader) : -1;

		if (low < 0xDC00 || low > 0xDFFF)
			return fail(reader, "unpaired surrogate");
		code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
	}
	reader->strings += gqle_utf8_encode((uint32) code, reader->strings);
	return true;
}

GqleJson *
gqle_json_lookup(const GqleJson *object, const char *key)
{
	int			key_len;
	int			i;

	if (object == NULL || object->kind != GQLE_JSON_OBJECT)
		return NULL;
	key_len = (int) strlen(key);
	for (i = object->n - 1; i >= 0; i--)
	{
		const GqleJsonMember *member = &object->members[i];

		if (member->key_len == key_len &&
			memcmp(member->key, key, key_len) == 0)
			return member->value;
	}
	return NULL;
}

void
gqle_json_append(StringInfo out, const GqleJson *value)
{
	bool		first = true;
	int			i;

	check_stack_depth();
	switch (value->kind)
	{
		case GQLE_JSON_NULL:
			appendBinaryStringInfo(out, "null", 4);
			break;
		case GQLE_JSON_BOOL:
			appendStringInfoString(out, value->boolean ? "true" : "false");
			break;
		case GQLE_JSON_NUMBER:
			appendBinaryStringInfo(out, value->text, value->len);
			break;
		case GQLE_JSON_STRING:
			gqle_json_write_string(out, value->text, value->len);
			break;
		case GQLE_JSON_ARRAY:
			appendStringInfoCharMacro(out, '[');
			for (i = 0; i < value->n; i++)
			{
				if (i > 0)
					appendStringInfoCharMacro(out, ',');
				gqle_json_append(out, value->items[i]);
			}
			appendStringInfoCharMacro(out, ']');
			break;
		case GQLE_JSON_OBJECT:
			appendStringInfoCharMacro(out, '{');
			for (i = 0; i < value->n; i++)
			{
				gqle_json_write_key(out, value->members[i].key, &first);
				gqle_json_append(out, value->members[i].value);
			}
			appendStringInfoCharMacro(out, '}');
			break;
	}
}

char *
gqle_json_to_text(const GqleJson *value)
{
	StringInfoData out;

	initStringInfo(&out);
	gqle_json_append(&out, value);
	return out.data;
}

static int
compare_members(const void *a, const void *b)
{
	return strcmp(((const GqleJsonMember *) a)->key,
				  ((const GqleJsonMember *) b)->key);
}

/* Members sorted by key, only the last of each key; *n is how many. */
static const GqleJsonMember **
sort_members(const GqleJson *object, int *n)
{
	const GqleJsonMember **sorted = palloc(sizeof(void *) * (object->n + 1));
	int			kept = 0;
	int			i;

	for (i = 0; i < object->n; i++)
		sorted[i] = &object->members[i];
	gqle_ptrsort((const void **) sorted, object->n, compare_members);
	for (i = 0; i < object->n; i++)
	{
		if (i + 1 < object->n && compare_members(sorted[i], sorted[i + 1]) == 0)
			continue;
		sorted[kept++] = sorted[i];
	}
	*n = kept;
	return sorted;
}

static bool
objects_equal(const GqleJson *a, const GqleJson *b)
{
	int			n_a;
	int			n_b;
	const GqleJsonMember **members_a = sort_members(a, &n_a);
	const GqleJsonMember **members_b = sort_members(b, &n_b);
	bool		equal = n_a == n_b;
	int			i;

	for (i = 0; equal && i < n_a; i++)
		equal = compare_members(members_a[i], members_b[i]) == 0 &&
			gqle_json_equal(members_a[i]->value, members_b[i]->value);
	pfree(members_a);
	pfree(members_b);
	return equal;
}

bool
gqle_json_equal(const GqleJson *a, const GqleJson *b)
{
	int			i;

	check_stack_depth();
	if (a->kind != b->kind)
		return false;
	switch (a->kind)
	{
		case GQLE_JSON_NULL:
			return true;
		case GQLE_JSON_BOOL:
			return a->boolean == b->boolean;
		case GQLE_JSON_NUMBER:
		case GQLE_JSON_STRING:
			return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
		case GQLE_JSON_ARRAY:
			if (a->n != b->n)
				return false;
			for (i = 0; i < a->n; i++)
			{
				if (!gqle_json_equal(a->items[i], b->items[i]))
					return false;
			}
			return true;
		case GQLE_JSON_OBJECT:
			return objects_equal(a, b);
	}
	return false;
}

const char *
gqle_json_kind_name(const GqleJson *value)
{
	switch (value->kind)
	{
		case GQLE_JSON_NULL:
			return "Null";
		case GQLE_JSON_BOOL:
			return "Boolean";
		case GQLE_JSON_NUMBER:
			return "Number";
		case GQLE_JSON_STRING:
			return "String";
		case GQLE_JSON_ARRAY:
			return "Array";
		case GQLE_JSON_OBJECT:
			return "Object";
	}
	return "";
}

static GqleJson *
make_node(GqleJsonKind kind)
{
	GqleJson   *node = palloc0(sizeof(GqleJson));

	node->kind = kind;
	return node;
}

static GqleJson *
make_text_node(GqleJsonKind kind, const char *text)
{
	GqleJson   *node = make_node(kind);

	node->text = text;
	node->len = (int) strlen(text);
	return node;
}

GqleJson *
gqle_json_make_null(void)
{
	return make_node(GQLE_JSON_NULL);
}

GqleJson *
gqle_json_make_bool(bool value)
{
	GqleJson   *node = make_node(GQLE_JSON_BOOL);

	node->boolean = value;
	return node;
}

GqleJson *
gqle_json_make_number(const char *text)
{
	return make_text_node(GQLE_JSON_NUMBER, text);
}

GqleJson *
gqle_json_make_string(const char *text)
{
	return make_text_node(GQLE_JSON_STRING, text);
}

GqleJson *
gqle_json_make_array(void)
{
	return make_node(GQLE_JSON_ARRAY);
}

GqleJson *
gqle_json_make_object(void)
{
	return make_node(GQLE_JSON_OBJECT);
}

/*
 * Children of a tree that was read are part of an arena and cannot be
 * repalloc'd, so a full array is copied and the old one left to its context.
 */
static void *
grow_children(GqleJson *container, const void *children, Size size)
{
	void	   *grown;

	if (container->n < container->cap)
		return NULL;
	container->cap = Max(4, container->n * 2);
	grown = palloc(size * container->cap);
	if (container->n > 0)
		memcpy(grown, children, size * container->n);
	return grown;
}

void
gqle_json_array_add(GqleJson *array, GqleJson *item)
{
	GqleJson  **grown = grow_children(array, array->items, sizeof(*grown));

	if (grown != NULL)
		array->items = grown;
	array->items[array->n++] = item;
}

void
gqle_json_object_add(GqleJson *object, const char *key, GqleJson *value)
{
	GqleJsonMember *grown = grow_children(object, object->members,
										  sizeof(*grown));
	GqleJsonMember *member;

	if (grown != NULL)
		object->members = grown;
	member = &object->members[object->n++];
	member->key = key;
	member->key_len = (int) strlen(key);
	member->value = value;
}

void
gqle_json_object_set(GqleJson *object, const char *key, GqleJson *value)
{
	int			key_len = (int) strlen(key);
	int			i;

	for (i = object->n - 1; i >= 0; i--)
	{
		GqleJsonMember *member = &object->members[i];

		if (member->key_len == key_len &&
			memcmp(member->key, key, key_len) == 0)
		{
			member->value = value;
			return;
		}
	}
	gqle_json_object_add(object, key, value);
}
