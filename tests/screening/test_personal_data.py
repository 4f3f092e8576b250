"""Personal data: found by pattern, masked character for character, names only by a model."""

import sys
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewkit.errors import DependencyError
from reviewkit.records import Part
from reviewkit.screening.personal_data import masked, personal_data, personal_data_findings, presidio_names


class TestPersonalData:
    @pytest.mark.parametrize(
        ("text", "kind"),
        [
            ("a.teacher+x@school.example", "e-mail"),
            ("+44 20 7946 0958", "telephone"),
            ("(020) 7946 0958", "telephone"),
            ("555-867-5309", "telephone"),
            ("call 867-5309", "telephone"),
            ("07946095812", "telephone"),
            ("4111 1111 1111 1111", "card-number"),
            ("GB82 WEST 1234 5698 7654 32", "iban"),
            ("078-05-1120", "identifier"),
            ("QQ 12 34 56 C".replace("QQ", "AB"), "identifier"),
            ("student ID: A1234567", "identifier"),
            ("pupil number 20431", "identifier"),
            ("192.168.10.24", "ip-address"),
            ("born on 3 May 2011", "date-of-birth"),
            ("DOB: 03/05/2011", "date-of-birth"),
        ],
    )
    def test_is_found(self, text: str, kind: str) -> None:
        assert [one.kind for one in personal_data(f"Write: {text}, please.")] == [kind]

    @pytest.mark.parametrize(
        "text",
        [
            "On 2024-05-01 and 01/05/2024 we began at 09.30.",
            "Pages 12-15, 100 200 300 and 3.14159265.",
            "25 pupils, 7 minutes 40, scores 12 14 15 18 20 22.",
            "From 1914-1918 and 2019-2020 in Yr 9.",
            "Rows: 10 20 30 40 50; 1,000,000 words.",
            "Version 1.2.3 of the app @home.",
            "1234 5678 9012 3456",
            "In room 204 at 10:30-11:20.",
        ],
    )
    def test_is_not_seen_in_dates_and_counts(self, text: str) -> None:
        assert personal_data(text) == ()

    @given(st.text(max_size=200))
    def test_is_masked_to_the_same_length(self, text: str) -> None:
        assert len(masked(text)) == len(text)

    def test_is_told_without_being_quoted(self) -> None:
        part = Part(part="reflection", kind="reflection", text="Mail a.b@c.example or d@e.example.")
        first, second, third = personal_data_findings([part])
        assert (first.code, first.leads_to, first.start, first.end) == ("personal-data", "note", 5, 18)
        assert part.text[second.start : second.end] == "d@e.example"
        assert first.message == "the reflection holds personal data of kind e-mail; reports and ledgers cover it."
        assert third.code == "names-not-searched"


class TestNames:
    def test_are_found_by_a_model_that_is_brought(self) -> None:
        text = "I asked Ada about it."
        assert masked(text, find_names=lambda _: [(8, 11)]) == "I asked ███ about it."

    def test_say_what_to_install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "presidio_analyzer", None)
        with pytest.raises(DependencyError, match="presidio-analyzer is not installed"):
            presidio_names()

    def test_never_lets_presidio_download_a_model(self, monkeypatch: pytest.MonkeyPatch) -> None:
        analyzer, engines = ModuleType("presidio_analyzer"), ModuleType("presidio_analyzer.nlp_engine")
        analyzer.AnalyzerEngine = engines.NlpEngineProvider = None  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "presidio_analyzer", analyzer)
        monkeypatch.setitem(sys.modules, "presidio_analyzer.nlp_engine", engines)
        with pytest.raises(DependencyError, match="'no_such_model' is not installed, and nothing is downloaded"):
            presidio_names(model="no_such_model")
