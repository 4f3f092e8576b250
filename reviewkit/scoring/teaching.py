"""What a rating would teach: the unrated submissions whose ratings would leave the least unsaid of all of them."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
STRENGTH = 1.0
_WIDEST = 3.0


def teaching_features(embedding: Floats, surface: Floats) -> Floats:
    """What the heads with few ratings read, on one scale: embedding and surface features weigh the same.

    Parameters
    ----------
    embedding : ndarray of float64, shape (n_rows, n_embedding)
    surface : ndarray of float64, shape (n_rows, n_surface)
        Brought to standard scores within 3 either way.

    Returns
    -------
    ndarray of float64, shape (n_rows, n_embedding + n_surface)
        Centred; the mean squared length of a row is 1, unless all rows are alike.

    Examples
    --------
    >>> rows = teaching_features(np.array([[0.0], [2.0]]), np.array([[5.0], [5.0]]))
    >>> rows.round(3).tolist()
    [[-0.707, 0.0], [0.707, 0.0]]
    """
    sd = surface.std(axis=0)
    known = sd > 1e-9 * np.maximum(1.0, np.abs(surface).max(axis=0))
    standard = np.where(known, (surface - surface.mean(axis=0)) / np.where(known, sd, 1.0), 0.0)
    halves = (_of_length_one(embedding), _of_length_one(np.clip(standard, -_WIDEST, _WIDEST)))
    return np.asarray(np.hstack(halves) / np.sqrt(2))


def _of_length_one(rows: Floats) -> Floats:
    centred = rows - rows.mean(axis=0)
    length = np.sqrt((centred * centred).sum(axis=1).mean())
    return np.asarray(centred / length if length > 1e-9 * max(1.0, float(np.abs(rows).max())) else np.zeros_like(rows))


def teaching_order(features: Floats, *, rated: NDArray[np.bool_], n: int, strength: float = STRENGTH) -> list[int]:
    """Order unrated rows by how much surer a rating of each would make a ridge regression, over all rows.

    Before any rating the regression's variance at a row is its squared length; each rating lowers it there and at rows
    like it. Row by row, the one is taken that lowers the sum over all rows most. Neither ratings nor scores are
    asked: what looks doubtful to a model of few ratings is often only odd, and odd rows alone teach little of the rest.

    Parameters
    ----------
    features : ndarray of float64, shape (n_rows, n_features)
        As :func:`teaching_features` gives them.
    rated : ndarray of bool, shape (n_rows,)
        Rows that have ratings already.
    n : int
        How many to choose; fewer where fewer are unrated.
    strength : float
        The ridge's: the variance of a rating around what the regression says, beside a mean squared length of 1.

    Returns
    -------
    list of int
        Rows, the first to rate in front; ties go to the earlier row.

    References
    ----------
    Yu, K., Bi, J., & Tresp, V. (2006). Active learning via transductive experimental design. ICML. In statistics it is
    known as sequential V-optimal design.

    Examples
    --------
    The middle says nothing of a slope; with 0 rated, 4 says most.

    >>> rows = np.array([[-2.0], [-1.0], [0.0], [1.0], [2.0]])
    >>> teaching_order(rows, rated=np.array([True, False, False, False, False]), n=2)
    [4, 1]
    """
    left = ~rated
    inverse = np.linalg.inv(features[rated].T @ features[rated] / strength + np.eye(features.shape[1]))
    sides = features @ inverse  # features times the covariance that the ratings so far leave
    whole = features.T @ features
    spread = sides @ whole
    order: list[int] = []
    for _ in range(min(n, int(left.sum()))):
        own = (sides * features).sum(axis=1) + strength
        at = int(np.where(left, (spread * sides).sum(axis=1) / own, -np.inf).argmax())
        order.append(at)
        left[at] = False
        shared, side = sides @ features[at] / own[at], sides[at].copy()
        sides -= np.outer(shared, side)
        spread -= np.outer(shared, side @ whole)
    return order
