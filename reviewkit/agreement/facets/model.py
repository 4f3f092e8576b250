"""The many-facet Rasch model: its settings, its parameters and their identification."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from pydantic import Field

from reviewkit.agreement.design import FloatArray, IntArray, RatingDesign
from reviewkit.errors import DesignError
from reviewkit.records.base import Record


class FacetsSettings(Record):
    """How a many-facet Rasch model is fitted.

    Attributes
    ----------
    model : str
        ``"partial-credit"``: each criterion has thresholds of its own. ``"rating-scale"``: all share one set.
    quadrature : str
        ``"adaptive"``: Gauss–Hermite nodes around each submission's mode, exact also for submissions with hundreds of
        ratings. ``"fixed"``: ``n_nodes`` equally spaced from ``-bound`` to ``bound``, as TAM integrates.
    n_nodes : int
        Nodes a submission.
    bound : float
        End of the fixed grid, in logits.
    max_iterations : int
        Newton steps at most, after the quasi-Newton search.
    tolerance : float
        Largest change of a parameter, in logits, at which the search ends.
    require_connected : bool
        Refuse a design that falls into islands. Switched off, islands are linked by the assumption that their
        submissions come from one normal population: defensible only if submissions were assigned at random.
    compare_grids : bool
        Fit both ways, adaptive and on 21 fixed nodes from -6 to 6, and put both into the result's ``grids``.

    Examples
    --------
    >>> FacetsSettings(model="rating-scale").quadrature
    'adaptive'
    """

    model: Literal["partial-credit", "rating-scale"] = "partial-credit"
    quadrature: Literal["adaptive", "fixed"] = "adaptive"
    n_nodes: int = Field(default=21, ge=5, le=201)
    bound: float = Field(default=6.0, gt=0)
    max_iterations: int = Field(default=50, ge=1)
    tolerance: float = Field(default=1e-6, gt=0)
    require_connected: bool = True
    compare_grids: bool = False

    def other_grids(self) -> "tuple[FacetsSettings, ...]":
        """Settings of the adaptive and of the fixed integration, these settings being one of them."""
        own = self.model_copy(update={"compare_grids": False})
        adaptive = own.model_copy(update={"quadrature": "adaptive", "n_nodes": 21})
        fixed = own.model_copy(update={"quadrature": "fixed", "n_nodes": 21, "bound": 6.0})
        return (own, fixed) if self.quadrature == "adaptive" else (adaptive, own)


@dataclass(frozen=True)
class FacetsData:
    """A design made ready: categories counted from 0 among the levels that were used.

    Attributes
    ----------
    design : RatingDesign
        The ratings that inform the fit, sorted by submission.
    category : ndarray of int, shape (n_ratings,)
        Index of each rating's level among those used on its criterion (or on all, for a rating scale).
    levels : tuple of ndarray
        Level numbers used, lowest first, one array a criterion.
    steps : ndarray of int, shape (n_criteria, n_steps_max)
        Where each step of each criterion stands among the step parameters; -1 pads.
    starts : ndarray of int, shape (n_submissions + 1,)
        Rows of submission ``p`` are ``starts[p]:starts[p + 1]``.
    shared : bool
        True for a rating scale: one set of steps.
    """

    design: RatingDesign
    category: IntArray
    levels: tuple[FloatArray, ...]
    steps: IntArray
    starts: IntArray
    shared: bool

    @property
    def n_step_parameters(self) -> int:
        """Step parameters before identification."""
        return int(self.steps.max()) + 1

    @property
    def size(self) -> int:
        """Location, difficulties, severities and steps, before identification."""
        return 1 + len(self.design.criterion_ids) + len(self.design.rater_ids) + self.n_step_parameters

    @property
    def slices(self) -> dict[str, slice]:
        """Where each facet's parameters stand in the full vector."""
        n_criteria, n_raters = len(self.design.criterion_ids), len(self.design.rater_ids)
        first = 1 + n_criteria
        return {
            "location": slice(0, 1),
            "criteria": slice(1, first),
            "raters": slice(first, first + n_raters),
            "steps": slice(first + n_raters, self.size),
        }


def facets_data(design: RatingDesign, *, shared: bool) -> FacetsData:
    """Count the categories of a design from 0 and lay out its steps.

    Levels that nobody used have no step: their thresholds cannot be estimated, and the steps around them merge.

    Raises
    ------
    DesignError
        If a criterion (or, on a rating scale, the whole design) shows one level only.
    """
    n_criteria = len(design.criterion_ids)
    if shared:
        used = np.unique(design.level)
        levels = (used,) * n_criteria
    else:
        levels = tuple(np.unique(design.level[design.criterion == c]) for c in range(n_criteria))
    single = [design.criterion_ids[c] for c in range(n_criteria) if len(levels[c]) < 2]
    if single:
        raise DesignError(
            f"criterion {single[0]!r} shows fewer than two levels, so it says nothing of severity or difficulty; "
            "leave it out."
        )
    category = np.zeros(design.n_ratings, dtype=np.intp)
    for c in range(n_criteria):
        rows = design.criterion == c
        category[rows] = np.searchsorted(levels[c], design.level[rows])
    starts = np.searchsorted(design.submission, np.arange(len(design.submission_ids) + 1))
    return FacetsData(design, category, levels, _step_layout(levels, shared), starts.astype(np.intp), shared)


def _step_layout(levels: tuple[FloatArray, ...], shared: bool) -> IntArray:
    counts = [len(one) - 1 for one in levels]
    layout = np.full((len(levels), max(counts)), -1, dtype=np.intp)
    first = 0
    for c, count in enumerate(counts):
        layout[c, :count] = np.arange(count) + first
        first += 0 if shared else count
    return layout


def identification(data: FacetsData) -> FloatArray:
    """Matrix that turns free parameters into full ones, in which criteria, raters and each set of steps sum to 0.

    Returns
    -------
    ndarray, shape (n_full, n_free)
    """
    slices = data.slices
    n_criteria, n_raters = len(data.design.criterion_ids), len(data.design.rater_ids)
    blocks = [np.eye(1), _sum_to_zero(n_criteria), _sum_to_zero(n_raters)]
    rows = data.steps[:1] if data.shared else data.steps
    blocks += [_sum_to_zero(int((row >= 0).sum())) for row in rows]
    matrix = np.zeros((slices["steps"].stop, sum(block.shape[1] for block in blocks)))
    row = column = 0
    for block in blocks:
        matrix[row : row + block.shape[0], column : column + block.shape[1]] = block
        row += block.shape[0]
        column += block.shape[1]
    return matrix


def _sum_to_zero(size: int) -> FloatArray:
    return np.vstack([np.eye(size - 1), -np.ones((1, size - 1))])
