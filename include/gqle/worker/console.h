/*
 * console.h
 *		The files of the console: a page of GraphiQL and what it needs.
 */
#ifndef GQLE_WORKER_CONSOLE_H
#define GQLE_WORKER_CONSOLE_H

#include "gqle/gqle.h"

typedef struct GqleConsoleFile
{
	const char *content_type;
	const char *body;			/* stays for as long as the process lives */
	int			body_len;
	bool		is_gzip;
} GqleConsoleFile;

/* Were the console's files installed with the extension? */
extern bool gqle_console_is_installed(void);

/*
 * The file of that name, compressed if that is wanted and there; false if there
 * is none.  A name is looked up among those that were found at the first call,
 * never in the file system.  Doesn't throw.
 */
extern bool gqle_console_lookup(const char *name, int name_len, bool wants_gzip,
								GqleConsoleFile *file);

#endif							/* GQLE_WORKER_CONSOLE_H */
