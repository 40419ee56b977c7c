"""What a request must answer and leave behind, worked out row by row.

Written from the rules as Hasura documents them, sharing nothing with the engine:
no SQL, no parser.  Truth has three values; null is None.  Requests are the plain
data that `cases.py` makes.
"""
import re


class Refused(Exception):
    """An error that the engine must answer: its code, and its message if known."""

    def __init__(self, code, message=None):
        super().__init__(code, message)
        self.code, self.message = code, message


def all3(values):
    values = list(values)
    return False if False in values else None if None in values else True


def any3(values):
    values = list(values)
    return True if True in values else None if None in values else False


def not3(value):
    return None if value is None else not value


def like(value, pattern, ignore_case=False):
    parts = {"%": ".*", "_": "."}
    regex = "".join(parts.get(c, re.escape(c)) for c in pattern)
    return re.fullmatch(regex, value, re.S | (re.I if ignore_case else 0)) is not None


COMPARE = {
    "_eq": lambda a, b: a == b, "_neq": lambda a, b: a != b, "_gt": lambda a, b: a > b,
    "_lt": lambda a, b: a < b, "_gte": lambda a, b: a >= b, "_lte": lambda a, b: a <= b,
    "_like": like, "_nlike": lambda a, b: not like(a, b), "_ilike": lambda a, b: like(a, b, True),
}


def compare(op, a, b):
    """a op b; for lists, whether a is one of them or none"""
    if op == "_in":
        return any3(compare("_eq", a, item) for item in b)
    if op == "_nin":
        return all3(compare("_neq", a, item) for item in b)
    return None if a is None or b is None else COMPARE[op](a, b)


class Rule:
    """The select rule of a role: of one role, or of the parents it inherits from."""

    def __init__(self, parts):
        self.parts = parts
        limits = [part["limit"] for part in parts if "limit" in part]
        self.limit = max(limits) if limits else None
        self.columns = [c for part in parts for c in part["columns"]]
        self.allow_aggregations = any(part["allow_aggregations"] for part in parts)
        self.root_fields = {name for part in parts for name in part.get("query_root_fields", ["select", "select_by_pk", "select_aggregate"])}


