"""The face: the public names of ``reviewkit``, and what importing them costs."""

import doctest
import inspect
import json
import subprocess
import sys

import pytest

import reviewkit

HEAVY = {
    "dask",
    "matplotlib",
    "pandas",
    "polars",
    "pyarrow",
    "scipy",
    "sentence_transformers",
    "skops",
    "sklearn",
    "spacy",
    "torch",
    "transformers",
}
NAMES: list[str] = list(reviewkit.__all__)


def needs_example(name: str) -> bool:
    thing = getattr(reviewkit, name)
    is_error = inspect.isclass(thing) and issubclass(thing, BaseException)
    return (inspect.isclass(thing) or inspect.isfunction(thing)) and not is_error


def docstrings(name: str) -> list[str]:
    """Docstrings of a public name, and of a class's own public methods."""
    thing = getattr(reviewkit, name)
    members = vars(thing).items() if inspect.isclass(thing) else ()
    return [inspect.getdoc(thing) or "", *(inspect.getdoc(one) or "" for key, one in members if key[0] != "_")]


def loaded_by(code: str) -> set[str]:
    """Heavy packages that a fresh interpreter has loaded after running ``code``."""
    report = f"{code}\nimport json, sys\nprint()\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", report], capture_output=True, text=True, check=True)
    return HEAVY & set(json.loads(done.stdout.splitlines()[-1]))


class TestNames:
    def test_they_are_sorted_and_each_stands_once(self) -> None:
        assert sorted(set(NAMES)) == NAMES

    def test_dir_lists_them(self) -> None:
        assert set(NAMES) <= set(dir(reviewkit))

    @pytest.mark.parametrize("name", NAMES)
    def test_each_resolves_to_one_thing(self, name: str) -> None:
        assert getattr(reviewkit, name) is getattr(reviewkit, name)

    @pytest.mark.parametrize("name", NAMES)
    def test_each_is_documented(self, name: str) -> None:
        assert (getattr(reviewkit, name).__doc__ or "").strip()

    @pytest.mark.parametrize("name", NAMES)
    def test_each_function_and_class_shows_an_example(self, name: str) -> None:
        examples = [example for text in docstrings(name) for example in doctest.DocTestParser().get_examples(text)]
        assert examples or not needs_example(name)

    def test_a_name_that_is_not_there_is_an_attribute_error_that_names_it(self) -> None:
        with pytest.raises(AttributeError, match="no_such_name"):
            _ = reviewkit.no_such_name


class TestImport:
    def test_it_loads_nothing_heavy(self) -> None:
        assert loaded_by("import reviewkit") == set()

    def test_listing_the_names_loads_nothing_heavy(self) -> None:
        assert loaded_by("import reviewkit; dir(reviewkit)") == set()

    def test_the_command_lines_help_loads_nothing_heavy(self) -> None:
        code = """
import sys
from reviewkit.__main__ import main
sys.argv = ["reviewkit", "--help"]
try:
    main()
except SystemExit:
    pass
"""
        assert loaded_by(code) == set()
