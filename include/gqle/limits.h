/*
 * limits.h
 *		Every hard bound on what a client can make us do, and its reason.
 *
 * These hold where no setting says otherwise; a setting may tighten them.
 * Sizes are bytes.
 */
#ifndef GQLE_LIMITS_H
#define GQLE_LIMITS_H

/*
 * GraphQL documents.
 *
 * Hand-written and generated clients stay below 100 kB.  Scripts that put
 * literal rows into a mutation reach megabytes, hence 4 MiB.  Whatever does not
 * fit belongs into variables.
 */
#define GQLE_MAX_DOCUMENT_BYTES		(4 * 1024 * 1024)

/*
 * A token costs at most some 80 bytes of tree, so this bounds a tree to about
 * 120 MB and, for what real documents look like, to a quarter of that.  It
 * leaves room for 10^5 aliased fields with an argument and a sub-selection
 * (1.1 million tokens).
 */
#define GQLE_MAX_DOCUMENT_TOKENS	1500000

/*
 * Nesting of selection sets, lists, objects and list types together.  Every
 * later stage recurses over the tree, and the SQL made from it nests several
 * levels for each of these; PostgreSQL's own parser and planner must hold it
 * in a 2 MB stack.  Generated filters rarely pass 30.
 */
#define GQLE_MAX_DOCUMENT_DEPTH		200

/*
 * JSON texts.  Their bytes are bounded by whoever receives them, since that
 * differs: a request body, a webhook's answer, a stored metadata document.
 *
 * Reading does not recurse, but most users of the tree do, with frames below
 * 500 bytes.
 */
#define GQLE_MAX_JSON_DEPTH			1000

/*
 * About 75 bytes a node: a backstop below palloc's 1 GB for callers with large
 * byte limits.  Metadata of 5,000 tables with 50 roles is 4 million nodes.
 */
#define GQLE_MAX_JSON_NODES			10000000

/*
 * Memory of the schemas of all roles in one process.  A role's view of a table
 * costs about 4 kB, so this holds what 50 roles need of 240 tables each.  Beyond
 * it the schema used longest ago is thrown away and made again when needed,
 * which costs microseconds a table.
 */
#define GQLE_MAX_SCHEMA_BYTES		((Size) 48 * 1024 * 1024)

/*
 * Validated operations.
 *
 * Fields gone through, fragments counted wherever they are expanded: fragments
 * with aliases can multiply at every level.  Twice what the largest document
 * without fragments can select.
 */
#define GQLE_MAX_SELECTIONS			500000

/* Nesting of selection sets with fragments expanded; see document depth. */
#define GQLE_MAX_SELECTION_DEPTH	200

/*
 * Nesting of braces with fragments expanded: a fragment that holds nothing but
 * another nests no fields, but all who walk through it recurse.
 */
#define GQLE_MAX_FRAGMENT_DEPTH		1000

/* Nesting of values in arguments, variables expanded; see document depth. */
#define GQLE_MAX_INPUT_DEPTH		200

/*
 * Values in arguments, each up to 300 bytes: 10,000 rows of 100 columns in one
 * insert.
 */
#define GQLE_MAX_INPUTS				1000000

/*
 * Every field and value remembers its path for errors, which is as long as it
 * lies deep.
 */
#define GQLE_MAX_PATH_BYTES			((Size) 64 * 1024 * 1024)

/*
 * Kriti templates: bytes, nesting, and what evaluating one may cost, counted in
 * values looked at and pieces of 32 bytes written.  The largest transforms seen
 * are a few kB and need some thousand steps; a million takes well below 100 ms.
 */
#define GQLE_MAX_KRITI_BYTES		(256 * 1024)
#define GQLE_MAX_KRITI_DEPTH		100
#define GQLE_MAX_KRITI_STEPS		1000000

/*
 * Conditions joined by AND.  Postgres compares each with all others when it looks
 * at the indexes they could use: 80 ms at this number, four times that at twice
 * the number.  Lists of values belong into _in, which counts as one.
 */
#define GQLE_MAX_CONJUNCTS			2000

/*
 * Answers to introspection: those of the largest public servers have some 5 MB.
 */
#define GQLE_MAX_INTROSPECTION_BYTES	(64 * 1024 * 1024)

/* Answers of remote schemas to what clients ask. */
#define GQLE_MAX_REMOTE_BYTES		(64 * 1024 * 1024)

/* Bytes of a value that a linked database answers: as much as an answer here can be. */
#define GQLE_MAX_LINK_BYTES		(512 * 1024 * 1024)

#endif							/* GQLE_LIMITS_H */
