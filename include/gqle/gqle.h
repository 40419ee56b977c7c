/*
 * gqle.h
 *		What every file of gqle sees: PostgreSQL's base header, the version
 *		shims and a handful of macros.
 *
 * Pure files (lang, net, and base's json, cron and ident) include only this
 * header and headers of their own kind.  Under GQLE_STANDALONE the server's
 * header is replaced by a malloc shim, so that they link into fuzzers and unit
 * tests without a server.
 */
#ifndef GQLE_H
#define GQLE_H

#ifdef GQLE_STANDALONE
#include "gqle/base/standalone.h"
#else
#include "postgres.h"

#include "lib/stringinfo.h"

#include "gqle/pgcompat.h"
#endif

/* default_version of gqle.control */
#define GQLE_VERSION "0.2.0"

/*
 * A statement about our own code that must hold: an assertion in debug builds,
 * a clean ERROR that names the impossible thing in release builds.
 */
#ifdef GQLE_STANDALONE
#define Ensure(cond, msg) \
	do { if (!(cond)) gqle_standalone_abort(msg); } while (0)
#else
#define Ensure(cond, msg) \
	do { Assert(cond); if (unlikely(!(cond))) elog(ERROR, "%s", (msg)); } while (0)
#endif

/*
 * The version of Hasura whose behaviour we have.  The command line reads it as
 * a semantic version and refuses servers that are too old for it; webhooks see
 * it in User-Agent.
 */
#define GQLE_COMPAT_VERSION "v2.48.1"

#endif							/* GQLE_H */
