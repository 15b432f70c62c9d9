#!/usr/bin/env python3
"""--from-model and --model on models of several nodes: small ones that are written here, the published
ones, and the light classifiers of the Python package onnx where it can be had. On the honest plugin all
is right; with a planted fault the first node that is wrong is named, in words."""
import json
import os
import subprocess
import sys
import tempfile

import light_models
import model_files
from suite import Suite

PUBLISHED = "/usr/share/libonnx-testdata/data"
# Of them every kind: with attributes, constants, unused outputs.
PUBLISHED_MODELS = ["pytorch-operator/test_operator_addmm", "pytorch-operator/test_operator_basic",
                    "pytorch-operator/test_operator_params", "pytorch-operator/test_operator_mm",
                    "pytorch-converted/test_Linear", "pytorch-converted/test_Softmin",
                    "pytorch-converted/test_GLU", "pytorch-converted/test_PixelShuffle"]
ALL = ["--device", "0", "--filter", "*"]


class Models:
    """Runs conformance-run on one small model after the other, and counts what is not as wanted."""

    def __init__(self, suite, folder):
        self.suite, self.folder, self.wrong = suite, folder, 0

    def path(self, make):
        path = os.path.join(self.folder, make.__name__ + ".onnx")
        if not os.path.exists(path):
            make(path)
        return path

    def check(self, what, is_right, text):
        print(f"{'ok' if is_right else 'WRONG':6} {what}", flush=True)
        if not is_right:
            self.wrong += 1
            print("       " + text.replace("\n", "\n       "))

    def run(self, what, wanted, option, model, *options, plugin=None, **how):
        """`wanted`: exit code, words in the output, and words that are not. Returns the records."""
        code, text, records = self.suite.run(plugin or self.suite.cpu, option, model, *ALL, *options, **how)
        missing = [words for words in wanted[1] if words not in text]
        present = [words for words in wanted[2:] if words in text]
        self.check(what, code == wanted[0] and not missing and not present,
                   f"wanted {wanted}, exit code {code}:\n{text}")
        return records


def verdicts(records):
    return {case.split("/", 1)[1]: record["verdict"] for (_, case), record in records.items()}


def check_cases(models):
    """--from-model: a case for each different problem, all of which pass, under ids that say them."""
    convolutions = models.path(model_files.convolutions)
    records = models.run("cases of convolutions", (0, ["11 nodes, 8 different problems, 0 nodes left out"]),
                         "--from-model", convolutions)
    wanted = {"batchnormalization", "conv", "flatten", "gemm", "globalaveragepool", "relu", "softmax"}
    came = {case.split("/")[1] for _, case in records}
    models.check("each operator of it", came == wanted and len(records) == 8, f"{sorted(came)}")
    models.check("all pass", {record["verdict"] for record in records.values()} == {"PASS"}, f"{records}")
    models.run("cases of attention", (0, ["5 nodes, 5 different problems"]), "--from-model",
               models.path(model_files.attention))
    listed = subprocess.run([models.suite.run_program, "--from-model", convolutions, "--list"], text=True,
                            capture_output=True, check=False).stdout
    for words in ("operators/relu/float32/2x4x8x9\n    results lie within the bounds of: Relu : "
                  "f32[2,4,8,9] (occurs 3 times)", "Conv : f32[2,3,8,9] =f32[4,3,3,3] =f32[4] ",
                  "group=2 kernel_shape=[3,3] pads=[0,1,2,1] strides=[1,1] (occurs 2 times)", "8 cases"):
        models.check(f"the list has {words[-40:]!r}", words in listed, listed)


def check_sizes(models):
    """Sizes that a model leaves open are filled in."""
    path = models.path(model_files.open_batch)
    for size in (2, 7):
        records = models.run(f"cases of a batch of {size}", (0, ["2 different problems"]), "--from-model", path,
                             "--unknown-size", str(size))
        models.check("its ids", f"operators/relu/float32/{size}x4" in {case for _, case in records}, f"{records}")
    models.run("a batch of 7, walked", (0, ["2 nodes within their bounds"]), "--model", path, "--unknown-size", "7")


def check_left_out(models):
    """What nobody can judge is named, and nothing else is lost by it."""
    path = models.path(model_files.without_reference)
    models.run("cases without a reference",
               (0, ["left out node norm (LpNormalization): there is no reference of LpNormalization",
                    "2 different problems, 1 nodes left out"]), "--from-model", path)
    models.run("a node without a reference, walked",
               (0, ["2 of 3, node norm (LpNormalization): SKIPPED: served; there is no reference",
                    "2 nodes within their bounds, 1 without a reference, 0 unsupported"]), "--model", path,
               plugin=models.suite.faulty, fault="serves-what-nobody-judges")
    models.run("a node that nobody has", (1, ["stopped at node norm (LpNormalization): neither the plugin nor a "
                                              "reference has it", "1 nodes within"], "FAIL"),
               "--model", path)
    models.run("sizes from data", (0, ["3 different problems, 0 nodes left out", "3 passed"]), "--from-model",
               models.path(model_files.sized_by_data))