class Oracle:
    def __init__(self, world, role, session):
        self.world, self.role, self.session = world, role, session
        self.rows = {name: {i: dict(row) for i, row in rows.items()} for name, rows in world.rows.items()}
        self.planned = []

    # --- rules ---

    def parents(self):
        return self.world.inherited.get(self.role, [self.role])

    def select_rule(self, table):
        parts = [self.world.rules[role][table]["select"] for role in self.parents() if "select" in self.world.rules[role][table]]
        return Rule(parts) if parts else None

    def write_rule(self, table, operation):
        """A rule that all parents with one share; a role that inherits two has none."""
        rules = [self.world.rules[role][table][operation] for role in self.parents() if operation in self.world.rules[role][table]]
        return rules[0] if rules and all(rule == rules[0] for rule in rules) else None

    # --- truth ---

    def variable(self, name):
        key = name.lower()
        if key not in self.session:
            raise Refused("not-found")
        return self.session[key]

    def operand(self, value, type, is_list):
        if not isinstance(value, str) or not value.lower().startswith("x-hasura-"):
            return value
        text = self.variable(value)
        if is_list:
            return [None if item == "NULL" else int(item) for item in text[1:-1].split(",") if item]
        return {"int": int, "text": str, "bool": lambda flag: flag == "true"}[type](text)

    def holds(self, expression, table, row, root=None):
        """Does a rule's expression hold for a row?  The rule is about the root row."""
        root = row if root is None else root
        return all3(self.term(key, value, table, row, root) for key, value in expression.items())

    def term(self, key, value, table, row, root):
        if key in ("_and", "$and"):
            return all3(self.holds(e, table, row, root) for e in value)
        if key in ("_or", "$or"):
            return any3(self.holds(e, table, row, root) for e in value)
        if key == "_not":
            return not3(self.holds(value, table, row, root))
        if key == "_exists":
            target = value["_table"]["name"]
            return any(self.holds(value["_where"], target, other, root) is True for other in self.rows[target].values())
        relationship = self.world.tables[table].relationships.get(key)
        if relationship:
            return any(self.holds(value, relationship.target, other, root) is True for other in self.related(relationship, row))
        return self.column_holds(self.world.tables[table].columns[key], value, row, root)

    def column_holds(self, column, comparison, row, root):
        if not isinstance(comparison, dict):
            comparison = {"_eq": comparison}
        cell = row[column.name]
        return all3(self.compares(column, op, value, cell, row, root) for op, value in comparison.items())

    def compares(self, column, op, value, cell, row, root):
        if op == "_is_null":
            return (cell is None) == value
        if op.startswith("_c"):
            return compare("_" + op[2:], cell, root[value[1]] if isinstance(value, list) else row[value])
        operand = self.operand(value, column.type, op in ("_in", "_nin"))
        if column.nullable and op == "_eq":
            return any3([compare(op, cell, operand), all3([cell is None, operand is None])])
        if column.nullable and op == "_neq":
            return any3([compare(op, cell, operand), all3([cell is not None, operand is None])])
        return compare(op, cell, operand)

    def related(self, relationship, row):
        key = row[relationship.here]
        return [] if key is None else [other for other in self.rows[relationship.target].values() if other[relationship.there] == key]

    def is_visible(self, table, row):
        rule = self.select_rule(table)
        return rule is not None and any(self.holds(part["filter"], table, row) is True for part in rule.parts)

    def cell(self, table, row, column):
        """What the role sees in a cell; null if the rule that shows the row hides it."""
        rule = self.select_rule(table)
        granting = [part for part in rule.parts if column in part["columns"]]
        if len(granting) == len(rule.parts):
            return row[column]
        return row[column] if any(self.holds(part["filter"], table, row) is True for part in granting) else None

    def is_masked(self, table, column):
        rule = self.select_rule(table)
        return rule is not None and any(column not in part["columns"] for part in rule.parts)

    def matches(self, where, table, row):
        """Does a client's condition hold for a row of a table?"""
        return all3(self.where_term(key, value, table, row) for key, value in where.items())

    def where_term(self, key, value, table, row):
        if key == "_and":
            return all3(self.matches(e, table, row) for e in value)
        if key == "_or":
            return any3(self.matches(e, table, row) for e in value)
        if key == "_not":
            return not3(self.matches(value, table, row))
        if key.endswith("_aggregate"):
            relationship = self.world.tables[table].relationships[key[:-len("_aggregate")]]
            count = len([other for other in self.visible_related(relationship, row)
                         if self.matches(value["count"].get("filter", {}), relationship.target, other) is True])
            return all3(compare(op, count, operand) for op, operand in value["count"]["predicate"].items())
        relationship = self.world.tables[table].relationships.get(key)
        if relationship:
            return any(self.matches(value, relationship.target, other) is True for other in self.visible_related(relationship, row))
        cell = self.cell(table, row, key)
        return all3((cell is None) == operand if op == "_is_null" else compare(op, cell, operand) for op, operand in value.items())

    def visible_related(self, relationship, row):
        return [other for other in self.related(relationship, row) if self.is_visible(relationship.target, other)]

    # --- session variables ---

    def plan(self, expression, table):
        """Note an expression of a rule that the request's statements contain."""
        self.planned.append((expression, table))

    def plan_select(self, table):
        for part in self.select_rule(table).parts:
            self.plan(part["filter"], table)

    def plan_presets(self, rule, table):
        self.plan(rule.get("set", {}), table)

    def plan_nothing(self, table, request):
        """Of a write that does nothing only a statement that reads rows again is left."""
        self.planned.clear()
        if not request.get("one") and any(field["kind"] != "column" for field in request["selection"]):
            self.check_selection(table, request["selection"])

    def resolve_planned(self):
        """A session variable that is missing is missed, whatever rows there are."""
        for expression, table in self.planned:
            self.resolve(expression, table)

    def resolve(self, expression, table):
        for name, value in expression.items():
            if name[1:] in ("and", "or"):
                for e in value:
                    self.resolve(e, table)
            elif name == "_not":
                self.resolve(value, table)
            elif name == "_exists":
                self.resolve(value["_where"], value["_table"]["name"])
            elif name in self.world.tables[table].relationships:
                self.resolve(value, self.world.tables[table].relationships[name].target)
            else:
                for operand in value.values() if isinstance(value, dict) else [value]:
                    if isinstance(operand, str) and operand.lower().startswith("x-hasura-"):
                        self.variable(operand)

    # --- what a request may name ---

    def check_columns(self, table, names, type):
        rule = self.select_rule(table)
        for name in names:
            if rule is None or name not in rule.columns:
                raise Refused("validation-failed", type and f"field '{name}' not found in type: '{type}'")
            granting = [part for part in rule.parts if name in part["columns"]]
            if len(granting) < len(rule.parts):
                for part in granting:
                    self.plan(part["filter"], table)

    def check_selection(self, table, selection):
        for field in selection:
            if field["kind"] == "column":
                self.check_columns(table, [field["name"]], table)
                continue
            relationship = self.world.tables[table].relationships[field["relationship"]]
            rule = self.select_rule(relationship.target)
            if rule is None or (field["kind"] == "aggregate" and not rule.allow_aggregations):
                raise Refused("validation-failed", f"field '{field['name']}' not found in type: '{table}'")
            self.plan_select(relationship.target)
            self.check_arguments(relationship.target, field)
            self.check_selection(relationship.target, field.get("selection", []))

    def check_arguments(self, table, request):
        self.check_where(table, request.get("where", {}))
        planned = len(self.planned)
        for key, _ in request.get("order_by", []):
            self.check_order(table, key)
        if self.order_is_invisible(request):
            # never evaluated, so that no session variable is missed for it
            del self.planned[planned:]
        self.check_columns(table, request.get("distinct_on", []), None)
        for aggregate in request.get("aggregates", []):
            self.check_columns(table, [aggregate["column"]] if "column" in aggregate else [], None)

    @staticmethod
    def order_is_invisible(request):
        """Is the order one of rows that are only counted, all of them?"""
        return "aggregates" in request and not any(request.get(key) is not None for key in ("selection", "limit", "offset", "distinct_on"))

    def check_order(self, table, key):
        """A column, or a column of an object or the number of rows of an array."""
        if isinstance(key, str):
            self.check_columns(table, [key], f"{table}_order_by")
            return
        relationship = self.world.tables[table].relationships[key[0]]
        rule = self.select_rule(table) and self.select_rule(relationship.target)
        # compat: an order may count rows of a table that the role must not aggregate
        if rule is None:
            raise Refused("validation-failed")
        self.plan_select(relationship.target)
        if not relationship.is_array:
            self.check_columns(relationship.target, [key[1]], f"{relationship.target}_order_by")

    def check_where(self, table, where):
        for key, value in where.items():
            name = key[:-len("_aggregate")] if key.endswith("_aggregate") else key
            relationship = self.world.tables[table].relationships.get(name)
            if key in ("_and", "_or"):
                for e in value:
                    self.check_where(table, e)
            elif key == "_not":
                self.check_where(table, value)
            elif relationship:
                rule = self.select_rule(relationship.target)
                # compat: a condition on an aggregate needs no rule on the table it is for
                if rule is None or (not rule.allow_aggregations if name != key else self.select_rule(table) is None):
                    raise Refused("validation-failed", f"field '{key}' not found in type: '{table}_bool_exp'")
                self.plan_select(relationship.target)
                self.check_where(relationship.target, value["count"].get("filter", {}) if name != key else value)
            else:
                self.check_columns(table, [key], f"{table}_bool_exp")

    # --- reading ---

    def slice(self, table, rows, request, limit):
        """Rows in order, distinct, and as many as asked for and allowed."""
        rows = sorted(rows, key=lambda row: row["id"])
        for key, direction in reversed(request.get("order_by", [])):
            nulls_first = direction.endswith("nulls_first") or direction == "desc"
            present = [row for row in rows if self.order_value(table, row, key) is not None]
            absent = [row for row in rows if self.order_value(table, row, key) is None]
            present.sort(key=lambda row, key=key: self.order_value(table, row, key), reverse=direction.startswith("desc"))
            rows = absent + present if nulls_first else present + absent
        if request.get("distinct_on"):
            seen = set()
            rows = [row for row in rows if not ((key := tuple(self.cell(table, row, c) for c in request["distinct_on"])) in seen or seen.add(key))]
        rows = rows[request.get("offset", 0):]
        limits = [n for n in (limit, request.get("limit")) if n is not None]
        return rows[:min(limits)] if limits else rows

    def order_value(self, table, row, key):
        if isinstance(key, str):
            return self.cell(table, row, key)
        relationship = self.world.tables[table].relationships[key[0]]
        related = self.visible_related(relationship, row)
        if relationship.is_array:
            return len(related)
        return self.cell(relationship.target, related[0], key[1]) if related else None

    def show(self, table, row, selection):
        return {field["name"]: self.show_field(table, row, field) for field in selection}

    def show_field(self, table, row, field):
        if field["kind"] == "column":
            return self.cell(table, row, field["name"])
        relationship = self.world.tables[table].relationships[field["relationship"]]
        rows = self.visible_related(relationship, row)
        if not relationship.is_array:
            return self.show(relationship.target, rows[0], field["selection"]) if rows else None
        rows = [other for other in rows if self.matches(field.get("where", {}), relationship.target, other) is True]
        if field["kind"] == "aggregate":
            return self.aggregate(relationship.target, rows, field)
        limit = self.select_rule(relationship.target).limit
        return [self.show(relationship.target, other, field["selection"]) for other in self.slice(relationship.target, rows, field, limit)]

    def aggregate(self, table, rows, request):
        whole = self.slice(table, rows, request, None)
        answer = {"aggregate": {a["key"]: self.aggregate_value(table, whole, a) for a in request["aggregates"]}}
        if "selection" in request:
            limit = self.select_rule(table).limit
            answer["nodes"] = [self.show(table, row, request["selection"]) for row in (whole if limit is None else whole[:limit])]
        return answer

    def aggregate_value(self, table, rows, aggregate):
        if "column" not in aggregate:
            return len(rows)
        values = [v for row in rows if (v := self.cell(table, row, aggregate["column"])) is not None]
        if aggregate["function"] == "count":
            return len(set(values)) if aggregate["distinct"] else len(values)
        return {aggregate["column"]: {"sum": sum, "min": min, "max": max}[aggregate["function"]](values) if values else None}

    def selected_rows(self, table, where):
        return [row for row in self.rows[table].values() if self.is_visible(table, row) and self.matches(where, table, row) is True]

    def answer(self, request):
        """The data that the root field must answer."""
        return getattr(self, request["kind"])(request)

    def select(self, request):
        table = request["table"]
        rule = self.select_rule(table)
        self.need(rule is not None and "select" in rule.root_fields, request)
        self.check_arguments(table, request)
        self.check_selection(table, request["selection"])
        self.plan_select(table)
        self.resolve_planned()
        rows = self.slice(table, self.selected_rows(table, request.get("where", {})), request, self.select_rule(table).limit)
        return [self.show(table, row, request["selection"]) for row in rows]

    def by_pk(self, request):
        table, rule = request["table"], self.select_rule(request["table"])
        self.need(rule is not None and "id" in rule.columns and "select_by_pk" in rule.root_fields, request)
        self.check_selection(table, request["selection"])
        self.plan_select(table)
        self.resolve_planned()
        row = self.keyed_row(table, request["id"])
        return self.show(table, row, request["selection"]) if row and self.is_visible(table, row) else None

    def keyed_row(self, table, key):
        """The row of a key, unless the role does not see the key in that row."""
        row = self.rows[table].get(key)
        return row if row and self.cell(table, row, "id") == key else None

    def need_key(self, request):
        rule = self.select_rule(request["table"])
        self.need(rule is not None and "id" in rule.columns, request)

    def select_aggregate(self, request):
        table, rule = request["table"], self.select_rule(request["table"])
        self.need(rule is not None and rule.allow_aggregations and "select_aggregate" in rule.root_fields, request)
        self.check_arguments(table, request)
        self.check_selection(table, request.get("selection", []))
        self.plan_select(table)
        self.resolve_planned()
        return self.aggregate(table, self.selected_rows(table, request.get("where", {})), request)

    @staticmethod
    def need(condition, request):
        if not condition:
            raise Refused("validation-failed", f"field '{request['field']}' not found in type: '{request['root']}'")

    # --- writing ---

    def need_write(self, request, operation):
        table = request["table"]
        rule = self.write_rule(table, operation)
        # a role that may write nothing has no mutations at all
        if not any(self.write_exists(name, op) for name in self.world.tables for op in ("insert", "update", "delete")):
            raise Refused("validation-failed", "no mutations exist")
        self.need(rule is not None and self.write_exists(table, operation), request)
        return rule

    def write_exists(self, table, operation):
        rule = self.write_rule(table, operation)
        return rule is not None and (not rule.get("backend_only") or self.session.get("x-hasura-use-backend-only-permissions") == "true")

    def check_returning(self, table, request):
        if request.get("one"):
            self.check_selection(table, request["selection"])
            return
        if self.select_rule(table) is None and request["selection"]:
            raise Refused("validation-failed", f"field 'returning' not found in type: '{table}_mutation_response'")
        self.check_selection(table, request["selection"])

    def preset(self, rule, table):
        columns = self.world.tables[table].columns
        return {name: self.operand(value, columns[name].type, False) for name, value in rule.get("set", {}).items()}

    def respond(self, table, rows, request, before):
        """compat: what is returned sees the changes only if it has relationships."""
        answer = {"affected_rows": len(rows)}
        if request.get("one"):
            rows = rows[:1]
        if all(field["kind"] == "column" for field in request["selection"]):
            self.rows, after = before, self.rows
        if request["selection"]:
            answer["returning"] = [self.show(table, row, request["selection"]) for row in rows]
        if all(field["kind"] == "column" for field in request["selection"]):
            self.rows = after
        if request.get("one"):
            return answer["returning"][0] if rows else None
        return answer

    def check_keys(self, table, rows):
        """Foreign keys of new rows, looked at when the statement ends."""
        for row in rows:
            for column in self.world.tables[table].columns.values():
                if column.target and row[column.name] is not None and row[column.name] not in self.rows[column.target]:
                    raise Refused("constraint-violation")

    def check_nulls(self, table, row):
        for column in self.world.tables[table].columns.values():
            if not column.nullable and row[column.name] is None:
                raise Refused("constraint-violation")

    def check_rows(self, check, table, rows, before):
        """New rows against a rule; what else it looks at is as it was before."""
        after, self.rows = self.rows, before
        try:
            if any(self.holds(check, table, row) is False for row in rows):
                raise Refused("permission-error", "check constraint of an insert/update permission has failed")
        finally:
            self.rows = after

    def copy_rows(self):
        return {name: dict(rows) for name, rows in self.rows.items()}

    def insert(self, request):
        table = request["table"]
        rule = self.need_write(request, "insert")
        self.need(not request.get("one") or self.select_rule(table) is not None, request)
        updating = self.check_conflict(request)
        for row in request["objects"]:
            self.check_object(table, row)
        self.check_returning(table, request)
        if request["objects"]:
            self.plan(rule["check"], table)
            self.plan_presets(rule, table)
        else:
            self.plan_nothing(table, request)
        if request["objects"] and updating:
            self.plan(updating["filter"], table)
            self.plan(updating.get("check", {}), table)
            self.plan_presets(updating, table)
        self.resolve_planned()
        if any(isinstance(value, dict) for row in request["objects"] for value in row.values()):
            return self.insert_nested(request)
        before = self.copy_rows()
        empty = dict.fromkeys(self.world.tables[table].columns)
        presets = self.preset(rule, table) if request["objects"] else {}
        written = {"insert": [], "update": []}
        changed = []
        for values in request["objects"]:
            row = {**empty, **values, **presets}
            self.check_nulls(table, row)
            conflicting = self.rows[table].get(row["id"])
            if conflicting is None:
                self.rows[table][row["id"]] = row
                written["insert"].append(row)
            elif updating is None:
                raise Refused("constraint-violation")
            elif (row := self.upserted(request, updating, conflicting, row, before)) is not None:
                self.check_nulls(table, row)
                self.rows[table][row["id"]] = row
                written["update"].append(row)
            else:
                continue
            changed.append(row)
        self.check_keys(table, changed)
        update_check = (updating or {}).get("check", rule["check"])
        self.check_rows(rule["check"], table, written["insert"], before)
        self.check_rows(update_check, table, written["update"], before)
        return self.respond(table, changed, request, before)

    def check_object(self, table, row):
        """An object to insert, and those inside it: {"data": ..} below relationships."""
        rule = self.write_rule(table, "insert")
        for name, value in row.items():
            relationship = self.world.tables[table].relationships.get(name)
            if relationship is None:
                if name not in rule["columns"] or name in rule.get("set", {}):
                    raise Refused("validation-failed", f"field '{name}' not found in type: '{table}_insert_input'")
                continue
            inner = self.write_rule(relationship.target, "insert")
            if inner is None:
                raise Refused("validation-failed", f"field '{name}' not found in type: '{table}_insert_input'")
            self.plan(inner["check"], relationship.target)
            self.plan_presets(inner, relationship.target)
            for other in value["data"] if relationship.is_array else [value["data"]]:
                self.check_object(relationship.target, other)

    def insert_nested(self, request):
        """
        Every object by itself, what it refers to before and what refers to it after.
        The engine may put objects together, so that another of several mistakes is
        met first.
        """
        self.n_inserted = 0
        rows = [self.insert_object(request["table"], values, {}) for values in request["objects"]]
        answer = self.respond(request["table"], rows, request, self.rows)
        if not request.get("one"):
            answer["affected_rows"] = self.n_inserted
        return answer

    def insert_object(self, table, values, given):
        rule = self.write_rule(table, "insert")
        relationships = {name: self.world.tables[table].relationships[name] for name, value in values.items() if isinstance(value, dict)}
        row = {**dict.fromkeys(self.world.tables[table].columns), **{n: v for n, v in values.items() if n not in relationships}, **self.preset(rule, table), **given}
        for name, relationship in relationships.items():
            if not relationship.is_array:
                row[relationship.here] = self.insert_object(relationship.target, values[name]["data"], {})["id"]
        before = self.copy_rows()
        self.check_nulls(table, row)
        if row["id"] in self.rows[table]:
            raise Refused("constraint-violation")
        self.rows[table][row["id"]] = row
        self.check_keys(table, [row])
        self.check_rows(rule["check"], table, [row], before)
        self.n_inserted += 1
        for name, relationship in relationships.items():
            if relationship.is_array:
                for other in values[name]["data"]:
                    self.insert_object(relationship.target, other, {relationship.there: row["id"]})
        return row

    def check_conflict(self, request):
        """The update rule of an upsert, {} if it does nothing, None without one."""
        conflict = request.get("on_conflict")
        if conflict is None:
            return None
        table = request["table"]
        rule = self.write_rule(table, "update") or {"columns": []}
        for name in conflict["update_columns"]:
            if name not in rule["columns"] or name in rule.get("set", {}):
                raise Refused("validation-failed")
        self.check_where(table, conflict.get("where", {}))
        return rule if conflict["update_columns"] else {}

    def upserted(self, request, rule, old, new, before):
        if not request["on_conflict"]["update_columns"]:
            return None
        after, self.rows = self.rows, before
        try:
            table = request["table"]
            if not (self.holds(rule["filter"], table, old) is True and self.matches(request["on_conflict"].get("where", {}), table, old) is True):
                return None
            return {**old, **{name: new[name] for name in request["on_conflict"]["update_columns"]}, **self.preset(rule, table)}
        finally:
            self.rows = after

    def is_meant(self, request, table, row):
        """Is a row one that an update or delete is asked to change?"""
        if request.get("one"):
            return row is self.keyed_row(table, request["id"])
        return self.matches(request["where"], table, row) is True

    def update(self, request):
        table = request["table"]
        rule = self.need_write(request, "update")
        if request.get("one"):
            self.need_key(request)
        self.check_update(request)
        self.check_returning(table, request)
        if not request["set"] and not request["inc"] and not rule["set"]:
            self.plan_nothing(table, request)
            self.resolve_planned()
            # compat: an update by key that changes nothing answers an empty object
            return {} if request.get("one") else {"affected_rows": 0, **({"returning": []} if request["selection"] else {})}
        self.plan(rule["filter"], table)
        self.plan(rule.get("check", {}), table)
        self.plan_presets(rule, table)
        self.resolve_planned()
        presets = self.preset(rule, table)
        before = self.copy_rows()
        changed = []
        for old in before[table].values():
            if self.holds(rule["filter"], table, old) is True and self.is_meant(request, table, old):
                new = {**old, **request["set"], **presets}
                for name, by in request["inc"].items():
                    new[name] = None if old[name] is None else old[name] + by
                changed.append(new)
        for new in changed:
            self.rows[table][new["id"]] = new
        self.check_keys(table, changed)
        self.check_rows(rule.get("check", {}), table, changed, before)
        return self.respond(table, changed, request, before)

    def check_update(self, request):
        table, rule = request["table"], self.need_write(request, "update")
        for name, op in [(n, "set") for n in request["set"]] + [(n, "inc") for n in request["inc"]]:
            column = self.world.tables[table].columns[name]
            if name not in rule["columns"] or name in rule.get("set", {}):
                raise Refused("validation-failed")
            if op == "set" and request["set"][name] is None and not column.nullable:
                raise Refused("validation-failed")
        self.check_where(table, request.get("where", {}))

    def update_many(self, request):
        """Every update by itself, later ones on what earlier ones left."""
        updates = [{**request, **update} for update in request["updates"]]
        for update in updates:
            Oracle(self.world, self.role, self.session).check_update(update)
        rule = self.need_write(request, "update")
        self.check_returning(request["table"], request)
        if not any(update["set"] or update["inc"] or rule["set"] for update in updates):
            self.plan_nothing(request["table"], request)
            self.resolve_planned()
            return []
        return [self.update(update) for update in updates]

    def delete(self, request):
        table = request["table"]
        rule = self.need_write(request, "delete")
        if request.get("one"):
            self.need_key(request)
        self.check_where(table, request.get("where", {}))
        self.check_returning(table, request)
        self.plan(rule["filter"], table)
        self.resolve_planned()
        before = self.copy_rows()
        gone = [row for row in self.rows[table].values()
                if self.holds(rule["filter"], table, row) is True and self.is_meant(request, table, row)]
        for row in gone:
            del self.rows[table][row["id"]]
        for other in self.world.tables.values():
            if any(column.target == table for column in other.columns.values()):
                self.check_keys(other.name, self.rows[other.name].values())
        return self.respond(table, gone, request, before)
