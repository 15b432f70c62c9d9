#!/usr/bin/env python3
"""Every rule of the ABI headers, with what proves it.

  rules.py               writes docs/rules.md
  rules.py --check       fails when that file is not up to date, or on any mistake below
  rules.py --header OUT  writes the rules as a C++ table

A rule is the sentence before an id in square brackets, in a comment of a header. What proves it:
  a case of conformance-run    {"level/name", "BP-X-1,BP-Y-2", "sentence" in conformance/**/*.cpp
  a unit test                  `// proves BP-HOST-1` above TEST(Suite, Name) in *_test.cpp; of rules
                               that bind plugins it is shown, but one plugin's test proves nothing
                               about another
A rule without proof stands in conformance/rules.txt, as
  BP-X-1 due: what brings its case
  BP-X-1 untestable: why
conformance/selftest/faults/*.txt list planted faults:
  fault | number in the catalogue | BP-X-1 | level/name of the case that must catch it | sentence [| words]
(number and rule may be empty: a fault against what no single rule says; the words are looked for in
what the case says when it fails; cases made from problems, operators/<operator>/..., are not in the
sources and are looked up when the fault is planted)

Mistakes: an id without a sentence of its own, an id used twice, a number left out
that no header calls withdrawn, a sentence with MUST and no id, a rule without any proof or with both
a proof and a line in rules.txt, and anything that names a rule or a case that does not exist.
"""

import argparse
import re
import sys
from collections import defaultdict
from pathlib import Path

ID = r"BP-[A-Z]+-\d+"
TAG = r"\[(?:any-thread|one-thread|stream-ordered|may-block|optional)\]"
# Where a sentence ends: after an id, and after a full stop or tag when a beginning follows.
SENTENCE_END = re.compile(rf"\[{ID}\](?: withdrawn)?|"
                          rf"(?:(?<=[.?!])|(?<=[.?!]\))|{TAG})(?=\s+[A-Z`\"(*\[]|\s*$)")


class Rule:
    def __init__(self, rule_id, sentence, header, line):
        self.id, self.sentence, self.header, self.line = rule_id, sentence, header, line
        self.cases, self.tests, self.faults, self.note = [], [], [], None

    def noun(self):
        return self.id.split("-")[1]

    def number(self):
        return int(self.id.split("-")[2])

    def is_proved(self):
        return bool(self.cases or (self.tests and self.noun() == "HOST"))


def comments(text):
    """Yields each comment as [(line number, text)], without stars and margins."""
    for match in re.finditer(r"/\*.*?\*/", text, re.DOTALL):
        first = text.count("\n", 0, match.start()) + 1
        body = match[0][2:-2].split("\n")
        yield [(first + i, re.sub(r"^\s*\* ?", "", line).rstrip()) for i, line in enumerate(body)]


def paragraphs(comment):
    """Splits a comment at empty lines, and before each line of a list such as `name   meaning`."""
    lines = []
    for number, line in comment:
        entry = re.match(r"\s{1,}(\S.*?)\s{2,}(\S.*)$", line)
        if lines and (entry or not line):
            yield lines
            lines = []
        if line:
            lines.append((number, f"{entry[1]}: {entry[2]}" if entry else line.strip()))
    if lines:
        yield lines


def sentences(paragraph):
    """Yields (sentence, line number of its end)."""
    text, ends = "", []
    for number, line in paragraph:
        text += line + " "
        ends.append((len(text), number))
    start = 0
    for match in SENTENCE_END.finditer(text):
        sentence = text[start:match.end()].strip()
        if sentence:
            yield sentence, next(number for end, number in ends if end >= match.end())
        start = match.end()
    if text[start:].strip():
        yield text[start:].strip(), ends[-1][1]


def without_id(sentence):
    words = re.sub(rf"\[{ID}\]", "", sentence).strip()
    return "" if re.fullmatch(rf"({TAG}\s*)*", words) else words


def read_header(name, text, mistakes):
    """The rules of one header, and the ids that it calls withdrawn."""
    rules, withdrawn = [], set()
    for paragraph in (p for comment in comments(text) for p in paragraphs(comment)):
        waiting = None  # the sentence that the next id would make a rule, and where it is
        for sentence, line in sentences(paragraph):
            ids, words = re.findall(rf"\[({ID})\]", sentence), without_id(sentence)
            if sentence.endswith("] withdrawn"):
                withdrawn.update(ids)
                continue
            if words:
                check_must(waiting, mistakes)
                waiting = (words, f"{name}:{line}")
            if ids and not waiting:
                mistakes.append(f"{name}:{line}: {ids[0]} has no sentence of its own")
            elif ids:
                rules.append(Rule(ids[0], waiting[0], name, line))
                waiting = None
        check_must(waiting, mistakes)
    return rules, withdrawn


