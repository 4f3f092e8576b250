"""What a review quotes of a text with personal data in it."""

from reviewkit.records import CriterionScore, Evidence, Finding
from reviewkit.screening.cover import covered_scores

TEXT = "Write to a.b@school.example or ask me."


def score(start: int, end: int) -> CriterionScore:
    evidence = Evidence(part="reflection", start=start, end=end, text=TEXT[start:end], weight=0.1)
    return CriterionScore.model_construct(criterion_id="taught", evidence=(evidence,))


def note(part: str) -> Finding:
    return Finding(code="personal-data", leads_to="note", message="m", part=part, start=9, end=27)


class TestCoveredScores:
    def test_quote_no_personal_data(self) -> None:
        (covered,) = covered_scores([score(0, 38)], [note("reflection")])
        assert covered.evidence[0].text == f"Write to {'█' * 18} or ask me."

    def test_cover_what_stands_in_a_later_sentence_by_its_place(self) -> None:
        (covered,) = covered_scores([score(6, 30)], [note("reflection")])
        assert covered.evidence[0].text == f"to {'█' * 18} or"

    def test_leave_other_parts_alone(self) -> None:
        (same,) = covered_scores([score(0, 38)], [note("plan")])
        assert same.evidence[0].text == TEXT
