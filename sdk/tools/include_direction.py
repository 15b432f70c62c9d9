#!/usr/bin/env python3
"""Who may include whom: reads every #include line of the tree and names those that break a rule.

  include_direction.py [--root DIR]

The rules are the tables below; CONTRIBUTING.md has them in words.
"""

import argparse
import posixpath
import re
import sys
from collections import defaultdict
from pathlib import Path

# Folders of sdk/src in layers; a folder may include its own layer and those before it, and within
# one layer no circle may arise.
LAYERS = [["support"], ["loader", "check", "memory", "stream"], ["ops"], ["graph"], ["pass"],
          ["onnx", "exec"], ["runtime"]]
RANK = {folder: rank for rank, layer in enumerate(LAYERS) for folder in layer}

# Tests, and what is there for them alone.
TEST_FILE = r"(_(test|benchmark|fuzz)\.(cpp|c)|/(test|testing|fake)_\w+\.(hpp|cpp))$"
TESTS = re.compile(rf"{TEST_FILE}|/tests/")

# Libraries that stay behind one file or folder: (include, files that may, what they are called).
BEHIND = [
    (r"google/protobuf/|.*\.pb\.h$|onnx/onnx", rf"sdk/src/onnx/|.*{TEST_FILE}",
     "protobuf: sdk/src/onnx"),
    (r"onnx/defs/", rf"sdk/src/ops/function_bodies/|.*{TEST_FILE}",
     "libonnx: sdk/src/ops/function_bodies, a step of the build"),
    (r"boost/dll", r"sdk/src/loader/library\.", "Boost.DLL: sdk/src/loader/library"),
    (r"(lib|g)?elf\.h$", r"sdk/src/loader/elf_file", "libelf: sdk/src/loader/elf_file"),
    (r"(oneapi/)?dnnl", rf"plugins/cpu/src/dnnl_bridge\.|plugins/cpu/tests/|conformance/perf/direct_|plugins/opencl/.*{TEST_FILE}",
     "oneDNN: plugins/cpu/src/dnnl_bridge"),
    (r"CLI/", r"sdk/tools/|conformance/command/options\.", "CLI11: the two commands' options"),
]

# What conformance-run may see of the host; its oracle and comparator see nothing of it.
FOR_CONFORMANCE = {"support", "loader", "check", "onnx", "graph", "ops", "pass"}
ORACLE = ("conformance/ops/", "conformance/compare/")


def includes(path):
    """(line number, included name, is it in quotes) of each #include of a file."""
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*([<"])([^">]+)[">]', line)
        if match:
            yield number, match[2], match[1] == '"'


def source_files(root):
    for folder in ("sdk", "plugins", "conformance"):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in (".h", ".hpp", ".c", ".cpp"):
                yield path


def sdk_folder(name, is_quoted):
    """The folder of sdk/src that an include such as "loader/device.hpp" names, or None."""
    first = name.split("/")[0]
    return first if is_quoted and "/" in name and first in RANK else None


def is_abi(name):
    return re.fullmatch(r"backplane/(?!runtime)[\w/-]+\.(h|hpp)", name) is not None


def complain_about(file, name, is_quoted):
    """Why this file may not include this name, or None."""
    for pattern, allowed, words in BEHIND:
        if re.match(pattern, name) and not re.match(allowed, file):
            return f"is reserved: {words} alone includes it"
    if "../" in name:
        return complain_about_dots(file, name)
    if file.startswith("sdk/include/"):
        return complain_about_header(file, name, is_quoted)
    if file.startswith("plugins/"):
        return complain_about_plugin(file, name, is_quoted)
    if file.startswith("sdk/src/"):
        return complain_about_host(file, name, is_quoted)
    if file.startswith("conformance/"):
        return complain_about_conformance(file, name, is_quoted)
    return None


def complain_about_dots(file, name):
    part = "/".join(file.split("/")[:3 if file.startswith("sdk/") else 2]) + "/"
    if not posixpath.normpath(posixpath.join(posixpath.dirname(file), name)).startswith(part):
        return f"leads out of {part}"
    return None


def complain_about_header(file, name, is_quoted):
    if is_quoted:
        return "is in quotes; public headers use <backplane/...>"
    if file.endswith(".h") and not re.match(r"backplane/[\w/-]+\.h$|std(def|int)\.h$", name):
        return "is neither an ABI header nor <stddef.h>, <stdint.h>"
    if file.endswith(".hpp") and "/" in name and not name.startswith("backplane/"):
        return "is no header of C++ or Backplane"
    return None


def complain_about_plugin(file, name, is_quoted):
    # What is tried from the outside, through the host's C API, is in a folder of its own.
    if re.match(r"plugins/\w+/tests/", file) and re.fullmatch(r"backplane/runtime\.hp?p?", name):
        return None
    if sdk_folder(name, is_quoted) or name.startswith("conformance/") or name == "backplane/runtime.h":
        return "belongs to the host; a plugin sees the ABI headers and plugin.hpp"
    if name.startswith("backplane/") and not is_abi(name):
        return "is no ABI header; a plugin sees those and plugin.hpp"
    return None


def complain_about_host(file, name, is_quoted):
    own, other = file.split("/")[2], sdk_folder(name, is_quoted)
    if name.startswith(("conformance/", "plugins/")):
        return "is above sdk/src"
    if other and own in RANK and RANK[other] > RANK[own]:
        return f"is above {own}/; the order is " + " < ".join(", ".join(x) for x in LAYERS)
    return None


def complain_about_conformance(file, name, is_quoted):
    other = sdk_folder(name, is_quoted)
    # A folder of conformance/ may have the name of one of sdk/src; its own comes first.
    if other == "ops" and file.startswith("conformance/ops/"):
        return None
    if other and file.startswith(ORACLE) and not TESTS.search(file):
        return "belongs to the host; oracle and comparator see none of it"
    if other and other not in FOR_CONFORMANCE:
        return f"is not for conformance; it sees {', '.join(sorted(FOR_CONFORMANCE))}"
    if name.startswith("plugins/"):
        return "belongs to a plugin; conformance talks to plugins through the ABI"
    return None


def circles(edges):
    """Pairs of folders of one layer that include each other, straight or through others."""
    reach = {folder: set(edges[folder]) for folder in RANK}
    for _ in RANK:
        for folder in RANK:
            reach[folder] |= {far for near in reach[folder] for far in edges[near]}
    return sorted((a, b) for a in RANK for b in reach[a] if a < b and a in reach[b])


def find_mistakes(root):
    edges = defaultdict(set)
    for path in source_files(root):
        file = path.relative_to(root).as_posix()
        for number, name, is_quoted in includes(path):
            words = complain_about(file, name, is_quoted)
            if words:
                yield f"{file}:{number}: {name} {words}"
            folder = sdk_folder(name, is_quoted)
            if file.startswith("sdk/src/") and folder and not TESTS.search(file):
                own = file.split("/")[2]
                if own in RANK and own != folder:
                    edges[own].add(folder)
    for a, b in circles(edges):
        yield f"sdk/src/{a} and sdk/src/{b} include each other"


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[2])
    mistakes = list(find_mistakes(parser.parse_args().root))
    for mistake in mistakes:
        print(f"error: {mistake}")
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
