"""Make the environment that the Makefile's commands run in, and nothing else.

    python3 .ci/environment.py FOLDER             make FOLDER, or leave it where nothing changed
    python3 .ci/environment.py FOLDER --remove    remove it, if this script made it

pip resolves first, without installing. Where its plan holds CUDA packages and the machine shows no GPU, nothing is
installed and the remedy is told. What is installed has the versions in constraints.txt. pip's own settings (PIP_*
variables, its configuration files) hold throughout. Only the standard library is used.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

CHECKOUT = Path(__file__).resolve().parents[1]
CONSTRAINTS = CHECKOUT / "constraints.txt"
PROJECT = CHECKOUT / "pyproject.toml"
OLDEST_PYTHON = (3, 11)
EXTRAS = ("test", "dev")
STAMP = "reviewkit-setup.json"
ALLOW_CUDA = "REVIEWKIT_ALLOW_CUDA"
CUDA_NAME = re.compile(r"(nvidia|cuda)-|(pytorch-)?triton$")


class SetupError(Exception):
    """Set-up cannot go on; the message says what to do."""


def planned_packages(report: dict[str, Any]) -> list[tuple[str, str]]:
    """Name and version of each package in pip's installation report, names in their normal form."""
    metadata = [item["metadata"] for item in report["install"]]
    return [(normal_name(one["name"]), one["version"]) for one in metadata]


def normal_name(name: str) -> str:
    """Write a package's name as package indexes compare it: ``Jinja2`` is ``jinja2``, ``a_b`` is ``a-b``."""
    return re.sub(r"[-_.]+", "-", name).lower()


def cuda_packages(packages: list[tuple[str, str]]) -> list[str]:
    """Those of the packages that only serve a CUDA GPU, each as ``name version``."""
    return [f"{name} {version}" for name, version in packages if CUDA_NAME.match(name) or "+cu" in version]


def cuda_remedy(packages: list[tuple[str, str]], *, has_gpu: bool, allowed: bool) -> str | None:
    """Say what to do about a plan that holds CUDA packages; None where the plan may go on."""
    planned = cuda_packages(packages)
    if not planned or has_gpu or allowed:
        return None
    torch = next((version.partition("+")[0] for name, version in packages if name == "torch"), "that is pinned")
    return (
        f"pip plans {len(planned)} CUDA packages ({', '.join(planned[:3])}{', ...' if planned[3:] else ''}), several "
        "gigabytes, but this machine shows no GPU. Nothing was installed.\n"
        "Point pip at PyTorch's CPU builds, then run the same command again. Either\n"
        "  set PIP_EXTRA_INDEX_URL to the index that PyTorch's installation page gives for pip and CPU, or\n"
        f"  put the CPU wheel of torch {torch} for this Python into a folder and set PIP_FIND_LINKS to it.\n"
        f"To install the CUDA packages all the same, set {ALLOW_CUDA}=1."
    )


def gpu_is_here() -> bool:
    """Whether this machine shows an NVIDIA GPU."""
    return any(Path("/dev").glob("nvidia*")) or shutil.which("nvidia-smi") is not None


