#!/usr/bin/env python3
"""The layout of every public struct, enum, typedef, macro and function, as text.

  abi_layout.py            prints it
  abi_layout.py --check    compares it with sdk/include/backplane/abi-layout.txt: what may be added
                           passes, every other change fails and is named
  abi_layout.py --update   writes that file anew

A struct that begins with `struct_size` is growing: fields may be appended to it. All others are
frozen. Headers in OUTSIDE are outside the promise: a change there is a warning. Needs clang (for
the declarations) and cc (for sizes and offsets).
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HEADERS = "base host plugin memory stream tensor kernel graph runtime".split()
OUTSIDE = {"graph"}
NOT_VALUES = {"BP_EXPORT", "BP_API", "BP_SANITIZERS"}  # of the compiler, not of the ABI


class Mistake(Exception):
    """Something that the user is to be told, in one line."""


def run(command, **options):
    result = subprocess.run(command, capture_output=True, text=True, **options)
    if result.returncode != 0:
        raise Mistake(f"{' '.join(map(str, command))} failed:\n{result.stderr.strip()}")
    return result.stdout


def find_clang():
    for name in ("clang-14", "clang"):
        if shutil.which(name):
            return name
    raise Mistake("no clang found; on Debian: apt-get install clang-14")


def declarations(include, header):
    """What clang says that `header` and those below it declare."""
    source = f"#include <backplane/{header}.h>\n"
    text = run([find_clang(), "-std=c11", f"-I{include}", "-xc", "-fsyntax-only", "-Xclang",
                "-ast-dump=json", "-"], input=source)
    return [node for node in json.loads(text)["inner"] if node.get("name", "").startswith("bp_")]


def macro_names(include, header):
    source = f"#include <backplane/{header}.h>\n"
    text = run(["cc", "-std=c11", f"-I{include}", "-xc", "-E", "-dM", "-"], input=source)
    defined = re.findall(r"^#define (BP_\w+)[ \t]+(\S.*)$", text, re.MULTILINE)
    return [name for name, _ in defined if name not in NOT_VALUES]


def type_text(text):
    """clang's spelling, with the blanks of this project: `bp_status_t (*)(void*)`."""
    return re.sub(r" (\*+)", r"\1", text).replace("(*)", " (*)").replace("  ", " ")


class Questions:
    """Collects expressions whose values a compiled program prints."""

    def __init__(self):
        self.expressions = []

    def ask(self, expression):
        self.expressions.append(expression)
        return f"@{len(self.expressions) - 1}@"

    def answers(self, include):
        prints = "\n".join(
            f'  printf(_Generic(({e}), char*: "\\"%s\\"\\n", const char*: "\\"%s\\"\\n", '
            f'default: "%lld\\n"), _Generic(({e}), char*: ({e}), const char*: ({e}), '
            f'default: (long long)({e})));' for e in self.expressions)
        includes = "\n".join(f"#include <backplane/{h}.h>" for h in present(include))
        source = f"{includes}\n#include <stdio.h>\nint main(void) {{\n{prints}\n  return 0;\n}}\n"
        with tempfile.TemporaryDirectory() as folder:
            program = Path(folder) / "layout"
            run(["cc", "-std=c11", "-w", f"-I{include}", "-xc", "-", "-o", str(program)],
                input=source)
            return run([str(program)]).splitlines()


def present(include):
    return [h for h in HEADERS if (Path(include) / "backplane" / f"{h}.h").exists()]


def struct_lines(node, questions):
    name = node["name"]
    fields = [f for f in node.get("inner", []) if f["kind"] == "FieldDecl"]
    kind = "growing" if fields and fields[0]["name"] == "struct_size" else "frozen"
    yield f"struct {name} {kind} size {questions.ask(f'sizeof(struct {name})')}"
    for field in fields:
        of = field["name"]
        offset = questions.ask(f"offsetof(struct {name}, {of})")
        size = questions.ask(f"sizeof(((struct {name}*)0)->{of})")
        yield f"{name}.{of} {offset} {size} {type_text(field['type']['qualType'])}"


def node_lines(node, questions):
    kind, name = node["kind"], node["name"]
    if kind == "RecordDecl" and node.get("completeDefinition"):
        yield from struct_lines(node, questions)
    elif kind == "EnumDecl":
        for constant in node.get("inner", []):
            if constant["kind"] == "EnumConstantDecl":
                yield f"enum {name}.{constant['name']} {questions.ask(constant['name'])}"
    elif kind == "TypedefDecl":
        yield f"typedef {name} {type_text(node['type']['qualType'])}"
    elif kind == "FunctionDecl":
        yield f"function {name} {type_text(node['type']['qualType'])}"


def dump(include):
    """The layout as {header: [lines]}; a declaration counts for the lowest header that has it."""
    questions = Questions()
    by_header, seen = {}, set()
    for header in present(include):
        lines = []
        for node in declarations(include, header):
            for line in node_lines(node, questions):
                key = re.sub(r"@\d+@", "", line)
                if key not in seen:
                    seen.add(key)
                    lines.append(line)
        for macro in sorted(macro_names(include, header)):
            if macro not in seen:
                seen.add(macro)
                lines.append(f"macro {macro} {questions.ask(macro)}")
        by_header[header] = lines
    answers = questions.answers(include)
    fill = lambda line: re.sub(r"@(\d+)@", lambda match: answers[int(match[1])], line)
    return {header: [fill(line) for line in lines] for header, lines in by_header.items()}