def check_walks(models):
    """--model on the honest plugin, and on one that has a single operator."""
    path = models.path(model_files.convolutions)
    records = models.run("convolutions, walked",
                         (0, ["11 nodes within their bounds, 0 without a reference, 0 unsupported"], "\r"),
                         "--model", path)
    models.check("each node is a line of the report",
                 list(verdicts(records).items())[:2] == [("1/conv", "PASS"), ("2/batchnormalization", "PASS")]
                 and len(records) == 11, json.dumps(verdicts(records)))
    models.run("attention, walked", (0, ["5 nodes within their bounds"]), "--model",
               models.path(model_files.attention))
    models.run("references in the plugin's place",
               (0, ["UNSUPPORTED: no operator Relu, only Add", "1 nodes within", "1 unsupported"]), "--model",
               models.path(model_files.sum_of_two), plugin=models.suite.shipped("hello"))


def check_faults(models):
    """The first of two nodes that are wrong is named, with a value, what is accepted, and a cause."""
    faulty = models.suite.faulty
    for fault, make, first, seen, words in FAULTS:
        path = models.path(make)
        records = models.run(f"{fault} in {make.__name__}",
                             (1, [f"FAIL first to leave its bound: {first}", "elements are wrong; worst is [",
                                  " is accepted", *seen], *SECOND), "--model", path, plugin=faulty, fault=fault)
        last = list(records.values())[-1] if records else {}
        models.check("its line runs it again", f"--model {path}" in last.get("repro", ""), f"{last}")
        models.run(f"{fault} in its cases", (1, [f"--from-model {path}", *words]), "--from-model", path,
                   plugin=faulty, fault=fault)


def check_ends(models):
    """A node in which the plugin dies or hangs is named as well."""
    path = models.path(model_files.convolutions)
    for fault, words in (("operator-dies", "CRASH"), ("operator-hangs", "HANG")):
        models.run(fault, (1, [f"9 of 11, node flat (Flatten): {words}: ", "bound: node flat (Flatten): ",
                               "8 nodes within"], "node dense"), "--model", path, "--timeout", "3",
                   plugin=models.suite.faulty, fault=fault, operator="Flatten")


# Fault, model, its first wrong node, what is said of that, what is said of its case. A walk has real numbers
# alone, of which the bits hang on the order of summation: it names no cause that only exact data show.
FAULTS = [
    ("matmul-drops-the-last", model_files.attention, "node scores (MatMul)", [],
     ["as if the last term of each sum was dropped"]),
    ("matmul-in-bfloat16", model_files.attention, "node scores (MatMul)",
     ["as if operands were rounded to bfloat16"], ["as if operands were rounded to bfloat16"]),
    ("pads-swapped", model_files.convolutions, "node conv2 (Conv)", [],
     ["as if the padding of begin and end was swapped"]),
]
SECOND = ["node mix", "node conv3"]


def check_broken(models):
    """What is no model is an error in words, and neither a crash nor a pass."""
    whole = open(models.path(model_files.convolutions), "rb").read()
    for name, data in (("empty", b""), ("cut", whole[:len(whole) // 2]), ("noise", bytes(range(256)) * 9),
                       ("text", b"no model\n")):
        path = os.path.join(models.folder, name + ".onnx")
        with open(path, "wb") as file:
            file.write(data)
        for option in ("--model", "--from-model"):
            models.run(f"{option} {name}", (2, [name + ".onnx"]), option, path)
    for option in ("--model", "--from-model"):
        models.run(f"{option} of a file that is not there", (2, ["nothing.onnx"]), option,
                   os.path.join(models.folder, "nothing.onnx"))
        models.run(f"{option} with a loop", (2, ["Loop"]), option, models.path(model_files.loop))


def check_published(models):
    if not os.path.isdir(PUBLISHED):
        print("SKIPPED: published models: libonnx-testdata is not installed")
        return
    for name in PUBLISHED_MODELS:
        models.run(f"published {name}", (0, ["nodes within their bounds"], "SKIPPED"), "--model",
                   os.path.join(PUBLISHED, name, "model.onnx"))


def check_light(models):
    """Real classifiers, whose weights are one number each: the package is small because of it."""
    folder, missing = light_models.fetch(models.suite.build)
    for name in light_models.MODELS:
        if missing:
            print(f"SKIPPED: {name}, of the Python package onnx: {missing}")
            continue
        models.run(f"{name}, walked", (0, ["nodes within their bounds"], "stopped", "UNSUPPORTED"), "--model",
                   os.path.join(folder, name + ".onnx"))


def main():
    with tempfile.TemporaryDirectory() as folder:
        models = Models(Suite.from_arguments(), folder)
        for check in (check_cases, check_sizes, check_left_out, check_walks, check_faults, check_ends, check_broken,
                      check_published, check_light):
            check(models)
    return 0 if models.wrong == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
