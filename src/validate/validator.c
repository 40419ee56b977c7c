/*
 * validator.c
 *		The state of a validation: the path of the walk, names of the document.
 */
#include "gqle/gqle.h"

#include "gqle/limits.h"
#include "gqle/validate/validator.h"

int
gqle_validator_enter_key(GqleValidator *v, const char *key)
{
	int			mark = v->path.len;

	gqle_error_append_path_key(&v->path, key);
	return mark;
}

int
gqle_validator_enter_index(GqleValidator *v, int index)
{
	int			mark = v->path.len;

	gqle_error_append_path_index(&v->path, index);
	return mark;
}

const char *
gqle_validator_copy_path(GqleValidator *v)
{
	v->path_bytes += v->path.len + 1;
	if (v->path_bytes > GQLE_MAX_PATH_BYTES)
	{
		gqle_validator_fail(v, "the operation has too many deeply nested fields and values");
		return NULL;
	}
	return pnstrdup(v->path.data, v->path.len);
}

GqleVariable *
gqle_validator_lookup_variable(const GqleValidator *v, const char *name)
{
	return v->variables_by_name == NULL ? NULL :
		gqle_strhash_lookup(v->variables_by_name, name);
}

GqleFragment *
gqle_validator_lookup_fragment(const GqleValidator *v, const char *name)
{
	return v->fragments == NULL ? NULL : gqle_strhash_lookup(v->fragments, name);
}
