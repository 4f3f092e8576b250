"""Set-up: what it installs, and when it stops."""

import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement

CHECKOUT = Path(__file__).resolve().parents[1]


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, CHECKOUT / ".ci" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


environment = load("environment")
pin = load("pin")

CPU_PLAN = [("numpy", "2.4.6"), ("torch", "2.13.0+cpu")]
CUDA_PLAN = [
    ("cuda-bindings", "13.0.3"),
    ("numpy", "2.4.6"),
    ("nvidia-cublas-cu12", "12.8.4.1"),
    ("torch", "2.13.0"),
    ("triton", "3.7.0"),
]


def report(packages: list[tuple[str, str]]) -> dict[str, object]:
    """An installation report as pip writes it, less what set-up does not read."""
    return {"version": "1", "install": [{"metadata": {"name": name, "version": version}} for name, version in packages]}


def pins() -> dict[str, str]:
    lines = (CHECKOUT / "constraints.txt").read_text("utf-8").splitlines()
    return dict(line.split("==") for line in lines if not line.startswith("#"))


def brought_by(name: str, *, seen: set[str]) -> Iterator[str]:
    """Names of all that an installed package brings, extras left out."""
    for line in metadata.requires(name) or ():
        requirement = Requirement(line)
        brought = environment.normal_name(requirement.name)
        if brought not in seen and (requirement.marker is None or requirement.marker.evaluate({"extra": ""})):
            seen.add(brought)
            yield brought
            yield from brought_by(brought, seen=seen)


class TestPlan:
    def test_names_come_in_their_normal_form(self) -> None:
        read = environment.planned_packages(report([("Jinja2", "3.1.6"), ("typing_extensions", "4.16.0")]))
        assert read == [("jinja2", "3.1.6"), ("typing-extensions", "4.16.0")]

    def test_a_plan_without_cuda_goes_on(self) -> None:
        assert environment.cuda_remedy(CPU_PLAN, has_gpu=False, allowed=False) is None

    def test_a_plan_with_cuda_stops_where_no_gpu_is(self) -> None:
        remedy = environment.cuda_remedy(CUDA_PLAN, has_gpu=False, allowed=False)
        assert remedy.startswith("pip plans 3 CUDA packages (cuda-bindings 13.0.3, nvidia-cublas-cu12 12.8.4.1, triton")

    def test_the_remedy_says_what_to_set(self) -> None:
        remedy = environment.cuda_remedy(CUDA_PLAN, has_gpu=False, allowed=False)
        assert re.findall(r"PIP_\w+|torch \d\S+|REVIEWKIT_\w+=1", remedy) == [
            "PIP_EXTRA_INDEX_URL",
            "torch 2.13.0",
            "PIP_FIND_LINKS",
            "REVIEWKIT_ALLOW_CUDA=1",
        ]

    def test_a_torch_built_for_cuda_is_enough_to_stop(self) -> None:
        assert environment.cuda_remedy([("torch", "2.13.0+cu130")], has_gpu=False, allowed=False)

    @pytest.mark.parametrize(("has_gpu", "allowed"), [(True, False), (False, True), (True, True)])
    def test_with_a_gpu_or_leave_it_goes_on(self, has_gpu: bool, allowed: bool) -> None:
        assert environment.cuda_remedy(CUDA_PLAN, has_gpu=has_gpu, allowed=allowed) is None

    @pytest.mark.parametrize("name", ["cudatoolkit-free", "tritonclient", "nvidiaish"])
    def test_a_name_that_only_looks_like_it_goes_on(self, name: str) -> None:
        assert environment.cuda_packages([(name, "1.0")]) == []


class TestStamp:
    def test_a_folder_of_another_making_has_none(self, tmp_path: Path) -> None:
        assert environment.read_stamp(tmp_path) is None

    def test_a_damaged_one_reads_as_unfinished(self, tmp_path: Path) -> None:
        (tmp_path / environment.STAMP).write_text("{", "utf-8")
        assert environment.read_stamp(tmp_path) == {}

    def test_an_environment_that_was_moved_is_not_kept(self, tmp_path: Path) -> None:
        environment.write_stamp(tmp_path, state="ready", digest="d")
        stamp = environment.read_stamp(tmp_path)
        assert not environment.is_usable(tmp_path / "elsewhere", stamp)

    def test_an_interrupted_one_is_not_kept(self, tmp_path: Path) -> None:
        environment.write_stamp(tmp_path, state="unfinished")
        assert not environment.is_usable(tmp_path, environment.read_stamp(tmp_path))

    def test_one_whose_python_is_gone_is_not_kept(self, tmp_path: Path) -> None:
        environment.write_stamp(tmp_path, state="ready", digest="d")
        assert not environment.is_usable(tmp_path, environment.read_stamp(tmp_path))

    def test_a_folder_of_another_making_is_left_alone(self, tmp_path: Path) -> None:
        (tmp_path / "thesis.txt").write_text("years of work", "utf-8")
        with pytest.raises(environment.SetupError, match="was not made by this set-up, so it is left alone"):
            environment.set_up(tmp_path)
        environment.remove(tmp_path)
        assert (tmp_path / "thesis.txt").exists()


class TestPins:
    def test_every_package_that_the_project_names_is_pinned(self) -> None:
        extras = environment.project_settings()["project"]["optional-dependencies"]
        named = [Requirement(line) for line in environment.requirements(extras) + environment.build_requirements()]
        unpinned = {environment.normal_name(one.name) for one in named} - set(pins())
        assert sorted(unpinned) == [], "run `make pins`"

    def test_a_pin_is_one_that_the_project_allows(self) -> None:
        extras = environment.project_settings()["project"]["optional-dependencies"]
        named = [Requirement(line) for line in environment.requirements(extras)]
        broken = [str(one) for one in named if pins()[environment.normal_name(one.name)] not in one.specifier]
        assert broken == []

    def test_every_package_that_comes_along_is_pinned(self) -> None:
        seen: set[str] = set()
        roots = [Requirement(line).name for line in environment.requirements(environment.EXTRAS)]
        come_along = {name for root in roots for name in brought_by(root, seen=seen)}
        assert sorted(name for name in come_along - set(pins()) if not environment.CUDA_NAME.match(name)) == []

    def test_a_builds_own_mark_and_cuda_packages_are_left_out(self) -> None:
        lines = pin.pins_text([*CPU_PLAN, ("nvidia-cublas-cu12", "12.8.4.1")]).splitlines()
        assert [line for line in lines if not line.startswith("#")] == ["numpy==2.4.6", "torch==2.13.0"]

    def test_the_file_names_no_place_to_fetch_from(self) -> None:
        assert re.findall(r"://|--\w|@", (CHECKOUT / "constraints.txt").read_text("utf-8")) == []


class TestCommand:
    def test_an_older_python_is_told_which_it_needs(self) -> None:
        code = "import sys; sys.version_info = (3, 9); import environment; sys.exit(environment.main())"
        call = [sys.executable, "-c", code]
        done = subprocess.run(call, cwd=CHECKOUT / ".ci", capture_output=True, text=True, check=False)
        assert (done.returncode, "3.11 or newer is needed" in done.stderr) == (1, True)

    def test_a_report_of_pip_is_read(self) -> None:
        call = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--no-deps", "--no-index"]
        done = subprocess.run([*call, "--report", "-", "pytest"], capture_output=True, text=True, check=True)
        assert environment.planned_packages(json.loads(done.stdout)) == []
