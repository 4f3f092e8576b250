"""Completeness: what is missing leads back to the teacher."""

from typing import Any

from reviewkit.records import Part, Rubric, Submission
from reviewkit.screening.completeness import completeness_findings
from reviewkit.screening.screen import Screener


def rubric(**requirements: Any) -> Rubric:
    levels = [{"level": 1, "name": "Not yet"}, {"level": 2, "name": "Proficient"}]
    criteria = [{"id": "taught", "title": "Taught", "levels": levels}]
    return Rubric.model_validate(
        {"format": "reviewkit/rubric/1", "id": "routines", "version": "1", "title": "R", "criteria": criteria,
         "requirements": requirements}
    )  # fmt: skip


def codes(reflection: str, asked: Rubric, **artifacts: str) -> list[tuple[str, str]]:
    rows = [{"artifact_id": kind, "kind": kind.rstrip("0123456789"), "text": text} for kind, text in artifacts.items()]
    one = Submission(submission_id="s", teacher_id="t", rubric_id="routines", reflection=reflection, artifacts=rows)
    parts = [Part(part="reflection", kind="reflection", text=reflection)]
    parts += [Part(part=row.artifact_id, kind=row.kind, text=row.text or "") for row in one.artifacts]
    return [(finding.code, finding.leads_to) for finding in completeness_findings(one, parts, asked)]


class TestCompleteness:
    def test_finds_nothing_where_nothing_is_asked(self) -> None:
        assert codes("I asked.", rubric()) == []

    def test_returns_an_empty_reflection_whatever_the_rubric_asks(self) -> None:
        assert codes(" \n.", rubric()) == [("empty-reflection", "return")]

    def test_counts_words_at_their_bounds(self) -> None:
        asked = rubric(reflection={"min_words": 2, "max_words": 3})
        assert codes("one", asked) == [("too-few-words", "return")]
        assert codes("one two", asked) == codes("one two three", asked) == []
        assert codes("one two three four", asked) == [("too-many-words", "review")]

    def test_counts_artifacts_by_kind(self) -> None:
        asked = rubric(artifacts=[{"kind": "plan", "min_count": 2}])
        assert codes("I asked.", asked, plan1="Ask.", plan2="Wait.", note="x") == []
        assert codes("I asked.", asked, plan1="Ask.", note="x") == [("missing-artifact", "return")]

    def test_takes_an_empty_artifact_for_a_missing_one(self) -> None:
        asked = rubric(artifacts=[{"kind": "plan"}])
        assert codes("I asked.", asked, plan=" ") == [("missing-artifact", "return"), ("empty-artifact", "note")]

    def test_does_not_miss_an_artifact_that_could_not_be_read(self) -> None:
        row = {"artifact_id": "a", "kind": "plan", "path": "plan.pdf"}
        one = Submission(submission_id="s", teacher_id="t", rubric_id="r", reflection="I asked.", artifacts=[row])
        parts = (Part(part="reflection", kind="reflection", text="I asked."),)
        assert completeness_findings(one, parts, rubric(artifacts=[{"kind": "plan"}])) == ()

    def test_says_what_was_found_and_what_holds(self) -> None:
        one = Submission(submission_id="s", teacher_id="t", rubric_id="r", reflection="I asked.")
        parts = (Part(part="reflection", kind="reflection", text="I asked."),)
        (finding,) = completeness_findings(one, parts, rubric(reflection={"min_words": 150}))
        assert finding.message == "the reflection has 2 words, but the rubric asks for at least 150."
        assert (finding.value, finding.bound) == (2, 150)


class TestScreener:
    def test_puts_what_leads_back_first(self) -> None:
        asked = rubric(artifacts=[{"kind": "plan"}], reflection={"max_words": 1})
        one = Submission(submission_id="s", teacher_id="t", rubric_id="r", reflection="I asked.")
        parts = (Part(part="reflection", kind="reflection", text="I asked."),)
        found = [finding.leads_to for finding in Screener(asked).screen(one, parts, ())]
        assert found == sorted(found, key=["return", "review", "note"].index)
        assert found[0] == "return"
