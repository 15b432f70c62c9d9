#!/usr/bin/env python3
"""Proves the opencl plugin on a driver other than PoCL: Intel's for processors, all levels; Oclgrind,
a simulator that reports races and accesses out of bounds, the operators. Only that driver is there,
and the report has to name its platform.

  drivers.py intel|oclgrind      after a build with the preset dev
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parents[3]
BUILD = ROOT / "build/dev"
RUNNER = [BUILD / "bin/conformance-run", "--plugin", BUILD / "lib/backplane/libbp_opencl.so"]

INTEL_VERSION = "2026.2.0"
INTEL_PACKAGES = ["intel-opencl-rt", "intel-cmplr-lib-rt"]  # the second has libraries of the first

OCLGRIND = pathlib.Path("/usr/lib/oclgrind/liboclgrind-rt-icd.so")
OCLGRIND_CHECKS = {"OCLGRIND_DATA_RACES": "1", "OCLGRIND_CHECK_API": "1"}
OCLGRIND_TIMEOUT = 60  # seconds for one case; it does 1.8 million multiply-adds a second
# What this simulator cannot run, whatever the plugin.
NOT_ON_OCLGRIND = {
    "operators/many-launches-behind-a-gate": "clFlush waits for ever behind a user event",
    "operators/two-streams-at-once": "it ends the process when two queues run a kernel at once",
    "operators/two-threads-create-at-once": "the same",
    "operators/published/pytorch-operator/test_operator_conv": "68 million multiply-adds",
}
# Problems of these may be large enough for the kernels with tiles, which Oclgrind cannot create: it has
# no llvm.usub.sat.i64.
WITH_TILES = re.compile(r"operators/(matmul|gemm|conv)/")


def conformance(platform, driver, folder, options=(), environment=None):
    """Runs it with `driver` alone; whether it passed, on `platform` and nothing else."""
    vendors = folder / "vendors"
    vendors.mkdir(parents=True, exist_ok=True)
    (vendors / "driver.icd").write_text(f"{driver}\n")
    report = folder / "report.jsonl"
    variables = {**os.environ, **(environment or {}), "OCL_ICD_VENDORS": str(vendors)}
    status = subprocess.run([*RUNNER, "--json", report, *options], env=variables).returncode
    with open(report, encoding="utf-8") as lines:
        devices = [device["architecture"] for device in json.loads(lines.readline())["devices"]]
    print(f"platform {platform}: {'; '.join(devices) or 'no device'}")
    if not devices or not all(platform in device for device in devices):
        print(f"drivers.py: the report shows not only devices of the platform {platform}")
        return False
    return status == 0


def install_intel(folder):
    """Into a Python environment of its own, once; says why when it cannot be had."""
    wanted = [f"{package}=={INTEL_VERSION}" for package in INTEL_PACKAGES]
    for command in (
        [sys.executable, "-m", "venv", folder],
        [folder / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
         "--retries", "1", "--timeout", "20", *wanted],
    ):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            return ((done.stderr or done.stdout).strip().splitlines() or ["no reason given"])[-1]
    (folder / "installed").touch()
    return ""


def intel():
    folder = ROOT / f"build/drivers/intel-{INTEL_VERSION}"
    missing = "" if (folder / "installed").exists() else install_intel(folder)
    if missing:
        print(f"SKIPPED: Intel's OpenCL driver, of the Python package {INTEL_PACKAGES[0]}: {missing}")
        return True
    return conformance("Intel(R) OpenCL", folder / "lib/libintelocl.so", folder, ["--quick"])


def oclgrind_cases():
    """Options that choose every case of the operators which it can run, and of those made from problems
    a few of float32."""
    listed = subprocess.run([*RUNNER, "--list", "--quick", "--level", "operators"], check=True,
                            capture_output=True, text=True).stdout
    cases = set(re.findall(r"^operators/(?:published/\S+|[^/\s]+|[^/\s]+/float32/\S+)$", listed,
                           re.MULTILINE))
    if not cases.issuperset(NOT_ON_OCLGRIND):
        sys.exit(f"drivers.py: no longer cases: {sorted(set(NOT_ON_OCLGRIND) - cases)}")
    for case, reason in NOT_ON_OCLGRIND.items():
        print(f"not on Oclgrind: {case}: {reason}")
    print("not on Oclgrind: a problem launched by two threads at once: the same")
    print("not on Oclgrind: problems of MatMul, Gemm and Conv: it has no llvm.usub.sat.i64")
    return [f"--filter={case}" for case in sorted(cases - set(NOT_ON_OCLGRIND))
            if not WITH_TILES.match(case)]


class Log:
    """A log that is a pipe: every context of every worker begins a file anew."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.folder.name, "log")
        os.mkfifo(self.path)
        self.kept_open = os.open(self.path, os.O_RDWR)
        self.reader = threading.Thread(target=self.read)
        self.reader.start()
        return self

    def read(self):
        self.text = pathlib.Path(self.path).read_text(encoding="utf-8", errors="replace")

    def __exit__(self, *_):
        os.close(self.kept_open)
        self.reader.join()
        self.folder.cleanup()


def oclgrind():
    if not OCLGRIND.exists():
        print(f"SKIPPED: Oclgrind: no {OCLGRIND}")
        return True
    with Log() as log:
        passed = conformance("Oclgrind", OCLGRIND, ROOT / "build/drivers/oclgrind",
                             [*oclgrind_cases(), "--one-thread", f"--timeout={OCLGRIND_TIMEOUT}"],
                             {**OCLGRIND_CHECKS, "OCLGRIND_LOG": log.path})
    errors = log.text.strip()
    if errors:
        print(errors[:4000])
    elif passed:
        print("Oclgrind reported no race, no access out of bounds, no misuse of OpenCL")
    return passed and not errors


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)
    drivers = {"intel": intel, "oclgrind": oclgrind}
    if len(sys.argv) != 2 or sys.argv[1] not in drivers:
        sys.exit(__doc__)
    sys.exit(0 if drivers[sys.argv[1]]() else 1)
