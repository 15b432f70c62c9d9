#!/usr/bin/env python3
"""Today's plugins and host against an ABI to come: every growing struct has one field more, the minor
version is one higher (next/next_headers.py). Under a host of that ABI all plugins of today add
rightly, kept ones too; its plugins are refused in words by today's host, and with today's version
number (`longer`) they are served, and judged as those of today are."""
import json
import os
import platform
import re
import subprocess
import sys
from pathlib import Path

import onnx_file
from kept_test import DATA, HERE, MACHINE, Kept, kept_binaries
from suite import FAILURES, Suite

ROOT = Path(HERE).parents[1]
sys.path[:0] = [str(ROOT / "sdk/tools"), os.path.join(HERE, "next")]
import abi_layout  # noqa: E402
import next_headers  # noqa: E402

GIVEN = {"bp_host", "bp_node", "bp_rt_config", "bp_rt_run_config"}  # by the program itself
UNUSED = {"bp_pass_info", "bp_graph_pass_api"}  # no host runs passes yet
TO_COME = "to-come"  # the devices of plugins to come
SKIPPED = 77
REFUSED = 3
MARKED = "the plugin has seen the mark in the host, the mark in a node"
UNMARKED = "the plugin has seen nothing in the host, nothing in a node"
# What next_headers.py must not take for a header without growing structs.
NOT_UNDERSTOOD = ["typedef struct bp_x\n{\n  uint32_t struct_size;\n} bp_x_t;\n",
                  "struct bp_x {\n  uint32_t struct_size; /* of it */ uint32_t more;\n};\n"
                  "struct other {\n  uint32_t struct_size;\n};\n",
                  "typedef struct bp_x { uint32_t struct_size; } bp_x_t;\n"]


class Problems:
    def __init__(self):
        self.count = 0

    def need(self, holds, text):
        if not holds:
            self.count += 1
            print(f"WRONG  {text}")


class Age:
    """The sizes of the growing structs in a folder of headers, and the version there."""

    def __init__(self, include):
        self.layout = abi_layout.dump(include)
        lines = [line for of_header in self.layout.values() for line in of_header]
        self.sizes = {name: size for name, (kind, size) in abi_layout.structs(lines).items()
                      if kind == "growing"}
        macros = dict(line.split(" ")[1:3] for line in lines if line.startswith("macro "))
        self.abi = f"{macros['BP_ABI_MAJOR']}.{macros['BP_ABI_MINOR']}"