def check_must(waiting, mistakes):
    """A sentence that no id followed holds no MUST; "a MUST" only speaks of one."""
    if waiting and re.search(r"(?<!\ba )\bMUST\b", waiting[0]):
        mistakes.append(f"{waiting[1]}: a sentence with MUST has no id: {waiting[0]}")


def read_headers(folder, mistakes):
    rules, withdrawn = {}, set()
    for path in sorted(folder.rglob("*.h"), key=lambda p: (order(p), p)):
        found, gone = read_header(path.relative_to(folder).as_posix(), path.read_text(), mistakes)
        withdrawn |= gone
        for rule in found:
            if rule.id in rules:
                first = rules[rule.id]
                mistakes.append(f"{rule.header}:{rule.line}: {rule.id} is used twice; "
                                f"first in {first.header}:{first.line}")
            rules.setdefault(rule.id, rule)
    check_numbers(rules, withdrawn, mistakes)
    return rules, withdrawn


def order(path):
    names = "base host plugin memory stream tensor kernel graph".split()
    return names.index(path.stem) if path.stem in names else len(names)


def check_numbers(rules, withdrawn, mistakes):
    numbers = defaultdict(set)
    for rule_id in list(rules) + list(withdrawn):
        noun, number = rule_id.rsplit("-", 1)
        numbers[noun].add(int(number))
    for noun, found in numbers.items():
        for missing in sorted(set(range(1, max(found) + 1)) - found):
            mistakes.append(f"{noun}-{missing} is neither a rule nor withdrawn")
    for rule_id in withdrawn & set(rules):
        mistakes.append(f"{rule_id} is a rule and withdrawn")


def known(rules, rule_id, where, mistakes):
    if rule_id not in rules:
        mistakes.append(f"{where}: no header has {rule_id}")
    return rules.get(rule_id)


def read_cases(root, rules, mistakes):
    """Ties the cases of conformance-run to their rules; returns their ids."""
    pattern = re.compile(r'\{\s*"([a-z0-9_]+/[\w/-]+)",\s*((?:"[^"]*"\s*)+),\s*"')
    ids = set()
    for path in sorted((root / "conformance").rglob("*.cpp")):
        text = path.read_text()
        for match in pattern.finditer(text):
            where = f"{path.relative_to(root)}:{text.count(chr(10), 0, match.start()) + 1}"
            names = "".join(re.findall(r'"([^"]*)"', match[2]))
            if not re.fullmatch(rf"(?:{ID}(?:, ?{ID})*)?", names):
                continue  # no list of rules: another table
            if match[1] in ids:
                mistakes.append(f"{where}: a second case {match[1]}")
            ids.add(match[1])
            for rule_id in re.findall(ID, names):
                rule = known(rules, rule_id, where, mistakes)
                if rule and match[1] not in rule.cases:
                    rule.cases.append(match[1])
    return ids


def read_tests(root, rules, mistakes):
    pattern = re.compile(r"((?:^[ \t]*//[^\n]*\n)+)[ \t]*TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\s*\)",
                         re.MULTILINE)
    for folder in ("sdk", "plugins", "conformance"):
        for path in sorted((root / folder).rglob("*.cpp")):
            text = path.read_text()
            attached = 0
            for match in pattern.finditer(text):
                where = f"{path.relative_to(root)}:{text.count(chr(10), 0, match.start(2)) + 1}"
                for line in re.findall(r"// proves (.*)", match[1]):
                    attached += 1
                    for rule_id in re.findall(ID, line):
                        rule = known(rules, rule_id, where, mistakes)
                        if rule:
                            rule.tests.append(f"{match[2]}.{match[3]}")
            if attached != len(re.findall(r"^[ \t]*// proves BP-", text, re.MULTILINE)):
                mistakes.append(f"{path.relative_to(root)}: a `// proves` line that stands above no "
                                "TEST")


def lines_of(path):
    """(line number, text) without comments and empty lines."""
    if path.exists():
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if line.strip() and not line.startswith("#"):
                yield number, line.strip()


def read_notes(root, rules, mistakes):
    path = root / "conformance/rules.txt"
    for number, line in lines_of(path):
        where = f"conformance/rules.txt:{number}"
        match = re.fullmatch(rf"({ID}) (due|untestable): (\S.*)", line)
        if not match:
            mistakes.append(f"{where}: not `BP-X-1 due: what` or `BP-X-1 untestable: why`: {line}")
            continue
        rule = known(rules, match[1], where, mistakes)
        if rule and rule.note:
            mistakes.append(f"{where}: {rule.id} stands here twice")
        elif rule:
            rule.note = (match[2], match[3])


def read_faults(root, rules, cases, mistakes):
    names = set()
    for path in sorted((root / "conformance/selftest/faults").glob("*.txt")):
        for number, line in lines_of(path):
            read_fault(line, f"{path.relative_to(root)}:{number}", rules, cases, names, mistakes)


