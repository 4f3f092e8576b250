"""``reviewkit demo``: the shipped bundles on the demo submissions, a table and pages."""

import sys
from pathlib import Path

import pytest

from reviewkit import SentenceTransformerEncoder
from reviewkit.__main__ import main

RUBRICS = Path(__file__).parents[2] / "rubrics"


@pytest.mark.parametrize("rubric", sorted(path.parent.name for path in RUBRICS.glob("*/demo.jsonl")))
def test_each_demo_tells_where_its_submissions_go_and_writes_their_pages(
    rubric: str,
    tmp_path: Path,
    real_encoder: SentenceTransformerEncoder,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("reviewkit.bundle.folder.open_encoder", lambda settings: real_encoder)
    monkeypatch.setattr(sys, "argv", ["reviewkit", "demo", "--rubric", rubric, "--out", str(tmp_path / "pages")])
    with pytest.raises(SystemExit) as left:
        main()
    out, err = capsys.readouterr()
    assert not left.value.code
    assert "Pages: " in out
    assert "certificate stands" in err
    assert len(list((tmp_path / "pages").rglob("*.html"))) == 13
