"""What a model must beat: the level guessed from length alone, or from surface counts, by rows that were not seen."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from reviewkit.agreement.two_raters import quadratic_weighted_kappa
from reviewkit.features.surface import SURFACE_FEATURES
from reviewkit.records.base import Number, Record
from reviewkit.scoring.folds import teacher_folds
from reviewkit.scoring.heads import HingeBasis
from reviewkit.scoring.ridge import centred_gram, cross_fit
from reviewkit.scoring.rows import CriterionRows

N_FOLDS = 5
FEWEST_ROWS = 20
LENGTH_FEATURES = ("log_words", "root_words")
OF_MEANING = ("cohesion",)  # read off sentence vectors: no count
_N_RESAMPLES = 500


class Baseline(Record):
    """A model beside a baseline, on the same rows, none of which either had seen.

    Attributes
    ----------
    name : str
        ``"length"`` or ``"surface"``.
    n : int
    qwk : float
        Of the baseline's levels with the levels of record.
    gain : float
        QWK of the model less that of the baseline.
    low, high : float
        Ends of the gain's 95 % interval, by bootstrap over rows.
    """

    name: str
    n: int
    qwk: Number
    gain: Number
    low: Number
    high: Number

    @property
    def is_beaten(self) -> bool:
        """Whether the whole interval of the gain lies above 0."""
        return self.low > 0

    @property
    def warning(self) -> str:
        """What to say where it is not beaten."""
        known = {"length": "the texts' length", "surface": "their surface counts"}[self.name]
        return (
            f"a model that knows {known} alone reaches a QWK of {self.qwk:.2f} on these {self.n} submissions, and this "
            f"one is {self.gain:+.2f} beside it ({self.low:.2f} to {self.high:.2f}): it is not shown to know more"
        )


def beside_baselines(
    features: Mapping[str, NDArray[np.float64]],
    level_index: NDArray[np.intp],
    model: NDArray[np.intp],
    *,
    teachers: Sequence[str],
    n_levels: int,
) -> tuple[Baseline, ...]:
    """Set a model beside a baseline for each set of features.

    Parameters
    ----------
    features : mapping of str to ndarray of float64, shape (n_rows, n_features)
    level_index, model : ndarray of intp, shape (n_rows,)
        Levels of record, and those that the model suggests.
    teachers : sequence of str, length n_rows
    n_levels : int

    Returns
    -------
    tuple of Baseline
        None below 20 rows, with one level of record or one teacher.
    """
    if len(level_index) < FEWEST_ROWS or len(np.unique(level_index)) < 2 or len(set(teachers)) < 2:
        return ()
    found = (
        held_against(name, level_index, model, unseen_levels(rows, level_index, teachers, seed=0), n_levels=n_levels)
        for name, rows in features.items()
    )
    return tuple(one for one in found if one is not None)


def training_baselines(rows: CriterionRows, unseen: NDArray[np.float64]) -> tuple[Baseline, ...]:
    """Set what a model said of rows unseen, shape (n_rows, n_levels), beside length and surface counts alone."""
    surface = rows.shared.surface[rows.at]
    length = [at for at, name in enumerate(SURFACE_FEATURES) if name in LENGTH_FEATURES]
    counted = [at for at, name in enumerate(SURFACE_FEATURES) if name not in OF_MEANING]
    return beside_baselines(
        {"length": surface[:, length], "surface": surface[:, counted]},
        rows.level_index,
        unseen.argmax(axis=1),
        teachers=rows.teachers,
        n_levels=unseen.shape[1],
    )


def unseen_levels(
    features: NDArray[np.float64], level_index: NDArray[np.intp], teachers: Sequence[str], *, seed: int
) -> NDArray[np.intp]:
    """Guess each row's level from its features, by fits that had not seen its teacher.

    Parameters
    ----------
    features : ndarray of float64, shape (n_rows, n_features)
    level_index : ndarray of intp, shape (n_rows,)
        Levels of record, two of them at least.
    teachers : sequence of str, length n_rows
    seed : int

    Returns
    -------
    ndarray of intp, shape (n_rows,)
        By the models' own recipe: features bent at their quantiles, ridge regression, proportional odds.
    """
    from reviewkit.scoring.estimator import CumulativeLinkClassifier

    folds = teacher_folds(teachers, n_folds=N_FOLDS, seed=seed)
    bent = HingeBasis.fit(features).transform(features)
    bent = bent - bent.mean(axis=0)
    gram, _ = centred_gram(bent @ bent.T)
    said = cross_fit(gram, level_index.astype(np.float64), folds).out_of_fold[:, None]
    guessed = np.empty(len(level_index), dtype=np.intp)
    for fold in np.unique(folds):
        inside, outside = folds != fold, folds == fold
        model = CumulativeLinkClassifier() if len(np.unique(level_index[inside])) > 1 else None
        guessed[outside] = (
            level_index[inside][0]
            if model is None
            else model.fit(said[inside], level_index[inside]).predict(said[outside])
        )
    return guessed


def held_against(
    name: str, level_index: NDArray[np.intp], model: NDArray[np.intp], guessed: NDArray[np.intp], *, n_levels: int
) -> Baseline | None:
    """Set a model's levels beside a baseline's; None where agreement is undefined for either.

    Examples
    --------
    >>> record = np.arange(40) % 4
    >>> held_against("length", record, record, np.roll(record, 1), n_levels=4).gain
    1.2
    """

    def gain(rows: NDArray[np.intp]) -> float:
        one, other = (
            quadratic_weighted_kappa(level_index[rows], said[rows], n_levels=n_levels) for said in (model, guessed)
        )
        return one - other

    n, drawn = len(level_index), np.random.default_rng(0)
    whole = gain(np.arange(n))
    if np.isnan(whole):
        return None
    resampled = [gain(drawn.integers(0, n, size=n)) for _ in range(_N_RESAMPLES)]
    low, high = np.nanquantile(resampled, [0.025, 0.975])
    qwk = quadratic_weighted_kappa(level_index, guessed, n_levels=n_levels)
    return Baseline(name=name, n=n, qwk=qwk, gain=whole, low=float(low), high=float(high))
