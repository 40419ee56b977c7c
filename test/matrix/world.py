"""Worlds made at random: tables with rows, and the rules of roles on them.

A world is plain data.  Columns: `id`, numbers `n` and `m`, a text `s`, a flag `b`,
and foreign keys `r_<table>`; which may be null, and which tables a table points
to, differs.  A foreign key gives an object relationship `o_<table>` here and an
array relationship `a_<table>` there.
"""
import json
import random

NUMBER_VALUES = range(-1, 5)
TEXT_VALUES = ["", "a", "A", "ab", "b%", "_"]


class Column:
    def __init__(self, name, type, nullable, target=None):
        self.name, self.type, self.nullable, self.target = name, type, nullable, target


class Relationship:
    """Rows of `target` whose `there` equals `here` of a row."""

    def __init__(self, name, target, here, there, is_array):
        self.name, self.target, self.here, self.there, self.is_array = name, target, here, there, is_array


class Table:
    def __init__(self, name):
        self.name = name
        self.columns = {}
        self.relationships = {}

    def add(self, *args):
        column = Column(*args)
        self.columns[column.name] = column


class World:
    """tables, rows by table and id, rules by role, table and operation, sessions"""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.last_id = 100
        self.tables = {}
        self.rows = {}
        self.make_tables()
        self.make_rows()
        self.sessions = self.make_sessions()
        self.inherited = {"both": ["one", "two"]}
        self.rules = {role: self.make_rules() for role in ("one", "two", "three")}
        self.keep_order()

    def next_id(self):
        """A key that no row has."""
        self.last_id += 1
        return self.last_id

    def chance(self, p):
        return self.random.random() < p

    def pick(self, items):
        return self.random.choice(list(items))

    def some(self, items, p):
        return [item for item in items if self.chance(p)]

    # --- tables and rows ---

    def make_tables(self):
        names = [f"t{i}" for i in range(self.random.randint(2, 4))]
        for name in names:
            table = self.tables[name] = Table(name)
            table.add("id", "int", False)
            for column, type in (("n", "int"), ("m", "int"), ("s", "text"), ("b", "bool")):
                table.add(column, type, self.chance(0.7))
            for target in names:
                if self.chance(0.5):
                    table.add(f"r_{target}", "int", True, target)
        for table in self.tables.values():
            for column in table.columns.values():
                if column.target:
                    target = self.tables[column.target]
                    there = Relationship(f"a_{table.name}", table.name, "id", column.name, True)
                    table.relationships[f"o_{column.target}"] = Relationship(f"o_{column.target}", column.target, column.name, "id", False)
                    target.relationships[there.name] = there

    def value(self, column, rows):
        """A value that the column may have, given the ids of rows."""
        if column.nullable and self.chance(0.25):
            return None
        if column.target:
            return self.pick(rows[column.target]) if rows[column.target] else None
        return {"int": lambda: self.pick(NUMBER_VALUES), "text": lambda: self.pick(TEXT_VALUES), "bool": lambda: self.chance(0.5)}[column.type]()

    def make_rows(self):
        ids = {name: list(range(1, self.random.randint(3, 9))) for name in self.tables}
        for table in self.tables.values():
            self.rows[table.name] = {i: {c.name: i if c.name == "id" else self.value(c, ids) for c in table.columns.values()} for i in ids[table.name]}

    def make_sessions(self):
        ids = ",".join(str(self.pick(NUMBER_VALUES)) for _ in range(self.random.randint(0, 3)))
        if self.chance(0.2):
            ids += (",NULL" if ids else "NULL")
        session = {"x-hasura-number": str(self.pick(NUMBER_VALUES)), "x-hasura-text": self.pick(TEXT_VALUES),
                   "x-hasura-flag": self.pick(["true", "false"]), "x-hasura-numbers": "{" + ids + "}"}
        backend = {**session, "x-hasura-use-backend-only-permissions": "true"}
        return [session, backend] + self.some([{}], 0.3)

    def keep_order(self):
        """Which rows a limit leaves is known only if all who have it see the key."""
        for role, parents in self.inherited.items():
            for table in self.tables:
                parts = [self.rules[parent][table]["select"] for parent in parents if "select" in self.rules[parent][table]]
                for part in parts if not all("id" in part["columns"] for part in parts) else []:
                    part.pop("limit", None)

    # --- rules ---

    def make_rules(self):
        return {name: self.table_rules(table) for name, table in self.tables.items()}

    def table_rules(self, table):
        rules = {}
        self.rule_table = table
        if self.chance(0.85):
            columns = self.columns_of(table, 0.75)
            rules["select"] = {"columns": columns, "filter": self.expression(table, 2), "allow_aggregations": self.chance(0.6)}
            if "id" in columns and self.chance(0.25):
                rules["select"]["limit"] = self.random.randint(0, 3)
            if self.chance(0.15):
                able = ["select"] + ["select_by_pk"] * ("id" in columns) + ["select_aggregate"] * rules["select"]["allow_aggregations"]
                rules["select"]["query_root_fields"] = self.some(able, 0.6)
        if self.chance(0.6):
            rules["insert"] = {"columns": self.columns_of(table, 0.8), "check": self.expression(table, 2), "set": self.presets(table)}
            if self.chance(0.15):
                rules["insert"]["backend_only"] = True
        if self.chance(0.6):
            rules["update"] = {"columns": self.some(list(table.columns)[1:], 0.7), "filter": self.expression(table, 2), "set": self.presets(table)}
            if self.chance(0.5):
                rules["update"]["check"] = self.expression(table, 2)
        if self.chance(0.6):
            rules["delete"] = {"filter": self.expression(table, 2)}
        return rules

    def columns_of(self, table, p):
        return [name for name in table.columns if name == "id" and self.chance(0.9) or self.chance(p)] or ["n"]

    def presets(self, table):
        if self.chance(0.75):
            return {}
        column = self.pick(c for c in table.columns.values() if c.name != "id" and not c.target)
        return {column.name: self.operand(column)}

    def operand(self, column):
        """A literal, or a session variable of the column's type."""
        if self.chance(0.4):
            return self.pick(["X-Hasura-", "x-hasura-"]) + {"int": "Number", "text": "Text", "bool": "Flag"}[column.type]
        return self.literal(column)

    def literal(self, column):
        return {"int": lambda: self.pick(NUMBER_VALUES), "text": lambda: self.pick(TEXT_VALUES), "bool": lambda: self.chance(0.5)}[column.type]()

    def expression(self, table, depth):
        """A boolean expression of a rule."""
        if self.chance(0.15):
            return {}
        keys = ["column"] * 4 + (["and", "or", "not", "relationship", "exists"] if depth > 0 else [])
        kind = self.pick(keys)
        if kind in ("and", "or"):
            return {self.pick(["_", "$"]) + kind: [self.expression(table, depth - 1) for _ in range(self.random.randint(0, 3))]}
        if kind == "not":
            return {"_not": self.expression(table, depth - 1)}
        if kind == "exists":
            target = self.pick(self.tables.values())
            return {"_exists": {"_table": {"schema": "public", "name": target.name}, "_where": self.expression(target, depth - 1)}}
        if kind == "relationship" and table.relationships:
            relationship = self.pick(table.relationships.values())
            return {relationship.name: self.expression(self.tables[relationship.target], depth - 1)}
        column = self.pick(table.columns.values())
        return {column.name: self.comparison(table, column)}

    def comparison(self, table, column):
        if self.chance(0.1):
            return self.operand(column)
        if self.chance(0.15):
            return {self.pick(["_ceq", "_cneq", "_cgt", "_clt", "_cgte", "_clte"]): self.other_column(table, column)}
        operators = self.operators(column)
        return {op: self.rule_operand(op, column) for op in self.random.sample(operators, 2 if self.chance(0.1) else 1)}

    def other_column(self, table, column):
        """A column of the same row, or of the row that the rule is about."""
        same_type = lambda t: [c.name for c in t.columns.values() if c.type == column.type]
        if self.chance(0.5):
            return ["$", self.pick(same_type(self.rule_table))]
        return self.pick(same_type(table))

    @staticmethod
    def operators(column):
        operators = ["_eq", "_neq", "_is_null", "_in", "_nin"]
        if column.type != "bool":
            operators += ["_gt", "_lt", "_gte", "_lte"]
        return operators + (["_like", "_nlike", "_ilike"] if column.type == "text" else [])

    def rule_operand(self, op, column):
        if op == "_is_null":
            return self.chance(0.5)
        if op in ("_in", "_nin"):
            if column.type == "int" and self.chance(0.4):
                return "X-Hasura-Numbers"
            return [self.literal(column) for _ in range(self.random.randint(0, 3))]
        if op in ("_eq", "_neq") and column.nullable and self.chance(0.05):
            return None
        return self.operand(column)

    # --- for the server ---

    def sql(self):
        for table in self.tables.values():
            columns = ", ".join(f"{c.name} {c.type}" + ("" if c.nullable else " NOT NULL") for c in table.columns.values())
            yield f"CREATE TABLE {table.name} ({columns}, PRIMARY KEY (id));"
        for table in self.tables.values():
            rows = json.dumps(list(self.rows[table.name].values())).replace("'", "''")
            yield f"INSERT INTO {table.name} SELECT * FROM json_populate_recordset(NULL::{table.name}, '{rows}');"
        for table in self.tables.values():
            for c in table.columns.values():
                if c.target:
                    yield f"ALTER TABLE {table.name} ADD FOREIGN KEY ({c.name}) REFERENCES {c.target};"

    def drop_sql(self):
        return f"DROP TABLE {', '.join(self.tables)} CASCADE;"

    def metadata(self):
        tables = []
        for table in self.tables.values():
            entry = {"table": {"schema": "public", "name": table.name}, "object_relationships": [], "array_relationships": []}
            for r in table.relationships.values():
                key = {"column": r.there, "table": {"schema": "public", "name": r.target}} if r.is_array else r.here
                entry["array_relationships" if r.is_array else "object_relationships"].append(
                    {"name": r.name, "using": {"foreign_key_constraint_on": key}})
            for operation in ("select", "insert", "update", "delete"):
                entry[operation + "_permissions"] = [{"role": role, "permission": rules[table.name][operation]}
                                                     for role, rules in self.rules.items() if operation in rules[table.name]]
            tables.append(entry)
        return {"version": 3, "sources": [{"name": "default", "kind": "postgres", "tables": tables, "configuration": {"connection_info": {"database_url": {"from_env": "HASURA_GRAPHQL_DATABASE_URL"}}}}],
                "inherited_roles": [{"role_name": role, "role_set": parents} for role, parents in self.inherited.items()]}
