/*
 * child.c
 *		Another program, run to its end.
 *
 * The program gets an argument vector and no shell, an environment of its own,
 * no descriptor but three, signals as a fresh process has them, and a process
 * group, so that ending it ends what it has started.  It is waited for with the
 * latch, so that a cancel and the end of this process come through.
 *
 * It must not outlive us: leaving by an error or by proc_exit ends it.  After a
 * crash of this process it ends when it next writes to us.
 */
#include "postgres.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "utils/memutils.h"
#include "utils/wait_event.h"

#include "gqle/base/child.h"

#define READ_SIZE		(64 * 1024)
#define MAX_ERRORS		(64 * 1024) /* of standard error that is kept */
#define END_STEP_MS		10
#define END_STEPS		300		/* then a program that was asked is killed */

/* A program that runs. */
typedef struct Running
{
	pid_t		pid;			/* 0: not, or no longer */
	int			out;			/* our ends of its pipes; -1: closed */
	int			err;
} Running;

static bool start(GqleChild *child, Running *running);
static bool make_pipe(int ends[2]);
static int	spawn(const GqleChild *child, int out, int err, pid_t *pid);
static void collect(GqleChild *child, Running *running);
static void wait_for_output(const Running *running);
static bool read_some(int *fd, StringInfo buffer, int limit);
static void close_end(int *fd);
static void reap(GqleChild *child, Running *running);
static void end_program(int code, Datum arg);

void
gqle_child_run(GqleChild *child)
{
	Running		running = {0, -1, -1};

	Assert(!IsTransactionState());
	initStringInfo(&child->out);
	initStringInfo(&child->err);
	child->is_too_long = false;
	child->exit_status = 0;
	if (!start(child, &running))
		return;
	PG_ENSURE_ERROR_CLEANUP(end_program, PointerGetDatum(&running));
	{
		collect(child, &running);
		if (child->is_too_long)
			end_program(0, PointerGetDatum(&running));
		else
			reap(child, &running);
	}
	PG_END_ENSURE_ERROR_CLEANUP(end_program, PointerGetDatum(&running));
}

/* Start the program; false, with spawn_errno set, if that is not possible. */
static bool
start(GqleChild *child, Running *running)
{
	int			out[2] = {-1, -1};
	int			err[2] = {-1, -1};

	child->spawn_errno = 0;
	if (!make_pipe(out) || !make_pipe(err))
		child->spawn_errno = errno;
	else
		child->spawn_errno = spawn(child, out[1], err[1], &running->pid);
	close_end(&out[1]);
	close_end(&err[1]);
	if (child->spawn_errno != 0)
	{
		close_end(&out[0]);
		close_end(&err[0]);
		return false;
	}
	running->out = out[0];
	running->err = err[0];
	return true;
}

/* A pipe whose reading end does not block. */
static bool
make_pipe(int ends[2])
{
	return pipe2(ends, O_CLOEXEC) == 0 &&
		fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0;
}

/* Start the program with its ends of the pipes; returns an errno or 0. */
static int
spawn(const GqleChild *child, int out, int err, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t	all;
	sigset_t	none;
	int			failure;

	sigfillset(&all);
	sigemptyset(&none);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF |
							 POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
	posix_spawnattr_setsigdefault(&attributes, &all);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setpgroup(&attributes, 0);

	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&files, err, STDERR_FILENO);
	posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);

	failure = posix_spawn(pid, child->path, &files, &attributes,
						  unconstify(char *const *, child->argv),
						  unconstify(char *const *, child->env));
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attributes);
	if (failure != 0)
		*pid = 0;
	return failure;
}

/* Read what the program writes until it has closed both pipes, or too much. */
static void
collect(GqleChild *child, Running *running)
{
	while (running->out >= 0 || running->err >= 0)
	{
		wait_for_output(running);
		CHECK_FOR_INTERRUPTS();
		if (!read_some(&running->out, &child->out, child->max_output))
		{
			child->is_too_long = true;
			return;
		}
		(void) read_some(&running->err, &child->err, MAX_ERRORS);
	}
}

/* Wait until there is something to read or something else to do. */
static void
wait_for_output(const Running *running)
{
	WaitEventSet *set = gqle_create_wait_event_set(4);
	WaitEvent	event;

	AddWaitEventToSet(set, WL_LATCH_SET, PGINVALID_SOCKET, MyLatch, NULL);
	AddWaitEventToSet(set, WL_EXIT_ON_PM_DEATH, PGINVALID_SOCKET, NULL, NULL);
	if (running->out >= 0)
		AddWaitEventToSet(set, WL_SOCKET_READABLE, running->out, NULL, NULL);
	if (running->err >= 0)
		AddWaitEventToSet(set, WL_SOCKET_READABLE, running->err, NULL, NULL);
	(void) WaitEventSetWait(set, -1, &event, 1, WaitEventExtensionNew("GqleChild"));
	FreeWaitEventSet(set);
	ResetLatch(MyLatch);
}

/*
 * Read what is there; at the end of the stream the descriptor is closed.  What
 * is beyond the limit is read and dropped; false says that there was some.
 */
static bool
read_some(int *fd, StringInfo buffer, int limit)
{
	bool		fits = true;

	while (*fd >= 0)
	{
		char		piece[READ_SIZE];
		ssize_t		n = read(*fd, piece, sizeof(piece));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			break;
		if (n <= 0)
		{
			close_end(fd);
			break;
		}
		if (n > limit - buffer->len)
		{
			n = limit - buffer->len;
			fits = false;
		}
		appendBinaryStringInfo(buffer, piece, n);
		if (!fits)
			break;
	}
	return fits;
}

static void
close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/*
 * Wait for the end of a program that has closed its pipes.  Should it stay
 * nonetheless, an interrupt still reaches us.
 */
static void
reap(GqleChild *child, Running *running)
{
	pid_t		pid;

	while ((pid = waitpid(running->pid, &child->exit_status, WNOHANG)) == 0 ||
		   (pid < 0 && errno == EINTR))
	{
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, 1,
						 WaitEventExtensionNew("GqleChild"));
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
	}
	running->pid = 0;
}

/*
 * End a program that is not wanted any more and wait for that.  A program that
 * is asked can cancel what it waits for in a server; one that does not end is
 * killed.  Also a before_shmem_exit callback.
 */
static void
end_program(int code, Datum arg)
{
	Running    *running = (Running *) DatumGetPointer(arg);
	int			status;

	close_end(&running->out);
	close_end(&running->err);
	if (running->pid == 0)
		return;
	kill(-running->pid, SIGTERM);
	for (int i = 0; i < END_STEPS; i++)
	{
		if (waitpid(running->pid, &status, WNOHANG) != 0)
		{
			running->pid = 0;
			return;
		}
		(void) WaitLatch(NULL, WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, END_STEP_MS,
						 WaitEventExtensionNew("GqleChild"));
	}
	kill(-running->pid, SIGKILL);
	(void) waitpid(running->pid, &status, 0);
	running->pid = 0;
}
