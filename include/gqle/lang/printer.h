/*
 * printer.h
 *		Tree to GraphQL text; parsing the output gives an equal tree.
 */
#ifndef GQLE_LANG_PRINTER_H
#define GQLE_LANG_PRINTER_H

#include "gqle/lang/ast.h"

extern void gqle_printer_append_document(StringInfo out, const GqleDocumentNode *document);
extern void gqle_printer_append_value(StringInfo out, const GqleValueNode *value);
extern void gqle_printer_append_type(StringInfo out, const GqleTypeNode *type);

#endif							/* GQLE_LANG_PRINTER_H */
