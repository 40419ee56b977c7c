/*
 * console.c
 *		Reads the console's files, which a make target builds from the sources
 *		in worker/console and installs beside the extension.
 *
 * The directory is read once.  What clients ask for is compared with the names
 * that were found, so no path that they make up can lead anywhere.  A file is
 * read when it is asked for the first time and stays.
 */
#include "postgres.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "miscadmin.h"
#include "utils/memutils.h"

#include "gqle/worker/console.h"

#define MAX_FILES		32
#define MAX_FILE_SIZE	(16 * 1024 * 1024)
#define DIRECTORY		"gqle/console"

/* File name endings that are served. */
static const struct
{
	const char *ending;
	const char *content_type;
}			types[] = {
	{".html", "text/html; charset=utf-8"},
	{".js", "text/javascript; charset=utf-8"},
	{".css", "text/css; charset=utf-8"},
	{".svg", "image/svg+xml"},
	{".woff2", "font/woff2"},
};

typedef struct File
{
	char		name[MAXPGPATH];
	const char *content_type;	/* NULL: it is the compressed form of another */
	char	   *body;			/* NULL: not read yet */
	int			body_len;
} File;

static char directory[MAXPGPATH];
static File files[MAX_FILES];
static int	n_files = -1;		/* not looked yet */

static bool
ends_in(const char *name, const char *ending)
{
	size_t		len = strlen(name);
	size_t		ending_len = strlen(ending);

	return len > ending_len && strcmp(name + len - ending_len, ending) == 0;
}

static void
add_file(const char *name)
{
	File	   *file = &files[n_files];

	if (n_files >= MAX_FILES || name[0] == '.' || strlen(name) >= MAXPGPATH)
		return;
	file->content_type = NULL;
	for (size_t i = 0; i < lengthof(types); i++)
	{
		if (ends_in(name, types[i].ending))
			file->content_type = types[i].content_type;
	}
	if (file->content_type == NULL && !ends_in(name, ".gz"))
		return;
	strlcpy(file->name, name, sizeof(file->name));
	n_files++;
}

static void
look_for_files(void)
{
	char		share[MAXPGPATH];
	DIR		   *dir;
	struct dirent *entry;

	if (n_files >= 0)
		return;
	n_files = 0;
	get_share_path(my_exec_path, share);
	if (snprintf(directory, sizeof(directory), "%s/" DIRECTORY, share) >=
		(int) sizeof(directory))
		return;
	dir = opendir(directory);
	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL)
		add_file(entry->d_name);
	closedir(dir);
}

static File *
find_file(const char *name, int name_len)
{
	for (int i = 0; i < n_files; i++)
	{
		if ((int) strlen(files[i].name) == name_len &&
			memcmp(files[i].name, name, name_len) == 0)
			return &files[i];
	}
	return NULL;
}

/* Read what an open file holds, all of it; false if that fails. */
static bool
read_body(File *file, int fd)
{
	struct stat st;
	char	   *body;
	int			len = 0;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > MAX_FILE_SIZE)
		return false;
	body = MemoryContextAllocExtended(TopMemoryContext, st.st_size + 1,
									  MCXT_ALLOC_NO_OOM);
	if (body == NULL)
		return false;
	while (len < st.st_size)
	{
		ssize_t		n = read(fd, body + len, st.st_size - len);

		if (n <= 0)
			break;
		len += n;
	}
	if (len < st.st_size)
	{
		pfree(body);
		return false;
	}
	file->body = body;
	file->body_len = len;
	return true;
}

static bool
load_file(File *file)
{
	char		path[MAXPGPATH * 2];
	int			fd;
	bool		is_read;

	if (file->body != NULL)
		return true;
	snprintf(path, sizeof(path), "%s/%s", directory, file->name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	is_read = read_body(file, fd);
	close(fd);
	return is_read;
}

bool
gqle_console_is_installed(void)
{
	look_for_files();
	return find_file("index.html", strlen("index.html")) != NULL;
}

bool
gqle_console_lookup(const char *name, int name_len, bool wants_gzip,
					GqleConsoleFile *file)
{
	char		packed_name[MAXPGPATH];
	File	   *plain;
	File	   *packed = NULL;

	look_for_files();
	plain = find_file(name, name_len);
	if (plain == NULL || plain->content_type == NULL)
		return false;
	if (wants_gzip)
	{
		int			len = snprintf(packed_name, sizeof(packed_name), "%s.gz",
								   plain->name);

		packed = find_file(packed_name, len);
		if (packed != NULL && !load_file(packed))
			packed = NULL;
	}
	if (packed == NULL && !load_file(plain))
		return false;
	file->content_type = plain->content_type;
	file->is_gzip = packed != NULL;
	file->body = packed != NULL ? packed->body : plain->body;
	file->body_len = packed != NULL ? packed->body_len : plain->body_len;
	return true;
}
