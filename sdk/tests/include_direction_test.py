#!/usr/bin/env python3
"""Plants includes in a tree of its own and asks include_direction.py about them."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TOOL = Path(__file__).resolve().parents[1] / "tools/include_direction.py"


class IncludeDirection(unittest.TestCase):
    def run_on(self, files):
        with tempfile.TemporaryDirectory() as folder:
            for path, text in files.items():
                (Path(folder) / path).parent.mkdir(parents=True, exist_ok=True)
                (Path(folder) / path).write_text(text)
            result = subprocess.run([TOOL, "--root", folder], capture_output=True, text=True)
            self.assertNotIn("Traceback", result.stderr)
            return result.returncode, result.stdout

    def assert_allowed(self, path, include):
        self.assertEqual(self.run_on({path: f"#include {include}\n"}), (0, ""))

    def assert_refused(self, path, include, words):
        code, output = self.run_on({path: f"// first line\n#include {include}\n"})
        self.assertEqual(code, 1)
        self.assertIn(f"{path}:2: {include[1:-1]} {words}", output)

    def test_the_layers_of_the_host(self):
        self.assert_allowed("sdk/src/loader/a.cpp", '"support/status.hpp"')
        self.assert_allowed("sdk/src/memory/a.cpp", '"loader/device.hpp"')
        self.assert_allowed("sdk/src/onnx/a.cpp", '"graph/graph.hpp"')
        self.assert_refused("sdk/src/support/a.cpp", '"loader/device.hpp"', "is above support/")
        self.assert_refused("sdk/src/ops/a.hpp", '"graph/graph.hpp"', "is above ops/")
        self.assert_refused("sdk/src/exec/a.cpp", '"runtime/rt.hpp"', "is above exec/")
        self.assert_refused("sdk/src/exec/a.cpp", '"plugins/cpu/src/x.hpp"', "is above sdk/src")
        self.assert_refused("sdk/src/ops/a.cpp", '"../graph/graph.hpp"', "leads out of sdk/src/ops/")

    def test_no_circle_within_a_layer(self):
        code, output = self.run_on({"sdk/src/loader/a.cpp": '#include "check/layer.hpp"\n',
                                    "sdk/src/check/a.cpp": '#include "memory/pool.hpp"\n',
                                    "sdk/src/memory/a.cpp": '#include "loader/device.hpp"\n'})
        self.assertEqual(code, 1)
        self.assertIn("sdk/src/check and sdk/src/loader include each other", output)

    def test_plugins_see_the_abi_alone(self):
        self.assert_allowed("plugins/cpu/src/a.cpp", "<backplane/kernel.h>")
        self.assert_allowed("plugins/cpu/src/a.cpp", "<backplane/plugin.hpp>")
        self.assert_allowed("plugins/cpu/src/a.cpp", "<backplane/plugin/node.hpp>")
        self.assert_allowed("plugins/cpu/src/kernels/a.cpp", '"../device.hpp"')
        self.assert_refused("plugins/cpu/src/a.cpp", "<backplane/runtime.h>", "belongs to the host")
        self.assert_refused("plugins/cpu/src/a.cpp", '"support/status.hpp"', "belongs to the host")
        self.assert_refused("plugins/cpu/src/a.cpp", '"../../opencl/src/a.hpp"',
                            "leads out of plugins/cpu/")

    def test_public_headers(self):
        self.assert_allowed("sdk/include/backplane/a.h", "<backplane/base.h>")
        self.assert_allowed("sdk/include/backplane/a.h", "<stdint.h>")
        self.assert_allowed("sdk/include/backplane/a.hpp", "<string>")
        self.assert_refused("sdk/include/backplane/a.h", "<stdio.h>", "is neither an ABI header")
        self.assert_refused("sdk/include/backplane/a.h", '"base.h"', "is in quotes")
        self.assert_refused("sdk/include/backplane/a.hpp", "<fmt/format.h>", "is no header of C++")

    def test_libraries_behind_one_file(self):
        self.assert_allowed("sdk/src/loader/library.cpp", "<boost/dll.hpp>")
        self.assert_refused("sdk/src/loader/plugin.cpp", "<boost/dll.hpp>", "is reserved: Boost.DLL")
        self.assert_allowed("sdk/src/onnx/proto.cpp", "<google/protobuf/message_lite.h>")
        self.assert_refused("sdk/src/graph/a.cpp", "<google/protobuf/message_lite.h>", "is reserved")
        self.assert_allowed("plugins/cpu/src/dnnl_bridge.cpp", "<oneapi/dnnl/dnnl.hpp>")
        self.assert_allowed("conformance/perf/direct_rows.cpp", "<dnnl.hpp>")
        self.assert_refused("conformance/perf/operation.cpp", "<dnnl.hpp>", "is reserved: oneDNN")
        self.assert_refused("plugins/cpu/src/kernels/conv.cpp", "<dnnl.hpp>", "is reserved: oneDNN")
        self.assert_refused("sdk/src/loader/a.cpp", "<CLI/CLI.hpp>", "is reserved: CLI11")

    def test_tests_of_a_plugin_from_outside_use_the_hosts_c_api(self):
        for header in ("<backplane/runtime.h>", "<backplane/runtime.hpp>"):
            self.assert_allowed("plugins/cpu/tests/host.cpp", header)
            self.assert_refused("plugins/cpu/src/add_test.cpp", header, "")
        self.assert_refused("plugins/cpu/tests/host.cpp", '"loader/device.hpp"',
                            "belongs to the host")

    def test_conformance(self):
        self.assert_allowed("conformance/run/a.cpp", '"loader/plugin.hpp"')
        self.assert_allowed("conformance/ops/a.cpp", '"ops/reference.hpp"')
        self.assert_refused("conformance/compare/a.cpp", '"support/status.hpp"',
                            "belongs to the host; oracle and comparator")
        self.assert_refused("conformance/run/a.cpp", '"exec/plan.hpp"', "is not for conformance")
        self.assert_refused("conformance/run/a.cpp", '"plugins/cpu/src/half.hpp"',
                            "belongs to a plugin")


if __name__ == "__main__":
    sys.exit(unittest.main())
