#!/usr/bin/env python3
"""What goes wrong in one operator, or in one worker, costs only the cases that it touches."""
import os
import signal
import subprocess
import sys
import tempfile
import time

from suite import Suite, read_records

OPERATOR = "Relu"  # few published tests, so that hanging in each stays short
LEVEL = ["--quick", "--device", "0", "--filter", "operators/published/*",
         "--filter", "operators/*/float32/*", "--timeout", "3"]


def uses(record):
    return OPERATOR in record.get("operators", [])


def changed(before, after):
    return {key for key in before.keys() | after.keys()
            if before.get(key, {}).get("verdict") != after.get(key, {}).get("verdict")}


def compare_tool(suite, before, after, *options):
    """conformance-run compare over two reports; its last line."""
    done = subprocess.run([suite.run_program, "compare", before, after, *options], text=True,
                          capture_output=True)
    return done.stdout.strip().splitlines()[-1]


def run_to_file(suite, folder, name, fault):
    path = os.path.join(folder, name)
    environment = dict(os.environ, BACKPLANE_FAULT=fault, BACKPLANE_FAULT_OPERATOR=OPERATOR)
    subprocess.run([suite.run_program, "--plugin", suite.faulty, *LEVEL, "--json", path],
                   env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                   timeout=1400)
    return path


def check_fault(suite, folder, clean_path, fault, verdict):
    """The fault changes cases of its operator, to `verdict`, and no others."""
    path = run_to_file(suite, folder, fault + ".jsonl", fault)
    last = compare_tool(suite, clean_path, path, "--expect-operator", OPERATOR)
    clean, records = read_records(clean_path), read_records(path)
    touched = changed(clean, records)
    problems = []
    if last != "0 other changes":
        problems.append(f"compare says {last!r}")
    if not touched:
        problems.append("nothing changed at all")
    for key in touched:
        if not uses(records[key]):
            problems.append(f"{key} changed too, to {records[key]['verdict']}")
        elif records[key]["verdict"] != verdict or records[key].get("function") != "launch":
            problems.append(f"{key} is {records[key]['verdict']} in {records[key].get('function')}")
    print(f"{'ok' if not problems else 'WRONG':6} {fault}: {len(touched)} cases changed, {last}")
    for problem in problems:
        print("       " + problem)
    return not problems


def children_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as line:
        found = [int(word) for word in line.read().split()]
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as line:
            found += [int(word) for word in line.read().split()]
    return sorted(set(found))


def kill_a_worker(process, killed):
    """Kills one worker of the run, once its cases have begun: the first line is printed."""
    process.stdout.readline()
    deadline = time.monotonic() + 20
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.15)
        workers = children_of(process.pid)
        if workers:
            os.kill(workers[0], signal.SIGKILL)
            killed.append(workers[0])
            return


def check_killed_worker(suite, folder, clean_path):
    """A worker killed from outside costs at most the case that it was at."""
    path = os.path.join(folder, "killed.jsonl")
    process = subprocess.Popen([suite.run_program, "--plugin", suite.faulty, *LEVEL, "--json", path],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                               env=dict(os.environ, BACKPLANE_FAULT=""))
    killed = []
    kill_a_worker(process, killed)
    process.communicate(timeout=300)
    last = compare_tool(suite, clean_path, path)
    right = bool(killed) and last in ("0 other changes", "1 other change")
    print(f"{'ok' if right else 'WRONG':6} a worker killed from outside ({len(killed)}): {last}")
    return right


def main():
    suite = Suite.from_arguments()
    with tempfile.TemporaryDirectory() as folder:
        clean = run_to_file(suite, folder, "clean.jsonl", "")
        results = [
            check_fault(suite, folder, clean, "operator-dies", "CRASH"),
            check_fault(suite, folder, clean, "operator-leaves", "CRASH"),
            check_fault(suite, folder, clean, "operator-hangs", "HANG"),
            check_killed_worker(suite, folder, clean),
        ]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
