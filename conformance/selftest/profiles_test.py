#!/usr/bin/env python3
"""Profiles: the cpu plugin has starter, hello has not and is told what it lacks; a profile that was not
run whole is not reached."""
import sys

from suite import Suite

ALL = ["--device", "0", "--filter", "profile/*"]


def check(what, came, wanted):
    """`wanted`: exit code, words that the output has, verdicts of the cases and how many of each."""
    code, text, records = came
    verdicts = [record["verdict"] for record in records.values()]
    right = code == wanted[0] and all(words in text for words in wanted[1]) and all(
        verdicts.count(verdict) == count for verdict, count in wanted[2].items())
    print(f"{'ok' if right else 'WRONG':6} {what}")
    if not right:
        print(f"       wanted {wanted}, exit code {code}:\n{text}")
    return right


def main():
    suite = Suite.from_arguments()
    hello, starter = suite.shipped("hello"), ["--profile", "starter"]
    results = [
        check("cpu has starter", suite.run(suite.cpu, *starter, *ALL),
              (0, ["profile starter: reached; 23 operators, 23 of 23"], {"PASS": 23})),
        check("hello has Add alone", suite.run(hello, *starter, *ALL),
              (1, ["profile starter: not reached; 23 operators, 1 of 23", "MISSING: Sub/f32 Mul/f32",
                   "no operator Sub, only Add", "missing=22"],
               {"PASS": 1, "MISSING": 22})),
        check("a part of it does not reach it",
              suite.run(suite.cpu, *starter, *ALL, "--shard", "1/2"), (0, ["profile starter: not reached"], {})),
        check("nobody asks for it, nobody misses it",
              suite.run(hello, "--device", "0", "--level", "operators"), (0, ["missing=0"], {"MISSING": 0})),
        check("a missing operator leaves the levels as they are",
              suite.run(hello, *starter, "--device", "0"), (1, ["next: more operators"], {"MISSING": 22})),
        check("what the host runs is listed apart",
              suite.run(suite.cpu, "--profile", "inference", *ALL),
              (0, ["run by the host itself: Constant Identity If Shape", "59 operators"], {})),
        check("two profiles at once", suite.run(suite.cpu, *starter, "--profile", "vision", *ALL),
              (0, ["profile starter: reached; 23", "profile vision: reached; 77 operators"], {})),
        check("a name that is none", suite.run(suite.cpu, "--profile", "nothing"), (2, ["nothing"], {})),
    ]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
