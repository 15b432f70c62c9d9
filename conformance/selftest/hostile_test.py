#!/usr/bin/env python3
"""Honest plugins that are hard on a host (hostile/). conformance-run raises no alarm on them, nor on one that
takes long to make kernels. Under `backplane run`, behind the checking layer and without it, the one whose
work comes late gives right results; the one that fails at random gives right results or an error in words:
no crash, no hang, no breach of the ABI, and nothing left alive at the end.

  hostile_test.py --build DIR            one seed for conformance-run, 8 for each device of the host
  hostile_test.py --build DIR --seeds N  N for both
"""
import os
import random
import struct
import subprocess
import sys
import tempfile

import onnx_file
from suite import Suite, failed

WRONG_WORDS = ("the host broke ABI", "the plugin broke ABI", "objects alive", "terminate called",
               "AddressSanitizer", "ThreadSanitizer")
NAMES_IT = ("chaos", "INTERNAL")  # the failing call's own words, or the status of work that failed
RATES = (0, 3, 20, 100, 400)  # in a thousand
DEVICES = ("jitter", "chaos:0", "chaos:1", "chaos:2")
SIZES = (8, 128, 40000)


def library(suite, device):
    return os.path.join(suite.build, "selftest", f"libbp_{device.split(':')[0]}.so")


def raises_no_alarm(suite, device, seed):
    name, _, ordinal = device.partition(":")
    os.environ.update(BACKPLANE_SELFTEST_SEED=str(seed), BACKPLANE_CHAOS_RATE="0")
    code, output, records = suite.run(library(suite, device), "--device", ordinal or "0",
                                      "--level", "memory", "--level", "stream")
    right = code == 0 and not failed(records)
    print(f"{'ok' if right else 'ALARM':6} conformance-run on {device}, seed {seed}")
    if not right:
        print(output[-3000:])
    return right


def may_compile_slowly(suite):
    """A case of thousands of kernels that take 2 ms each has its time for each, not for all together."""
    os.environ["BACKPLANE_JITTER_COMPILE_US"] = "2000"
    code, output, records = suite.run(library(suite, "jitter"), "--timeout", "1",
                                      "--filter", "robustness/node-of-other-ranks")
    del os.environ["BACKPLANE_JITTER_COMPILE_US"]
    right = code == 0 and [record["verdict"] for record in records.values()] == ["PASS"]
    seconds = sum(record["seconds"] for record in records.values())
    print(f"{'ok' if right and seconds > 2 else 'ALARM':6} a plugin that compiles slowly: {seconds:.1f} s, a limit of 1 s")
    if not right:
        print(output[-3000:])
    return right and seconds > 2


class Model:
    """A graph, its input, and the bytes that must come out."""

    def __init__(self, folder, size):
        numbers = random.Random(size)
        x = [numbers.randrange(-4000, 4000) / 4 for _ in range(size)]
        w = [numbers.randrange(-4000, 4000) / 4 for _ in range(size)]
        self.path = os.path.join(folder, f"graph{size}.onnx")
        self.input = os.path.join(folder, f"x{size}.pb")
        self.wanted = struct.pack(f"<{size}f", *(2 * max(a + b, 0.0) for a, b in zip(x, w)))
        onnx_file.write_graph(self.path, w)
        onnx_file.write_tensor(self.input, "x", [size], x)


def run(suite, device, model, seed, rate):
    """Returns (what came: "right" or "error", what is wrong with that or "")."""
    environment = dict(os.environ, BACKPLANE_SELFTEST_SEED=str(seed), BACKPLANE_LOG="all",
                       BACKPLANE_CHAOS_RATE=str(rate), BACKPLANE_CHECK=str(seed % 2),
                       BACKPLANE_PLUGIN_PATH=library(suite, device))
    with tempfile.TemporaryDirectory() as folder:
        command = [os.path.join(os.path.dirname(suite.run_program), "backplane"), "run", model.path,
                   "--device", device, "--input", f"x={model.input}", "--output-dir", folder,
                   "--repeat", "5"]
        try:
            done = subprocess.run(command, env=environment, text=True, capture_output=True,
                                  timeout=60)
        except subprocess.TimeoutExpired:
            return "hang", "it was not done in 60 s"
        outputs = [open(os.path.join(folder, name), "rb").read() for name in os.listdir(folder)]
    said = [words for words in WRONG_WORDS if words in done.stderr]
    if said:
        return "breach", f"{said}: {done.stderr[-1500:]}"
    if done.returncode == 0:
        is_right = len(outputs) == 1 and outputs[0].endswith(model.wanted)
        return "right", "" if is_right else "the output is not what it must be"
    is_named = done.returncode == 1 and any(words in done.stderr for words in NAMES_IT)
    if rate > 0 and is_named:
        return "error", ""
    return "failure", f"exit code {done.returncode}: {done.stderr[-1500:]}"


def bears(suite, device, models, seeds):
    came = {}
    problems = []
    for seed in range(1, seeds + 1):
        for rate in RATES if device.startswith("chaos") else (0,):
            for model in models:
                what, wrong = run(suite, device, model, seed, rate)
                came[what] = came.get(what, 0) + 1
                if wrong:
                    problems.append(f"seed {seed}, rate {rate}, {os.path.basename(model.path)}: "
                                    f"{what}, {wrong}")
    if came.get("right", 0) == 0 or (device.startswith("chaos") and came.get("error", 0) == 0):
        problems.append("of right results and errors one never came: nothing was tested")
    print(f"{'ok' if not problems else 'WRONG':6} backplane on {device}: {came}")
    for problem in problems[:5]:
        print("       " + problem)
    return not problems


def main():
    suite = Suite.from_arguments({"--seeds": {"type": int, "default": 0}})
    seeds = suite.arguments.seeds
    right = [raises_no_alarm(suite, device, seed) for device in DEVICES
             for seed in range(1, (seeds or 1) + 1)]
    right.append(may_compile_slowly(suite))
    with tempfile.TemporaryDirectory() as folder:
        models = [Model(folder, size) for size in SIZES]
        right += [bears(suite, device, models, seeds or 8) for device in DEVICES]
    return 0 if all(right) else 1


if __name__ == "__main__":
    sys.exit(main())
