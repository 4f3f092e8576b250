"""The documentation is true: links lead somewhere, code runs, commands and records are as shown.

Marks in a page, each an HTML comment on the line before a fence:

``<!-- not run: REASON -->``      a python block that is not run
``<!-- record: NAME -->``         a json block that is read as that record

and, anywhere in it, ``<!-- run by tests/FILE.py -->`` where another test runs the page's python blocks.
"""

import doctest
import re
import shlex
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

import reviewkit
from reviewkit.cli.app import main
from reviewkit.files import read_rubric

CHECKOUT = Path(__file__).resolve().parents[1]

FENCE = re.compile(
    r"^(?:<!-- (?P<mark>[^\n]*?) -->\n)?```(?P<kind>[a-z]*)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL
)
RUN_BY = re.compile(r"<!-- run by (tests/\S+) -->")
MAKE = re.compile(r"\bmake ([a-z]+)\b(?=`|    #)")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)(?: \"[^\"]*\")?\)")
INLINE = re.compile(r"`([^`\n]+)`")
COMMAND = re.compile(r"(?:^|[\s$])reviewkit((?: [a-z][a-z-]*(?![\w./=-])){1,2})")


class Block(NamedTuple):
    """A fenced block of a page."""

    page: Path
    line: int
    kind: str
    mark: str
    code: str

    @property
    def name(self) -> str:
        return f"{self.page.relative_to(CHECKOUT)}:{self.line}"