class Test:
    def __init__(self, suite):
        self.suite, self.problems = suite, Problems()
        self.folder = Path(suite.build).resolve() / "selftest/next"
        self.today = Age(ROOT / "sdk/include")
        self.next = Age(self.folder / "next")
        self.told = set()  # the structs that a program to come has used

    def need(self, holds, text):
        self.problems.need(holds, text)

    def to_come(self, name, kind):
        return str(self.folder / f"libbp_{name}_{kind}.so")

    # ---- The headers ----

    def check_headers(self):
        breaks, _ = abi_layout.check(self.today.layout, self.next.layout)
        self.need(not breaks, f"the headers to come break those of today: {breaks}")
        for name, size in self.today.sizes.items():
            self.need(self.next.sizes.get(name) == size + 8, f"{name} is not longer in next/")
        include = ROOT / "sdk/include/backplane"
        found = set(next_headers.all_growing(include))
        drafts = {name for path in include.glob("ext/**/*.h")
                  for name in next_headers.growing_structs(path.read_text(encoding="utf-8"), path)}
        self.need(found == set(self.today.sizes) | drafts,
                  f"next_headers.py and abi_layout.py differ about {found ^ set(self.today.sizes)}")
        for text in NOT_UNDERSTOOD:
            self.need(not is_understood(text), f"next_headers.py takes this as it is: {text}")
        print(f"       {len(found)} growing structs, each longer by a field in ABI {self.next.abi}")

    # ---- Programs ----

    def run(self, program, *arguments, fault=""):
        """With BACKPLANE_CHECK, so that the checks of the host meet these structs, too."""
        environment = dict(os.environ, BACKPLANE_FAULT=fault, BACKPLANE_CHECK="1",
                           BACKPLANE_NEXT_TELLS="1")
        done = subprocess.run([str(self.folder / program), *arguments], env=environment, text=True,
                              capture_output=True, timeout=120)
        return done.returncode, done.stdout + done.stderr

    def check_sizes(self, label, text, program, plugin):
        """`program` and `plugin`: the ages on both sides. What the runtime gives is of today."""
        for name, size, known in re.findall(r"^struct (\w+): (\d+) of (\d+) bytes$", text, re.M):
            if name not in self.today.sizes:
                continue  # of a draft
            of_runtime = name.startswith("bp_rt_") or name in ("bp_graph_view", "bp_value_info")
            giver = program if name in GIVEN else self.today if of_runtime else plugin
            self.need(int(size) == giver.sizes[name] and int(known) == program.sizes[name],
                      f"{label}: {name} has {size} of {known} bytes")
        if program is self.next:
            self.told |= set(re.findall(r"^struct (\w+):", text, re.M))

    def check_served(self, program, arguments, ages, words=""):
        """`ages`: that of the program's headers, that of the plugin's."""
        label = f"{program} {' '.join('/'.join(Path(word).parts[-2:]) for word in arguments)}"
        code, text = self.run(program, *arguments)
        if code == SKIPPED:
            print(f"skip   {label}: {text.splitlines()[-1]}")
            return
        self.need(code == 0 and "Add is right" in text and words in text,
                  f"{label}: exit code {code}: {text}")
        self.check_sizes(label, text, *ages)
        print(f"       {label}: exit code {code}")

    def check_programs(self):
        kept = [os.path.join(HERE, "kept", label) for label in kept_binaries()]
        of_today = [*(self.suite.shipped(name) for name in ("cpu", "opencl", "hello", "hello_cpp")),
                    os.path.join(self.suite.build, "selftest", "libbp_checking.so"),
                    *(kept if platform.machine() == MACHINE else [])]
        for plugin in of_today:
            self.check_served("next_host", [plugin], (self.next, self.today))
        for name in ("hello", "hello_cpp", "checking"):
            self.check_served("next_host", [self.to_come(name, "next")], (self.next, self.next),
                              MARKED)
        for name in ("hello", "hello_cpp"):
            self.check_served("next_host", [self.to_come(name, "longer")], (self.next, self.next),
                              MARKED)
            self.check_served("today_host", [self.to_come(name, "longer")],
                              (self.today, self.next), UNMARKED)
            self.check_refused(name)
        self.check_applications()

    def check_applications(self):
        checking = os.path.join(self.suite.build, "selftest", "libbp_checking.so")
        for plugin, selector in ((self.suite.cpu, "cpu"), (checking, "checking:1")):
            self.check_served("next_app", [plugin, selector], (self.next, self.today))
        self.check_served("today_app", [self.to_come("hello", "longer"), TO_COME],
                          (self.today, self.next))
        unused = set(self.next.sizes) - self.told
        self.need(unused == UNUSED, f"not used by any program to come: {sorted(unused)}")

    def check_refused(self, name):
        code, text = self.run("today_host", self.to_come(name, "next"))
        self.need(code == REFUSED and self.names_both(text),
                  f"today_host with {name}_next: exit code {code}: {text}")

    def names_both(self, text):
        return self.today.abi in text and self.next.abi in text

    # ---- Today's own programs ----

    def verdicts(self, plugin):
        _, text, records = self.suite.run(plugin)
        self.need(records, f"conformance-run of {plugin} says nothing: {text}")
        return {at: record["verdict"] for at, record in records.items()}

    def check_judged_alike(self, name):
        before = self.verdicts(self.suite.shipped(name))
        after = self.verdicts(self.to_come(name, "longer"))
        differ = {at: (before.get(at), after.get(at)) for at in before.keys() | after.keys()
                  if before.get(at) != after.get(at)}
        bad = [at for at, verdict in after.items() if verdict in FAILURES]
        self.need(not differ and not bad, f"{name} is judged otherwise as {name}_longer: {differ} {bad}")
        passed = sum(verdict == "PASS" for verdict in after.values())
        print(f"       conformance-run {name}_longer: {len(after)} cases, {passed} pass, as of {name}")

    def check_not_judged(self, name):
        code, text, _ = self.suite.run(self.to_come(name, "next"), "--filter", "load/*")
        self.need(code != 0 and self.names_both(text),
                  f"conformance-run of {name}_next: exit code {code}: {text[-500:]}")

    def listed(self, plugin):
        found = Kept(self.suite, plugin, plugin).backplane("list", "--json") or '{"plugins": []}'
        return [entry for entry in json.loads(found)["plugins"] if entry["path"] == plugin]

    def check_listed(self, name):
        longer, later = (self.listed(self.to_come(name, kind)) for kind in ("longer", "next"))
        self.need([entry["is_used"] for entry in longer] == [True], f"backplane list: {longer}")
        self.need([entry["is_used"] for entry in later] == [False] and
                  self.names_both(json.dumps(later)), f"backplane list: {later}")

    def check_model(self, name):
        plugin = Kept(self.suite, name, self.to_come(name, "longer"))
        data = os.path.join(DATA, "test_add_bcast", "test_data_set_0")
        inputs = {key: os.path.join(data, f"input_{i}.pb") for i, key in enumerate("xy")}
        plugin.check_model(TO_COME, os.path.join(DATA, "test_add_bcast", "model.onnx"), inputs,
                           onnx_file.raw_data(os.path.join(data, "output_0.pb")), "test_add_bcast")
        self.need(not plugin.problems, f"{name}_longer: {plugin.problems}")

    def check_todays_programs(self):
        for name in ("hello", "hello_cpp"):
            self.check_listed(name)
            self.check_model(name)
            self.check_not_judged(name)
            self.check_judged_alike(name)

    # ---- What must be caught ----

    def check_caught(self):
        one_size = os.path.join(self.suite.build, "selftest", "libbp_demands_one_size.so")
        for plugin, fault, wanted in (
                (self.suite.faulty, "", "Add is right"),
                (one_size, "", "is not what this was built with"),
                (self.suite.faulty, "demands-one-node-size", "a node of another size"),
                (self.suite.faulty, "takes-one-minor-alone", "refused by the plugin")):
            code, text = self.run("next_host", plugin, fault=fault)
            is_honest = wanted == "Add is right"
            self.need((code == 0) == is_honest and wanted in text,
                      f"next_host with {fault or os.path.basename(plugin)}: {code}: {text}")


def is_understood(text):
    try:
        return bool(next_headers.growing_structs(text, "a planted header"))
    except next_headers.Mistake:
        return False


def main():
    test = Test(Suite.from_arguments())
    test.check_headers()
    test.check_programs()
    test.check_caught()
    test.check_todays_programs()
    print(f"{test.problems.count} problems")
    return 1 if test.problems.count else 0


if __name__ == "__main__":
    sys.exit(main())
