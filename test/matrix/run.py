#!/usr/bin/env python3
"""Permissions against an independent interpreter of their rules.

usage: GQLE_PSQL='psql ...' run.py [WORLDS [SEED]]

Each world (world.py) is made in the database; requests of its roles (cases.py)
run through graphql.execute in transactions that are rolled back; what they answer
and what tables they leave is compared with what oracle.py works out.  A difference
is printed with the seed of its world, the rules and the request.
"""
import collections
import json
import os
import subprocess
import sys

from oracle import Oracle, Refused
from cases import Requests, document
from world import World

REQUESTS = 150


def psql(sql):
    done = subprocess.run(os.environ["GQLE_PSQL"].split(" "), input=sql, text=True, capture_output=True, check=False)
    if done.returncode != 0:
        sys.exit(f"psql: {done.stderr}\n{sql[:2000]}")
    return done.stdout.splitlines()


def quote(value):
    return "'" + (value if isinstance(value, str) else json.dumps(value)).replace("'", "''") + "'"


def sessions(world):
    for role in [*world.rules, *world.inherited]:
        for session in world.sessions:
            yield role, {"x-hasura-role": role, **session}


def make_cases(world):
    cases = []
    everybody = list(sessions(world))
    for _ in range(REQUESTS):
        role, session = world.pick(everybody)
        cases.append((role, session, Requests(world, Oracle(world, role, session)).make()))
    return cases


def run(world, cases):
    """The engine's answer to every case and the tables after it."""
    state = "json_build_object(" + ", ".join(f"'{name}', (SELECT json_object_agg(id, to_json({name})) FROM {name})" for name in world.tables) + ")"
    lines = ["SET client_min_messages = warning;", *world.sql(),
             f"SELECT gqle.metadata({quote({'type': 'replace_metadata', 'version': 2, 'args': {'allow_inconsistent_metadata': True, 'metadata': world.metadata()}})});"]
    for _, session, request in cases:
        lines.append("BEGIN;")
        lines.append(f"SELECT replace(graphql.execute({quote(session)}, {quote(document(request))})::text, E'\\n', ' ');")
        lines.append(f"SELECT {state};" if request["root"] == "mutation_root" else "SELECT 'null';")
        lines.append("ROLLBACK;")
    lines.append("SELECT gqle.metadata('{\"type\": \"clear_metadata\", \"args\": {}}');")
    lines.append(world.drop_sql())
    answers = psql("\n".join(lines))
    applied, answers = json.loads(answers[0]), [json.loads(line) for line in answers[1:-1]]
    # that a role inherits two different rules for writing is no mistake here
    if any(problem["type"] != "inherited role permission inconsistency" for problem in applied.get("inconsistent_objects", [])):
        sys.exit(f"the metadata of a world were refused: {json.dumps(applied)[:2000]}")
    return [(answers[2 * i], answers[2 * i + 1]) for i in range(len(cases))]


def comparable(request, data):
    """Without an order, lists of rows are compared as sets."""
    if isinstance(data, list):
        items = [comparable(request, item) for item in data]
        return items if request.get("order_by") else sorted(items, key=json.dumps)
    if isinstance(data, dict):
        fields = {field["name"]: field for field in request.get("selection", [])}
        if "nodes" in data or "aggregate" in data:
            return {key: comparable(request, item) if key == "nodes" else item for key, item in data.items()}
        return {key: comparable(fields.get(key, {}), item) if key in fields else
                comparable({"selection": request.get("selection", [])}, item) if key == "returning" else item for key, item in data.items()}
    return data


def expected(world, role, session, request):
    """(data, error, tables) as the oracle has them."""
    oracle = Oracle(world, role, session)
    try:
        data = oracle.answer(request)
    except Refused as refused:
        return None, refused, world.rows
    return data, None, oracle.rows


WRITING = ("constraint-violation", "permission-error")


def is_expected(request, refused, error):
    """Is it the error that must come, or, among nested objects, one of its kind?"""
    code = error["extensions"]["code"]
    if any(isinstance(value, dict) for row in request.get("objects", []) for value in row.values()):
        return code == refused.code or (code in WRITING and refused.code in WRITING)
    return code == refused.code and refused.message in (None, error["message"])


def difference(world, case, answer, state):
    role, session, request = case
    data, refused, rows = expected(world, role, session, request)
    if refused:
        error = (answer.get("errors") or [{"message": None, "extensions": {"code": None}}])[0]
        if not is_expected(request, refused, error):
            return f"expected an error {refused.code}: {refused.message}"
    elif comparable(request, answer.get("data", {}).get(request["field"])) != comparable(request, data) or "errors" in answer:
        return f"expected {json.dumps(data)}"
    if request["root"] == "mutation_root":
        after = {name: {str(i): row for i, row in table.items()} for name, table in rows.items()}
        if {name: table or {} for name, table in state.items()} != after:
            return f"expected the tables {json.dumps(after)}\nnot {json.dumps(state)}"
    return None


def main():
    worlds, seed = int(sys.argv[1] if len(sys.argv) > 1 else 20), int(sys.argv[2] if len(sys.argv) > 2 else 1)
    counts, differences = collections.Counter(), 0
    for number in range(seed, seed + worlds):
        world = World(number)
        cases = make_cases(world)
        for case, (answer, state) in zip(cases, run(world, cases)):
            role, session, request = case
            counts[f"{request['kind']} {'refused' if 'errors' in answer else 'answered'}"] += 1
            wrong = difference(world, case, answer, state)
            if wrong:
                differences += 1
                if differences <= int(os.environ.get("MATRIX_SHOW", 10)):
                    print(f"# world {number}, {json.dumps(session)}: {document(request)}\n# {wrong}\n# got {json.dumps(answer)}")
    for name, n in sorted(counts.items()):
        print(f"# {n} {name}")
    print(f"{'not ok' if differences else 'ok'} - matrix: {differences} differences in {sum(counts.values())} requests of {worlds} worlds")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
