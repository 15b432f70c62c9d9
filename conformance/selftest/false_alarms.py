#!/usr/bin/env python3
"""Honest plugins raise no alarm, whatever the seed.

  false_alarms.py --build DIR --first N --count M   runs --quick under M seeds on cpu and opencl, and
                                                    writes docs/false-alarms.md when none is raised
"""
import os
import sys
import time
from collections import Counter

from suite import Suite, failed

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "false-alarms.md")
HEAD = """# False alarms
`conformance-run --quick` on the plugins that ship, which are honest, under {count} seeds from {first} on: each seed draws other
problems and other data. Written by `conformance/selftest/false_alarms.py`; every CI run tries one more seed (`shipped_test.py`).

| plugin | device | seeds | passed in all | fewest passed | failed, crashed, hung or flaky | non-discriminating | seconds a run |
|---|---|---|---|---|---|---|---|
"""
ALARMS = ("FAIL", "CRASH", "HANG", "FLAKY")


def run_all(suite, name, seeds):
    """Rows of the page for one plugin, and whether it raised an alarm."""
    verdicts, fewest, seconds, alarms = {}, {}, 0.0, []
    for seed in seeds:
        begin = time.monotonic()
        _, text, records = suite.run(suite.shipped(name), "--seed", str(seed))
        seconds += time.monotonic() - begin
        if "has no device here" in text:
            return [], []
        of_device = {}
        for (device, _), record in records.items():
            of_device.setdefault(device, Counter())[record["verdict"]] += 1
        for device, counts in of_device.items():
            verdicts.setdefault(device, Counter()).update(counts)
            fewest[device] = min(fewest.get(device, counts["PASS"]), counts["PASS"])
        alarms += [f"{name}, seed {seed}: {case}" for case in sorted(failed(records))]
        print(f"{name} seed {seed}: {dict(of_device)}", flush=True)
    rows = [f"| {name} | {device} | {len(seeds)} | {counts['PASS']} | {fewest[device]} | "
            f"{sum(counts[verdict] for verdict in ALARMS)} | {counts['NON-DISCRIMINATING']} | "
            f"{seconds / len(seeds):.0f} |" for device, counts in sorted(verdicts.items())]
    return rows, alarms


def main():
    suite = Suite.from_arguments({"--first": {"type": int, "default": 1},
                                  "--count": {"type": int, "default": 20}})
    first, count = suite.arguments.first, suite.arguments.count
    rows, alarms = [], []
    for name in ("cpu", "opencl"):
        more, raised = run_all(suite, name, range(first, first + count))
        rows += more
        alarms += raised
    print("\n".join(rows + alarms))
    if not alarms and count >= 20:
        with open(PAGE, "w", encoding="utf-8") as file:
            file.write(HEAD.format(count=count, first=first) + "\n".join(rows) + "\n")
    return 1 if alarms else 0


if __name__ == "__main__":
    sys.exit(main())