@cache
def pages() -> tuple[Path, ...]:
    top = [CHECKOUT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")]
    folders = ("docs", "rubrics", "models")
    below = [path for folder in folders for path in sorted((CHECKOUT / folder).rglob("*.md"))]
    return (*top, CHECKOUT / "benchmarks" / "README.md", *below)


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text("utf-8")
    for match in FENCE.finditer(text):
        line = text.count("\n", 0, match.start("code")) + 1
        yield Block(page, line, match["kind"], match["mark"] or "", match["code"])


def prose(page: Path) -> str:
    return FENCE.sub("", page.read_text("utf-8"))


def all_blocks(kind: str) -> list[Block]:
    return [block for page in pages() for block in blocks(page) if block.kind == kind]


def marked_blocks(kind: str, *, mark: str) -> list[Block]:
    return [block for block in all_blocks(kind) if block.mark.startswith(mark)]


def rubric_blocks() -> list[Block]:
    return [block for block in all_blocks("yaml") if block.code.startswith("format: reviewkit/rubric/")]


def is_run_here(page: Path) -> bool:
    return RUN_BY.search(page.read_text("utf-8")) is None


def run_here(page: Path) -> list[Block]:
    found = [block for block in blocks(page) if block.kind == "python" and not block.mark.startswith("not run:")]
    return found if is_run_here(page) else []


def run_blocks(found: list[Block]) -> None:
    """Run a page's blocks in order, in one namespace, as a reader would."""
    names: dict[str, object] = {"__name__": "__main__"}
    for block in found:
        padding = "\n" * (block.line - 1)
        if ">>>" in block.code:
            test = doctest.DocTestParser().get_doctest(block.code, names, block.name, str(block.page), block.line)
            flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
            runner = doctest.DebugRunner(optionflags=flags)
            runner.run(test, clear_globs=False)
            names.update(test.globs)
        else:
            exec(compile(padding + block.code, str(block.page), "exec"), names)


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", prose(page), flags=re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)) for heading in headings]
    return {heading.strip().lower().replace(" ", "-") for heading in plain}


def links(page: Path) -> Iterator[tuple[str, Path, str]]:
    for link in LINK.findall(prose(page)):
        if "://" not in link and not link.startswith("mailto:"):
            path, _, anchor = link.partition("#")
            yield link, (page.parent / path).resolve() if path else page, anchor


def commands() -> list[tuple[str, ...]]:
    shown = {command for page in pages() for code in shell_code(page) for command in COMMAND.findall(code)}
    return sorted({tuple(command.split()) for command in shown})


def shell_code(page: Path) -> list[str]:
    fenced = [block.code for block in blocks(page) if block.kind in {"", "bash", "console", "sh"}]
    inline = [code for code in INLINE.findall(prose(page)) if code.startswith("reviewkit ")]
    return [line for code in fenced for line in code.splitlines()] + inline


def name_of(page: Path) -> str:
    return str(page.relative_to(CHECKOUT))


class TestLinks:
    @pytest.mark.parametrize("page", pages(), ids=name_of)
    def test_every_relative_link_leads_to_a_file(self, page: Path) -> None:
        assert [link for link, target, _ in links(page) if not target.exists()] == []

    @pytest.mark.parametrize("page", pages(), ids=name_of)
    def test_every_anchor_is_a_heading(self, page: Path) -> None:
        pointed = [(link, target, anchor) for link, target, anchor in links(page) if anchor and target.suffix == ".md"]
        assert [link for link, target, anchor in pointed if anchor not in anchors(target)] == []

    def test_every_page_of_the_docs_is_reached_from_the_index(self) -> None:
        docs = set((CHECKOUT / "docs").rglob("*.md"))
        reached, waiting = set[Path](), {CHECKOUT / "docs" / "index.md"}
        while waiting:
            reached |= waiting
            waiting = {target for page in waiting for _, target, _ in links(page)} & docs - reached
        assert sorted(map(name_of, docs - reached)) == []


class TestCode:
    @pytest.mark.parametrize("page", [page for page in pages() if run_here(page)], ids=name_of)
    def test_every_python_block_runs(self, page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for folder in ("rubrics", "models"):
            (tmp_path / folder).symlink_to(CHECKOUT / folder)
        monkeypatch.chdir(tmp_path)
        monkeypatch.syspath_prepend(str(CHECKOUT))
        run_blocks(run_here(page))

    def test_another_test_that_is_named_stands_there(self) -> None:
        named = [name for page in pages() for name in RUN_BY.findall(page.read_text("utf-8"))]
        assert [name for name in named if not (CHECKOUT / name).exists()] == []

    def test_a_block_that_is_not_run_says_why(self) -> None:
        marks = marked_blocks("python", mark="not run")
        assert [block.name for block in marks if not re.match(r"not run: \w", block.mark)] == []

    @pytest.mark.parametrize("block", marked_blocks("json", mark="record:"), ids=lambda block: block.name)
    def test_a_record_that_is_shown_is_one(self, block: Block) -> None:
        record = getattr(reviewkit, block.mark.removeprefix("record:").strip())
        assert record.model_validate_json(block.code)

    @pytest.mark.parametrize("block", rubric_blocks(), ids=lambda block: block.name)
    def test_a_rubric_that_is_shown_is_one(self, block: Block, tmp_path: Path) -> None:
        path = tmp_path / "rubric.yaml"
        path.write_text(block.code, "utf-8")
        assert read_rubric(path).digest


class TestCommands:
    @pytest.mark.parametrize("command", commands(), ids=" ".join)
    def test_every_command_that_is_shown_exists(
        self, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(sys, "argv", ["reviewkit", *command, "--help"])
        with pytest.raises(SystemExit) as end:
            main()
        assert not end.value.code, capsys.readouterr().err

    def test_every_make_target_that_is_shown_exists(self) -> None:
        makefile = (CHECKOUT / "Makefile").read_text("utf-8")
        targets = {name for line in re.findall(r"^([a-z ]+):", makefile, flags=re.MULTILINE) for name in line.split()}
        shown = {name for page in pages() for name in MAKE.findall(page.read_text("utf-8"))}
        assert shown <= targets


class TestChangelog:
    def test_it_has_the_version_in_the_making_or_the_present_one(self) -> None:
        project = (CHECKOUT / "pyproject.toml").read_text("utf-8")
        version = re.search(r'^version = "(.+)"$', project, flags=re.MULTILINE)
        headings = re.findall(r"^## \[?([^\]\s]+)", (CHECKOUT / "CHANGELOG.md").read_text("utf-8"), flags=re.MULTILINE)
        assert version is not None
        assert {"Unreleased", version[1]} & set(headings)


class TestTheCheckItself:
    """A check that finds nothing must be known to find something."""

    def test_a_link_that_leads_nowhere_is_found(self, tmp_path: Path) -> None:
        page = tmp_path / "page.md"
        page.write_text("[gone](no/such.md) and [far](https://example.org)", "utf-8")
        assert [target.exists() for _, target, _ in links(page)] == [False]

    def test_a_block_that_fails_names_its_page_and_line(self, tmp_path: Path) -> None:
        page = tmp_path / "page.md"
        page.write_text("# A page\n\n```python\nx = 1\nassert x == 2\n```\n", "utf-8")
        with pytest.raises(AssertionError) as fault:
            run_blocks(list(blocks(page)))
        assert (fault.traceback[-1].path, fault.traceback[-1].lineno + 1) == (page, 5)

    def test_commands_are_told_from_their_arguments(self) -> None:
        line = shlex.join(["reviewkit", "ledger", "export", "--ratings", "T.csv"])
        assert COMMAND.findall(line) == [" ledger export"]
