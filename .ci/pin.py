"""Write constraints.txt: the version of every package that the project, its extras and its build need.

    python .ci/pin.py                keep the versions that stand; add what is new, drop what is no longer needed
    python .ci/pin.py numpy ruff     let these move to their newest versions that fit, with what they bring
    python .ci/pin.py --all          let everything move but what HELD_BACK holds

Run it with a Python that has pip; nothing is installed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from environment import (
    CONSTRAINTS,
    build_requirements,
    cuda_packages,
    normal_name,
    planned_packages,
    project_settings,
    requirements,
)

HELD_BACK = ("scikit-learn==1.9.1", "sentence-transformers==6.2.0", "spacy==3.8.18", "torch==2.13.0")
HEADER = """\
# The version of every package that the project, its extras and its build need.
# Written by `make pins`; do not edit by hand. Held back in .ci/pin.py: {held}.
"""


def standing_pins(path: Path) -> dict[str, str]:
    """Read the pins that stand: name to ``name==version``."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    pins = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    return {normal_name(pin.partition("==")[0]): pin for pin in pins}


def resolve(kept: list[str]) -> list[tuple[str, str]]:
    """Let pip resolve everything under the pins that are kept."""
    with tempfile.TemporaryDirectory() as scratch:
        constraints, report = Path(scratch) / "kept.txt", Path(scratch) / "report.json"
        constraints.write_text("\n".join(kept) + "\n", encoding="utf-8")
        extras = project_settings()["project"]["optional-dependencies"]
        call = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed"]
        call += ["--constraint", str(constraints), "--report", str(report), *build_requirements()]
        subprocess.run([*call, *requirements(extras)], check=True, stdin=subprocess.DEVNULL)
        return planned_packages(json.loads(report.read_text(encoding="utf-8")))


def pins_text(packages: list[tuple[str, str]]) -> str:
    """Write the packages as constraints; a build's own mark (``+cpu``) goes, CUDA packages are pinned by torch."""
    cuda = set(cuda_packages([one for one in packages if one[0] != "torch"]))
    kept = [(name, version) for name, version in packages if f"{name} {version}" not in cuda]
    pins = sorted(f"{name}=={version.partition('+')[0]}" for name, version in kept)
    return HEADER.format(held=", ".join(HELD_BACK)) + "\n".join(pins) + "\n"


def main() -> None:
    """Run as a command."""
    parser = argparse.ArgumentParser(description="Write constraints.txt.")
    parser.add_argument("names", nargs="*", help="packages that may move to newer versions")
    parser.add_argument("--all", action="store_true", help="let everything move")
    arguments = parser.parse_args()
    held = {normal_name(pin.partition("==")[0]): pin for pin in HELD_BACK}
    kept = {} if arguments.all else standing_pins(CONSTRAINTS)
    for name in arguments.names:
        kept.pop(normal_name(name), None)
    packages = resolve([*(kept | held).values()])
    CONSTRAINTS.write_text(pins_text(packages), encoding="utf-8")
    print(f"constraints.txt: {len(packages)} packages")


if __name__ == "__main__":
    main()
