/*
 * shape.c
 *		What of a request's variables decides the compiled operation: marks and
 *		the hash under them.
 *
 * Marks are a trie: below the root the variables, below them keys, or one node
 * for all indexes.  The hash walks variables and trie together.  It is taken of
 * an unambiguous encoding (kinds, then lengths before texts), so that equal
 * encodings mean equal shapes:
 *
 *		pinned		the whole value
 *		opaque		null or not
 *		otherwise	kinds; keys in order; lengths of lists; booleans, numbers and
 *					strings by kind only
 *
 * The hash is SipHash-1-3 under a secret key.  A cache found by this hash alone
 * would otherwise let a client craft variables that make others of the same role
 * run an operation compiled for his.
 */
#include "gqle/gqle.h"

#include "miscadmin.h"
#include "port/pg_bswap.h"

#include "gqle/base/strhash.h"
#include "gqle/validate/shape.h"

/* What is known of a part; more counts more. */
typedef enum ShapeMark
{
	MARK_NONE,
	MARK_OPAQUE,
	MARK_STRUCTURE,
	MARK_PINNED
} ShapeMark;

typedef struct ShapeNode
{
	const char *key;			/* NULL: every index */
	int			key_len;
	ShapeMark	mark;
	struct ShapeNode *items;	/* every index */
	int			n;
	int			max;
	struct ShapeNode **children;	/* by key */
	GqleStrHash *by_key;		/* once there are many */
} ShapeNode;

/* Below this many children a look through them is faster than hashing. */
#define FEW_CHILDREN 24

struct GqleShape
{
	MemoryContext context;
	ShapeNode	root;			/* its children are the variables */
};

typedef struct SipHash
{
	uint64		v0;
	uint64		v1;
	uint64		v2;
	uint64		v3;
	uint64		tail;			/* bytes that do not fill a word yet */
	uint64		n_bytes;
} SipHash;

static ShapeNode *find_child(const ShapeNode *node, const char *key, int key_len,
							 int *hint);
static void hash_object(SipHash *hash, const ShapeNode *node, const GqleJson *object);
static void hash_value(SipHash *hash, const ShapeNode *node, const GqleJson *value);
static void hash_pinned(SipHash *hash, const GqleJson *value);

/* ------------------------------------------------------------------------
 * Marks
 * ------------------------------------------------------------------------ */

GqleShape *
gqle_shape_make(MemoryContext context)
{
	GqleShape  *shape = MemoryContextAllocZero(context, sizeof(GqleShape));

	shape->context = context;
	return shape;
}

static ShapeNode *
make_node(GqleShape *shape, const char *key)
{
	ShapeNode  *node = MemoryContextAllocZero(shape->context, sizeof(ShapeNode));

	if (key != NULL)
	{
		node->key = MemoryContextStrdup(shape->context, key);
		node->key_len = (int) strlen(key);
	}
	return node;
}

static void
add_child(GqleShape *shape, ShapeNode *node, ShapeNode *child)
{
	int			i;

	if (node->n == node->max)
	{
		node->max = node->max > 0 ? node->max * 2 : 4;
		if (node->children == NULL)
			node->children = MemoryContextAlloc(shape->context,
												sizeof(ShapeNode *) * node->max);
		else
			node->children = repalloc(node->children, sizeof(ShapeNode *) * node->max);
	}
	node->children[node->n++] = child;

	if (node->by_key != NULL)
		gqle_strhash_add(node->by_key, child->key, child);
	else if (node->n > FEW_CHILDREN)
	{
		node->by_key = gqle_strhash_make(shape->context, node->n * 2);
		for (i = 0; i < node->n; i++)
			gqle_strhash_add(node->by_key, node->children[i]->key, node->children[i]);
	}
}

/* The node below for a key, or for every index if that is NULL. */
static ShapeNode *
get_child(GqleShape *shape, ShapeNode *node, const char *key)
{
	ShapeNode  *child;
	int			hint = 0;

	if (key == NULL)
	{
		if (node->items == NULL)
			node->items = make_node(shape, NULL);
		return node->items;
	}
	child = find_child(node, key, (int) strlen(key), &hint);
	if (child == NULL)
	{
		child = make_node(shape, key);
		add_child(shape, node, child);
	}
	return child;
}

/*
 * Members of an object mostly come in the order in which they were marked, so
 * the search begins where the last one ended.
 */
