#!/usr/bin/env python3
"""The release tarball alone: unpacked, a faulty plugin is compiled against its headers, and the
conformance-run inside, in a root of its own that holds nothing else, judges it. SKIPPED without root."""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

from suite import Suite

HERE = os.path.dirname(os.path.abspath(__file__))
SKIPPED = 77  # ctest's SKIP_RETURN_CODE
FAULT = ("memcpy(target->bytes + offset, source, size)",  # the last byte of a write is left out
         "memcpy(target->bytes + offset, source, size - (size > 3))")
CASE = "memory/write-at-every-offset"


def run(*command, **how):
    return subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=300, **how)


def make_tarball(build, folder):
    done = run("cpack", "-G", "TGZ", "-B", folder, cwd=build)
    found = glob.glob(os.path.join(folder, "*.tar.gz"))
    if done.returncode != 0 or len(found) != 1:
        sys.exit(f"cpack made {found}:\n{done.stdout}")
    return found[0]


def copy_libraries(program, root):
    """What ldd names, at the places where the dynamic linker looks: all that a machine must have."""
    listed = run("ldd", program).stdout
    for path in re.findall(r"(/\S+) \(0x", listed):
        target = root + path
        if not os.path.exists(target) and not path.startswith(root):
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy(path, target)


def make_root(tarball, root):
    """Returns the folder inside `root` that the tarball was unpacked to."""
    subprocess.run(["tar", "-xzf", tarball, "-C", root], check=True)
    top = os.path.join("/", os.listdir(root)[0])
    for folder in ("proc", "dev", "tmp"):
        os.mkdir(os.path.join(root, folder))
    with open(os.path.join(root, "dev/null"), "w", encoding="ascii"):
        pass
    for program in ("bin/conformance-run", "lib/backplane/conformance-worker",
                    "lib/backplane/backplane-probe"):
        copy_libraries(root + os.path.join(top, program), root)
    return top


def template(unpacked):
    with open(os.path.join(unpacked, "share/backplane/template/hello_plugin.c"), encoding="utf-8") as file:
        source = file.read()
    if source.count(FAULT[0]) != 1:
        sys.exit("the template has changed: this test does not find where to plant its fault")
    return source


def compile_plugin(source, unpacked, target):
    done = run("cc", "-std=c11", "-shared", "-fPIC", "-fvisibility=hidden", "-x", "c", "-",
               "-I", os.path.join(unpacked, "include"), "-o", target, input=source)
    if done.returncode != 0:
        sys.exit(f"the headers of the tarball do not compile alone:\n{done.stdout}")


def judge(root, top, plugin, *options):
    """In a mount namespace of its own, where /proc is mounted, as on every machine."""
    inside = 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"'
    return run("unshare", "--mount", "sh", "-c", inside, root, os.path.join(top, "bin/conformance-run"),
               "--plugin", plugin, "--level", "load", "--level", "memory", *options)


def main():
    suite = Suite.from_arguments()
    if os.geteuid() != 0:
        print("SKIPPED: chroot wants root")
        return SKIPPED
    with tempfile.TemporaryDirectory() as folder:
        root = os.path.join(folder, "root")
        os.mkdir(root)
        top = make_root(make_tarball(suite.build, os.path.join(folder, "package")), root)
        results = []
        honest = template(root + top)
        for name, source, code, words, options in (
                ("honest", honest, 0, " 0 failed", []),
                ("faulty", honest.replace(*FAULT), 1, f"FAIL {CASE} ", ["--filter", CASE])):
            compile_plugin(source, root + top, f"{root}/libbp_{name}.so")
            done = judge(root, top, f"/libbp_{name}.so", *options)
            right = done.returncode == code and words in done.stdout
            print(f"{'ok' if right else 'WRONG':6} {name}: exit code {done.returncode}, "
                  f"{done.stdout.strip().splitlines()[-1]}")
            if not right:
                print(done.stdout)
            results.append(right)
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
