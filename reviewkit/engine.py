"""The engine: screen, score, route; for one submission or many."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from reviewkit.errors import ExtractionError, ReviewkitError, SubmissionError
from reviewkit.features.featurizer import SegmentFeatures
from reviewkit.features.moves import MoveTagger, with_moves
from reviewkit.features.segmented import SegmentedSubmission, segment_parts
from reviewkit.files import NumberedSubmission
from reviewkit.model import ReviewModel
from reviewkit.records import (
    CriterionScore,
    Failure,
    Finding,
    Part,
    PartDigest,
    Record,
    ReviewRecord,
    Rubric,
    RubricReference,
    Submission,
)
from reviewkit.routing.policy import RoutingPolicy
from reviewkit.scoring.explanation import CriterionExplanation
from reviewkit.scoring.stack import ENCODED_AT_ONCE
from reviewkit.screening.cover import covered_scores
from reviewkit.screening.screen import Screener
from reviewkit.text.parts import read_parts
from reviewkit.text.segmenter import Segmenter


class EngineSettings(Record):
    """What the engine does with what it cannot read, and with what a review should not quote.

    Attributes
    ----------
    unreadable_files : str
        ``"set-aside"``: a submission with a file that yields no text is a failure, with the reason;
        ``"review"``: the rest of it is scored, and a person looks.
    show_personal_data : bool
        Let evidence quote what screening found to be personal data. Otherwise each character of it is a block.

    Examples
    --------
    >>> EngineSettings(unreadable_files="review").unreadable_files
    'review'
    """

    unreadable_files: Literal["set-aside", "review"] = "set-aside"
    show_personal_data: bool = False


@dataclass(frozen=True)
class Intake:
    """A submission taken in: its segments, and what was found while it was read and screened.

    Attributes
    ----------
    submission : Submission
    segmented : SegmentedSubmission
    findings : tuple of Finding
    """

    submission: Submission
    segmented: SegmentedSubmission
    findings: tuple[Finding, ...]

    @property
    def is_complete(self) -> bool:
        """No finding sends it back to the teacher."""
        return all(finding.leads_to != "return" for finding in self.findings)


@dataclass(frozen=True)
class Reviewed:
    """A review and the texts it speaks of.

    Attributes
    ----------
    review : ReviewRecord
    parts : tuple of Part

    Examples
    --------
    >>> review = ReviewRecord.model_validate({
    ...     "submission_id": "s1", "attempt": 1, "bundle_digest": None, "certificate": None,
    ...     "rubric": {"id": "routines", "version": "1.0.0", "digest": "0" * 64},
    ...     "route": "return", "review_probability": 1, "reasons": [{"code": "incomplete"}],
    ...     "findings": [], "parts": [], "award_probability": None, "scores": []})
    >>> reviewed = Reviewed(review, (Part(part="reflection", kind="reflection", text="I listen."),))
    >>> reviewed.review.route, [part.text for part in reviewed.parts]
    ('return', ['I listen.'])
    """

    review: ReviewRecord
    parts: tuple[Part, ...]


class ReviewEngine:
    """Reviews submissions against the rubric of its model.

    Parameters
    ----------
    model : ReviewModel
        Fitted or loaded.
    policy : RoutingPolicy, keyword-only
    segmenter : Segmenter, keyword-only
    screener : Screener or None, keyword-only
        Left out, one with the default settings.
    settings : EngineSettings, keyword-only
    tagger : MoveTagger or None, keyword-only
        Names the move of each evidence sentence of the reflection, unless a part is in another language.
    bundle_digest : str or None, keyword-only
        Digest of the bundle that the model came from; reviews carry it.

    Examples
    --------
    A bundle makes its engine; without a certificate nobody's suggestion stands unseen.

    >>> from reviewkit import load_bundle, read_submissions, shipped_folder
    >>> engine = load_bundle(shipped_folder("models") / "classroom-management").engine()
    >>> demo = read_submissions(shipped_folder("rubrics") / "classroom-management" / "demo.jsonl")
    >>> review = engine.review(demo[0])
    >>> review.route, [score.criterion_id for score in review.scores]
    ('review', ['routines', 'responses', 'pupil-voice', 'use-of-evidence'])
    >>> all(sum(score.probabilities.values()) > 0.999 for score in review.scores)
    True
    """

    def __init__(
        self,
        model: ReviewModel,
        *,
        policy: RoutingPolicy,
        segmenter: Segmenter,
        screener: Screener | None = None,
        settings: EngineSettings = EngineSettings(),
        tagger: MoveTagger | None = None,
        bundle_digest: str | None = None,
    ) -> None:
        self.model = model
        self.policy = policy
        self.segmenter = segmenter
        self.settings = settings
        self.tagger = tagger
        self.bundle_digest = bundle_digest
        self.screener = screener or Screener(model.rubric)

    @property
    def rubric(self) -> Rubric:
        """The rubric that submissions are held against."""
        return self.model.rubric

    def review(self, submission: Submission, *, folder: Path | None = None) -> ReviewRecord:
        """Review one submission.

        Parameters
        ----------
        submission : Submission
        folder : Path, optional
            Where the paths of its artifacts start; not needed where artifacts are text.

        Returns
        -------
        ReviewRecord

        Raises
        ------
        SubmissionError
            If it was handed in for another rubric, or a path leaves the folder.
        ExtractionError
            If a file yields no text.
        """
        return self._reviewed([self.take_in(submission, folder=folder)])[0].review

    def review_many(
        self, submissions: Iterable[Submission | NumberedSubmission | Failure], *, folder: Path | None = None
    ) -> Iterator[Reviewed | Failure]:
        """Review many submissions, in order; a faulty one comes as a Failure and never stops the others.

        Parameters
        ----------
        submissions : iterable of Submission, NumberedSubmission or Failure
            As :func:`reviewkit.iter_submissions` yields them; failures are passed on.
        folder : Path, optional

        Yields
        ------
        Reviewed or Failure
            The same review, bit for bit, as :meth:`review` gives of the submission alone.
        """
        rows = iter(submissions)
        while chunk := list(islice(rows, ENCODED_AT_ONCE)):
            taken = [self._take_in_or_fail(one, folder=folder) for one in chunk]
            reviewed = iter(self._reviewed([one for one in taken if isinstance(one, Intake)]))
            yield from (one if isinstance(one, Failure) else next(reviewed) for one in taken)

    def take_in(self, submission: Submission, *, folder: Path | None = None) -> Intake:
        """Read, cut and screen one submission."""
        if submission.rubric_id != self.rubric.id:
            raise SubmissionError(
                f"submission {submission.submission_id!r} was handed in for rubric {submission.rubric_id!r}, "
                f"but this engine reviews {self.rubric.id!r}; use the bundle of that rubric."
            )
        read = read_parts(submission, folder=folder)
        unreadable = [one for one in read.findings if one.code == "unreadable-file"]
        if unreadable and self.settings.unreadable_files == "set-aside":
            where = f"submission {submission.submission_id!r}"
            raise ExtractionError(f"{where}: {unreadable[0].message}", code=unreadable[0].code)
        segmented = segment_parts(submission.submission_id, read.parts, self.segmenter)
        screened = self.screener.screen(submission, read.parts, segmented.segments)
        return Intake(submission, segmented, (*read.findings, *screened, *self._nothing_to_read(segmented)))

    def explain(self, submission: Submission, *, folder: Path | None = None) -> tuple[CriterionExplanation, ...]:
        """Say what each score of a submission is made of.

        Parameters
        ----------
        submission : Submission
        folder : Path, optional
            Where the paths of artifacts start.

        Returns
        -------
        tuple of CriterionExplanation
            In the rubric's order; cold criteria are left out, and all of them where there is no text.

        Raises
        ------
        SubmissionError, ExtractionError
            As :meth:`review` does.
        """
        segmented = self.take_in(submission, folder=folder).segmented
        return self.model.explain(self.model.features([segmented])[0]) if segmented.segments else ()

    def text_vectors(self, texts: Sequence[tuple[Part, ...]]) -> NDArray[np.float64]:
        """Mean sentence vector of each submission's parts, by which texts of two times are compared.

        Returns
        -------
        ndarray of float64, shape (n_submissions, dimension)
            Zeros where there is no sentence.
        """
        cut = [segment_parts(str(at), parts, self.segmenter).segments for at, parts in enumerate(texts)]
        sentences = list(dict.fromkeys(one.text for segments in cut for one in segments))
        row_of = {text: row for row, text in enumerate(sentences)}
        vectors = self.model.encoder.encode(sentences)
        means = np.zeros((len(cut), self.model.encoder.dimension))
        for at, segments in enumerate(cut):
            if segments:
                means[at] = vectors[[row_of[one.text] for one in segments]].mean(axis=0)
        return means

    @cached_property
    def _reference(self) -> RubricReference:
        return RubricReference(id=self.rubric.id, version=self.rubric.version, digest=self.rubric.digest)

    def _nothing_to_read(self, segmented: SegmentedSubmission) -> Iterator[Finding]:
        for criterion in self.rubric.criteria:
            if segmented.segments and not len(segmented.rows_read(criterion)):
                message = f"No part holds text that speaks to {criterion.title}, so its score rests on nothing."
                yield Finding(code="nothing-to-read", leads_to="review", message=message)

    def _take_in_or_fail(
        self, one: Submission | NumberedSubmission | Failure, *, folder: Path | None
    ) -> Intake | Failure:
        if isinstance(one, Failure):
            return one
        line, submission = (one.line, one.submission) if isinstance(one, NumberedSubmission) else (None, one)
        try:
            return self.take_in(submission, folder=folder)
        except ReviewkitError as error:
            return Failure(
                line=line, submission_id=submission.submission_id, code=failure_code(error), message=str(error)
            )

    def _reviewed(self, taken: Sequence[Intake]) -> list[Reviewed]:
        complete = [one.segmented for one in taken if one.is_complete]
        features = self.model.features(complete) if complete else []
        said = zip(features, self.model.score_many(features), strict=True)
        return [self._scored(one, *next(said)) if one.is_complete else self._record(one, (), None) for one in taken]

    def _scored(
        self, one: Intake, features: SegmentFeatures, said: tuple[tuple[CriterionScore, ...], float | None]
    ) -> Reviewed:
        found = self.screener.screen_vectors(
            one.findings,
            one.segmented.segments,
            features.vectors,
            encoder=self.model.encoder.name,
            more=self.model.findings(features),
        )
        scores, award = said
        if self.tagger is not None and all(finding.code != "other-language" for finding in found):
            scores = with_moves(scores, one.segmented.parts, tagger=self.tagger)
        return self._record(replace(one, findings=found), scores, award)

    def _record(self, one: Intake, scores: tuple[CriterionScore, ...], award: float | None) -> Reviewed:
        submission = one.submission
        decision, judged = self.policy.route(
            scores,
            one.findings,
            submission_id=submission.submission_id,
            attempt=submission.attempt,
            award_probability=award,
            groups=submission.groups,
        )
        review = ReviewRecord(
            submission_id=submission.submission_id,
            attempt=submission.attempt,
            rubric=self._reference,
            bundle_digest=self.bundle_digest,
            route=decision.route,
            review_probability=decision.review_probability,
            certificate=decision.certificate,
            reasons=decision.reasons,
            findings=one.findings,
            parts=tuple(part_digest(part) for part in one.segmented.parts),
            award_probability=award,
            scores=judged if self.settings.show_personal_data else covered_scores(judged, one.findings),
        )
        return Reviewed(review, one.segmented.parts)


def part_digest(part: Part) -> PartDigest:
    """Length and SHA-256 of a part's text."""
    digest = hashlib.sha256(part.text.encode("utf-8", "surrogatepass")).hexdigest()
    return PartDigest(part=part.part, n_chars=len(part.text), sha256=digest)


def failure_code(error: ReviewkitError) -> str:
    """Short name of a fault, for machines."""
    if isinstance(error, ExtractionError):
        return error.code
    return "submission" if isinstance(error, SubmissionError) else type(error).__name__
