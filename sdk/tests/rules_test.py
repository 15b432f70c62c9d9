#!/usr/bin/env python3
"""rules.py on small trees, each with one thing right or wrong."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TOOL = Path(__file__).resolve().parents[1] / "tools/rules.py"

HEADER = """/* memory.h - about memory. A range outside is INVALID_ARGUMENT. [BP-MEM-1]
 * Then comes more, with no id.
 *
 * Ownership:
 *   handles    differ from every live one, also
 *              across threads. [BP-MEM-2] They come in any order.
 *   [any-thread]   may be called from several threads.
 */
struct bp_x { int field; /* says "Fails:" and [optional] add to these. [BP-MEM-3] */ };
/* Frees it. [any-thread] [may-block]
 * The host MUST NOT use it afterwards. [BP-HOST-1] [any-thread] */
"""
CASES = """
const AbiCase kCases[] = {
    {"memory/out-of-range", "BP-MEM-1", "is refused", range},
    {"memory/two", "BP-MEM-1,"
                   "BP-MEM-2",
     "differ", two},
    {"memory/free", "", "has no rule", three},
    {"table/other", "not a list of rules", "so it is none", 4},
};
"""
TEST = """
// proves BP-HOST-1
TEST(Host, DoesNotUseIt) {}
"""
NOTES = "# why\nBP-MEM-3 due: the next level\n"
FAULTS = "# faults\nwrong-range | M1 | BP-MEM-1 | memory/out-of-range | takes every range\n"


class Rules(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.root = Path(self.folder.name)
        self.write("sdk/include/backplane/memory.h", HEADER)
        self.write("conformance/abi/memory.cpp", CASES)
        self.write("sdk/src/memory/pool_test.cpp", TEST)
        self.write("conformance/rules.txt", NOTES)
        self.write("conformance/selftest/faults/memory.txt", FAULTS)

    def tearDown(self):
        self.folder.cleanup()

    def write(self, path, text):
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def run_tool(self, *arguments):
        result = subprocess.run([TOOL, "--root", self.root, *arguments], capture_output=True,
                                text=True)
        self.assertNotIn("Traceback", result.stderr)
        return result.returncode, result.stdout

    def page(self):
        return (self.root / "docs/rules.md").read_text()

    def assert_mistake(self, words, path=None, old=None, new=None):
        if path:
            text = (self.root / path).read_text()
            self.assertEqual(text.count(old), 1)
            self.write(path, text.replace(old, new))
        self.run_tool()
        code, output = self.run_tool("--check")
        self.assertEqual(code, 1, output)
        self.assertIn(words, output)

    def test_a_sound_tree_passes_and_is_counted(self):
        self.assertEqual(self.run_tool(), (0, ""))
        self.assertEqual(self.run_tool("--check"), (0, ""))
        self.assertIn("4 rules: 3 proved, 1 due, 0 untestable.", self.page())

    def test_the_sentence_before_an_id_is_the_rule(self):
        self.run_tool()
        row = {line.split(" | ")[0]: line.split(" | ")[1:] for line in self.page().splitlines()}
        self.assertEqual(row["| BP-MEM-1"][0], "A range outside is INVALID_ARGUMENT.")
        self.assertEqual(row["| BP-MEM-2"][0],
                         "handles: differ from every live one, also across threads.")
        self.assertEqual(row["| BP-MEM-3"][0], 'says "Fails:" and [optional] add to these.')
        self.assertEqual(row["| BP-HOST-1"][0], "The host MUST NOT use it afterwards.")
        self.assertIn("memory.h:6", row["| BP-MEM-2"][1])

    def test_proofs_and_faults_stand_beside_their_rule(self):
        self.run_tool()
        self.assertIn("| `memory/out-of-range`<br>`memory/two` | `wrong-range` |", self.page())
        self.assertIn("| test `Host.DoesNotUseIt` |", self.page())
        self.assertIn("| due: the next level |", self.page())

    def test_the_table_for_the_command_has_every_rule(self):
        code, _ = self.run_tool("--header", str(self.root / "out/rules.hpp"))
        self.assertEqual(code, 0)
        text = (self.root / "out/rules.hpp").read_text()
        self.assertIn('{"BP-MEM-3", "says \\"Fails:\\" and [optional] add to these.", "memory.h:9"}',
                      text)
        self.assertEqual(text.count('{"BP-'), 4)

    def test_a_page_that_is_not_up_to_date(self):
        self.run_tool()
        self.write("docs/rules.md", self.page() + "\n")
        code, output = self.run_tool("--check")
        self.assertEqual(code, 1)
        self.assertIn("not up to date", output)

    HEADER_PATH = "sdk/include/backplane/memory.h"
    CASES_PATH = "conformance/abi/memory.cpp"

    def test_an_id_without_a_sentence(self):
        self.assert_mistake("memory.h:10: BP-MEM-4 has no sentence of its own", self.HEADER_PATH,
                            "/* Frees it. [any-thread]", "/* [any-thread] [BP-MEM-4]")

    def test_two_ids_on_one_sentence(self):
        self.assert_mistake("memory.h:1: BP-MEM-4 has no sentence of its own", self.HEADER_PATH,
                            "[BP-MEM-1]", "[BP-MEM-1] [BP-MEM-4]")

    def test_an_id_used_twice(self):
        self.assert_mistake("BP-MEM-2 is used twice; first in memory.h:2", self.HEADER_PATH,
                            "with no id.", "with an id. [BP-MEM-2]")

    def test_a_hole_in_the_numbers(self):
        self.assert_mistake("BP-MEM-4 is neither a rule nor withdrawn", self.HEADER_PATH,
                            "with no id.", "with an id. [BP-MEM-5]")

    def test_a_withdrawn_number_is_no_hole(self):
        self.write(self.HEADER_PATH, HEADER.replace(
            "with no id.", "with an id. [BP-MEM-5] [BP-MEM-4] withdrawn"))
        self.write("conformance/rules.txt", NOTES + "BP-MEM-5 untestable: nobody can see it\n")
        self.assertEqual(self.run_tool(), (0, ""))
        self.assertIn("1 due, 1 untestable", self.page())
        self.assertIn("Withdrawn: BP-MEM-4.", self.page())

    def test_a_must_without_an_id(self):
        self.assert_mistake("memory.h:2: a sentence with MUST has no id: Then comes more, which MUST",
                            self.HEADER_PATH, "with no id", "which MUST be so")

    def test_speaking_of_a_must_needs_no_id(self):
        self.write(self.HEADER_PATH, HEADER.replace("with no id", "about what a MUST is"))
        self.assertEqual(self.run_tool(), (0, ""))

    def test_a_rule_without_any_proof(self):
        self.assert_mistake("BP-MEM-3 has no proof and no line", "conformance/rules.txt",
                            "BP-MEM-3 due: the next level\n", "")

    def test_a_rule_with_a_case_and_due(self):
        self.assert_mistake("BP-MEM-1 has a proof, and is due", "conformance/rules.txt",
                            "BP-MEM-3", "BP-MEM-1 due: never\nBP-MEM-3")

    def test_a_case_of_an_unknown_rule(self):
        self.assert_mistake("conformance/abi/memory.cpp:7: no header has BP-MEM-9", self.CASES_PATH,
                            '"memory/free", ""', '"memory/free", "BP-MEM-9"')

    def test_two_cases_of_one_name(self):
        self.assert_mistake("a second case memory/two", self.CASES_PATH, "memory/free",
                            "memory/two")

    def test_a_test_of_an_unknown_rule(self):
        self.assert_mistake("pool_test.cpp:3: no header has BP-HOST-7",
                            "sdk/src/memory/pool_test.cpp", "BP-HOST-1", "BP-HOST-7")

    def test_a_unit_test_alone_is_no_proof_of_a_plugins_rule(self):
        self.write("plugins/cpu/src/memory_test.cpp", TEST.replace("BP-HOST-1", "BP-MEM-3"))
        self.assertEqual(self.run_tool(), (0, ""))
        self.assertIn("test `Host.DoesNotUseIt`<br>due: the next level", self.page())

    def test_a_proof_above_no_test(self):
        self.assert_mistake("that stands above no TEST", "sdk/src/memory/pool_test.cpp", "TEST(",
                            "\nTEST(")

    def test_a_note_on_an_unknown_rule(self):
        self.assert_mistake("conformance/rules.txt:2: no header has BP-MEM-8",
                            "conformance/rules.txt", "BP-MEM-3", "BP-MEM-8 due: x\nBP-MEM-3")

    def test_a_note_without_a_reason(self):
        self.assert_mistake("conformance/rules.txt:2: not `BP-X-1 due", "conformance/rules.txt",
                            "due: the next level", "due:")

    def test_a_note_given_twice(self):
        self.assert_mistake("BP-MEM-3 stands here twice", "conformance/rules.txt", "# why",
                            "BP-MEM-3 due: once")

    def test_a_fault_whose_case_does_not_exist(self):
        self.assert_mistake("faults/memory.txt:2: there is no case memory/gone",
                            "conformance/selftest/faults/memory.txt", "memory/out-of-range", "memory/gone")

    def test_a_fault_of_an_unknown_rule(self):
        self.assert_mistake("faults/memory.txt:2: no header has BP-MEM-7",
                            "conformance/selftest/faults/memory.txt", "BP-MEM-1", "BP-MEM-7")

    def test_a_fault_with_a_missing_field(self):
        self.assert_mistake("not `fault | M1", "conformance/selftest/faults/memory.txt",
                            " | takes every range", "")

    def test_a_fault_may_be_against_no_single_rule(self):
        self.write("conformance/selftest/faults/memory.txt", "patched | | | memory/two | is patched\n")
        self.assertEqual(self.run_tool(), (0, ""))


if __name__ == "__main__":
    sys.exit(unittest.main())
