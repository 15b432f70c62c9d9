#!/usr/bin/env python3
"""A run that is ended by SIGINT, SIGTERM or kill -9, at any moment, leaves no process, shared memory or
temporary file, and reports that are whole as far as they go."""
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree

from suite import Suite

MARK = "BACKPLANE_SIGNALS_TEST"  # in the environment of everything that a run starts
LEFT_PATIENCE = 10  # seconds until what a killed supervisor leaves behind must be gone
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)


def marked_processes(mark):
    """Processes with `mark` in their environment, wherever they went: {pid: command}."""
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                if f"{MARK}={mark}".encode() not in file.read().split(b"\0"):
                    continue
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                found[int(pid)] = file.read().replace(b"\0", b" ").decode()
        except OSError:
            continue  # it ended meanwhile, or is none of ours
    return found


def wait_until(condition, seconds):
    """Whether it came true in time, if only for a moment."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return bool(condition())


def lines_of(path):
    """Lines of a report that is still being written."""
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        return file.read().splitlines()


# Moments: what must be true of a run before the signal is sent to it.
def at_the_start(run):
    return wait_until(lambda: len(marked_processes(run.mark)) > 1, 30)


def in_the_middle(run):
    return wait_until(lambda: len(lines_of(run.json)) > 20, 60)


def while_a_worker_hangs(run):
    """The case before the hanging one is judged, and then nothing comes."""
    seen = lines_of(run.json)
    while time.monotonic() < run.deadline:
        time.sleep(0.7)
        now = lines_of(run.json)
        if len(now) > 0 and now == seen:
            return True
        seen = now
    return False


def while_a_child_sleeps(run):
    return wait_until(lambda: any("sleep" in command for command in marked_processes(run.mark).values()), 60)


class Run:
    """conformance-run, with temporary files and reports in a folder of its own."""

    def __init__(self, suite, folder, plugin, fault, options, number):
        self.mark = f"{os.getpid()}.{number}"
        self.temporary = os.path.join(folder, "tmp")
        os.mkdir(self.temporary)
        self.json = os.path.join(folder, "run.jsonl")
        self.pages = [os.path.join(folder, name) for name in ("run.xml", "run.html")]  # JUnit, HTML
        self.deadline = time.monotonic() + 60
        environment = dict(os.environ, TMPDIR=self.temporary, BACKPLANE_FAULT=fault)
        environment[MARK] = self.mark
        self.shared_memory = set(os.listdir("/dev/shm"))
        # In a session of its own, with signals as a terminal's shell would leave them.
        self.process = subprocess.Popen(
            [suite.run_program, "--plugin", plugin, "--json", self.json, "--junit", self.pages[0],
             "--html", self.pages[1], "--timeout", "60", *options],
            env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=lambda: [signal.signal(one, signal.SIG_DFL) for one in SIGNALS[:2]])

    def end(self, number):
        """Returns (exit code, output, seconds)."""
        begin = time.monotonic()
        os.kill(self.process.pid, number)
        output, _ = self.process.communicate(timeout=60)
        return self.process.returncode, output, time.monotonic() - begin


def left_behind(run, is_killed):
    """What should not be there any more. A supervisor that answers a signal has ended all before it
    ends; of one that is killed, the guards need a moment."""
    patience = LEFT_PATIENCE if is_killed else 0
    wait_until(lambda: not marked_processes(run.mark), patience)
    problems = [f"process {pid} is left: {command}" for pid, command in marked_processes(run.mark).items()]
    problems += [f"/dev/shm/{name} is left" for name in set(os.listdir("/dev/shm")) - run.shared_memory]
    problems += [f"{name} is left in TMPDIR" for name in os.listdir(run.temporary)]
    folder = os.path.dirname(run.json)
    problems += [f"{name} is left beside the reports" for name in os.listdir(folder)
                 if name not in ("tmp", "run.jsonl", "run.xml", "run.html")]
    return problems


def wrong_in_reports(run, number):
    problems = []
    records = []
    for line in lines_of(run.json):
        try:
            records.append(json.loads(line))
        except ValueError:
            problems.append(f"no JSON in the report: {line[:80]}")
    if any(record["is"] == "sums" for record in records):
        problems.append("the report has sums")
    if records and number != signal.SIGKILL:
        last = records[-1]
        done = sum(record["is"] == "case" for record in records)
        if (last["is"], last.get("by"), last.get("done")) != ("interrupted", number.name, done):
            problems.append(f"the report ends with {last}")
        elif not done < last["planned"]:
            problems.append(f"{done} of {last['planned']} were interrupted")
    for page in run.pages:
        problems += wrong_in_page(page, bool(records) and number != signal.SIGKILL)
    return problems


def wrong_in_page(path, is_wanted):
    """Of a report that is written in one step at the end of a run, or not at all."""
    name = os.path.basename(path)
    if not os.path.exists(path):
        return [f"{name} is not there"] if is_wanted else []
    root = xml.etree.ElementTree.parse(path).getroot()  # raises when it is half
    said = ["".join(root.itertext())] + [error.get("message", "") for error in root.iter("error")]
    return [] if any("interrupted by" in text for text in said) else [f"{name} does not say that it was interrupted"]


def wrong_in_end(number, code, output, seconds):
    wanted = -number if number == signal.SIGKILL else 128 + number
    problems = [] if code == wanted else [f"exit code {code}, not {wanted}: {output[-300:]}"]
    if number != signal.SIGKILL and f"interrupted by {number.name}" not in output:
        problems.append(f"it does not say that it was interrupted: {output[-300:]}")
    if seconds > 20:
        problems.append(f"it took {seconds:.1f} s to end")
    return problems


def check(suite, what, plugin, fault, options, moment, number, count):
    with tempfile.TemporaryDirectory() as folder:
        run = Run(suite, folder, plugin, fault, options, count)
        problems = []
        if not moment(run):
            problems.append("the moment did not come")
        code, output, seconds = run.end(number)
        problems += wrong_in_end(number, code, output, seconds)
        problems += left_behind(run, number == signal.SIGKILL)
        problems += wrong_in_reports(run, number)
        for pid in marked_processes(run.mark):  # ours, and a failure already
            os.kill(pid, signal.SIGKILL)
    print(f"{'ok' if not problems else 'WRONG':6} {number.name:8} {what}", flush=True)
    for problem in problems:
        print("       " + problem)
    return not problems


def main():
    suite = Suite.from_arguments()
    def planted(name):
        return os.path.join(suite.build, "selftest", f"libbp_{name}.so")

    runs = [  # what, plugin, fault, options, the moment at which the signal is sent
        ("before the first case", suite.cpu, "", [], at_the_start),
        ("in the middle", suite.cpu, "", [], in_the_middle),
        ("a worker hangs in launch", suite.faulty, "operator-hangs",
         ["--filter", "load/*", "--filter", "operators/published/node/test_conv*"],
         while_a_worker_hangs),
        ("the plugin has a child and a daemon", planted("starts_processes"), "", [],
         while_a_child_sleeps),
        ("the plugin hangs while it is tried, with a child and a daemon",
         planted("hangs_with_a_child"), "", [], while_a_child_sleeps),
    ]
    results = [check(suite, *one, number, at * len(SIGNALS) + which)
               for at, one in enumerate(runs) for which, number in enumerate(SIGNALS)]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
