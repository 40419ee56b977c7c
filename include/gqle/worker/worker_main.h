/*
 * worker_main.h
 *		What all workers do alike: begin, look after themselves, end.
 */
#ifndef GQLE_WORKER_WORKER_MAIN_H
#define GQLE_WORKER_WORKER_MAIN_H

#include "gqle/worker/registry.h"

/* This process' slot, or -1. */
extern int	gqle_worker_slot;

/* "server", "executor", ...: as in bgw_name, application_name and the view. */
extern const char *gqle_worker_kind_name(GqleWorkerKind kind);

/*
 * Register a worker for a slot; NULL when the server has no free worker slot.
 * The handle is allocated in the current memory context.
 */
extern struct BackgroundWorkerHandle *gqle_worker_launch(int slot);

/*
 * The prologue: signals, slot, database connection, name.  sigterm is the
 * handler of SIGTERM.  Ends the process if it isn't wanted any more or the
 * database lacks the extension; remembers that for the launcher.  The slot is
 * CONNECTING afterwards; the worker makes it IDLE when it is of use.
 */
extern void gqle_worker_begin(Datum main_arg, pqsigfunc sigterm);

/* Once per turn of a loop, outside a transaction. */
extern void gqle_worker_handle_interrupts(void);

/* Should this worker come to an end, and without delay? */
extern bool gqle_worker_must_leave_now(void);

#endif							/* GQLE_WORKER_WORKER_MAIN_H */
