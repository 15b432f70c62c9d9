#!/usr/bin/env python3
"""The HTML report of a plugin with a planted fault, and of one that cannot be opened: read by a parser, and
held against the JSON report of the same run."""
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

from suite import FAILURES, Suite, read_records

FAULT = "truncates-float16"
CASE = "operators/add/float16/33_33"
CASES = ["--filter", "operators/add/*", "--filter", "memory/write*", "--device", "0", "--seed", "5"]


class Page:
    def __init__(self, path):
        self.root = xml.etree.ElementTree.parse(path).getroot()  # raises when it is half
        self.size = os.path.getsize(path)
        self.ids = {element.get("id") for element in self.root.iter() if element.get("id")}

    def text(self):
        return "".join(self.root.itertext())

    def articles(self):
        """{case: (text of its article, its repro line)} of every failure."""
        return {article.find("h4/code").text:
                ("".join(article.itertext()), article.find("pre[@class='repro']").text)
                for article in self.root.iter("article")}

    def cell(self, op, column):
        """[passed, failed, unsupported] of a cell of the first matrix."""
        rows = self.root.find(".//table[@class='matrix']").findall("tr")
        at = [head.text for head in rows[0]].index(column)
        row = next(row for row in rows if row[0].text == op)
        return [int(part.strip("✗!◐✓–○ABC ")) for part in "".join(row[at].itertext()).split("/")]

    def dead_links(self):
        wanted = {a.get("href")[1:] for a in self.root.iter("a") if a.get("href", "").startswith("#")}
        return wanted - self.ids


def run(suite, folder, plugin, options, fault=""):
    """Returns (page, records)."""
    page, records = (os.path.join(folder, name) for name in ("run.html", "run.jsonl"))
    subprocess.run([suite.run_program, "--plugin", plugin, "--html", page, "--json", records, *options],
                   env=dict(os.environ, BACKPLANE_FAULT=fault), stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, timeout=580)
    if sorted(os.listdir(folder)) != ["run.html", "run.jsonl"]:
        raise AssertionError(f"the run left {os.listdir(folder)}")
    return Page(page), read_records(records)


def counted(records, beginning):
    verdicts = [record["verdict"] for (_, case), record in records.items() if case.startswith(beginning)]
    return [verdicts.count("PASS"), sum(one in FAILURES for one in verdicts), verdicts.count("UNSUPPORTED")]


def wrong_with_fault(suite, folder):
    page, records = run(suite, folder, suite.faulty, CASES, fault=FAULT)
    articles = page.articles()
    failed = {case: record for (_, case), record in records.items() if record["verdict"] in FAILURES}
    problems = []
    if CASE not in failed:
        problems.append(f"{CASE} did not fail")
    if articles.keys() != failed.keys():
        problems.append(f"listed are {sorted(articles)}, failed {sorted(failed)}")
    for case, (text, repro) in articles.items():
        record = failed.get(case, {})
        if repro != record.get("repro"):
            problems.append(f"{case}: repro line {repro!r}")
        problems += [f"{case}: {record[what]!r} is not there" for what in ("text", "sentence", "rules")
                     if record.get(what, "")[:900] not in text]
    for column in ("float16", "float32"):
        here, there = page.cell("Add", column), counted(records, f"operators/add/{column}/")
        if here != there:
            problems.append(f"Add of {column}: {here} in the matrix, {there} in JSON Lines")
    problems += [f"#{link} leads nowhere" for link in page.dead_links()]
    return problems


def wrong_without_plugin(suite, folder):
    page, _ = run(suite, folder, suite.run_program, ["--filter", "load/*"])
    return [] if "The plugin cannot be used: " in page.text() else ["it does not say why"]


def wrong_without_folder(suite, folder):
    path = os.path.join(folder, "nowhere", "run.html")
    done = subprocess.run([suite.run_program, "--plugin", suite.cpu, "--filter", "load/*", "--html", path],
                          text=True, capture_output=True, timeout=580)
    problems = [] if done.returncode == 2 else [f"exit code {done.returncode}"]
    return problems + ([] if path in done.stderr else [f"no word of it: {done.stderr}"])


def main():
    suite = Suite.from_arguments()
    checks = [("a planted fault", wrong_with_fault), ("a file that is no plugin", wrong_without_plugin),
              ("a folder that is not there", wrong_without_folder)]
    wrong = 0
    for what, check in checks:
        with tempfile.TemporaryDirectory() as folder:
            problems = check(suite, folder)
        wrong += bool(problems)
        print(f"{'WRONG' if problems else 'ok':6} {what}")
        for problem in problems:
            print("       " + problem)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
