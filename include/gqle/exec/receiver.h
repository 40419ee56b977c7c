/*
 * receiver.h
 *		A DestReceiver that writes rows as JSON into a buffer.
 */
#ifndef GQLE_EXEC_RECEIVER_H
#define GQLE_EXEC_RECEIVER_H

#include "tcop/dest.h"

#include "gqle/exec/json_template.h"

/*
 * Receive rows into out, in the form of one template per row with commas
 * between them.  The receiver and its template belong to one statement; it
 * checks the row type at each start, since a plan may be revalidated.
 */
extern DestReceiver *gqle_receiver_make(GqleJsonTemplate *template, MemoryContext context);

/* Set the buffer for the next execution. */
extern void gqle_receiver_set_output(DestReceiver *receiver, StringInfo out);

/*
 * Remember a column of the last row, counted from 1, that is a text: a stream's
 * cursor.  NULL if there was no row; valid until the next execution.
 */
extern void gqle_receiver_watch_column(DestReceiver *receiver, int column);
extern const char *gqle_receiver_watched(const DestReceiver *receiver);

/*
 * The first column of rows, an integer, says whose they are, and the template's
 * come after it.  Called before the first row of each, that of another one being the
 * end of the one before.
 */
typedef void (*GqleReceiverSwitch) (void *arg, int owner);
extern void gqle_receiver_split(DestReceiver *receiver, GqleReceiverSwitch on_switch,
								void *arg);

/* Rows written by the last execution; of the last one that rows belonged to. */
extern uint64 gqle_receiver_n_rows(const DestReceiver *receiver);

#endif							/* GQLE_EXEC_RECEIVER_H */
