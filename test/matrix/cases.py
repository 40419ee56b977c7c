"""Requests made at random for a world: plain data, and the GraphQL that says it.

A request names what its role may see nine times in ten, so that both what is
allowed and what is refused are asked for.
"""
import json


class Requests:
    def __init__(self, world, oracle):
        self.world, self.oracle = world, oracle
        self.chance, self.pick, self.random = world.chance, world.pick, world.random

    def make(self):
        kind = self.pick(["select"] * 4 + ["by_pk", "select_aggregate", "select_aggregate", "insert", "insert", "update", "update", "update_many", "delete"])
        table = self.pick(self.world.tables.values())
        operation = kind.split("_")[0]
        writable = [t for t in self.world.tables.values() if self.oracle.write_rule(t.name, operation)] if operation in ("insert", "update", "delete") else []
        if writable and self.chance(0.9):
            table = self.pick(writable)
        request = {"kind": kind, "table": table.name, "root": "query_root", "field": table.name}
        getattr(self, kind)(request, table)
        return request

    # --- choosing what to name ---

    def columns(self, table):
        """Mostly columns that the role sees."""
        rule = self.oracle.select_rule(table.name)
        seen = [name for name in table.columns if rule and name in rule.columns]
        return list(table.columns) if not seen or self.chance(0.03) else seen

    def relationships(self, table, aggregate=False):
        def is_seen(r):
            rule = self.oracle.select_rule(r.target)
            return rule is not None and (not aggregate or rule.allow_aggregations)
        found = [r for r in table.relationships.values() if r.is_array or not aggregate]
        seen = [r for r in found if is_seen(r)]
        return found if not seen or self.chance(0.03) else seen

    def selection(self, table, depth):
        seen = self.columns(table)
        fields = [{"kind": "column", "name": name} for name in self.random.sample(seen, min(2, len(seen)))]
        if depth > 0 and self.chance(0.6) and self.relationships(table):
            fields.append(self.relationship_field(self.pick(self.relationships(table)), depth))
        if depth > 0 and self.chance(0.2) and self.relationships(table, True):
            r = self.pick(self.relationships(table, True))
            target = self.world.tables[r.target]
            fields.append({"kind": "aggregate", "name": r.name + "_aggregate", "relationship": r.name, **self.aggregates(target), **self.arguments(target)})
        return fields

    def relationship_field(self, r, depth):
        target = self.world.tables[r.target]
        field = {"kind": "relationship", "name": r.name, "relationship": r.name, "selection": self.selection(target, depth - 1)}
        return {**field, **self.arguments(target)} if r.is_array else field

    def arguments(self, table):
        """Conditions, order and slices; the order is total, or there are no slices."""
        arguments = {"where": self.where(table, 2)} if self.chance(0.5) else {}
        names = self.columns(table)
        if "id" not in names or self.oracle.is_masked(table.name, "id"):
            return arguments
        order = [(name, self.pick(["asc", "desc", "asc_nulls_first", "desc_nulls_last"])) for name in self.random.sample(names, min(len(names), self.random.randint(0, 2)))]
        if self.chance(0.1):
            distinct = self.random.sample(names, 1)
            arguments["distinct_on"] = distinct
            order = [(name, self.pick(["asc", "desc"])) for name in distinct] + [o for o in order if o[0] not in distinct]
        arguments["order_by"] = [o for o in order if o[0] != "id" or o[0] in arguments.get("distinct_on", [])] + ([] if "id" in arguments.get("distinct_on", []) else [("id", "asc")])
        if self.chance(0.25) and self.relationships(table) and not arguments.get("distinct_on"):
            arguments["order_by"].insert(0, (self.related_order(self.pick(self.relationships(table))), self.pick(["asc", "desc"])))
        if self.chance(0.2):
            arguments["limit"] = self.random.randint(0, 4)
        if self.chance(0.15):
            arguments["offset"] = self.random.randint(0, 3)
        return arguments

    def related_order(self, r):
        return (r.name, "count" if r.is_array else self.pick(self.columns(self.world.tables[r.target])))

    def where(self, table, depth):
        if self.chance(0.1):
            return {}
        kind = self.pick(["column"] * 4 + (["_and", "_or", "_not", "relationship", "relationship", "aggregate"] if depth > 0 else []))
        if kind in ("_and", "_or"):
            return {kind: [self.where(table, depth - 1) for _ in range(self.random.randint(0, 2))]}
        if kind == "_not":
            return {kind: self.where(table, depth - 1)}
        if kind == "relationship" and self.relationships(table):
            r = self.pick(self.relationships(table))
            return {r.name: self.where(self.world.tables[r.target], depth - 1)}
        if kind == "aggregate" and self.relationships(table, True):
            r = self.pick(self.relationships(table, True))
            count = {"predicate": {self.pick(["_eq", "_gt", "_lte", "_neq"]): self.random.randint(0, 3)}}
            if self.chance(0.5):
                count["filter"] = self.where(self.world.tables[r.target], depth - 1)
            return {r.name + "_aggregate": {"count": count}}
        column = table.columns[self.pick(self.columns(table))]
        op = self.pick(self.world.operators(column))
        operand = self.chance(0.5) if op == "_is_null" else self.world.literal(column)
        if op in ("_in", "_nin"):
            operand = [self.world.literal(column) for _ in range(self.random.randint(0, 3))]
        return {column.name: {op: operand}}

    def aggregates(self, table):
        columns = self.columns(table)
        chosen = [{"key": "count"}]
        if self.chance(0.4):
            chosen.append({"key": "k", "function": "count", "distinct": self.chance(0.5), "column": self.pick(columns)})
        for function, types in (("sum", ("int",)), ("min", ("int", "text")), ("max", ("int", "text"))):
            able = [name for name in columns if table.columns[name].type in types]
            if able and self.chance(0.3):
                chosen.append({"key": function, "function": function, "column": self.pick(able)})
        return {"aggregates": chosen}

    # --- root fields ---

    def select(self, request, table):
        request.update(selection=self.selection(table, 2), **self.arguments(table))

    def by_pk(self, request, table):
        request.update(field=f"{table.name}_by_pk", id=self.random.randint(0, 9), selection=self.selection(table, 2))

    def select_aggregate(self, request, table):
        request.update(field=f"{table.name}_aggregate", **self.aggregates(table), **self.arguments(table))
        if self.chance(0.4):
            request["selection"] = self.selection(table, 1)

    def mutation(self, request, table, operation):
        """A quarter of the mutations are of one row, whose columns they answer."""
        seen = self.oracle.select_rule(table.name) is not None
        request.update(root="mutation_root", field=f"{operation}_{table.name}",
                       selection=self.selection(table, 1) if seen and self.chance(0.7) or self.chance(0.03) else [])
        if request["kind"] != "update_many" and self.chance(0.25 if seen else 0.03):
            request.update(one=True, selection=self.selection(table, 1), id=self.random.randint(1, 9))
            request["field"] += "_one" if operation == "insert" else "_by_pk"

    def writable(self, table, operation):
        rule = self.oracle.write_rule(table.name, operation)
        names = [name for name in table.columns if rule and name in rule["columns"] and name not in rule["set"]]
        return list(table.columns)[1:] if self.chance(0.03) else names

    def new_value(self, column):
        if column.target and self.chance(0.1):
            return 99
        return self.world.value(column, {name: list(rows) for name, rows in self.world.rows.items()})

    def new_row(self, table, names, key):
        return {name: key if name == "id" else self.new_value(table.columns[name]) for name in names
                if name == "id" or not table.columns[name].nullable or self.chance(0.7)}

    def add_related(self, table, row, depth, but=None):
        """Objects to insert with a row, in relationships whose keys it does not give."""
        for r in table.relationships.values():
            target = self.world.tables[r.target]
            names = self.writable(target, "insert")
            if not names or not self.chance(0.4) or r.here == but:
                continue
            data = [self.new_row(target, [n for n in names if n != r.there or not r.is_array], self.world.next_id()) for _ in range(self.random.randint(1, 2) if r.is_array else 1)]
            for other in data if depth > 1 else []:
                self.add_related(target, other, depth - 1, r.there if r.is_array else None)
            if not r.is_array:
                row.pop(r.here, None)
            row[r.name] = {"data": data if r.is_array else data[0]}

    def insert(self, request, table):
        self.mutation(request, table, "insert")
        free = [i for i in range(20, 26)]
        names = self.writable(table, "insert")
        objects = []
        request.pop("id", None)
        ids = self.random.sample(free + list(self.world.rows[table.name])[:3], 1 if request.get("one") else self.random.randint(0, 3))
        nested = self.chance(0.35)
        for i in ids:
            row = self.new_row(table, names, i)
            if nested:
                self.add_related(table, row, 2)
            objects.append(row)
        request["objects"] = objects
        if objects and not nested and self.chance(0.4):
            request["on_conflict"] = {"constraint": f"{table.name}_pkey", "update_columns": [n for n in self.writable(table, "update") if self.chance(0.6)]}
            if self.chance(0.3):
                request["on_conflict"]["where"] = self.where(table, 1)

    def update(self, request, table):
        self.mutation(request, table, "update")
        self.changes(request, table)

    def update_many(self, request, table):
        self.mutation(request, table, "update")
        request["field"] += "_many"
        request["updates"] = [{} for _ in range(self.random.randint(0, 2))]
        for update in request["updates"]:
            self.changes(update, table)
        # compat: none of several may be without a change
        if any(not update["set"] and not update["inc"] for update in request["updates"]):
            del request["updates"][1:]

    def changes(self, request, table):
        names = self.writable(table, "update")
        request.update(set={}, inc={}, **({} if request.get("one") else {"where": self.where(table, 2)}))
        for name in self.random.sample(names, min(len(names), self.random.randint(0, 2))):
            column = table.columns[name]
            if column.type == "int" and not column.target and self.chance(0.3):
                request["inc"][name] = self.random.randint(-1, 2)
            else:
                request["set"][name] = None if self.chance(0.02) else self.new_value(column)

    def delete(self, request, table):
        self.mutation(request, table, "delete")
        if not request.get("one"):
            request["where"] = self.where(table, 2)