static ShapeNode *
find_child(const ShapeNode *node, const char *key, int key_len, int *hint)
{
	int			at = *hint;
	int			i;

	for (i = 0; i < node->n; i++, at++)
	{
		ShapeNode  *child;

		if (at >= node->n)
			at = 0;
		child = node->children[at];
		if (child->key_len == key_len && memcmp(child->key, key, key_len) == 0)
		{
			*hint = at + 1;
			return child;
		}
		if (node->by_key != NULL)
			return gqle_strhash_lookup(node->by_key, key);
	}
	return NULL;
}

static void
set_mark(GqleShape *shape, const char *variable, int n_steps,
		 const GqleLeafStep *steps, ShapeMark mark)
{
	ShapeNode  *node = get_child(shape, &shape->root, variable);
	int			i;

	for (i = 0; i < n_steps; i++)
		node = get_child(shape, node, steps[i].key);
	node->mark = Max(node->mark, mark);
}

void
gqle_shape_pin(GqleShape *shape, const char *variable, int n_steps,
			   const GqleLeafStep *steps)
{
	set_mark(shape, variable, n_steps, steps, MARK_PINNED);
}

void
gqle_shape_opaque(GqleShape *shape, const char *variable, int n_steps,
				  const GqleLeafStep *steps)
{
	set_mark(shape, variable, n_steps, steps, MARK_OPAQUE);
}

void
gqle_shape_structure(GqleShape *shape, const char *variable, int n_steps,
					 const GqleLeafStep *steps)
{
	set_mark(shape, variable, n_steps, steps, MARK_STRUCTURE);
}

static bool
merge_node(GqleShape *shape, ShapeNode *into, const ShapeNode *from)
{
	bool		changed = from->mark > into->mark;
	int			i;

	check_stack_depth();
	into->mark = Max(into->mark, from->mark);
	if (from->items != NULL)
		changed |= merge_node(shape, get_child(shape, into, NULL), from->items);
	for (i = 0; i < from->n; i++)
		changed |= merge_node(shape, get_child(shape, into, from->children[i]->key),
							  from->children[i]);
	return changed;
}

bool
gqle_shape_merge(GqleShape *into, const GqleShape *from)
{
	return merge_node(into, &into->root, &from->root);
}

/* ------------------------------------------------------------------------
 * SipHash-1-3 (Aumasson, Bernstein: SipHash, a fast short-input PRF)
 * ------------------------------------------------------------------------ */

static inline uint64
rotate_left(uint64 word, int bits)
{
	return (word << bits) | (word >> (64 - bits));
}

static inline void
sip_round(SipHash *hash)
{
	hash->v0 += hash->v1;
	hash->v1 = rotate_left(hash->v1, 13);
	hash->v1 ^= hash->v0;
	hash->v0 = rotate_left(hash->v0, 32);
	hash->v2 += hash->v3;
	hash->v3 = rotate_left(hash->v3, 16);
	hash->v3 ^= hash->v2;
	hash->v0 += hash->v3;
	hash->v3 = rotate_left(hash->v3, 21);
	hash->v3 ^= hash->v0;
	hash->v2 += hash->v1;
	hash->v1 = rotate_left(hash->v1, 17);
	hash->v1 ^= hash->v2;
	hash->v2 = rotate_left(hash->v2, 32);
}

static void
sip_init(SipHash *hash)
{
	static uint64 secret[2];
	static bool has_secret = false;

	if (!has_secret)
	{
		if (!pg_strong_random(secret, sizeof(secret)))
			ereport(ERROR,
					(errcode(ERRCODE_INTERNAL_ERROR),
					 errmsg("could not generate a random key")));
		has_secret = true;
	}
	hash->v0 = secret[0] ^ UINT64CONST(0x736f6d6570736575);
	hash->v1 = secret[1] ^ UINT64CONST(0x646f72616e646f6d);
	hash->v2 = secret[0] ^ UINT64CONST(0x6c7967656e657261);
	hash->v3 = secret[1] ^ UINT64CONST(0x7465646279746573);
	hash->tail = 0;
	hash->n_bytes = 0;
}

static inline void
sip_word(SipHash *hash, uint64 word)
{
	hash->v3 ^= word;
	sip_round(hash);
	hash->v0 ^= word;
}

static inline void
sip_byte(SipHash *hash, uint8 byte)
{
	int			shift = (int) (hash->n_bytes & 7) * 8;

	hash->tail |= (uint64) byte << shift;
	hash->n_bytes++;
	if (shift == 56)
	{
		sip_word(hash, hash->tail);
		hash->tail = 0;
	}
}

