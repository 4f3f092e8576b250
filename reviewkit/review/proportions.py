"""A share with its interval, and the difference of two."""

import math
from statistics import NormalDist


def wilson_interval(n_hits: int, n: int, *, confidence: float) -> tuple[float, float]:
    """Interval of a share, by Wilson's score method; ``nan`` twice where there are no rows.

    Source: Wilson (1927), Journal of the American Statistical Association 22, 209-212.

    Examples
    --------
    >>> [round(bound, 4) for bound in wilson_interval(15, 20, confidence=0.95)]
    [0.5313, 0.8881]
    """
    if n == 0:
        return math.nan, math.nan
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share, scale = n_hits / n, 1 + z * z / n
    middle = (share + z * z / (2 * n)) / scale
    reach = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / scale
    return max(0.0, middle - reach), min(1.0, middle + reach)


def newcombe_interval(first: tuple[int, int], second: tuple[int, int], *, confidence: float) -> tuple[float, float]:
    """Interval of the difference of two independent shares, first less second, from their Wilson intervals.

    Parameters
    ----------
    first, second : tuple of int and int
        Hits and rows of each share.
    confidence : float, keyword-only

    Returns
    -------
    tuple of float and float
        ``nan`` twice where either share has no rows.

    Notes
    -----
    Source: Newcombe (1998), Statistics in Medicine 17, 873-890, method 10; the example is its case (a).

    Examples
    --------
    >>> [round(bound, 4) for bound in newcombe_interval((56, 70), (48, 80), confidence=0.95)]
    [0.0524, 0.3339]
    """
    if not first[1] or not second[1]:
        return math.nan, math.nan
    (low_1, high_1), (low_2, high_2) = (wilson_interval(*one, confidence=confidence) for one in (first, second))
    share_1, share_2 = first[0] / first[1], second[0] / second[1]
    difference = share_1 - share_2
    return (
        difference - math.hypot(share_1 - low_1, high_2 - share_2),
        difference + math.hypot(high_1 - share_1, share_2 - low_2),
    )
