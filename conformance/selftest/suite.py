"""Runs conformance-run for the self-tests and reads its report."""
import argparse
import json
import os
import subprocess
import tempfile


class Suite:
    """Where the built programs are, and how they are run."""

    def __init__(self, build, bin_dir, lib_dir, arguments):
        self.arguments = arguments
        self.run_program = os.path.join(build, bin_dir, "conformance-run")
        self.lib = os.path.join(build, lib_dir)
        self.cpu = self.shipped("cpu")
        self.faulty = os.path.join(build, "selftest", "libbp_cpu_faulty.so")
        self.build = build

    @classmethod
    def from_arguments(cls, more=None):
        """`more`: options of the test's own, as in add_argument."""
        parser = argparse.ArgumentParser()
        parser.add_argument("--build", required=True)
        parser.add_argument("--bin", default="bin")
        parser.add_argument("--lib", default="lib/backplane")
        for option, how in (more or {}).items():
            parser.add_argument(option, **how)
        arguments = parser.parse_args()
        return cls(arguments.build, arguments.bin, arguments.lib, arguments)

    def shipped(self, name):
        return os.path.join(self.lib, f"libbp_{name}.so")

    def run(self, plugin, *options, fault="", operator="Conv"):
        """Returns (exit code, output, {(device, case): record}). Of cases made from problems only a
        few, unless options choose cases themselves."""
        if "--filter" not in options:
            options = ("--quick", *options)
        environment = dict(os.environ, BACKPLANE_FAULT=fault, BACKPLANE_FAULT_OPERATOR=operator)
        with tempfile.TemporaryDirectory() as folder:
            report = os.path.join(folder, "run.jsonl")
            done = subprocess.run([self.run_program, "--plugin", plugin, "--json", report, *options],
                                  env=environment, text=True, capture_output=True, timeout=1400)
            return done.returncode, done.stdout + done.stderr, read_records(report)


def read_records(path):
    """{(device, case): record} of a --json report; empty when it was not written."""
    records = {}
    if os.path.exists(path):
        with open(path, encoding="utf-8") as lines:
            for record in map(json.loads, lines):
                if record["is"] == "case":
                    records[record["device"], record["case"]] = record
    return records


FAILURES = {"FAIL", "CRASH", "HANG", "FLAKY", "MISSING", "UNEXPECTED-PASS"}


def failed(records):
    return {case for (_, case), record in records.items() if record["verdict"] in FAILURES}