def read_stamp(folder: Path) -> dict[str, str] | None:
    """Read what an earlier run wrote there: ``{}`` if unreadable, None if this script did not make the folder."""
    try:
        stamp = json.loads((folder / STAMP).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def write_stamp(folder: Path, **fields: str) -> None:
    """Say in the environment how far it is."""
    unfinished = folder / f"{STAMP}.{os.getpid()}"
    unfinished.write_text(json.dumps({"place": str(folder), **fields}) + "\n", encoding="utf-8")
    unfinished.replace(folder / STAMP)


def project_settings() -> dict[str, Any]:
    """Read pyproject.toml."""
    import tomllib  # late: an older Python has none, and must get as far as the message that says so

    return tomllib.loads(PROJECT.read_text(encoding="utf-8"))


def wanted_digest() -> str:
    """SHA-256 of all that decides what is installed."""
    settings = project_settings()
    parts = [sys.version_info[:3], settings["build-system"], settings["project"], settings["tool"].get("hatch")]
    text = json.dumps([parts, CONSTRAINTS.read_text(encoding="utf-8")], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def build_requirements() -> list[str]:
    """List what builds the project: installed with pinned versions like the rest, not fetched apart."""
    required: list[str] = project_settings()["build-system"]["requires"]
    return [*required, "editables"]


def requirements(extras: Iterable[str]) -> list[str]:
    """List what the project needs, and those extras of it."""
    project = project_settings()["project"]
    return [*project["dependencies"], *(one for extra in extras for one in project["optional-dependencies"][extra])]


def is_usable(folder: Path, stamp: dict[str, str]) -> bool:
    """Whether an environment can be kept: finished, still in its place, and its Python runs."""
    if stamp.get("state") != "ready" or stamp.get("place") != str(folder):
        return False
    python = folder / "bin" / "python"
    try:
        return subprocess.run([python, "-c", "pass"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def set_up(folder: Path) -> None:
    """Make the environment, bring it up to date, or leave it where nothing changed."""
    stamp, digest = read_stamp(folder), wanted_digest()
    if stamp is not None and stamp.get("digest") == digest and is_usable(folder, stamp):
        return
    if stamp is None and folder.exists() and any(folder.iterdir()):
        raise SetupError(
            f"{folder} stands already and was not made by this set-up, so it is left alone. "
            "Move it away, or name another folder: make VENV=FOLDER ..."
        )
    if stamp is not None and not is_usable(folder, stamp):
        shutil.rmtree(folder)
    if not (folder / "bin").exists():
        create(folder)
    check_plan(folder)
    write_stamp(folder, state="unfinished")
    install(folder)
    write_stamp(folder, state="ready", digest=digest)


def create(folder: Path) -> None:
    """Create an empty environment that says it is unfinished from its first moment."""
    say(f"creating {folder.name} with Python {'.'.join(map(str, sys.version_info[:3]))}")
    folder.mkdir(parents=True, exist_ok=True)
    write_stamp(folder, state="unfinished")
    try:
        venv.create(folder, with_pip=True, symlinks=True)
    except subprocess.CalledProcessError as error:
        raise SetupError(
            "Python cannot create an environment with pip. On Debian and Ubuntu install the package python3-venv."
        ) from error


def check_plan(folder: Path) -> None:
    """Let pip resolve without installing, and stop where the plan does not fit the machine."""
    say("resolving the pinned versions")
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "report.json"
        wanted = [*build_requirements(), *requirements(EXTRAS)]
        pip(folder, "install", "--quiet", "--dry-run", "--report", str(path), *wanted)
        packages = planned_packages(json.loads(path.read_text(encoding="utf-8")))
    remedy = cuda_remedy(packages, has_gpu=gpu_is_here(), allowed=os.environ.get(ALLOW_CUDA, "") not in {"", "0"})
    if remedy:
        raise SetupError(remedy)


def install(folder: Path) -> None:
    """Install the build backend, then the project in place with its extras."""
    say("installing (torch alone is some 200 MB)")
    pip(folder, "install", *build_requirements())
    pip(folder, "install", "--no-build-isolation", "--editable", f"{CHECKOUT}[{','.join(EXTRAS)}]")


def pip(folder: Path, command: str, *arguments: str) -> None:
    """Run the environment's pip under the constraints."""
    call = [
        str(folder / "bin" / "python"),
        "-m",
        "pip",
        "--disable-pip-version-check",
        command,
        "--constraint",
        str(CONSTRAINTS),
        *arguments,
    ]
    if subprocess.run(call, check=False, stdin=subprocess.DEVNULL, stdout=sys.stderr).returncode:
        raise SetupError(f"pip could not {command} (its words stand above). Mend what it names and run again.")


def remove(folder: Path) -> None:
    """Remove the environment, if this script made it."""
    if read_stamp(folder) is not None:
        shutil.rmtree(folder)


def say(words: str) -> None:
    """Talk on stderr: stdout is for results."""
    print(f"set-up: {words}", file=sys.stderr, flush=True)


def lock() -> int:
    """Wait until no other set-up runs in this checkout; the lock ends with the process."""
    import fcntl  # late: Windows has none

    place = os.open(CHECKOUT / ".ci", os.O_RDONLY)
    fcntl.flock(place, fcntl.LOCK_EX)
    return place


def main() -> int:
    """Run as a command."""
    if sys.version_info < OLDEST_PYTHON:
        say(f"this is Python {sys.version.split()[0]}; 3.11 or newer is needed: make PYTHON=python3.11 ...")
        return 1
    parser = argparse.ArgumentParser(description="Make the environment that the Makefile's commands run in.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--remove", action="store_true")
    arguments = parser.parse_args()
    folder = Path(os.path.abspath(arguments.folder))  # noqa: PTH100  resolve() would follow a linked environment
    lock()
    try:
        (remove if arguments.remove else set_up)(folder)
    except SetupError as error:
        say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
