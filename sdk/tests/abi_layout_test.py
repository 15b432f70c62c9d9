#!/usr/bin/env python3
"""Changes copies of the headers and asks abi_layout.py --check for its verdict on each change."""

import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SDK = Path(__file__).resolve().parents[1]
TOOL = SDK / "tools/abi_layout.py"


class AbiLayout(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.golden = Path(cls.folder.name) / "golden.txt"
        subprocess.run([TOOL, "--golden", cls.golden, "--update"], check=True)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def check(self, *changes):
        """Applies (header, old text, new text) changes to a copy; returns (exit code, output)."""
        with tempfile.TemporaryDirectory() as folder:
            include = Path(folder) / "include"
            shutil.copytree(SDK / "include", include)
            for header, old, new in changes:
                path = include / "backplane" / header
                text = path.read_text()
                self.assertEqual(text.count(old), 1, f"{old!r} is not in {header} once")
                path.write_text(text.replace(old, new))
            result = subprocess.run([TOOL, "--include", include, "--golden", self.golden, "--check"],
                                    capture_output=True, text=True)
            return result.returncode, result.stdout + result.stderr

    def assert_passes(self, *changes):
        code, output = self.check(*changes)
        self.assertEqual(code, 0, output)
        return output

    def assert_fails(self, line, *changes):
        code, output = self.check(*changes)
        self.assertEqual(code, 1, output)
        self.assertIn(line, output)
        self.assertNotIn("Traceback", output)

    @staticmethod
    def minor(step):
        now = int(re.search(r"BP_ABI_MINOR (\d+)u", (SDK / "include/backplane/base.h").read_text())[1])
        return f"BP_ABI_MINOR {now}u", f"BP_ABI_MINOR {now + step}u"

    def test_nothing_changed(self):
        self.assertEqual(self.assert_passes(), "")

    # What may be added.

    def test_a_field_appended_to_a_growing_struct(self):
        self.assert_passes(("kernel.h", "  const bp_argument_flags_t* outputs; /* one",
                            "  const bp_argument_flags_t* outputs;\n  uint64_t added; /* one"))

    def test_a_function_appended_to_a_table(self):
        self.assert_passes(("plugin.h", "  void (*unload)(void);",
                            "  void (*unload)(void);\n  void (*added)(int32_t argument);"))

    def test_an_enum_constant_added(self):
        self.assert_passes(("tensor.h", "  BP_DTYPE_INT4 = 22", "  BP_DTYPE_INT4 = 22,\n"
                            "  BP_DTYPE_ADDED = 99"))

    def test_a_status_added(self):
        self.assert_passes(("base.h", '"not done, because the caller withdrew it")',
                            '"not done, because the caller withdrew it") X(ADDED, 10, "new")'))

    def test_a_struct_and_a_macro_added(self):
        self.assert_passes(("stream.h", "typedef uint32_t bp_stream_flags_t;",
                            "#define BP_ADDED 3\ntypedef struct bp_added { int32_t a; } bp_added_t;\n"
                            "typedef uint32_t bp_stream_flags_t;"))

    def test_the_next_minor(self):
        self.assert_passes(("base.h", *self.minor(1)))

    # What breaks.

    def test_another_minor_than_the_next(self):
        for step in (-1, 2):
            self.assert_fails("changed: macro BP_ABI_MINOR", ("base.h", *self.minor(step)))

    def test_a_field_appended_to_a_frozen_struct(self):
        self.assert_fails("a field was added to a frozen struct: bp_tensor.added",
                          ("tensor.h", "  const void* host;       /*",
                           "  const void* host;\n  uint64_t added; /*"))

    def test_a_field_inserted_in_the_middle(self):
        self.assert_fails("changed: bp_host.log 32 8",
                          ("host.h", "  void (*explain)(",
                           "  void (*added)(void);\n  void (*explain)("))

    def test_a_field_put_into_a_hole(self):
        self.assert_fails("a field was added, but not at the end: bp_host.added 12 4 uint32_t",
                          ("host.h", "  void* self;       /*", "  uint32_t added;\n  void* self; /*"))

    def test_two_fields_reordered(self):
        self.assert_fails("changed: bp_version.major",
                          ("base.h", "  uint32_t major;\n  uint32_t minor;",
                           "  uint32_t minor;\n  uint32_t major;"))

    def test_the_type_of_a_field_changed_at_equal_size(self):
        self.assert_fails("changed: bp_option.value 8 8 const char*",
                          ("base.h", "  const char* value;", "  const uint8_t* value;"))

    def test_a_parameter_changed(self):
        self.assert_fails("changed: bp_memory_api.buffer_create",
                          ("memory.h", "bp_memory_kind_t kind, uint64_t size,",
                           "bp_memory_kind_t kind, uint32_t size,"))

    def test_a_parameter_added(self):
        self.assert_fails("changed: bp_stream_api.event_signal",
                          ("stream.h", "(*event_signal)(bp_event_t* event,",
                           "(*event_signal)(bp_event_t* event, uint32_t added,"))

    def test_a_result_changed(self):
        self.assert_fails("changed: bp_kernel_api.kernel_destroy",
                          ("kernel.h", "void (*kernel_destroy)", "bp_status_t (*kernel_destroy)"))

    def test_a_field_removed(self):
        self.assert_fails("gone: bp_plugin.unload", ("plugin.h", "  void (*unload)(void);", ""))

    def test_a_field_renamed(self):
        self.assert_fails("gone: bp_plugin.vendor",
                          ("plugin.h", "const char* vendor; ", "const char* maker; "))

    def test_the_value_of_an_enum_constant_changed(self):
        self.assert_fails("changed: enum bp_dtype_values.BP_DTYPE_BOOL 9",
                          ("tensor.h", "BP_DTYPE_BOOL = 9", "BP_DTYPE_BOOL = 8"))

    def test_an_enum_constant_removed(self):
        self.assert_fails("gone: enum bp_device_kind_values.BP_DEVICE_NPU",
                          ("plugin.h", "  BP_DEVICE_GPU = 2,\n  BP_DEVICE_NPU = 3",
                           "  BP_DEVICE_GPU = 2"))

    def test_padding_at_the_end_of_a_growing_struct(self):
        self.assert_fails("struct bp_plugin: padding at its end",
                          ("plugin.h", "  void (*unload)(void);",
                           "  void (*unload)(void);\n  uint32_t added;"))

    def test_a_growing_struct_embedded_by_value(self):
        self.assert_fails("a growing struct is never embedded by value",
                          ("plugin.h", "  void (*unload)(void);",
                           "  void (*unload)(void);\n  bp_device_info_t added;"))

    def test_a_growing_struct_made_frozen(self):
        self.assert_fails("gone: bp_kernel_info.struct_size",
                          ("kernel.h", "typedef struct bp_kernel_info {\n  uint32_t struct_size;",
                           "typedef struct bp_kernel_info {\n  uint32_t size;"))

    def test_a_macro_changed(self):
        self.assert_fails("changed: macro BP_MAX_RANK 8",
                          ("tensor.h", "#define BP_MAX_RANK 8u", "#define BP_MAX_RANK 9u"))

    def test_a_typedef_widened(self):
        self.assert_fails("changed: typedef bp_handle_kind_t uint32_t",
                          ("memory.h", "typedef uint32_t bp_handle_kind_t;",
                           "typedef uint64_t bp_handle_kind_t;"))

    def test_the_exported_function_changed(self):
        self.assert_fails("changed: function bp_plugin_query",
                          ("plugin.h", "BP_EXPORT const bp_plugin_t* bp_plugin_query(const bp_host_t* host);",
                           "BP_EXPORT const bp_plugin_t* bp_plugin_query(bp_host_t* host);"))

    # Outside the promise, and outside of C.

    def test_a_change_of_graph_only_warns(self):
        output = self.assert_passes(("graph.h", "  uint32_t consumer_count;\n", ""),
                                    ("graph.h", "  uint32_t reserved; /* 0 */\n} bp_value_info_t;",
                                     "} bp_value_info_t;"))
        self.assertIn("warning: graph.h: gone: bp_value_info.consumer_count", output)

    def test_a_header_that_does_not_compile_is_named(self):
        code, output = self.check(("host.h", "typedef int32_t bp_log_level_t;", "typedef oops;"))
        self.assertEqual(code, 1)
        self.assertIn("host.h", output)
        self.assertNotIn("Traceback", output)


if __name__ == "__main__":
    sys.exit(unittest.main())
