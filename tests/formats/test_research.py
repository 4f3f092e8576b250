"""The copy for research names nobody, and the same person keeps one pseudonym."""

import pytest
from review_factory import RUBRIC, review

from reviewkit.errors import OutputExistsError
from reviewkit.files import read_json_lines, read_ratings, read_submissions
from reviewkit.formats.research import Pseudonyms, ResearchSettings, write_research
from reviewkit.records import Artifact, Rating, ReviewRecord, Submission

KEY = "a key of sixteen or more"
SECRETS = (
    "Person A",
    "t-person",
    "sub-person",
    "rater-person",
    "I asked one question",
    "She wrote",
    "r@example.org",
    "2030-",
)


def submission(number: int, region: str = "North") -> Submission:
    return Submission(
        submission_id=f"sub-person-{number}",
        teacher_id=f"t-person-{number}",
        rubric_id="exit-tickets",
        attempt=2,
        previous_submission_id=f"sub-person-0{number}",
        reflection="I asked one question. Person A",
        groups={"region": region, "age": 61},
        submitted_at="2030-01-02T10:00:00Z",
        metadata={"mail": "r@example.org"},
        artifacts=(Artifact(artifact_id="Person A.docx", kind="lesson-plan", path="artifacts/Person A.docx"),),
    )


SUBMISSIONS = [*(submission(n) for n in range(12)), submission(12, "Islands")]
REVIEWS = [review(one.submission_id) for one in SUBMISSIONS]
RATINGS = [
    Rating(
        submission_id=one.submission_id,
        criterion_id="use",
        rater_id="rater-person",
        level=2,
        rationale="She wrote it",
        rated_at="2030-01-03T10:00:00Z",
    )
    for one in SUBMISSIONS
]


def written(folder, **changes):
    settings = ResearchSettings(key=KEY, **({"groups": ("region",)} | changes))
    return write_research(folder, reviews=REVIEWS, ratings=RATINGS, submissions=SUBMISSIONS, settings=settings)


class TestResearchCopy:
    def test_names_nobody(self, tmp_path):
        written(tmp_path)
        text = "".join(path.read_text("utf-8") for path in sorted(tmp_path.iterdir()))
        assert [secret for secret in SECRETS if secret in text] == []

    def test_is_read_again_by_the_library(self, tmp_path):
        written(tmp_path)
        reviews = list(read_json_lines(tmp_path / "reviews.jsonl", ReviewRecord))
        submissions = read_submissions(tmp_path / "S.jsonl")
        ratings = read_ratings(tmp_path / "T.csv").ratings
        ids = [[one.submission_id for one in rows] for rows in (reviews, submissions, ratings)]
        assert ids[0] == ids[1] == ids[2]

    def test_keeps_what_research_needs(self, tmp_path):
        written(tmp_path)
        first = next(iter(read_json_lines(tmp_path / "reviews.jsonl", ReviewRecord)))
        assert first.scores[0].probabilities == REVIEWS[0].scores[0].probabilities
        assert first.rubric.digest == RUBRIC.digest

    def test_blanks_groups_that_few_share_and_drops_those_not_named(self, tmp_path):
        report = written(tmp_path)
        groups = [one.groups for one in read_submissions(tmp_path / "S.jsonl")]
        assert (report.n_blanked, groups[0], groups[-1]) == (1, {"region": "North"}, {"region": None})

    def test_keeps_free_text_only_when_asked(self, tmp_path):
        written(tmp_path, free_text=True)
        assert "I asked one question" in (tmp_path / "S.jsonl").read_text("utf-8")

    def test_refuses_to_write_over_another(self, tmp_path):
        written(tmp_path)
        with pytest.raises(OutputExistsError, match=r"reviews.jsonl: stands already"):
            written(tmp_path)


class TestPseudonyms:
    def test_differ_with_the_key(self):
        assert Pseudonyms(KEY).of("teacher", "t1") != Pseudonyms(KEY + "!").of("teacher", "t1")

    def test_do_not_show_their_key(self):
        assert KEY not in repr(ResearchSettings(key=KEY))
