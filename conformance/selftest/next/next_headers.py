#!/usr/bin/env python3
"""Writes the headers of an ABI to come: today's, where every growing struct has one field more.

  next_headers.py --out DIR                  the same minor version
  next_headers.py --out DIR --next-minor     BP_ABI_MINOR is one higher, too
  next_headers.py --list                     the growing structs, one a line

A struct is growing when its first field is struct_size. A table of functions gets one more function,
`next_function`, any other struct `next_field`, a uint64_t. A header in which struct_size stands
anywhere but at the start of a struct that was found is refused: no struct is left out in silence.
"""
import argparse
import re
import sys
from pathlib import Path

INCLUDE = Path(__file__).resolve().parents[3] / "sdk/include/backplane"
FIRST = re.compile(r"^  uint32_t struct_size;", re.MULTILINE)
STRUCT = re.compile(r"^(?:typedef )?struct (bp_\w+) \{[^\n]*\n  uint32_t struct_size;.*?(?=^\})",
                    re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
FUNCTION = re.compile(r"\(\*\w+\)\(")
MINOR = re.compile(r"^(#define BP_ABI_MINOR )(\d+)u$", re.MULTILINE)


class Mistake(Exception):
    """Something that the user is to be told, in one line."""


def is_function_table(struct):
    fields = COMMENT.sub("", struct).split("{", 1)[1].split(";")[1:-1]
    others = [field for field in fields if not FUNCTION.search(field)]
    return all(field.split() == ["uint32_t", "reserved"] for field in others)


def appended(struct):
    return ("  void (*next_function)(void);\n" if is_function_table(struct)
            else "  uint64_t next_field;\n")


def growing_structs(text, name):
    """The names of those in a header; a mistake when struct_size is in none of them."""
    found = [match[1] for match in STRUCT.finditer(text)]
    if len(found) != len(FIRST.findall(text)) or len(found) != COMMENT.sub("", text).count(
            " struct_size;"):
        raise Mistake(f"{name}: a struct has struct_size and was not understood; found: {found}")
    return found


def lengthened(text, name):
    growing_structs(text, name)
    return STRUCT.sub(lambda match: match[0] + appended(match[0]), text)


def with_next_minor(text):
    text, count = MINOR.subn(lambda match: f"{match[1]}{int(match[2]) + 1}u", text)
    if count != 1:
        raise Mistake("base.h: BP_ABI_MINOR was not found")
    return text


def header_paths(include):
    return sorted(path.relative_to(include) for path in include.rglob("*.h"))


def all_growing(include):
    return [name for path in header_paths(include)
            for name in growing_structs((include / path).read_text(encoding="utf-8"), path)]


def write(include, out, has_next_minor):
    for path in header_paths(include):
        text = lengthened((include / path).read_text(encoding="utf-8"), path)
        if has_next_minor and str(path) == "base.h":
            text = with_next_minor(text)
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        (out / path).write_text(text, encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--include", type=Path, default=INCLUDE, help="today's folder backplane/")
    parser.add_argument("--next-minor", action="store_true")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--out", type=Path, help="the folder that gets backplane/")
    what.add_argument("--list", action="store_true")
    arguments = parser.parse_args()
    if arguments.list:
        print("\n".join(all_growing(arguments.include)))
    else:
        write(arguments.include, arguments.out / "backplane", arguments.next_minor)


if __name__ == "__main__":
    try:
        main()
    except Mistake as mistake:
        sys.exit(f"next_headers: {mistake}")
