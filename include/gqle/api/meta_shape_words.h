/*
 * meta_shape_words.h
 *		Short words for tables of shapes.
 *
 * For files that hold little else than such tables; the words are too short to
 * be seen anywhere else.
 */
#ifndef GQLE_API_META_SHAPE_WORDS_H
#define GQLE_API_META_SHAPE_WORDS_H

#include "gqle/api/meta_shape.h"

#define TEXT GQLE_META_TEXT
#define NAME GQLE_META_NAME
#define GNAME GQLE_META_GRAPHQL_NAME
#define BOOL GQLE_META_BOOL
#define INT GQLE_META_INT
#define NAT GQLE_META_NATURAL
#define ANY GQLE_META_ANY
#define OBJECT GQLE_META_OBJECT
#define TABLE GQLE_META_TABLE
#define FUNCTION GQLE_META_FUNCTION
#define SHAPE GQLE_META_SHAPE
#define MAP GQLE_META_MAP
#define CUSTOM GQLE_META_CUSTOM

#define REQ GQLE_META_REQUIRED
#define LIST GQLE_META_LIST
#define FILL GQLE_META_FILL
#define OMIT GQLE_META_OMIT_EMPTY
#define KEEPNULL GQLE_META_KEEP_NULL
#define WRITENULL GQLE_META_WRITE_NULL
#define HIDDEN GQLE_META_HIDDEN

/* Fields that all webhooks have; for files that see meta_shapes.h. */
#define TRANSFORMS \
	{"request_transform", SHAPE, .shape = &gqle_meta_request_transform}, \
	{"response_transform", SHAPE, .shape = &gqle_meta_response_transform}

#endif							/* GQLE_API_META_SHAPE_WORDS_H */
