"""What a share may be, by Wilson's interval, and the difference of two."""

import math


def wilson_interval(share: float, n_rows: float, *, confidence: float) -> tuple[float, float]:
    """Return Wilson's interval of a share.

    Parameters
    ----------
    share : float
        0 to 1; ``nan`` gives ``nan`` ends.
    n_rows : float
        Rows, or what the rows are worth where some belong to one teacher.
    confidence : float, keyword-only
        Above 0 and below 1.

    Returns
    -------
    tuple of float
        Low and high end, within 0 to 1, with the share between them: a share of 0 has low end 0, of 1 high end 1.
        ``nan`` where there are no rows.

    Notes
    -----
    Wilson, E. B. (1927), Journal of the American Statistical Association 22, 209-212.

    Examples
    --------
    >>> [round(end, 4) for end in wilson_interval(0.2, 10, confidence=0.95)]
    [0.0567, 0.5098]
    """
    from scipy.special import ndtri

    return wilson_ends(share, n_rows, quantile=float(ndtri((1 + confidence) / 2)))


def wilson_ends(share: float, n_rows: float, *, quantile: float) -> tuple[float, float]:
    """Return the ends of Wilson's interval by the quantile that is wanted, the normal's or another.

    Examples
    --------
    >>> [round(end, 4) for end in wilson_ends(1.0, 10, quantile=1.96)]
    [0.7225, 1.0]
    """
    if math.isnan(share) or n_rows <= 0:
        return math.nan, math.nan
    square = quantile**2
    middle = (share + square / (2 * n_rows)) / (1 + square / n_rows)
    reach = math.sqrt(square * (share * (1 - share) / n_rows + square / (4 * n_rows**2))) / (1 + square / n_rows)
    return min(share, max(0.0, middle - reach)), max(share, min(1.0, middle + reach))  # rounding may pass the share


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
    share_1, share_2 = first[0] / first[1], second[0] / second[1]
    low_1, high_1 = wilson_interval(share_1, first[1], confidence=confidence)
    low_2, high_2 = wilson_interval(share_2, second[1], confidence=confidence)
    difference = share_1 - share_2
    return (
        difference - math.hypot(share_1 - low_1, high_2 - share_2),
        difference + math.hypot(high_1 - share_1, share_2 - low_2),
    )
