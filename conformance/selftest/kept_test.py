#!/usr/bin/env python3
"""Plugins that were built when a minor version of the ABI was new run on this host, and the checking
one finds nothing in it that breaks what it was promised: under conformance-run, and under `backplane`
with published models and a small graph. So does the checking plugin as its source is now."""
import json
import os
import platform
import struct
import subprocess
import sys
import tempfile

import onnx_file
from suite import FAILURES, Suite

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = "/usr/share/libonnx-testdata/data/node"
MOST_PRINTED = 20
BREACH = "the host broke ABI"
MACHINE = "x86_64"  # what the kept binaries are for
SOURCE = "the source"
# Cases that pass on each device, at least. A later host may have more.
FLOORS = {
    "abi-0.2/libbp_checking.so": [95, 130],
    "abi-0.2/libbp_hello.so": [66],
    SOURCE: [95, 130],
}
MODELS = {  # the folder of a published test, and its inputs by name
    "libbp_checking.so": {"test_relu": ["x"], "test_add": ["x", "y"],
                          "test_reshape_reordered_all_dims": ["data", "shape"]},
    "libbp_hello.so": {"test_add": ["x", "y"], "test_add_bcast": ["x", "y"]},
}


class Kept:
    """One plugin, and the programs of this host that it is run with."""

    def __init__(self, suite, label, path):
        self.suite, self.label, self.path = suite, label, path
        self.name = os.path.basename(path)
        self.command = os.path.join(os.path.dirname(suite.run_program), "backplane")
        self.problems = []

    def backplane(self, *arguments):
        """What `backplane` prints; a failure, or a breach in its log, is a problem."""
        environment = dict(os.environ, BACKPLANE_LOG="all", BACKPLANE_PLUGIN_PATH=self.path)
        done = subprocess.run([self.command, *arguments], env=environment, text=True,
                              capture_output=True, timeout=120)
        breaches = [line for line in done.stderr.splitlines() if BREACH in line]
        if done.returncode != 0 or breaches:
            self.problems += [f"backplane {' '.join(arguments[:2])}: exit code {done.returncode}",
                              *(breaches or [done.stderr[-500:]])]
        return done.stdout

    def check_versions(self):
        if self.label == SOURCE:
            return  # of whatever version is today's
        abi = self.label.split("/")[0].removeprefix("abi-")
        listed = json.loads(self.backplane("list", "--json") or '{"plugins": []}')["plugins"]
        mine = [plugin for plugin in listed if plugin["path"] == self.path]
        if [(plugin["is_used"], plugin.get("abi")) for plugin in mine] != [(True, abi)]:
            self.problems.append(f"backplane list has it as {mine}, not of ABI {abi}")
        inspected = json.loads(self.backplane("inspect", self.path, "--json") or "{}")
        if f'"abi": "{abi}"' not in json.dumps(inspected):
            self.problems.append(f"backplane inspect does not show ABI {abi}")

    def check_cases(self):
        # Not robustness: a plugin that checks its host says of a damaged node that the host is to blame.
        levels = [word for level in ("load", "memory", "stream", "operators")
                  for word in ("--level", level)]
        code, text, records = self.suite.run(self.path, *levels)
        self.problems += [f"{case} on device {device} is {record['verdict']}: {record.get('text')}"
                          for (device, case), record in records.items()
                          if record["verdict"] in FAILURES]
        if code != 0 or BREACH in text:
            self.problems.append(f"conformance-run: exit code {code}: {text[-500:]}")
        for device, floor in enumerate(FLOORS[self.label]):
            passed = sum(at == device and record["verdict"] == "PASS"
                         for (at, _), record in records.items())
            print(f"       {self.label} device {device}: {passed} cases pass")
            if passed < floor:
                self.problems.append(f"device {device}: {floor} passed cases were wanted")

    def check_model(self, device, model, inputs, wanted, what):
        """`wanted` are the bytes of the one output, to the bit."""
        with tempfile.TemporaryDirectory() as folder:
            given = [word for name, path in inputs.items() for word in ("--input", f"{name}={path}")]
            self.backplane("run", model, "--device", device, "--output-dir", folder, "--repeat", "3",
                           *given)
            outputs = [open(os.path.join(folder, name), "rb").read() for name in os.listdir(folder)]
        if len(outputs) != 1 or not outputs[0].endswith(wanted):
            self.problems.append(f"{what} on {device}: the output is not what it must be")

    def check_models(self, device):
        for test, names in MODELS[self.name].items():
            data = os.path.join(DATA, test, "test_data_set_0")
            inputs = {name: os.path.join(data, f"input_{i}.pb") for i, name in enumerate(names)}
            wanted = onnx_file.raw_data(os.path.join(data, "output_0.pb"))
            self.check_model(device, os.path.join(DATA, test, "model.onnx"), inputs, wanted, test)

    def check_graph(self, device):
        """A constant, memory in place, an input on the host, a result used twice, and tensors that
        fill what they are rounded up to, so that padding behind them is room of its own."""
        x = [i / 4 - 16 for i in range(128)]
        w = [i * 37 % 64 / 2 - 10 for i in range(128)]
        wanted = struct.pack("<128f", *(2 * max(a + b, 0.0) for a, b in zip(x, w)))
        with tempfile.TemporaryDirectory() as folder:
            model, value = os.path.join(folder, "graph.onnx"), os.path.join(folder, "x.pb")
            onnx_file.write_graph(model, w)
            onnx_file.write_tensor(value, "x", [len(x)], x)
            self.check_model(device, model, {"x": value}, wanted, "the graph")

    def check(self):
        self.check_versions()
        self.check_cases()
        selector = self.name.removeprefix("libbp_").removesuffix(".so")
        for device in range(len(FLOORS[self.label])):
            self.check_models(f"{selector}:{device}")
            if selector == "checking":
                self.check_graph(f"{selector}:{device}")
        print(f"{'ok' if not self.problems else 'WRONG':6} {self.label}")
        for problem in self.problems[:MOST_PRINTED]:
            print("       " + problem)
        if len(self.problems) > MOST_PRINTED:
            print(f"       and {len(self.problems) - MOST_PRINTED} more")
        return not self.problems


def kept_binaries():
    root = os.path.join(HERE, "kept")
    return [os.path.join(folder, name) for folder in sorted(os.listdir(root))
            if folder.startswith("abi-") for name in sorted(os.listdir(os.path.join(root, folder)))
            if name.endswith(".so")]


def main():
    suite = Suite.from_arguments()
    plugins = [Kept(suite, SOURCE, os.path.join(suite.build, "selftest", "libbp_checking.so"))]
    if platform.machine() == MACHINE:
        plugins += [Kept(suite, label, os.path.join(HERE, "kept", label))
                    for label in kept_binaries()]
    else:
        print(f"skip   the kept binaries: they are for {MACHINE}, and this is a {platform.machine()}")
    missing = set(FLOORS) - {plugin.label for plugin in plugins} if len(plugins) > 1 else set()
    for label in missing:
        print(f"WRONG  {label} is gone: what is kept stays")
    return 0 if all([plugin.check() for plugin in plugins]) and not missing else 1


if __name__ == "__main__":
    sys.exit(main())