def as_text(layout):
    parts = ["# Made by sdk/tools/abi_layout.py --update, on a machine with 8-byte pointers.",
             "# struct NAME growing|frozen size N; STRUCT.FIELD OFFSET SIZE TYPE."]
    for header, lines in layout.items():
        note = " (outside the promise)" if header in OUTSIDE else ""
        parts += ["", f"# {header}.h{note}"] + lines
    return "\n".join(parts) + "\n"


def parse(text):
    layout, header = {}, None
    for line in text.splitlines():
        title = re.match(r"# (\w+)\.h\b", line)
        if title:
            header = layout.setdefault(title[1], [])
        elif line and not line.startswith("#"):
            header.append(line)
    return layout


def key_of(line):
    """What a line is about: `struct bp_x`, `bp_x.field`, `enum bp_y.BP_Z`, ..."""
    words = line.split(" ")
    return words[0] if "." in words[0] else " ".join(words[:2])


def struct_of(key):
    return key.split(".")[0] if "." in key and not key.startswith("enum ") else None


def structs(lines):
    """{name: (kind, size)}"""
    found = (re.match(r"struct (\w+) (\w+) size (\d+)$", line) for line in lines)
    return {m[1]: (m[2], int(m[3])) for m in found if m}


def own_mistakes(lines):
    """What is wrong with a layout by itself."""
    ends, known = {}, structs(lines)
    for line in lines:
        struct = struct_of(key_of(line))
        if struct is None:
            continue
        _, offset, size, kind = line.split(" ", 3)
        ends[struct] = int(offset) + int(size)
        by_value = re.fullmatch(r"(?:const )?(?:struct )?(bp_\w+?)(?:_t)?(?:\[\d+\])*", kind)
        if by_value and known.get(by_value[1], ("", 0))[0] == "growing":
            yield f"{line}: a growing struct is never embedded by value"
    for struct, (kind, size) in known.items():
        if kind == "growing" and ends.get(struct) != size:
            yield f"struct {struct}: padding at its end; fill it with a `reserved` field"


def compare(old, new):
    """The changes from `old` to `new` that break a plugin or a host built with `old`."""
    old_by_key, new_by_key = ({key_of(x): x for x in lines} for lines in (old, new))
    old_structs, new_structs = structs(old), structs(new)
    for key, line in old_by_key.items():
        now = new_by_key.get(key)
        if now is None:
            yield f"gone: {line}"
        elif now != line and not is_next_minor(line, now) and not may_grow(
                key, old_structs, new_structs):
            yield f"changed: {line}\n     now: {now}"
    for key, line in new_by_key.items():
        struct = struct_of(key)
        if key in old_by_key or struct not in old_structs:
            continue
        kind, size = old_structs[struct]
        if kind == "frozen":
            yield f"a field was added to a frozen struct: {line}"
        elif int(line.split(" ")[1]) < size:
            yield f"a field was added, but not at the end: {line}"


def is_next_minor(old, new):
    """What an addition goes with."""
    name, was, now = "macro BP_ABI_MINOR", old.split(" ")[-1], new.split(" ")[-1]
    return old == f"{name} {was}" and new == f"{name} {now}" and int(now) == int(was) + 1


def may_grow(key, old_structs, new_structs):
    if not key.startswith("struct "):
        return False
    (old_kind, old_size), (new_kind, new_size) = (
        table[key.split(" ")[1]] for table in (old_structs, new_structs))
    return old_kind == new_kind == "growing" and new_size > old_size


def check(golden, layout):
    """Returns (failures, warnings)."""
    failures, warnings = [], []
    flat = [line for lines in layout.values() for line in lines]
    failures += own_mistakes(flat)
    of_header = {key_of(line): header for table in (layout, golden) for header, lines in
                 table.items() for line in lines}
    for change in compare([x for lines in golden.values() for x in lines], flat):
        header = of_header[key_of(re.sub(r"^.*?: ", "", change.splitlines()[0]))]
        (warnings if header in OUTSIDE else failures).append(f"{header}.h: {change}")
    return failures, warnings


def main():
    root = Path(__file__).resolve().parents[2]
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--include", default=root / "sdk/include", help="the folder of backplane/")
    parser.add_argument("--golden", help="the committed layout")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--check", action="store_true")
    mode.add_argument("--update", action="store_true")
    arguments = parser.parse_args()
    golden = Path(arguments.golden or Path(arguments.include) / "backplane/abi-layout.txt")
    layout = dump(arguments.include)
    if arguments.update:
        golden.write_text(as_text(layout))
    elif not arguments.check:
        print(as_text(layout), end="")
    else:
        if not golden.exists():
            raise Mistake(f"{golden} is missing; make it with --update")
        failures, warnings = check(parse(golden.read_text()), layout)
        for text in warnings:
            print(f"warning: {text}")
        for text in failures:
            print(f"error: {text}")
        if failures:
            print(f"{os.path.relpath(golden)}: {len(failures)} changes break what was built before")
        return 1 if failures else 0
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Mistake as mistake:
        sys.exit(f"abi_layout: {mistake}")