def read_fault(line, where, rules, cases, names, mistakes):
    fields = [field.strip() for field in line.split("|")]
    if len(fields) not in (5, 6) or not (fields[0] and fields[3] and fields[4]):
        mistakes.append(f"{where}: not `fault | M1 | BP-X-1 | level/case | sentence`: {line}")
        return
    name, _, rule_id, case = fields[:4]
    if name in names:
        mistakes.append(f"{where}: a second fault {name}")
    names.add(name)
    is_made_from_a_problem = case.startswith("operators/") and case.count("/") > 1
    # Cases about a pass are in the sources once, with "pass" for its name.
    in_sources = re.sub(r"^graph/[^/]+/(?=[^/]+$)", "graph/pass/", case)
    if case not in cases and in_sources not in cases and not is_made_from_a_problem:
        mistakes.append(f"{where}: there is no case {case}")
    rule = known(rules, rule_id, where, mistakes) if rule_id else None
    if rule:
        rule.faults.append(name)


def check_proofs(rules, mistakes):
    for rule in rules.values():
        where = f"{rule.header}:{rule.line}: {rule.id}"
        if rule.note and rule.is_proved():
            mistakes.append(f"{where} has a proof, and is {rule.note[0]} in conformance/rules.txt")
        if not rule.note and not rule.is_proved():
            mistakes.append(f"{where} has no proof and no line in conformance/rules.txt")


def collect(root):
    mistakes = []
    rules, withdrawn = read_headers(root / "sdk/include/backplane", mistakes)
    cases = read_cases(root, rules, mistakes)
    read_tests(root, rules, mistakes)
    read_notes(root, rules, mistakes)
    read_faults(root, rules, cases, mistakes)
    check_proofs(rules, mistakes)
    return sorted(rules.values(), key=lambda r: (r.noun(), r.number())), withdrawn, mistakes


def proof(rule):
    parts = [f"`{case}`" for case in rule.cases] + [f"test `{test}`" for test in rule.tests]
    if rule.note:
        parts.append(f"{rule.note[0]}: {rule.note[1]}")
    return "<br>".join(parts)


def as_markdown(rules, withdrawn):
    count = lambda kind: sum(1 for r in rules if r.note and r.note[0] == kind)
    proved = sum(1 for r in rules if r.is_proved())
    lines = ["<!-- made by sdk/tools/rules.py; run: ./dev docs -->", "# Rules of the ABI", "",
             f"{len(rules)} rules: {proved} proved, {count('due')} due, "
             f"{count('untestable')} untestable.", "",
             "A rule is one sentence of a header. `BP-HOST-*` bind the host, all others the plugin. "
             "Proof is a case of `conformance-run`, named `level/name`; of the host's rules, a unit test. "
             "The last column has the planted faults that this proof has been seen to catch."]
    for noun in sorted({rule.noun() for rule in rules}):
        lines += ["", f"## {noun}", "", "| id | rule | header | proof | faults caught |",
                  "|---|---|---|---|---|"]
        for rule in (r for r in rules if r.noun() == noun):
            link = f"[{rule.header}:{rule.line}](../sdk/include/backplane/{rule.header}#L{rule.line})"
            faults = "<br>".join(f"`{fault}`" for fault in rule.faults)
            sentence = rule.sentence.replace("|", "\\|").replace("*", "\\*")
            lines.append(f"| {rule.id} | {sentence} | {link} | {proof(rule)} | {faults} |")
    if withdrawn:
        lines += ["", f"Withdrawn: {', '.join(sorted(withdrawn))}."]
    return "\n".join(lines) + "\n"


def as_header(rules):
    quote = lambda text: '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    rows = "".join(f"    {{{quote(r.id)}, {quote(r.sentence)}, {quote(f'{r.header}:{r.line}')}}},\n"
                   for r in rules)
    return ("// Made by sdk/tools/rules.py --header.\n#pragma once\n\n"
            "namespace backplane {\n\nstruct Rule {\n  const char* id;\n  const char* sentence;\n"
            "  const char* where;  // eg \"memory.h:34\"\n};\n\n"
            f"inline constexpr Rule kRules[] = {{\n{rows}}};\n\n}}  // namespace backplane\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[2])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--header", type=Path)
    arguments = parser.parse_args()
    rules, withdrawn, mistakes = collect(arguments.root)
    if arguments.header:  # for a build: what the rules are, whoever proves them
        arguments.header.parent.mkdir(parents=True, exist_ok=True)
        arguments.header.write_text(as_header(rules))
        return 0
    page, text = arguments.root / "docs/rules.md", as_markdown(rules, withdrawn)
    if not arguments.check:
        page.parent.mkdir(exist_ok=True)
        page.write_text(text)
    elif not page.exists() or page.read_text() != text:
        mistakes.append("docs/rules.md is not up to date; run sdk/tools/rules.py")
    for mistake in mistakes:
        print(f"error: {mistake}")
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