static void
sip_bytes(SipHash *hash, const char *bytes, int len)
{
	int			shift = (int) (hash->n_bytes & 7) * 8;

	while (len >= 8)
	{
		uint64		word;

		memcpy(&word, bytes, 8);
#ifdef WORDS_BIGENDIAN
		word = pg_bswap64(word);
#endif
		if (shift == 0)
			sip_word(hash, word);
		else
		{
			sip_word(hash, hash->tail | (word << shift));
			hash->tail = word >> (64 - shift);
		}
		hash->n_bytes += 8;
		bytes += 8;
		len -= 8;
	}
	while (len-- > 0)
		sip_byte(hash, (uint8) *bytes++);
}

static void
sip_length(SipHash *hash, uint32 length)
{
	/* most are short: one byte, or a marker and four */
	if (length < 0xff)
	{
		sip_byte(hash, (uint8) length);
		return;
	}
	sip_byte(hash, 0xff);
	sip_byte(hash, (uint8) length);
	sip_byte(hash, (uint8) (length >> 8));
	sip_byte(hash, (uint8) (length >> 16));
	sip_byte(hash, (uint8) (length >> 24));
}

static uint64
sip_finish(SipHash *hash)
{
	sip_word(hash, hash->tail | (hash->n_bytes << 56));
	hash->v2 ^= 0xff;
	sip_round(hash);
	sip_round(hash);
	sip_round(hash);
	return hash->v0 ^ hash->v1 ^ hash->v2 ^ hash->v3;
}

/* ------------------------------------------------------------------------
 * The hash
 * ------------------------------------------------------------------------ */

uint64
gqle_shape_hash(const GqleShape *shape, const GqleJson *variables)
{
	SipHash		hash;

	sip_init(&hash);
	if (variables != NULL)
		hash_object(&hash, shape != NULL ? &shape->root : NULL, variables);
	return sip_finish(&hash);
}

static void
hash_object(SipHash *hash, const ShapeNode *node, const GqleJson *object)
{
	int			hint = 0;
	int			i;

	sip_length(hash, object->n);
	for (i = 0; i < object->n; i++)
	{
		const GqleJsonMember *member = &object->members[i];
		const ShapeNode *child = NULL;

		if (node != NULL)
			child = find_child(node, member->key, member->key_len, &hint);
		sip_length(hash, member->key_len);
		sip_bytes(hash, member->key, member->key_len);
		hash_value(hash, child, member->value);
	}
}

static void
hash_value(SipHash *hash, const ShapeNode *node, const GqleJson *value)
{
	int			i;

	if (node != NULL && node->mark == MARK_PINNED)
	{
		hash_pinned(hash, value);
		return;
	}
	if (value->kind != GQLE_JSON_NULL && node != NULL && node->mark == MARK_OPAQUE)
	{
		sip_byte(hash, 0xfe);
		return;
	}

	sip_byte(hash, (uint8) value->kind);
	switch (value->kind)
	{
		case GQLE_JSON_ARRAY:
			check_stack_depth();
			sip_length(hash, value->n);
			for (i = 0; i < value->n; i++)
				hash_value(hash, node != NULL ? node->items : NULL, value->items[i]);
			break;
		case GQLE_JSON_OBJECT:
			check_stack_depth();
			hash_object(hash, node, value);
			break;
		case GQLE_JSON_NULL:
		case GQLE_JSON_BOOL:
		case GQLE_JSON_NUMBER:
		case GQLE_JSON_STRING:
			break;
	}
}

static void
hash_pinned(SipHash *hash, const GqleJson *value)
{
	int			i;

	sip_byte(hash, 0xfd);
	sip_byte(hash, (uint8) value->kind);
	switch (value->kind)
	{
		case GQLE_JSON_NULL:
			break;
		case GQLE_JSON_BOOL:
			sip_byte(hash, value->boolean);
			break;
		case GQLE_JSON_NUMBER:
		case GQLE_JSON_STRING:
			sip_length(hash, value->len);
			sip_bytes(hash, value->text, value->len);
			break;
		case GQLE_JSON_ARRAY:
			check_stack_depth();
			sip_length(hash, value->n);
			for (i = 0; i < value->n; i++)
				hash_pinned(hash, value->items[i]);
			break;
		case GQLE_JSON_OBJECT:
			check_stack_depth();
			sip_length(hash, value->n);
			for (i = 0; i < value->n; i++)
			{
				sip_length(hash, value->members[i].key_len);
				sip_bytes(hash, value->members[i].key, value->members[i].key_len);
				hash_pinned(hash, value->members[i].value);
			}
			break;
	}
}
