#!/usr/bin/env python3
"""conformance-run on the plugins that ship: how many published tests each passes, at least.

--parts N runs one part of N, another one for each seed, and counts nothing: for builds that are slow."""
import os
import subprocess
import sys
import tempfile
import time

import operators_page
from suite import FAILURES, Suite

STARTER = set("Add Sub Mul Div Pow Relu Sigmoid Tanh Sqrt Clip Reshape Flatten Concat Transpose MatMul "
              "Gemm Conv MaxPool AveragePool GlobalAveragePool BatchNormalization Softmax "
              "ReduceMean".split())
# Another one for every run, so that other cases and other data are tried each time.
SEED = int(os.environ.get("BACKPLANE_SEED", time.time_ns() // 1_000_000_000))
# Of the published tests that use just these operators, how many at most do not pass: they draw at random, leave
# sizes unknown that the plugin wants to know, or, with opencl, bring axes with the launch or are of bfloat16.
MOST_LEFT = {
    "cpu": {"starter": 2, "listed": 22},
    "opencl": {"starter": 2, "listed": 34},
    "hello": {},
    "hello_cpp": {},
    "hello_pass": {},
}


def operators_of(name, which):
    return STARTER if which == "starter" else {"Constant", *operators_page.listed(name)}


def published(records, device, operators):
    """Verdicts of the published tests that use no other operators than these."""
    return [record["verdict"] for (at, case), record in records.items()
            if at == device and case.startswith("operators/published/") and record.get("operators")
            and set(record["operators"]) <= operators]


def too_few(name, records, device):
    """Prints how many published tests passed; what is wrong with that, in words."""
    problems = []
    for which, most in MOST_LEFT[name].items():
        verdicts = published(records, device, operators_of(name, which))
        passed = verdicts.count("PASS")
        print(f"       {name} device {device}: {passed} of {len(verdicts)} published tests, {which} operators")
        if not passed or passed < len(verdicts) - most:
            problems.append(f"device {device}, {which} operators: all but {most} of {len(verdicts)} were wanted")
    return problems


def check(suite, name):
    """True when the plugin ran as it must; None when it has no device here."""
    parts = suite.arguments.parts
    part = ("--shard", f"{SEED % parts + 1}/{parts}") if parts > 1 else ()
    code, text, records = suite.run(suite.shipped(name), "--seed", str(SEED), *part)
    if "has no device here" in text:
        print(f"skip   {name}: no device here")
        return None
    devices = sorted({device for device, _ in records})
    problems = [f"{case} on device {device} is {record['verdict']}: {record.get('text')}"
                for (device, case), record in records.items() if record["verdict"] in FAILURES]
    if code != 0:
        problems.append(f"exit code {code}: {text[-500:]}")
    if parts == 1 and MOST_LEFT[name]:
        for device in devices:
            problems += too_few(name, records, device)
        problems += operators_page.differences(name, records.values())
    print(f"{'ok' if not problems else 'WRONG':6} {name}: {len(records)} records")
    for problem in problems:
        print("       " + problem)
    return not problems


def check_without_drivers(suite):
    """An OpenCL without drivers is no device and a reason, and no failure."""
    with tempfile.TemporaryDirectory() as empty:
        environment = dict(os.environ, OCL_ICD_VENDORS=empty, BACKPLANE_LOG="all")
        done = subprocess.run([suite.run_program, "--plugin", suite.shipped("opencl")], text=True,
                              env=environment, capture_output=True, timeout=60)
    right = done.returncode == 3 and "has no device here" in done.stdout + done.stderr
    print(f"{'ok' if right else 'WRONG':6} opencl without drivers: exit code {done.returncode}")
    return right


def main():
    suite = Suite.from_arguments({"--parts": {"type": int, "default": 1}})
    print(f"seed   {SEED}: BACKPLANE_SEED={SEED} runs the same again")
    shipped = [name for name in MOST_LEFT if os.path.exists(suite.shipped(name))]
    results = [check(suite, name) for name in shipped]
    if "opencl" in shipped:
        results.append(check_without_drivers(suite))
    return 0 if results and False not in results else 1


if __name__ == "__main__":
    sys.exit(main())
