#!/usr/bin/env python3
"""The `backplane` command on models, one process after another, PoCL's own cache empty every time:
what of the kept programs the layer of this folder sees the driver compile.

  start_test.py --command BACKPLANE --layer LAYER.so [--models FOLDER]
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

# With the names of their inputs.
MODELS = {"simple/test_single_relu_model": "x", "pytorch-operator/test_operator_addmm": "012",
          "pytorch-operator/test_operator_maxpool": "0",
          "pytorch-operator/test_operator_concat2": "01",
          "pytorch-operator/test_operator_reduced_mean": "0"}
RELU = "simple/test_single_relu_model"


def run(model, **variables):
    """The command on the published input of a model."""
    folder = Path(OPTIONS.models, model)
    inputs = [f"--input={name}={folder}/test_data_set_0/input_{i}.pb"
              for i, name in enumerate(MODELS[model])]
    return subprocess.run([OPTIONS.command, "run", folder / "model.onnx", "--device", "opencl",
                           "--json", *inputs], env={**os.environ, **variables}, text=True,
                          capture_output=True, timeout=120)


class Start(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.kept = self.folder / "kept"

    def start(self, model, kept=None):
        """Runs it; returns (programs from source, from binary, the outputs, the log)."""
        with tempfile.TemporaryDirectory() as pocl:
            report = Path(pocl) / "report.json"
            done = run(model, POCL_CACHE_DIR=pocl, OPENCL_LAYERS=OPTIONS.layer, BACKPLANE_LOG="all",
                       BACKPLANE_OPENCL_LAYER_REPORT=str(report),
                       BACKPLANE_CACHE_FOLDER=str(kept or self.kept))
            self.assertEqual(done.returncode, 0, done.stderr)
            counts = json.loads(report.read_text().splitlines()[-1])
        return (counts["built_from_source"], counts["built_from_binary"],
                json.loads(done.stdout)["outputs"], done.stderr)

    def test_a_second_start_compiles_nothing(self):
        for model in MODELS:
            first_source, first_binary, first_outputs, _ = self.start(model)
            source, binary, outputs, _ = self.start(model)
            print(f"{model}: from source {first_source}, then {source}; from binaries "
                  f"{first_binary}, then {binary}")
            self.assertGreater(first_source + first_binary, 0)
            self.assertEqual(source, 0)
            self.assertEqual(binary, first_source + first_binary)
            self.assertEqual(outputs, first_outputs)
        self.assertGreater(len(list(self.kept.iterdir())), 0)

    def test_a_damaged_entry_is_compiled_again_and_mended(self):
        whole = self.start(RELU)[0]
        for entry in self.kept.iterdir():
            entry.write_bytes(entry.read_bytes()[:-1] + b"?")
        source, _, _, log = self.start(RELU)
        self.assertEqual(source, whole)
        self.assertIn("is damaged or another's", log)
        self.assertEqual(self.start(RELU)[0], 0)

    def test_a_folder_that_cannot_be_used_is_said_and_no_failure(self):
        source, _, _, log = self.start(RELU, kept="/proc/no-such-folder")
        self.assertGreater(source, 0)
        self.assertIn("/proc/no-such-folder is not used", log)

    def test_without_a_folder_nothing_is_written(self):
        self.start(RELU)
        before = sorted(self.kept.iterdir())
        done = run(RELU, BACKPLANE_CACHE_FOLDER="", HOME=str(self.folder / "home"))
        self.assertEqual(done.returncode, 0)
        self.assertEqual(sorted(self.kept.iterdir()), before)
        self.assertEqual(list(self.folder.glob("home/.cache/backplane")), [])


def why_not():
    """Why nothing can be tested here; "" when it can."""
    if not Path(OPTIONS.models, RELU).is_dir():
        return f"no published models in {OPTIONS.models} (libonnx-testdata)"
    listed = subprocess.run([OPTIONS.command, "list", "--json"], capture_output=True, text=True)
    return "" if '"opencl"' in listed.stdout or '"opencl:' in listed.stdout else "no OpenCL device"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--command", required=True)
    parser.add_argument("--layer", required=True)
    parser.add_argument("--models", default="/usr/share/libonnx-testdata/data")
    OPTIONS = parser.parse_args()
    reason = why_not()
    if reason:
        print(f"SKIPPED: {reason}")
        sys.exit(77)
    unittest.main(argv=sys.argv[:1], verbosity=2)
