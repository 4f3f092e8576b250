"""One demo submission, reviewed with a shipped bundle: the record as a whole, read in the diff when it changes."""

import json
from pathlib import Path
from typing import Any

import pytest

from reviewkit import SentenceTransformerEncoder, json_text, load_bundle, read_submissions, shipped_folder

GOLDEN = Path(__file__).parent / "golden" / "review.json"
TOLERANCE = 1e-5


def flat(value: Any, path: str = "") -> dict[str, Any]:
    """Every leaf of a JSON value by its path."""
    match value:
        case dict():
            return {key: leaf for name, one in value.items() for key, leaf in flat(one, f"{path}.{name}").items()}
        case list():
            pieces = [flat(one, f"{path}[{at}]") for at, one in enumerate(value)]
            return {f"{path}.length": len(value)} | {key: leaf for one in pieces for key, leaf in one.items()}
        case _:
            return {path: value}


@pytest.fixture(scope="module")
def review(real_encoder: SentenceTransformerEncoder, request: pytest.FixtureRequest) -> dict[str, Any]:
    """The review of the first demo submission; written to the golden file where that is asked."""
    submissions = read_submissions(shipped_folder("rubrics") / "classroom-management" / "demo.jsonl")
    bundle = load_bundle(shipped_folder("models") / "classroom-management", encoder=real_encoder)
    found: dict[str, Any] = json.loads(json_text(bundle.engine().review(submissions[0])))
    if request.config.getoption("--update-golden"):
        GOLDEN.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return found


class TestGoldenReview:
    def test_numbers_agree_to_the_fifth_decimal_and_all_else_to_the_letter(self, review: dict[str, Any]) -> None:
        """From one kind of processor to another vectors differ in their last digits, and so do probabilities."""
        found, held = flat(review), flat(json.loads(GOLDEN.read_text(encoding="utf-8")))
        assert list(found) == list(held)
        floats = {path: value for path, value in held.items() if isinstance(value, float)}
        assert {path: found[path] for path in floats} == pytest.approx(floats, abs=TOLERANCE)
        assert {path: found[path] for path in held if path not in floats} == {
            path: value for path, value in held.items() if path not in floats
        }
