#!/usr/bin/env python3
"""docs/operators.md: which operators and types the shipped plugins serve, how exactly, in how many cases.

From reports of whole runs of the level operators: conformance-run --json FILE, one of each plugin. The
self-test of the shipped plugins holds the page against what it sees (differences)."""
import argparse
import json
import os
import re
import sys
from collections import defaultdict

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "operators.md")
TYPES = ("float32 float16 bfloat16 float64 int8 int16 int32 int64 uint8 uint16 uint32 uint64 bool").split()
PROBLEM = re.compile(r"operators/(?!published/)[a-z0-9]+/([a-z0-9]+)/[^/]+$")
HOST_ALONE = {"Constant"}  # never reaches a plugin but as a constant
HEAD = """# Operators

What the shipped plugins serve: for each operator the worst [precision class](conformance.md#problems-how-results-are-judged)
that its kernels declare, and each element type with the number of problems whose results were judged right. A type is that
of the first input which the definition leaves free. Written, from runs of both plugins, by

```sh
./dev operators
```

The self-test of the shipped plugins holds the page against what it sees. What the host knows of operators is in
`sdk/src/ops`; [profiles](conformance.md#profiles) say which ones a kind of model needs.
{unjudged}
"""


def passed_problems(records):
    """{operator: {type: [cases passed, worst class]}} of one device's cases that are about one operator."""
    table = defaultdict(dict)
    for record in records:
        place = PROBLEM.match(record["case"])
        if record["verdict"] != "PASS" or not place or len(record.get("operators", [])) != 1:
            continue
        cell = table[record["operators"][0]].setdefault(place[1], [0, "A"])
        cell[0] += 1
        cell[1] = max(cell[1], record.get("class", "A"))
    return dict(table)


def without_problems(records):
    """Operators that published tests show to be served and no problem judges. Of a test of several the host may
    have computed some."""
    published = [set(record.get("operators", [])) - HOST_ALONE for record in records
                 if record["verdict"] == "PASS" and record["case"].startswith("operators/published/")]
    alone = set().union(*(operators for operators in published if len(operators) == 1))
    return alone - set(passed_problems(records))


def read(path):
    """(the plugin's name, records of device 0)"""
    with open(path, encoding="utf-8") as lines:
        records = list(map(json.loads, lines))
    name = records[0]["id"].rsplit(".", 1)[1]
    return name, [record for record in records if record["is"] == "case" and record["device"] == 0]


def cell_text(types):
    by_class = defaultdict(list)
    for name in sorted(types, key=lambda name: TYPES.index(name) if name in TYPES else len(TYPES)):
        count, worst = types[name]
        by_class[worst].append(f"{name} {count}")
    return "; ".join(f"**{worst}** {', '.join(names)}" for worst, names in sorted(by_class.items()))


def page(tables):
    """tables: {plugin: passed_problems()}"""
    operators = sorted(set().union(*tables.values()))
    lines = ["| operator | " + " | ".join(tables) + " |", "|---|" + "---|" * len(tables)]
    for operator in operators:
        cells = [cell_text(table[operator]) if operator in table else "" for table in tables.values()]
        lines.append(f"| {operator} | " + " | ".join(cells) + " |")
    sums = ["**" + str(len(table)) + " operators, " + str(sum(len(types) for types in table.values())) +
            " with a type, " + str(sum(count for types in table.values() for count, _ in types.values())) +
            " cases**" for table in tables.values()]
    lines.append("| | " + " | ".join(sums) + " |")
    return lines


def text(reports):
    """reports: {plugin: records of one device}"""
    left = sorted(set().union(*map(without_problems, reports.values())))
    unjudged = f"\nServed, and judged by published tests alone: {', '.join(left)}.\n" if left else ""
    tables = {name: passed_problems(records) for name, records in reports.items()}
    return HEAD.replace("{unjudged}", unjudged) + "\n".join(page(tables)) + "\n"


def listed(plugin):
    """{operator: types} that the page lists for a plugin."""
    with open(PAGE, encoding="utf-8") as lines:
        rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line.startswith("|")]
    column = rows[0].index(plugin)
    return {row[0]: set(re.findall(r"(\w+) \d+", row[column])) for row in rows[2:] if row[0] and row[column]}


def differences(plugin, records):
    """What a run of a few problems of each operator shows, and the page does not say, in words."""
    seen, said = passed_problems(records), listed(plugin)
    found = [f"docs/operators.md has no {operator} of {name} for {plugin}, which passes"
             for operator, types in seen.items() for name in types if name not in said.get(operator, ())]
    return found + [f"docs/operators.md has {operator} for {plugin}, of which no case passes"
                    for operator in said if operator not in seen]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("reports", nargs="+", metavar="REPORT.jsonl")
    reports = dict(map(read, parser.parse_args().reports))
    with open(PAGE, "w", encoding="utf-8") as out:
        out.write(text(reports))
    for name, records in reports.items():
        print(f"{name}: {len(passed_problems(records))} operators")
    return 0


if __name__ == "__main__":
    sys.exit(main())
