"""The model: a rubric, a featurizer and a scorer for each criterion; ``score`` beside ``fit``."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray

from reviewkit.agreement.score_of_record import RatedSubmission, rated_submissions
from reviewkit.agreement.severity import severity_shifts
from reviewkit.errors import NotFittedError
from reviewkit.features.encoder import Encoder
from reviewkit.features.featurizer import Featurizer, SegmentFeatures
from reviewkit.features.lexical import LexicalSettings
from reviewkit.features.moves import MoveTagger
from reviewkit.features.segmented import SegmentedSubmission
from reviewkit.records import Criterion, CriterionScore, Finding, Rating, Record, Rubric
from reviewkit.scoring.award import award_probability, learn_award
from reviewkit.scoring.baselines import training_baselines
from reviewkit.scoring.estimator_choice import choose_estimator
from reviewkit.scoring.explanation import CriterionExplanation, explain_criterion
from reviewkit.scoring.folds import teacher_order
from reviewkit.scoring.members import fold_members
from reviewkit.scoring.rows import CriterionRows
from reviewkit.scoring.scorer import CriterionScorer
from reviewkit.scoring.settings import ScorerSettings
from reviewkit.scoring.stack import Stack, reflection_vectors
from reviewkit.scoring.submissions import Taken, criterion_scores, few_at_once
from reviewkit.scoring.summary import CriterionSummary
from reviewkit.screening.cohesion import cohesion_findings
from reviewkit.screening.unfamiliar import Familiarity, TopicMatch


class ModelSettings(Record):
    """How a model is learned.

    Attributes
    ----------
    lexical : LexicalSettings
    scorer : ScorerSettings
    adjust_severity : bool
        Take each rater's severity off the levels that the heads learn, where the ratings let it be estimated. The
        score of record stays what the rubric's rule makes it.

    Examples
    --------
    >>> settings = ModelSettings(scorer=ScorerSettings(min_rated=30))
    >>> settings.scorer.min_rated, settings.lexical.min_submissions
    (30, 3)
    """

    lexical: LexicalSettings = LexicalSettings()
    scorer: ScorerSettings = ScorerSettings()
    adjust_severity: bool = False


class ReviewModel:
    """Scores submissions criterion by criterion.

    Parameters
    ----------
    rubric : Rubric
    encoder : Encoder
    settings : ModelSettings, keyword-only
    tagger : MoveTagger or None, keyword-only
        Makes the shares of reflective moves features.

    Attributes
    ----------
    featurizer_ : Featurizer
    scorers_ : dict of str to CriterionScorer
    share_ : float
        Of the hidden factor that ties the criteria of a submission, for the award.
    award_calibrator_ : AwardCalibrator
        Of what the criteria together say of the award.
    support_ : dict of str to float
        Similarity below which nothing in a text speaks to what a descriptor asks.
    familiarity_, topic_ : Familiarity, TopicMatch or None
        Say what lies far from the texts learned from, and what does not speak to the prompts; None where there were
        too few texts to hold their false-alarm rate.
    summary_ : dict of str to CriterionSummary
        Empty after loading.

    Examples
    --------
    :func:`reviewkit.train` makes a fitted one of rated submissions; a new one says what it lacks. Any object with
    these six members is an encoder.

    >>> import numpy as np
    >>> class LetterCounts:
    ...     name, digest, dimension, max_tokens = "letter-counts", "0" * 64, 26, 254
    ...     def count_tokens(self, text):
    ...         return len(text.split())
    ...     def encode(self, texts):
    ...         counts = [[text.lower().count(chr(97 + at)) for at in range(26)] for text in texts]
    ...         return np.asarray(counts, dtype=np.float32).reshape(-1, 26)
    >>> from reviewkit import read_rubric, shipped_folder
    >>> rubric = read_rubric(shipped_folder("rubrics") / "classroom-management.yaml")
    >>> ReviewModel(rubric, LetterCounts()).features([])
    Traceback (most recent call last):
    NotFittedError: ReviewModel: has learned nothing yet; call fit, or load a bundle.
    """

    def __init__(
        self,
        rubric: Rubric,
        encoder: Encoder,
        *,
        settings: ModelSettings = ModelSettings(),
        tagger: MoveTagger | None = None,
    ) -> None:
        self.rubric = rubric
        self.encoder = encoder
        self.settings = settings
        self.tagger = tagger
        self.familiarity_: Familiarity | None = None
        self.topic_: TopicMatch | None = None
        self.summary_: dict[str, CriterionSummary] = {}

    def fit(
        self,
        submissions: Sequence[SegmentedSubmission],
        ratings: Iterable[Rating],
        *,
        teachers: Sequence[str],
        seed: int,
    ) -> Self:
        """Learn from rated submissions.

        Parameters
        ----------
        submissions : sequence of SegmentedSubmission
        ratings : iterable of Rating
            Blind ones count, constructed levels too.
        teachers : sequence of str, shape (n_submissions,)
            Who handed in each submission; all of a teacher's rows stay on one side.
        seed : int
        """
        ratings = list(ratings)
        rated = {one.id: rated_submissions(ratings, one, rule=self.rubric.record_rule) for one in self.rubric.criteria}
        held = self._held_out(submissions, teachers, rated, seed=seed)
        learned = [one for one, out in zip(submissions, held, strict=True) if not out]
        featurizer = Featurizer(self.encoder, settings=self.settings.lexical, tagger=self.tagger)
        self.featurizer_ = featurizer.fit(learned, self.rubric)
        stacked = Stack.build(self.featurizer_, submissions, self.rubric)
        unseen = {}
        self.scorers_: dict[str, CriterionScorer] = {}
        for criterion in self.rubric.criteria:
            shifts = severity_shifts(ratings, criterion_id=criterion.id) if self.settings.adjust_severity else {}
            rows = stacked.rows(criterion, rated[criterion.id], teachers, shifts=shifts)
            unseen[criterion.id] = self._fit_criterion(criterion, rows, held, seed=seed)
            self._learn_disagreement(criterion, rated[criterion.id])
        self._learn_familiarity(stacked, teachers, seed=seed)
        self.share_, self.award_calibrator_ = learn_award(self.rubric, unseen)
        ids, criteria = stacked.submission_ids, self.rubric.criteria
        self.support_ = {one.id: stacked.support_bound(one, rated[one.id], ids) for one in criteria}
        return self

    def features(self, submissions: Sequence[SegmentedSubmission]) -> list[SegmentFeatures]:
        """Compute the features of submissions; sentences that several share are encoded once."""
        if not hasattr(self, "scorers_"):
            raise NotFittedError("ReviewModel: has learned nothing yet; call fit, or load a bundle.")
        return self.featurizer_.transform(submissions)

    def findings(self, features: SegmentFeatures) -> tuple[Finding, ...]:
        """Say whether a text lies far from those learned from, does not speak to the prompts, or is in random order."""
        if not len(features.vectors):
            return ()
        unfamiliar = self.familiarity_ and self.familiarity_.finding(features.vectors.mean(axis=0))
        answers = reflection_vectors(features)
        off_topic = self.topic_.findings(answers) if self.topic_ is not None and len(answers) else ()
        shuffled = cohesion_findings(answers) if len(answers) else ()
        return (*((unfamiliar,) if unfamiliar else ()), *off_topic, *shuffled)

    def explain(self, features: SegmentFeatures) -> tuple[CriterionExplanation, ...]:
        """Say what each score is made of, criterion by criterion; cold ones are left out."""
        views = self.featurizer_.views(features, self.rubric.criteria)
        told = (explain_criterion(one, self.scorers_[one.id], views[one.id]) for one in self.rubric.criteria)
        return tuple(one for one in told if one is not None)

    def probabilities(self, features: SegmentFeatures) -> dict[str, NDArray[np.float64]]:
        """Distribution over levels, by criterion; no evidence is looked for, so it costs far less than score."""
        views = self.featurizer_.views(features, self.rubric.criteria)
        return {name: self.scorers_[name].probabilities(one)[0] for name, one in views.items()}

    def score(self, features: SegmentFeatures) -> tuple[tuple[CriterionScore, ...], float | None]:
        """Score one submission.

        Returns
        -------
        scores : tuple of CriterionScore
            In the rubric's order; none stands yet: that is for the policy to say.
        award_probability : float or None
        """
        return next(self.score_many([features]))

    def score_many(
        self, features: Sequence[SegmentFeatures]
    ) -> Iterator[tuple[tuple[CriterionScore, ...], float | None]]:
        """Score submissions: the same of each, bit for bit, as :meth:`score` says of it alone."""
        criteria = self.rubric.criteria
        for few in few_at_once(features):
            taken = [Taken.of(one, criteria, self.featurizer_) for one in few]
            said = [
                criterion_scores(
                    one, self.scorers_[one.id], taken, featurizer=self.featurizer_, min_support=self.support_[one.id]
                )
                for one in criteria
            ]
            for own in zip(*said, strict=True):
                award = self._award_probability({score.criterion_id: row for score, row in own})
                yield tuple(score for score, _ in own), award

    def _award_probability(self, probabilities: dict[str, NDArray[np.float64]]) -> float | None:
        said = award_probability(self.rubric, probabilities, share=self.share_)
        return None if said is None else self.award_calibrator_.transform(said)

    def _held_out(
        self,
        submissions: Sequence[SegmentedSubmission],
        teachers: Sequence[str],
        rated: dict[str, dict[str, RatedSubmission]],
        *,
        seed: int,
    ) -> list[bool]:
        """Say which submissions only calibrate the sets: those of a share of the teachers, if there are enough rows."""
        settings = self.settings.scorer
        fewest = min(
            sum(one.submission_id in rows and rows[one.submission_id].record is not None for one in submissions)
            for rows in rated.values()
        )
        if settings.sets == "cross" or (settings.sets == "auto" and fewest < settings.min_split):
            return [False] * len(submissions)
        order = teacher_order(teachers, seed=seed)
        held = set(order[: round(settings.held_out_share * len(order))])
        return [teacher in held for teacher in teachers]

    def _fit_criterion(
        self, criterion: Criterion, rows: CriterionRows, held: Sequence[bool], *, seed: int
    ) -> dict[int, tuple[NDArray[np.float64], int]]:
        """Fit and calibrate one scorer; return what it says of the rows that it had not seen, by submission."""
        n_levels, settings = len(criterion.levels), self.settings.scorer
        outside = np.asarray([held[at] for at in rows.at], dtype=bool)
        learned, apart = rows.take(np.flatnonzero(~outside)), rows.take(np.flatnonzero(outside))
        settings, estimators = choose_estimator(learned, n_levels=n_levels, settings=settings, seed=seed)
        scorer = CriterionScorer(n_levels, settings=settings).fit(learned, seed=seed)
        if scorer.cold_:
            unseen = np.zeros((0, n_levels))
        elif any(held):
            said = [scorer.probabilities(apart.views(row))[0] for row in range(len(apart))]
            unseen = np.asarray(said).reshape(-1, n_levels)
        else:
            apart = rows
            members, unseen = fold_members(rows, n_levels=n_levels, settings=settings, seed=seed)
            scorer.members_ = members if settings.sets == "cross" else ()
        if not scorer.cold_:
            scorer.calibrate(unseen, apart.level_index)
        self.scorers_[criterion.id] = scorer
        self.summary_[criterion.id] = CriterionSummary(
            n_rated=len(rows),
            n_learned=len(learned),
            n_calibrated=len(unseen),
            n_pairs=0,
            cold=scorer.cold_,
            tried=scorer.tried_,
            estimators=estimators,
            out_of_fold=tuple((int(k), tuple(map(float, p))) for k, p in zip(apart.level_index, unseen, strict=False)),
            baselines=() if scorer.cold_ else training_baselines(apart, unseen),
        )
        return {int(at): (row, int(index)) for at, row, index in zip(apart.at, unseen, apart.level_index, strict=False)}

    def _learn_familiarity(self, stacked: Stack, teachers: Sequence[str], *, seed: int) -> None:
        if len(set(teachers)) > 1:
            fitted = Familiarity().fit(stacked.mean_vectors, groups=teachers, seed=seed)
            self.familiarity_ = fitted if np.isfinite(fitted.bound_) else None
        prompts = self.rubric.requirements.reflection.prompts
        answers = [rows for rows in stacked.reflections if len(rows)]
        if prompts and answers:
            match = TopicMatch(self.encoder.encode(list(prompts))).fit(answers)
            self.topic_ = match if np.isfinite(match.bound_) else None

    def _learn_disagreement(self, criterion: Criterion, rated: dict[str, RatedSubmission]) -> None:
        level_index, differ = [], []
        for one in rated.values():
            human = one.levels if one.record is not None else ()
            for first in range(len(human)):
                for second in range(first + 1, len(human)):
                    level_index.append(criterion.level_index(one.record or 0.0))
                    differ.append(human[first] != human[second])
        self.scorers_[criterion.id].learn_disagreement(
            np.asarray(level_index, dtype=np.intp), np.asarray(differ, dtype=bool)
        )
