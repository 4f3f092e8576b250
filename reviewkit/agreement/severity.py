"""How far each rater lies above or below the average rater, in levels."""

from collections.abc import Iterable

import numpy as np

from reviewkit.agreement.facets.analysis import many_facet_rasch
from reviewkit.errors import DesignError, RatingsError
from reviewkit.records import Rating


def severity_shifts(ratings: Iterable[Rating], *, criterion_id: str) -> dict[str, float]:
    """Levels by which each rater rates the average submission higher than the average rater does.

    A many-facet Rasch model of the criterion gives each rater's fair average; its distance from the raters' mean is
    drawn towards 0 by the reliability of the raters' separation, so that raters who cannot be told apart stay alike.

    Parameters
    ----------
    ratings : iterable of Rating
        Blind ones count.
    criterion_id : str

    Returns
    -------
    dict of str to float
        By rater id; below 0 for a severe rater. Raters without an estimate are left out, and all of them where the
        design is disconnected or says nothing of severity.

    References
    ----------
    Linacre, J. M. (1989). Many-facet Rasch measurement. MESA Press.

    Examples
    --------
    >>> levels = {"a": [1, 2, 3, 4, 2, 3, 1, 4] * 8, "b": [1, 1, 3, 3, 3, 2, 2, 3] * 8}
    >>> ratings = [Rating(submission_id=f"s{n}", criterion_id="taught", rater_id=rater, level=level)
    ...            for rater, given in levels.items() for n, level in enumerate(given)]
    >>> shifts = severity_shifts(ratings, criterion_id="taught")
    >>> round(shifts["a"], 1), round(shifts["b"], 1)
    (0.1, -0.1)
    """
    try:
        found = many_facet_rasch([one for one in ratings if one.criterion_id == criterion_id])
    except (DesignError, RatingsError):
        return {}
    fair = {one.rater_id: one.fair_average for one in found.raters if np.isfinite(one.fair_average)}
    reliability = found.separation("raters").reliability
    if len(fair) < 2 or not reliability > 0:
        return {}
    mean = float(np.mean(list(fair.values())))
    return {rater: min(1.0, reliability) * (level - mean) for rater, level in fair.items()}
