/*
 * console.c
 *		Reads the console's files: those of gqle.console_assets_dir, then those which a
 *		make target builds from the sources in worker/console and installs beside the
 *		extension.
 *
 * A directory and those in it are read once, and again when the setting changes.  What
 * clients ask for is compared with the names that were found, so no path that they
 * make up can lead anywhere.  A file is read when it is asked for the first time and
 * stays.
 */
#include "postgres.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "miscadmin.h"
#include "utils/memutils.h"

#include "gqle/base/guc.h"
#include "gqle/worker/console.h"

#define MAX_FILES		4096	/* of a directory */
#define MAX_DEPTH		8
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
	{".woff", "font/woff"},
	{".ttf", "font/ttf"},
	{".json", "application/json"},
	{".map", "application/json"},
	{".png", "image/png"},
	{".jpg", "image/jpeg"},
	{".gif", "image/gif"},
	{".ico", "image/x-icon"},
	{".txt", "text/plain; charset=utf-8"},
};

typedef struct File
{
	char	   *name;			/* path below the directory */
	const char *content_type;	/* NULL: it is the compressed form of another */
	char	   *body;			/* NULL: not read yet */
	int			body_len;
} File;

typedef struct Directory
{
	char	   *path;			/* NULL: not looked at yet; may be empty: none */
	File	   *files;
	int			n;
	int			allocated;
} Directory;

static Directory assets;		/* of the setting */
static Directory installed;

static bool
ends_in(const char *name, const char *ending)
{
	size_t		len = strlen(name);
	size_t		ending_len = strlen(ending);

	return len > ending_len && strcmp(name + len - ending_len, ending) == 0;
}

static void
add_file(Directory *directory, const char *name)
{
	const char *content_type = NULL;
	File	   *file;

	for (size_t i = 0; i < lengthof(types); i++)
	{
		if (ends_in(name, types[i].ending))
			content_type = types[i].content_type;
	}
	if ((content_type == NULL && !ends_in(name, ".gz")) || directory->n >= MAX_FILES)
		return;
	if (directory->n == directory->allocated)
	{
		directory->allocated = Max(directory->allocated * 2, 64);
		directory->files = directory->files == NULL ?
			palloc(sizeof(File) * directory->allocated) :
			repalloc(directory->files, sizeof(File) * directory->allocated);
	}
	file = &directory->files[directory->n++];
	memset(file, 0, sizeof(*file));
	file->name = pstrdup(name);
	file->content_type = content_type;
}

/*
 * Add what is below a path of the directory; prefix is that path and a slash, or "".
 * Links to files are followed, those to directories are not.
 */
static void
add_files(Directory *directory, const char *prefix, int depth)
{
	char	   *path = psprintf("%s/%s", directory->path, prefix);
	DIR		   *dir = opendir(path);
	struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
	{
		char	   *name;
		struct stat st;

		if (entry->d_name[0] == '.')
			continue;
		name = psprintf("%s%s", prefix, entry->d_name);
		pfree(path);
		path = psprintf("%s/%s", directory->path, name);
		if (stat(path, &st) == 0 && S_ISREG(st.st_mode))
			add_file(directory, name);
		else if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && depth < MAX_DEPTH)
			add_files(directory, psprintf("%s/", name), depth + 1);
		pfree(name);
	}
	if (dir != NULL)
		closedir(dir);
	pfree(path);
}

/* See what a directory holds.  What was read of another stays: it may be on its way. */
static void
read_directory(Directory *directory, const char *path)
{
	MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);

	memset(directory, 0, sizeof(*directory));
	directory->path = pstrdup(path);
	if (path[0] != '\0')
		add_files(directory, "", 0);
	MemoryContextSwitchTo(old);
}

static void
look_for_files(void)
{
	const char *wanted = gqle_guc_console_assets_dir != NULL ?
		gqle_guc_console_assets_dir : "";
	char		share[MAXPGPATH];

	if (assets.path == NULL || strcmp(assets.path, wanted) != 0)
		read_directory(&assets, wanted);
	if (installed.path != NULL)
		return;
	get_share_path(my_exec_path, share);
	strlcat(share, "/" DIRECTORY, sizeof(share));
	read_directory(&installed, share);
}

static File *
find_file(Directory *directory, const char *name, int name_len)
{
	for (int i = 0; i < directory->n; i++)
	{
		File	   *file = &directory->files[i];

		if ((int) strlen(file->name) == name_len && memcmp(file->name, name, name_len) == 0)
			return file;
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
load_file(const Directory *directory, File *file)
{
	char	   *path;
	int			fd;
	bool		is_read;

	if (file->body != NULL)
		return true;
	path = psprintf("%s/%s", directory->path, file->name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	pfree(path);
	if (fd < 0)
		return false;
	is_read = read_body(file, fd);
	close(fd);
	return is_read;
}

bool
gqle_console_is_installed(void)
{
	const char *page = "index.html";

	look_for_files();
	return find_file(&assets, page, strlen(page)) != NULL ||
		find_file(&installed, page, strlen(page)) != NULL;
}

bool
gqle_console_lookup(const char *name, int name_len, bool wants_gzip,
					GqleConsoleFile *file)
{
	Directory  *directory = &assets;
	char		packed_name[MAXPGPATH];
	File	   *plain;
	File	   *packed = NULL;

	look_for_files();
	plain = find_file(directory, name, name_len);
	if (plain == NULL)
	{
		directory = &installed;
		plain = find_file(directory, name, name_len);
	}
	if (plain == NULL || plain->content_type == NULL)
		return false;
	if (wants_gzip)
	{
		int			len = snprintf(packed_name, sizeof(packed_name), "%s.gz",
								   plain->name);

		packed = find_file(directory, packed_name, len);
		if (packed != NULL && !load_file(directory, packed))
			packed = NULL;
	}
	if (packed == NULL && !load_file(directory, plain))
		return false;
	file->content_type = plain->content_type;
	file->is_gzip = packed != NULL;
	file->body = packed != NULL ? packed->body : plain->body;
	file->body_len = packed != NULL ? packed->body_len : plain->body_len;
	return true;
}
