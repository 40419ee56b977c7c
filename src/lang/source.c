/*
 * source.c
 *		Places in a source text.
 *
 * Trees hold byte offsets only; lines are counted when somebody asks.
 */
#include "gqle/gqle.h"

#include "gqle/lang/source.h"

void
gqle_source_locate(const char *text, int len, int offset,
				   int *line, int *column)
{
	int			line_start = 0;
	int			pos;

	*line = 1;
	for (pos = 0; pos < offset && pos < len; pos++)
	{
		bool		is_crlf = text[pos] == '\r' && pos + 1 < len &&
			text[pos + 1] == '\n';

		if (text[pos] == '\n' || (text[pos] == '\r' && !is_crlf))
		{
			(*line)++;
			line_start = pos + 1;
		}
	}
	*column = Min(offset, len) - line_start + 1;
}
