/*
 * rules.h
 *		The rules of the GraphQL specification's section 5 that Hasura observes,
 *		one file each: rule_<name>.c.
 *
 * Each returns false after reporting.  Rules about the document as a whole run
 * one after another before the walk (rules.c has their order); the others are
 * called by the walk where it meets what they are about.
 *
 * Not observed, as in Hasura: unused fragments and variables, existence of type
 * conditions and of the types of variables, arguments and sub-selections of
 * __typename, and anything inside of what @skip or @include exclude.
 */
#ifndef GQLE_VALIDATE_RULES_H
#define GQLE_VALIDATE_RULES_H

#include "gqle/validate/validator.h"

/* All rules about the document, in Hasura's order. */
extern bool gqle_rules_check_document(GqleValidator *v);

/* About the document; v->operation is chosen by the first. */
extern bool gqle_rule_operation_choice(GqleValidator *v);
extern bool gqle_rule_fragment_names(GqleValidator *v);
extern bool gqle_rule_fragment_spreads(GqleValidator *v);
extern bool gqle_rule_root_exists(GqleValidator *v);
extern bool gqle_rule_variable_values(GqleValidator *v);
extern bool gqle_rule_variable_names(GqleValidator *v);
extern bool gqle_rule_variables_defined(GqleValidator *v);
extern bool gqle_rule_variables_expected(GqleValidator *v);

/* About selections */
extern const GqleField *gqle_rule_field_exists(GqleValidator *v, GqleType *type,
											   const char *name);
extern bool gqle_rule_introspection(GqleValidator *v, const GqleField *field);
extern bool gqle_rule_field_merge(GqleValidator *v, const GqleSelectionNode *first,
								  const GqleSelectionNode *other,
								  const char *response_key);
extern bool gqle_rule_leaf_has_no_selection(GqleValidator *v, bool has_selection);
extern bool gqle_rule_object_has_selection(GqleValidator *v, const GqleType *type,
										   bool has_selection);
extern bool gqle_rule_subscription_root(GqleValidator *v, const GqleOperation *operation);

/* About arguments and values */
extern bool gqle_rule_argument_names(GqleValidator *v, const char *owner,
									 GqleInputField **defs, int n_defs,
									 const GqleArgumentNode *nodes, int n_nodes);
extern bool gqle_rule_required_input(GqleValidator *v, const GqleInputField *field);
extern const GqleInputField *gqle_rule_input_field_exists(GqleValidator *v, GqleType *type,
														  const char *name);
extern bool gqle_rule_input_key_is_name(GqleValidator *v, const char *key);
extern const GqleEnumValue *gqle_rule_enum_value(GqleValidator *v, GqleType *type,
												 const char *name);
extern bool gqle_rule_variable_usage(GqleValidator *v, const GqleVariable *variable,
									 GqleTypeRef location, bool location_has_default);

/* "a number": what JSON is called there */
extern const char *gqle_rule_describe_json(const GqleJson *json);

/* "expected <what> for type 'X', but found <found>"; always false */
extern bool gqle_rule_value_mismatch(GqleValidator *v, const char *type_name,
									 const char *what, const GqleValueNode *literal,
									 const GqleJson *json);

/* About directives */
typedef enum GqleDirectiveLocation
{
	GQLE_LOCATION_QUERY = 1 << 0,
	GQLE_LOCATION_MUTATION = 1 << 1,
	GQLE_LOCATION_SUBSCRIPTION = 1 << 2,
	GQLE_LOCATION_FIELD = 1 << 3,
	GQLE_LOCATION_FRAGMENT_SPREAD = 1 << 4,
	GQLE_LOCATION_INLINE_FRAGMENT = 1 << 5
} GqleDirectiveLocation;

/* What the directives at one place say. */
typedef struct GqleDirectives
{
	bool		is_excluded;	/* @skip or @include took it out */
	bool		many_roots;		/* @_multiple_top_level_fields */
} GqleDirectives;

extern bool gqle_rule_directives(GqleValidator *v, const GqleDirectiveNode *nodes,
								 int n_nodes, GqleDirectiveLocation location,
								 GqleDirectives *result);

/* Is the text a GraphQL name? */
extern bool gqle_rules_is_name(const char *text);

#endif							/* GQLE_VALIDATE_RULES_H */
