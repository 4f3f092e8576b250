"""What a score is made of: what each view says by itself, and which surface features move it."""

import numpy as np
from numpy.typing import NDArray

from reviewkit.features.featurizer import Views
from reviewkit.features.meanings import meanings
from reviewkit.records import Criterion, Record
from reviewkit.records.base import Level, Number
from reviewkit.scoring.heads import LinearHeads
from reviewkit.scoring.scorer import CriterionScorer


class FeatureShare(Record):
    """What one surface feature adds to what the surface view says.

    Attributes
    ----------
    name, meaning : str
    value, usual : float
        The text's, and the mean of the texts learned from.
    adds : float
        Levels that the feature adds, compared with its usual value; below 0 where it takes off.

    Examples
    --------
    >>> share = FeatureShare(name="cohesion", meaning="likeness", value=0.4, usual=0.3, adds=0.12)
    >>> share.value > share.usual
    True
    """

    name: str
    meaning: str
    value: Number
    usual: Number
    adds: Number


class CriterionExplanation(Record):
    """What a criterion's score is made of.

    Attributes
    ----------
    expected_level : float
        Of the score itself.
    views : dict of str to float
        The level, not yet rounded, that each head suggests by itself: a view, or views whose weights vary with how the
        text is written.
    features : tuple of FeatureShare
        Surface features, those that move it most first.

    Examples
    --------
    >>> share = FeatureShare(name="cohesion", meaning="likeness", value=0.4, usual=0.3, adds=0.12)
    >>> CriterionExplanation(
    ...     criterion_id="routines", expected_level=2.5, views={"surface": 2.7}, features=(share,)).features[0].adds
    0.12
    """

    criterion_id: str
    expected_level: Level
    views: dict[str, Number]
    features: tuple[FeatureShare, ...]


def explain_criterion(criterion: Criterion, scorer: CriterionScorer, views: Views) -> CriterionExplanation | None:
    """Take a score apart; None where the criterion is cold, as its score rests on descriptors alone."""
    if scorer.heads_ is None:
        return None
    numbers = np.asarray(criterion.level_numbers)
    said = scorer.heads_.say(views)[0]
    levels = np.interp(said, np.arange(len(numbers)), numbers)
    return CriterionExplanation(
        criterion_id=criterion.id,
        expected_level=float((scorer.probabilities(views)[0] * numbers).sum()),
        views={name: float(level) for name, level in zip(scorer.heads_.names, levels, strict=True)},
        features=_shares(scorer.heads_, views.surface[0]),
    )


def _shares(heads: LinearHeads, surface: NDArray[np.float64]) -> tuple[FeatureShare, ...]:
    basis, n_features = heads.basis, len(surface)
    bent = basis.transform(np.stack([surface, basis.mean])) * heads.weights["surface"]
    by_feature = bent[:, :n_features] + bent[:, n_features:].reshape(2, n_features, -1).sum(axis=2)
    adds = by_feature[0] - by_feature[1]
    shares = [
        FeatureShare(name=name, meaning=meaning, value=float(value), usual=float(usual), adds=float(one))
        for (name, meaning), value, usual, one in zip(meanings(n_features), surface, basis.mean, adds, strict=True)
    ]
    return tuple(sorted(shares, key=lambda one: (-abs(one.adds), one.name)))
