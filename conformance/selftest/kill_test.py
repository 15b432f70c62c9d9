#!/usr/bin/env python3
"""Every planted fault is caught by the case that faults.txt names for it; without a fault the same
plugin raises no alarm. Prints the kill matrix."""
import os
import sys

from suite import Suite, failed

HERE = os.path.dirname(os.path.abspath(__file__))


def read_faults():
    faults = []
    with open(os.path.join(HERE, "faults.txt"), encoding="utf-8") as lines:
        for line in lines:
            if line.strip() and not line.startswith("#"):
                faults.append([word.strip() for word in line.split("|")])
    return faults


def plugin_of(suite, fault):
    own = os.path.join(suite.build, "selftest", f"libbp_{fault}.so")
    return (own, "") if os.path.exists(own) else (suite.faulty, fault)


def main():
    suite = Suite.from_arguments()
    levels = ["--level", "load", "--level", "memory", "--level", "stream",
              "--filter", "load/*", "--filter", "memory/*", "--filter", "stream/*"]
    wrong = 0

    code, output, records = suite.run(suite.faulty, *levels)
    if code != 0 or failed(records):
        wrong += 1
        print(f"FALSE ALARM: the plugin without a fault fails {sorted(failed(records))}\n{output}")

    for fault, rule, case, _ in read_faults():
        plugin, chosen = plugin_of(suite, fault)
        _, output, records = suite.run(plugin, "--filter", case, "--timeout", "20", fault=chosen)
        caught = case in failed(records)
        wrong += not caught
        print(f"{'killed' if caught else 'SURVIVED':9} {fault:26} {rule:13} {case}")
        if not caught:
            print(output)
    print(f"{len(read_faults())} planted faults, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
