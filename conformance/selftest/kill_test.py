#!/usr/bin/env python3
"""Every planted fault is caught by the case that faults/*.txt name for it, in the words they name;
without a fault the same plugin raises no alarm.

  kill_test.py --build DIR             plants the faults, and fails when docs/kill-matrix.md differs
  kill_test.py --build DIR --write     writes docs/kill-matrix.md
  kill_test.py --build DIR --part i/n  of the operators' faults only the i-th of n parts
"""
import glob
import os
import sys
from collections import namedtuple

from suite import Suite, failed

HERE = os.path.dirname(os.path.abspath(__file__))
MATRIX = os.path.join(HERE, "..", "..", "docs", "kill-matrix.md")
HEAD = """# The kill matrix
Plugins that are wrong on purpose, and the case of conformance-run that catches each: named in `conformance/selftest/faults`
before anything is run. A fault that only another case catches, or that is caught in other words than those named, counts as
a survivor. Written by `conformance/selftest/kill_test.py`, which CI runs; the numbers are those of the catalogue of faults,
M memory, S streams and events, K operators, G graph passes, A the ABI and loading.

"""
GROUPS = ("memory", "stream", "operators", "graph", "abi")
Fault = namedtuple("Fault", "group name number rule case sentence words")


def read_faults():
    faults = []
    for group in GROUPS:
        with open(os.path.join(HERE, "faults", group + ".txt"), encoding="utf-8") as lines:
            for line in lines:
                if line.strip() and not line.startswith("#"):
                    fields = [word.strip() for word in line.split("|")]
                    faults.append(Fault(group, *fields, *[""] * (6 - len(fields))))
    return faults


def plugin_of(suite, fault):
    own = os.path.join(suite.build, "selftest", f"libbp_{fault}.so")
    return (own, "") if os.path.exists(own) else (suite.faulty, fault)


def is_in_part(index, part):
    number, count = map(int, part.split("/"))
    return index % count == number - 1


def plant(suite, fault):
    """Returns "" when the named case catches it as it should, else what happened."""
    plugin, chosen = plugin_of(suite, fault.name)
    _, output, records = suite.run(plugin, "--filter", fault.case, "--timeout", "20", fault=chosen)
    if fault.case not in failed(records):
        return output
    said = " ".join(record.get("text", "") for (_, case), record in records.items()
                    if case == fault.case)
    return "" if fault.words in said else f'"{fault.words}" is not in: {said}\n'


def raises_no_alarm(suite):
    code, output, records = suite.run(suite.faulty, "--filter", "load/*", "--filter", "memory/*",
                                      "--filter", "stream/*", "--filter", "graph/*")
    if code == 0 and not failed(records):
        return True
    print(f"FALSE ALARM: the plugin without a fault fails {sorted(failed(records))}\n{output}")
    return False


def matrix_text(faults):
    text = HEAD
    for group in GROUPS:
        of_group = [fault for fault in faults if fault.group == group]
        text += f"## {group}: {len(of_group)}\n| fault | no. | what is wrong | rule | killed by |\n|---|---|---|---|---|\n"
        for fault in of_group:
            says = f', saying "{fault.words}"' if fault.words else ""
            text += (f"| `{fault.name}` | {fault.number} | {fault.sentence} | {fault.rule} | "
                     f"`{fault.case}`{says} |\n")
        text += "\n"
    return text + f"{len(faults)} faults, no survivor.\n"


def main():
    suite = Suite.from_arguments({"--write": {"action": "store_true"}, "--part": {"default": "1/1"}})
    faults = read_faults()
    survivors = 0
    right = raises_no_alarm(suite)
    of_operators = 0
    for fault in faults:
        if fault.group == "operators":
            of_operators += 1
            if not is_in_part(of_operators, suite.arguments.part):
                continue
        wrong = plant(suite, fault)
        survivors += wrong != ""
        print(f"{'SURVIVED' if wrong else 'killed':9} {fault.name:26} {fault.rule:13} {fault.case}\n{wrong}",
              end="", flush=True)
    print(f"{len(faults)} planted faults, {survivors} survived")
    if suite.arguments.write and not survivors:
        with open(MATRIX, "w", encoding="utf-8") as file:
            file.write(matrix_text(faults))
    with open(MATRIX, encoding="utf-8") as file:
        if file.read() != matrix_text(faults):
            right = False
            print("docs/kill-matrix.md is not up to date: kill_test.py --build DIR --write")
    return 0 if right and not survivors else 1


if __name__ == "__main__":
    sys.exit(main())
