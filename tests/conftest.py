"""What every test may use: golden files that are rewritten only when asked, a small program, and the command line."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import settings
from small_programs import HashEncoder, simulated, small_rubric, write_program

if TYPE_CHECKING:
    from reviewkit import ReviewEngine, SentenceTransformerEncoder, TrainedModel

GOLDEN = Path(__file__).parent / "golden"

# A busy machine is slow now and then: that is no fault of what is tested.
settings.register_profile("reviewkit", deadline=None)
settings.load_profile("reviewkit")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="rewrite the files in tests/golden; read the change in the diff"
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """A function (name under tests/golden, text found) that fails where the golden file says something else."""
    update = bool(request.config.getoption("--update-golden"))

    def check(name: str, found: str) -> None:
        path = GOLDEN / name
        if update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(found, encoding="utf-8", newline="\n")
        assert path.exists(), f"{path}: there is no such golden file; write it with --update-golden."
        assert found == path.read_text(encoding="utf-8"), f"{path}: differs; read the diff, then --update-golden."

    return check


@pytest.fixture(scope="session")
def trained() -> "TrainedModel":
    """A model of the small rubric, trained on 48 simulated submissions with the encoder that hashes."""
    from reviewkit import train

    submissions, ratings = simulated(48)
    return train(small_rubric(), submissions, ratings=ratings, encoder=HashEncoder())


@pytest.fixture(scope="session")
def small_bundle(trained: "TrainedModel", tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of that model's bundle; nobody writes in it."""
    from reviewkit import save_bundle

    folder = tmp_path_factory.mktemp("bundles") / "small"
    save_bundle(trained, folder)
    return folder


@pytest.fixture(scope="session")
def engine(small_bundle: Path) -> "ReviewEngine":
    """An engine of that bundle that lets suggestions stand and audits nothing."""
    from reviewkit import PolicySettings, load_bundle

    policy = PolicySettings(allow_uncertified=True, audit_share=0.0)
    return load_bundle(small_bundle, encoder=HashEncoder()).engine(policy=policy)


@pytest.fixture(scope="session")
def real_encoder() -> "SentenceTransformerEncoder":
    """The encoder that comes with an installed package."""
    from reviewkit import EncoderSettings, SentenceTransformerEncoder

    return SentenceTransformerEncoder(EncoderSettings())


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A folder with rubric.json, submissions.jsonl and ratings.csv of 48 simulated submissions."""
    write_program(tmp_path)
    return tmp_path


class Done(NamedTuple):
    """What a run of the command line left: exit status, stdout, stderr."""

    code: int
    out: str
    err: str


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """Run the command line in this process, with the encoder that hashes."""
    from reviewkit.__main__ import main

    for name in ("training.train.SentenceTransformerEncoder", "bundle.folder.open_encoder"):
        monkeypatch.setattr(f"reviewkit.{name}", lambda settings: HashEncoder())

    def run(*arguments: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["reviewkit", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main()
        out, err = capsys.readouterr()
        return Done(left.value.code if isinstance(left.value.code, int) else 0, out, err)

    return run
