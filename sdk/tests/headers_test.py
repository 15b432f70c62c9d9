#!/usr/bin/env python3
"""Every public header compiles alone and included twice, in each language that it promises, with
gcc and clang; names follow the scheme; the whole stays within its budget."""

import shutil
import subprocess
import sys
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

SDK = Path(__file__).resolve().parents[1]
INCLUDE = SDK / "include"
WARNINGS = "-Wall -Wextra -Wpedantic -Werror".split()
COMPILERS = [("gcc", "g++"), ("clang-14", "clang++-14")]


def compile_text(compiler, language, standard, text):
    command = [compiler, f"-std={standard}", *WARNINGS, f"-I{INCLUDE}", "-fsyntax-only",
               f"-x{language}", "-"]
    result = subprocess.run(command, input=text, capture_output=True, text=True)
    return None if result.returncode == 0 else f"{' '.join(command)}\n{text}{result.stderr}"


def jobs():
    """(compiler, language, standard, text) for every header."""
    for header in sorted(INCLUDE.rglob("*.h*")):
        name = header.relative_to(INCLUDE)
        text = f"#include <{name}>\n#include <{name}>\nextern int nothing;\n"
        for c, cpp in COMPILERS:
            if header.suffix == ".h":
                yield c, "c", "c11", text
            for standard in ("c++17", "c++20"):
                yield cpp, "c++", standard, text


def naming_errors(include):
    headers = sorted((include / "backplane").rglob("*.h"))
    result = subprocess.run(["clang-tidy-14", "--quiet", f"--header-filter={include}/.*",
                             *map(str, headers), "--", "-std=c11", f"-I{include}"],
                            capture_output=True, text=True)
    return [line for line in result.stdout.splitlines() if "error:" in line]


class Headers(unittest.TestCase):
    def test_compile_alone_and_included_twice(self):
        found = list(jobs())
        self.assertGreater(len(found), 60)
        with ThreadPoolExecutor(2) as pool:
            for failure in pool.map(lambda job: compile_text(*job), found):
                if failure:
                    self.fail(failure)

    def test_a_header_that_lacks_an_include_would_be_seen(self):
        self.assertIsNotNone(compile_text("gcc", "c", "c11", "extern bp_status_t nothing;\n"))

    def test_names_follow_the_scheme(self):
        self.assertEqual(naming_errors(INCLUDE), [])

    def test_a_name_outside_the_scheme_is_seen(self):
        for wrong, words in [("typedef struct BpFoo BpFoo_t;", "typedef 'BpFoo_t'"),
                             ("enum bp_foo_values { BP_Foo = 1 };", "enum constant 'BP_Foo'"),
                             ("struct bp_foo { int badName; };", "member 'badName'"),
                             ("void queryIt(void);", "function 'queryIt'")]:
            with tempfile.TemporaryDirectory() as folder:
                include = Path(folder) / "include"
                shutil.copytree(INCLUDE, include)
                path = include / "backplane/memory.h"
                text = path.read_text()
                mark = "typedef uint32_t bp_memory_kind_t;"
                self.assertIn(mark, text)
                path.write_text(text.replace(mark, f"{wrong}\n{mark}"))
                self.assertIn(words, "\n".join(naming_errors(include)))

    def test_the_core_is_within_its_budget(self):
        self.assertEqual(self.budget(INCLUDE), 0)

    def test_a_core_over_its_budget_is_seen(self):
        with tempfile.TemporaryDirectory() as folder:
            include = Path(folder) / "include"
            shutil.copytree(INCLUDE, include)
            path = include / "backplane/graph.h"
            path.write_text(path.read_text() + "/* more */\n" * 900)
            self.assertEqual(self.budget(include), 1)

    @staticmethod
    def budget(include):
        command = [SDK / "tools/header_budget.py", "--include", include]
        return subprocess.run(command, capture_output=True).returncode


if __name__ == "__main__":
    sys.exit(unittest.main())
