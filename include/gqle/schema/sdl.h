/*
 * sdl.h
 *		Single types in the schema definition language.
 */
#ifndef GQLE_SCHEMA_SDL_H
#define GQLE_SCHEMA_SDL_H

#include "gqle/schema/schema.h"

/* A filled type. */
extern void gqle_sdl_append_type(StringInfo out, const GqleType *type);

/* The type of that name, sorted as in the whole; false if there is none that
 * the role could reach. */
extern bool gqle_sdl_append_named(StringInfo out, GqleSchema *schema, const char *name);

#endif							/* GQLE_SCHEMA_SDL_H */
