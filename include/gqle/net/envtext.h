/*
 * envtext.h
 *		Texts with {{NAMES}} of environment variables in them: URLs, headers.
 */
#ifndef GQLE_NET_ENVTEXT_H
#define GQLE_NET_ENVTEXT_H

#include "gqle/gqle.h"

/* The value of a variable, or NULL. */
typedef const char *(*GqleEnvLookup) (void *arg, const char *name);

/* Of the process' environment; arg is not looked at. */
extern const char *gqle_env_lookup(void *arg, const char *name);

/*
 * The text with all variables replaced, in the current memory context; NULL if
 * some are not set, *missing then being their names with commas between them.
 */
extern char *gqle_envtext_render(const char *text, GqleEnvLookup lookup, void *arg,
								 const char **missing);

#endif							/* GQLE_NET_ENVTEXT_H */
