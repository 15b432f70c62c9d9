"""The light models of the Python package onnx: real classifiers whose weights are made when they are read,
so that each is some kilobytes. They are fetched once, into the build folder."""
import os
import pathlib
import subprocess
import sys
import zipfile

VERSION = "1.23.2"
FOLDER = "onnx/backend/test/data/light/"
# Of nine the three with the fewest weights: the others take minutes, or gigabytes.
MODELS = ["light_squeezenet", "light_shufflenet", "light_inception_v1"]


def download(folder):
    """Says why it cannot be had, or ""."""
    done = subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--retries", "1",
         "--timeout", "20", "--no-deps", "--only-binary=:all:", "--dest", folder, f"onnx=={VERSION}"],
        capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else (done.stderr.strip().splitlines() or ["no reason given"])[-1]


def unpack(folder):
    for wheel in folder.glob("onnx-*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                if name.startswith(FOLDER) and name.endswith(".onnx"):
                    (folder / os.path.basename(name)).write_bytes(archive.read(name))
        wheel.unlink()


def fetch(build):
    """Returns (the folder that has them, why it has not or "")."""
    folder = pathlib.Path(build) / "models" / f"onnx-{VERSION}"
    if not list(folder.glob("light_*.onnx")):
        folder.mkdir(parents=True, exist_ok=True)
        missing = download(folder)
        if missing:
            return folder, missing
        unpack(folder)
    return folder, ""
