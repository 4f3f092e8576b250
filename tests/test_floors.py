"""The floors: a wing imports only wings below it, siblings never import each other, heavy packages are late.

``FLOORS`` is the table; docs/architecture.md shows its copy. Where the work shows a better wall, move the wall, this
table and the copy together.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
PACKAGE = CHECKOUT / "reviewkit"

FACE, CLI = "__init__", "cli"
FLOORS = {
    11: (CLI,),
    10: (FACE,),
    9: ("batch", "training"),
    8: ("bundle",),
    7: ("engine",),
    6: ("model", "report"),
    5: ("routing", "evaluation"),
    4: ("scoring", "screening"),
    3: ("features", "review"),
    2: ("text", "formats", "agreement"),
    1: ("files", "checks"),
    0: ("errors", "records"),
}
FLOOR_OF = {wing: floor for floor, wings in FLOORS.items() for wing in wings}
FLOOR_OF["__main__"] = 12  # starts the command line, no wing of its own

# Inside these wings a file imports only what stands before it; files that are not named here may stand anywhere.
FILE_ORDER = {
    "text": ("extract", "segmenter"),
    "features": ("encoder", "cache", "surface", "lexical", "moves", "featurizer"),
    "scoring": ("estimator", "calibrator", "conformal", "scorer", "evidence"),
}

HEAVY = {
    "dask",
    "matplotlib",
    "pandas",
    "polars",
    "pyarrow",
    "scipy.stats",
    "sentence_transformers",
    "skops",
    "sklearn",
    "spacy",
    "torch",
    "transformers",
}
# An estimator inherits from scikit-learn's base classes, so it cannot be late; what imports it is.
HEAVY_ALLOWED_AT_TOP = {"reviewkit.scoring.decomposition": {"sklearn"}, "reviewkit.scoring.estimator": {"sklearn"}}
# The one place that knows a package; a wing stands for all its files.
ONLY_IN = {
    "spacy": "reviewkit.text.segmenter",
    "sentence_transformers": "reviewkit.features",
    "torch": "reviewkit.features",
    "skops": "reviewkit.bundle",
}


class Import(NamedTuple):
    """One import: who imports what, on which line, and whether it runs when the file is loaded."""

    source: str
    target: str
    line: int
    at_top: bool

    def __str__(self) -> str:
        return f"{self.source}:{self.line} imports {self.target}"


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(CHECKOUT).with_suffix("").parts).removesuffix(".__init__")


def within(module: str, home: str) -> bool:
    return module == home or module.startswith(f"{home}.")


def wing_of(module: str) -> str:
    return module.split(".")[1] if "." in module else FACE


def is_for_typing(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}


def walk(node: ast.AST, *, at_top: bool = True) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    for child in ast.iter_child_nodes(node):
        late = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) or is_for_typing(child)
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child, at_top
        yield from walk(child, at_top=at_top and not late)


def targets(node: ast.Import | ast.ImportFrom, *, source: str, is_package: bool) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
        return
    parts = source.split(".")
    base = ".".join(parts[: len(parts) - node.level + is_package]) if node.level else ""
    module = ".".join(part for part in (base, node.module) if part)
    for alias in node.names:
        full = f"{module}.{alias.name}"
        yield full if full in modules() or full in HEAVY else module


@cache
def modules() -> dict[str, Path]:
    return {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def imports_in(code: str, *, source: str, is_package: bool = False) -> list[Import]:
    return [
        Import(source, target, node.lineno, at_top)
        for node, at_top in walk(ast.parse(code))
        for target in targets(node, source=source, is_package=is_package)
    ]


@cache
def all_imports() -> list[Import]:
    return [
        one
        for source, path in modules().items()
        for one in imports_in(path.read_text("utf-8"), source=source, is_package=path.name == "__init__.py")
    ]


def own_imports() -> list[Import]:
    return [one for one in all_imports() if within(one.target, "reviewkit")]


def breaks_floors(one: Import) -> bool:
    source, target = wing_of(one.source), wing_of(one.target)
    if source == CLI and target not in {CLI, FACE}:
        return True
    return source != target and FLOOR_OF[target] >= FLOOR_OF[source]


def breaks_file_order(one: Import) -> bool:
    order = FILE_ORDER.get(wing_of(one.source), ())
    files = [".".join(name.split(".")[2:3]) for name in (one.source, one.target)]
    same_wing = wing_of(one.source) == wing_of(one.target)
    return same_wing and set(files) <= set(order) and order.index(files[0]) < order.index(files[1])


def heavy_at_top(one: Import) -> bool:
    heavy = {package for package in HEAVY if within(one.target, package)}
    return one.at_top and bool(heavy - HEAVY_ALLOWED_AT_TOP.get(one.source, set()))


def out_of_place(one: Import) -> bool:
    return any(within(one.target, package) and not within(one.source, home) for package, home in ONLY_IN.items())


class TestFloors:
    def test_every_wing_stands_in_the_table(self) -> None:
        wings = {wing_of(module) for module in modules()}
        assert sorted(wings - set(FLOOR_OF)) == []

    def test_a_wing_imports_only_wings_on_lower_floors(self) -> None:
        assert [str(one) for one in own_imports() if breaks_floors(one)] == []

    def test_inside_a_wing_a_file_imports_only_what_stands_before_it(self) -> None:
        assert [str(one) for one in own_imports() if breaks_file_order(one)] == []

    def test_no_imports_run_in_a_circle(self) -> None:
        graph: dict[str, set[str]] = {module: set() for module in modules()}
        for one in own_imports():
            graph[one.source] |= {one.target} & (set(graph) - {one.source, "reviewkit"})
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            pytest.fail(" <- ".join(error.args[1]))

    def test_heavy_packages_are_imported_late(self) -> None:
        assert [str(one) for one in all_imports() if heavy_at_top(one)] == []

    def test_each_heavy_package_is_known_in_one_place(self) -> None:
        assert [str(one) for one in all_imports() if out_of_place(one)] == []

    def test_the_copy_in_the_docs_is_the_same(self) -> None:
        page = (CHECKOUT / "docs" / "architecture.md").read_text("utf-8")
        rows = re.findall(r"^\| (\d+) \| (.+?)(?: \(.*\))? \|$", page, flags=re.MULTILINE)
        copy = {int(floor): tuple(wing.strip("` ") for wing in wings.split("·")) for floor, wings in rows}
        assert copy == FLOORS


class TestTheCheckItself:
    """A check that finds nothing must be known to find something."""

    @pytest.mark.parametrize(
        ("source", "code"),
        [
            ("reviewkit.text.extract", "from reviewkit.scoring import scorer"),
            ("reviewkit.text.extract", "from reviewkit.formats.loss import Loss"),
            ("reviewkit.text.extract", "def f():\n    import reviewkit.engine"),
            ("reviewkit.engine", "import reviewkit"),
            ("reviewkit.cli.train", "from reviewkit.model import ReviewModel"),
        ],
    )
    def test_a_broken_floor_is_found(self, source: str, code: str) -> None:
        assert all(breaks_floors(one) for one in imports_in(code, source=source))

    def test_an_import_that_is_relative_is_read_in_full(self) -> None:
        found = imports_in("from ..scoring import scorer", source="reviewkit.text.extract")
        assert wing_of(found[0].target) == "scoring"

    def test_a_file_that_reaches_forward_is_found(self) -> None:
        found = imports_in("import reviewkit.features.featurizer", source="reviewkit.features.cache")
        assert breaks_file_order(found[0])

    @pytest.mark.parametrize("code", ["import torch", "from scipy import stats", "import scipy.stats as st"])
    def test_a_heavy_import_at_the_top_is_found(self, code: str) -> None:
        assert heavy_at_top(imports_in(code, source="reviewkit.checks")[0])

    @pytest.mark.parametrize("code", ["def f():\n    import torch", "if TYPE_CHECKING:\n    import torch"])
    def test_a_late_one_and_one_for_typing_pass(self, code: str) -> None:
        assert not heavy_at_top(imports_in(code, source="reviewkit.checks")[0])

    def test_a_package_out_of_its_place_is_found(self) -> None:
        assert out_of_place(imports_in("def f():\n    import spacy", source="reviewkit.screening.screen")[0])
