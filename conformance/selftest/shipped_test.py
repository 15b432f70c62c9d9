#!/usr/bin/env python3
"""conformance-run on the plugins that ship: how many published tests each passes, at least."""
import os
import subprocess
import sys
import tempfile

from suite import FAILURES, Suite

STARTER = set("Add Sub Mul Div Pow Relu Sigmoid Tanh Sqrt Clip Reshape Flatten Concat Transpose MatMul "
              "Gemm Conv MaxPool AveragePool GlobalAveragePool BatchNormalization Softmax "
              "ReduceMean".split())
MOVEMENT = set("Constant Identity Squeeze Unsqueeze Cast Slice Gather Expand Split Pad Shape".split())
# Of how many published tests that use just these operators, how many pass at least.
FLOORS = {
    "cpu": [("starter", STARTER, 224, 222), ("with data movement", STARTER | MOVEMENT, 307, 290)],
    "opencl": [("starter", STARTER, 224, 222)],
    "hello": [],
    "hello_cpp": [],
}


def count_passed(records, device, operators):
    return sum(at == device and record["verdict"] == "PASS" and "operators" in record
               and set(record["operators"]) <= operators for (at, _), record in records.items())


def check(suite, name):
    """True when the plugin ran as it must; None when it has no device here."""
    code, text, records = suite.run(suite.shipped(name))
    if "has no device here" in text:
        print(f"skip   {name}: no device here")
        return None
    devices = sorted({device for device, _ in records})
    problems = [f"{case} on device {device} is {record['verdict']}: {record.get('text')}"
                for (device, case), record in records.items() if record["verdict"] in FAILURES]
    if code != 0:
        problems.append(f"exit code {code}: {text[-500:]}")
    for device in devices:
        for what, operators, total, floor in FLOORS[name]:
            passed = count_passed(records, device, operators)
            print(f"       {name} device {device}: {passed} of {total} published tests, {what}")
            if passed < floor:
                problems.append(f"device {device}, {what}: {floor} of {total} were wanted")
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
    suite = Suite.from_arguments()
    shipped = [name for name in FLOORS if os.path.exists(suite.shipped(name))]
    results = [check(suite, name) for name in shipped]
    if "opencl" in shipped:
        results.append(check_without_drivers(suite))
    return 0 if results and False not in results else 1


if __name__ == "__main__":
    sys.exit(main())
