#!/usr/bin/env python3
"""A vendor's expectations, with a plugin that has a planted fault and without the fault."""
import os
import sys
import tempfile

from suite import Suite

FAULT = "one-element-too-far"
CASE = "operators/nothing-beside-the-output"
CASES = ["--filter", CASE, "--filter", "operators/a-no-has-a-reason", "--device", "0"]


def run(suite, line, fault):
    """Returns (exit code, output, verdict of CASE or None)."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "known.txt")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"# what is known\n{line}\n")
        code, text, records = suite.run(suite.faulty, "--expectations", path, *CASES, fault=fault)
    verdicts = [record["verdict"] for (_, case), record in records.items() if case == CASE]
    return code, text, verdicts[0] if verdicts else None


def main():
    suite = Suite.from_arguments()
    known = f"expected-fail {CASE} until=2999-12-31 # issue 41"
    tries = [  # what, line, fault, exit code, verdict, words
        ("an expected failure", known, FAULT, 0, "EXPECTED-FAIL",
         f"{CASE}  device 0: expected (line 2: issue 41, until 2999-12-31), FAIL: "),
        ("a pass against the file", known, "", 1, "UNEXPECTED-PASS", "issue 41"),
        ("a failure of what is unsupported", f"unsupported {CASE} # not ours", FAULT, 1, "FAIL", ""),
        ("another case's line", "unsupported load/* # not ours", FAULT, 1, "FAIL", ""),
        ("an expired line", f"expected-fail {CASE} until=2020-01-01 # old", FAULT, 1, None,
         "line 2: expired on 2020-01-01: old"),
        ("a line without a reason", f"unsupported {CASE}", FAULT, 1, None, "line 2: there is no reason"),
        ("a line that matches nothing", "unsupported no/such # x", FAULT, 1, None,
         "line 2: \"no/such\" matches no case"),
    ]
    wrong = 0
    for what, line, fault, code, verdict, words in tries:
        came = run(suite, line, fault)
        right = came[0] == code and came[2] == verdict and words in came[1]
        wrong += not right
        print(f"{'ok' if right else 'WRONG':6} {what}: exit code {came[0]}, {came[2]}")
        if not right:
            print(f"       wanted exit code {code}, {verdict}, {words!r}:\n{came[1]}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
