"""A de-identified copy for research: pseudonyms under a secret key, no free text unless asked, rare groups blanked."""

import hashlib
import hmac
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from reviewkit.files.writing import refuse_existing, write_json_lines
from reviewkit.formats.sheet import write_rows
from reviewkit.records import Artifact, CriterionScore, Finding, Rating, Record, ReviewRecord, Submission, level_text

RATINGS = ("submission_id", "criterion_id", "rater_id", "level", "blind", "role", "outcome", "rationale")
REFLECTION = "reflection"


class ResearchSettings(BaseModel):
    """How a research copy is made.

    Attributes
    ----------
    key : str
        Secret from which the pseudonyms are made: with the same key the same person has the same pseudonym. Keep it
        apart from the copy, or throw it away.
    groups : tuple of str
        Groups that are kept; none unless named.
    min_cell : int
        Teachers that share a combination of groups at least; rarer combinations are blanked.
    free_text : bool
        Keep reflections, artifacts given as text, rationales and evidence. Free text can name people: have it read
        before it leaves the program.

    Examples
    --------
    >>> ResearchSettings(key="keep this key somewhere else", groups=("region",)).free_text
    False
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str = Field(min_length=16, repr=False)
    groups: tuple[str, ...] = ()
    min_cell: int = Field(default=10, ge=1)
    free_text: bool = False


class ResearchReport(Record):
    """What was written and what was blanked."""

    n_reviews: int
    n_ratings: int
    n_submissions: int
    n_blanked: int


class Pseudonyms:
    """Stable names without a person in them.

    Examples
    --------
    >>> names = Pseudonyms("a key of sixteen or more")
    >>> names.of("teacher", "t1") == names.of("teacher", "t1"), names.of("rater", "t1") == names.of("teacher", "t1")
    (True, False)
    """

    def __init__(self, key: str) -> None:
        self._key = key.encode("utf-8")

    def of(self, kind: str, name: str) -> str:
        """Return the pseudonym: the kind and 16 hex digits of HMAC-SHA-256."""
        digest = hmac.new(self._key, f"{kind}\x00{name}".encode(), hashlib.sha256).hexdigest()
        return f"{kind}-{digest[:16]}"


def write_research(
    folder: Path,
    *,
    reviews: Sequence[ReviewRecord],
    ratings: Sequence[Rating] = (),
    submissions: Sequence[Submission] = (),
    settings: ResearchSettings,
) -> ResearchReport:
    """Write ``reviews.jsonl``, ``T.csv`` and ``S.jsonl`` without names into a folder.

    Gone are ids of people and submissions, file names, times, metadata, digests of texts, messages of findings, and
    free text unless asked for. Levels, probabilities, routes, reasons, spans and the groups that were named stay.

    Parameters
    ----------
    folder : Path
        Made if need be; files that stand in it are refused.
    reviews, ratings, submissions
        What is copied.
    settings : ResearchSettings

    Raises
    ------
    OutputExistsError
        If one of the files stands already.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> rating = Rating(submission_id="s1", criterion_id="routines", rater_id="r1", level=2, rationale="Names a cue.")
    >>> with TemporaryDirectory() as folder:
    ...     settings = ResearchSettings(key="keep this key somewhere else")
    ...     report = write_research(Path(folder), reviews=[], ratings=[rating], settings=settings)
    ...     written = Path(folder, "T.csv").read_text(encoding="utf-8")
    >>> report.n_ratings, "Names a cue" in written
    (1, False)
    """
    names = Pseudonyms(settings.key)
    for name in ("reviews.jsonl", "T.csv", "S.jsonl"):
        refuse_existing(folder / name, force=False)
    folder.mkdir(parents=True, exist_ok=True)
    write_json_lines(folder / "reviews.jsonl", (_review(one, names, settings) for one in reviews))
    (folder / "T.csv").write_bytes(write_rows([RATINGS, *(_rating(one, names, settings) for one in ratings)]))
    kept, blanked = _rare(submissions, settings)
    write_json_lines(folder / "S.jsonl", (_submission(one, kept, names, settings) for one in submissions))
    return ResearchReport(
        n_reviews=len(reviews), n_ratings=len(ratings), n_submissions=len(submissions), n_blanked=blanked
    )


def _part(part: str, submission_id: str, names: Pseudonyms) -> str:
    return part if part == REFLECTION else names.of("artifact", f"{submission_id}\x00{part}")


def _review(one: ReviewRecord, names: Pseudonyms, settings: ResearchSettings) -> ReviewRecord:
    changes = {
        "submission_id": names.of("submission", one.submission_id),
        "parts": (),
        "scores": tuple(_score(score, one.submission_id, names, settings) for score in one.scores),
        "findings": tuple(_finding(finding, one.submission_id, names, settings) for finding in one.findings),
    }
    return one.model_copy(update=changes)


def _score(score: CriterionScore, submission_id: str, names: Pseudonyms, settings: ResearchSettings) -> CriterionScore:
    evidence = [
        one.model_copy(
            update={"part": _part(one.part, submission_id, names), "text": one.text if settings.free_text else ""}
        )
        for one in score.evidence
    ]
    return score.model_copy(update={"evidence": tuple(evidence)})


def _finding(finding: Finding, submission_id: str, names: Pseudonyms, settings: ResearchSettings) -> Finding:
    part = None if finding.part is None else _part(finding.part, submission_id, names)
    return finding.model_copy(update={"message": finding.message if settings.free_text else "", "part": part})


def _rating(one: Rating, names: Pseudonyms, settings: ResearchSettings) -> list[str]:
    return [
        names.of("submission", one.submission_id),
        one.criterion_id,
        names.of("rater", one.rater_id),
        "" if one.level is None else level_text(one.level),
        str(one.blind).lower(),
        one.role,
        one.outcome,
        (one.rationale or "") if settings.free_text else "",
    ]


def _groups_of(one: Submission, settings: ResearchSettings) -> tuple[tuple[str, object], ...]:
    return tuple((key, one.groups.get(key)) for key in settings.groups)


def _rare(submissions: Sequence[Submission], settings: ResearchSettings) -> tuple[set[object], int]:
    teachers = {(one.teacher_id, _groups_of(one, settings)) for one in submissions}
    counts = Counter(groups for _, groups in teachers)
    kept: set[object] = {groups for groups, count in counts.items() if count >= settings.min_cell}
    blanked = sum(_groups_of(one, settings) not in kept for one in submissions) if settings.groups else 0
    return kept, blanked


def _submission(one: Submission, kept: set[object], names: Pseudonyms, settings: ResearchSettings) -> Submission:
    groups = _groups_of(one, settings)
    artifacts = [
        Artifact(
            artifact_id=_part(item.artifact_id, one.submission_id, names),
            kind=item.kind,
            text=(item.text or "") if settings.free_text else "",
        )
        for item in one.artifacts
    ]
    before = one.previous_submission_id
    return Submission(
        submission_id=names.of("submission", one.submission_id),
        teacher_id=names.of("teacher", one.teacher_id),
        rubric_id=one.rubric_id,
        reflection=one.reflection if settings.free_text else "",
        artifacts=tuple(artifacts),
        attempt=one.attempt,
        previous_submission_id=None if before is None else names.of("submission", before),
        groups={key: (one.groups.get(key) if groups in kept else None) for key in settings.groups},
    )