# --- as GraphQL ---

def literal(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {literal(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(literal, value)) + "]"
    return json.dumps(value)


def order_item(key, direction):
    if isinstance(key, str):
        return f"{{{key}: {direction}}}"
    return f"{{{key[0]}_aggregate: {{count: {direction}}}}}" if key[1] == "count" else f"{{{key[0]}: {{{key[1]}: {direction}}}}}"


def arguments(request):
    parts = [f"{key}: {literal(request[key])}" for key in ("where", "limit", "offset") if key in request]
    if "id" in request:
        parts.append(f"pk_columns: {{id: {request['id']}}}" if request["kind"] == "update" else f"id: {request['id']}")
    if "objects" in request:
        parts.append(f"object: {literal(request['objects'][0])}" if request.get("one") else f"objects: {literal(request['objects'])}")
    if "updates" in request:
        parts.append("updates: [" + ", ".join("{" + arguments(update)[1:-1] + "}" for update in request["updates"]) + "]")
    if request.get("order_by"):
        parts.append("order_by: [" + ", ".join(order_item(key, direction) for key, direction in request["order_by"]) + "]")
    if "distinct_on" in request:
        parts.append("distinct_on: [" + ", ".join(request["distinct_on"]) + "]")
    for key in ("set", "inc"):
        if request.get(key):
            parts.append(f"_{key}: {literal(request[key])}")
    if "on_conflict" in request:
        conflict = request["on_conflict"]
        where = f", where: {literal(conflict['where'])}" if "where" in conflict else ""
        parts.append(f"on_conflict: {{constraint: {conflict['constraint']}, update_columns: [{', '.join(conflict['update_columns'])}]{where}}}")
    return f"({', '.join(parts)})" if parts else ""


def aggregate_fields(request):
    fields = []
    for aggregate in request["aggregates"]:
        if "column" not in aggregate:
            fields.append("count")
        elif aggregate["function"] == "count":
            fields.append(f"{aggregate['key']}: count(columns: {aggregate['column']}, distinct: {literal(aggregate['distinct'])})")
        else:
            fields.append(f"{aggregate['key']} {{ {aggregate['column']} }}")
    return f"aggregate {{ {' '.join(fields)} }}" + (f" nodes {{ {selection(request['selection'])} }}" if "selection" in request else "")


def selection(fields):
    return " ".join(field["name"] if field["kind"] == "column" else
                    f"{field['name']}{arguments(field)} {{ {aggregate_fields(field) if field['kind'] == 'aggregate' else selection(field['selection'])} }}"
                    for field in fields)


def document(request):
    if request.get("one"):
        return f"mutation {{ {request['field']}{arguments(request)} {{ {selection(request['selection'])} }} }}"
    if request["root"] == "mutation_root":
        inner = "affected_rows" + (f" returning {{ {selection(request['selection'])} }}" if request["selection"] else "")
        return f"mutation {{ {request['field']}{arguments(request)} {{ {inner} }} }}"
    inner = aggregate_fields(request) if request["kind"] == "select_aggregate" else selection(request["selection"])
    return f"query {{ {request['field']}{arguments(request)} {{ {inner} }} }}"
