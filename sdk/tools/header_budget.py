#!/usr/bin/env python3
"""Counts the lines and words of the stable ABI headers: the whole is to be read in 25 minutes."""

import argparse
import sys
from pathlib import Path

CORE = "base host plugin memory stream tensor kernel graph".split()
MOST_LINES = 950
MOST_WORDS = 6200


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--include", type=Path,
                        default=Path(__file__).resolve().parents[1] / "include")
    folder = parser.parse_args().include / "backplane"
    lines = words = 0
    for name in CORE:
        text = (folder / f"{name}.h").read_text()
        lines += text.count("\n")
        words += len(text.split())
    print(f"stable core: {lines} of {MOST_LINES} lines, {words} of {MOST_WORDS} words")
    if lines > MOST_LINES or words > MOST_WORDS:
        print("error: the stable headers are over their budget; cut before you add")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
