#!/usr/bin/env python3
"""Installs what a build has made, moves it elsewhere, and uses it as a stranger would: a project by
find_package, a program and a plugin by pkg-config alone, and `backplane new-plugin`.

  package_test.py BUILD [--host] [--command] [--plugins] [--conformance]
                                                        what the build holds beside the sdk
"""

import functools
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

CONSUMER = Path(__file__).resolve().parent / "consumer"
BUILD = None
PARTS = set()


def run(*command, expect=0, **options):
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                            **options)
    if expect is not None and result.returncode != expect:
        raise AssertionError(f"{' '.join(map(str, command))} -> {result.returncode}\n"
                             f"{result.stdout}{result.stderr}")
    return result.stdout + ("" if expect == 0 else result.stderr)


def needs(part):
    """Decides when the test runs: the command line is read after this file."""
    def wrap(test):
        @functools.wraps(test)
        def wrapped(self):
            if part not in PARTS:
                self.skipTest(f"this build has no {part}")
            test(self)
        return wrapped
    return wrap


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.holder = tempfile.TemporaryDirectory()
        cls.work = Path(cls.holder.name)
        cls.prefix = cls.work / "moved"
        parts = ["sdk"] + [part for part in ("plugins", "conformance") if part in PARTS]
        if PARTS & {"host", "command"}:
            parts += ["host", "Unspecified"]
        for component in parts:
            run("cmake", "--install", BUILD, "--prefix", cls.work / "first", "--component", component)
        (cls.work / "first").rename(cls.prefix)
        cls.environment = {**os.environ,
                           "PKG_CONFIG_PATH": str(cls.prefix / "lib/pkgconfig"),
                           "BACKPLANE_PLUGIN_PATH": ""}

    @classmethod
    def tearDownClass(cls):
        cls.holder.cleanup()

    def build_project(self, source, *options):
        build = Path(tempfile.mkdtemp(dir=self.work))
        run("cmake", "-G", "Ninja", "-S", source, "-B", build, f"-DCMAKE_PREFIX_PATH={self.prefix}",
            *options)
        run("cmake", "--build", build)
        return build

    def symbols(self, library):
        lines = run("nm", "-D", "--defined-only", library).splitlines()
        return [line.split()[-1] for line in lines if line.split()[-2] != "A"]

    def pkg_config(self, *words):
        return run("pkg-config", *words, env=self.environment).split()

    def test_nothing_installed_knows_where_it_was_built(self):
        names = (str(BUILD).encode(), str(self.work / "first").encode())
        for path in self.prefix.rglob("*"):
            if path.is_file() and path.suffix in (".cmake", ".pc", ".json", ".h", ".hpp", ".in"):
                for name in names:
                    self.assertNotIn(name, path.read_bytes(), path)

    def test_a_project_by_find_package(self):
        build = self.build_project(CONSUMER)
        library = build / "lib/backplane/libbp_consumer.so"
        self.assertEqual(self.symbols(library), ["bp_plugin_query"])
        self.assertIn('"id": "com.example.consumer"', library.with_suffix(".json").read_text())
        run("cmake", "--install", build, "--prefix", self.work / "target")
        self.assertTrue((self.work / "target/lib/backplane/libbp_consumer.so").exists())
        if "host" in PARTS:
            self.assertEqual(run(build / "program", library), "-1 2 -3\n")

    def test_a_component_that_is_not_there_is_named(self):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "CMakeLists.txt").write_text(
                "cmake_minimum_required(VERSION 3.25)\nproject(x LANGUAGES C)\n"
                "find_package(Backplane REQUIRED COMPONENTS warp)\n")
            output = run("cmake", "-G", "Ninja", "-S", folder, "-B", f"{folder}/b",
                         f"-DCMAKE_PREFIX_PATH={self.prefix}", expect=1)
            self.assertIn("warp", output)

    def test_a_c_project_without_cpp(self):
        with tempfile.TemporaryDirectory() as folder:
            shutil.copy(self.prefix / "share/backplane/template/hello_plugin.c", folder)
            Path(folder, "CMakeLists.txt").write_text(
                "cmake_minimum_required(VERSION 3.25)\nproject(x LANGUAGES C)\n"
                "find_package(Backplane REQUIRED COMPONENTS plugin)\n"
                "backplane_add_plugin(plain SOURCES hello_plugin.c)\n")
            library = self.build_project(folder) / "lib/backplane/libbp_plain.so"
            self.assertEqual(self.symbols(library), ["bp_plugin_query"])

    def test_a_plugin_by_pkg_config(self):
        library = self.work / "libbp_plain.so"
        pluginmap = self.pkg_config("--variable=pluginmap", "backplane-abi")[0]
        run("gcc", "-std=c11", "-shared", "-fPIC", "-fvisibility=hidden",
            f"-Wl,--version-script={pluginmap}", "-Wl,-z,defs",
            *self.pkg_config("--cflags", "backplane-abi"),
            self.prefix / "share/backplane/template/hello_plugin.c", "-o", library)
        self.assertEqual(self.symbols(library), ["bp_plugin_query"])

    @needs("host")
    def test_a_program_by_pkg_config(self):
        plugin = self.build_project(CONSUMER) / "lib/backplane/libbp_consumer.so"
        program = self.work / "program"
        run("gcc", "-std=c11", CONSUMER / "program.c", "-o", program,
            *self.pkg_config("--cflags", "--libs", "backplane"),
            f"-Wl,-rpath,{self.prefix}/lib")
        self.assertEqual(run(program, plugin), "-1 2 -3\n")

    # `backplane new-plugin`

    def new_plugin(self, *words, expect=0):
        return run(self.prefix / "bin/backplane", "new-plugin", *words, expect=expect,
                   cwd=self.work, env=self.environment)

    def check_new_plugin(self, name, expected_id, *options):
        folder = self.work / f"made_{name}"
        output = self.new_plugin(name, "--dir", folder, *options)
        self.assertIn(expected_id, output)
        for path in folder.rglob("*"):
            if path.is_file():
                self.assertIsNone(re.search(r"@\w+@|org\.backplane|\"hello", path.read_text()), path)
        library = self.build_project(folder) / f"lib/backplane/libbp_{name}.so"
        self.assertEqual(self.symbols(library), ["bp_plugin_query"])
        listed = run(self.prefix / "bin/backplane", "list", "--plugin-path", library.parent,
                     env=self.environment)
        self.assertIn(expected_id, listed)
        if "conformance" in PARTS:
            run(self.prefix / "bin/conformance-run", "--plugin", library, env=self.environment)

    @needs("command")
    def test_a_new_plugin_in_c(self):
        self.check_new_plugin("acme", "com.example.acme")

    @needs("command")
    def test_a_new_plugin_in_cpp(self):
        self.check_new_plugin("acme_two", "com.example.acme-two", "--cpp")

    @needs("command")
    def test_a_folder_that_exists_is_left_alone(self):
        (self.work / "there").mkdir()
        output = self.new_plugin("there", expect=1)
        self.assertIn("there is there already", output)
        self.assertEqual(list((self.work / "there").iterdir()), [])

    @needs("command")
    def test_impossible_names_are_refused_in_words(self):
        for name, words in [("Acme", "begin with a letter from a to z"), ("9lives", "begin with"),
                            ("ac-me", "small letters, digits and _"), ("a/../b", "small letters"),
                            ("a" * 41, "1 to 40 characters"), ("", "1 to 40 characters")]:
            self.assertIn(words, self.new_plugin(name, expect=2))
        self.assertIn("name", self.new_plugin(expect=2))


if __name__ == "__main__":
    words = sys.argv[1:]
    PARTS = {word[2:] for word in words if word.startswith("--")}
    BUILD = Path(words[0]).resolve()
    sys.exit(unittest.main(argv=sys.argv[:1]))
