#!/usr/bin/env python3
"""What the documents show is true: commands run, outputs match, code stands in the tree, links lead
somewhere.

  docs_test.py BUILD

In a document,
  <!-- run -->            before a ```sh block: its commands succeed, and what they print matches the
                          ```text block that follows, if one does. There `...` is any text, and on a
                          line of its own any lines. `<!-- run: exit 1 -->` wants that exit code.
  <!-- from FILE -->      before a code block: it stands in FILE just so
Commands run where the tree is seen as from its top, with the build at build/dev and its commands in
PATH; the blocks of one document share a folder, and leave nothing behind.
"""

import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = None
BLOCK = re.compile(r"(?:^<!-- (run|from)(?:: exit (\d+)| (\S+))? -->\n+)?^```(\w*)\n(.*?)^```$",
                   re.MULTILINE | re.DOTALL)


def documents():
    pages = [path for path in ROOT.glob("*.md")] + list((ROOT / "docs").rglob("*.md"))
    return sorted(pages + list((ROOT / "plugins").rglob("*.md")))


def pattern_of(expected):
    """A regular expression for an output with `...` in it."""
    lines = []
    for line in expected.splitlines():
        if line.strip() == "...":
            lines.append(r"(?:.*\n)*")
        else:
            lines.append(r"[^\n]*".join(re.escape(part) for part in line.split("...")) + r"\s*\n")
    return "".join(lines)


class Folder:
    """A place that looks like the top of the tree, for the commands of one document."""

    def __enter__(self):
        self.holder = tempfile.TemporaryDirectory()
        self.path = Path(self.holder.name)
        for entry in ROOT.iterdir():
            if entry.name not in ("build", ".git"):
                (self.path / entry.name).symlink_to(entry)
        (self.path / "build").mkdir()
        (self.path / "build/dev").symlink_to(BUILD)
        return self

    def __exit__(self, *_):
        self.holder.cleanup()

    def run(self, commands):
        environment = {**os.environ, "PATH": f"{BUILD}/bin:{os.environ['PATH']}",
                       "LC_ALL": "C.UTF-8"}
        for name in [name for name in environment if name.startswith("BACKPLANE_")]:
            del environment[name]
        return subprocess.run(["bash", "-euo", "pipefail", "-c", commands], cwd=self.path,
                              env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              stdin=subprocess.DEVNULL, text=True, timeout=300)


class Documents(unittest.TestCase):
    def check_commands(self, page):
        """Runs a document's commands; returns how many blocks there were."""
        blocks = list(BLOCK.finditer(page.read_text()))
        wanted = [i for i, block in enumerate(blocks) if block[1] == "run"]
        if not wanted:
            return 0
        with Folder() as folder:
            for i in wanted:
                block = blocks[i]
                result = folder.run(block[5])
                told = f"{page}:\n{block[5]}printed, with exit code {result.returncode}:\n" \
                       f"{result.stdout}"
                self.assertEqual(result.returncode, int(block[2] or 0), told)
                following = blocks[i + 1] if i + 1 < len(blocks) else None
                if following and following[4] == "text" and not following[1]:
                    self.assertRegex(result.stdout, re.compile(pattern_of(following[5]) + r"\Z"),
                                     told)
        return len(wanted)

    def test_commands_do_what_the_documents_say(self):
        self.assertGreater(sum(self.check_commands(page) for page in documents()), 5)

    def test_code_stands_in_the_tree(self):
        for page in documents():
            for block in BLOCK.finditer(page.read_text()):
                if block[1] == "from":
                    self.assertIn(block[5], (ROOT / block[3]).read_text(), f"{page}: {block[3]}")

    def test_links_lead_somewhere(self):
        for page in documents():
            text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
            for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
                if not re.match(r"\w+:", target):
                    self.assertTrue((page.parent / target).exists(), f"{page}: {target}")

    def test_a_wrong_output_would_be_seen(self):
        self.assertRegex("a 12 b\nmore\nmore\nend\n", pattern_of("a ... b\n...\nend\n") + r"\Z")
        self.assertNotRegex("a 12 c\nend\n", pattern_of("a ... b\n...\nend\n") + r"\Z")
        self.assertNotRegex("a\nb\nend\n", pattern_of("a\nend\n") + r"\Z")


if __name__ == "__main__":
    BUILD = Path(sys.argv[1]).resolve()
    sys.exit(unittest.main(argv=sys.argv[:1]))
