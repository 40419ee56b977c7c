#!/usr/bin/env python3
"""Compare a report of the conformance suite with the list of passing cases.

usage: compare.py REPORT LIST [--only REGEX] [--write]
Prints listed cases that no longer pass, then new passes, then the totals.
"""
import argparse
import json
import re
import sys


def read_list(path):
    """{id: True if it passes to the letter, False if only nearly}"""
    listed = {}
    with open(path, encoding="utf-8") as f:
        for line in f:
            words = line.split("#")[0].split()
            if words:
                listed[words[0]] = words[1:] != ["~"]
    return listed


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("report")
    p.add_argument("list")
    p.add_argument("--only", metavar="REGEX")
    p.add_argument("--write", action="store_true")
    args = p.parse_args()
    with open(args.report, encoding="utf-8") as f:
        results = {t["id"]: t for t in json.load(f)["tests"]}
    listed = read_list(args.list)
    if args.only:
        listed = {i: exact for i, exact in listed.items() if re.search(args.only, i)}

    passed, failed = 0, 0
    for case, exact in sorted(listed.items()):
        result = results.get(case, {"status": "gone"})
        if result["status"] == "PASS" or (result["status"] == "PASS~" and not exact):
            passed += 1
            continue
        failed += 1
        reason = result.get("reason") or "; ".join(result.get("notes") or [])
        print(f"not ok {case}: {result['status']} {reason[:600]}")

    new = [i + ("" if r["status"] == "PASS" else " ~") for i, r in sorted(results.items())
           if r["status"] in ("PASS", "PASS~") and (i not in listed or (r["status"] == "PASS" and not listed[i]))]
    if new and not args.write:
        print(f"{len(new)} new passes; add them to the list (WRITE=1):")
        for line in new:
            print("  " + line)
    if args.write and not args.only:
        with open(args.list, "w", encoding="utf-8") as f:
            for case, r in sorted(results.items()):
                if r["status"] in ("PASS", "PASS~"):
                    f.write(case + ("" if r["status"] == "PASS" else " ~") + "\n")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
