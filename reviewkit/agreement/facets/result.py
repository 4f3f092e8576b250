"""What a many-facet Rasch analysis tells, as records."""

from typing import Literal

from reviewkit.agreement.figures import Figures


class RaterMeasure(Figures):
    """One rater's severity.

    Attributes
    ----------
    severity : float
        Logits, mean 0 over raters; higher is more severe. ``nan`` with a ``reason`` if it cannot be estimated.
    infit, outfit : float
        Mean squares around 1: above, noisier than the model expects; below, more predictable.
    observed_average, fair_average : float
        Mean level given; level expected from this rater for an average teacher on an average criterion.
    """

    rater_id: str
    severity: float
    se: float
    infit: float
    outfit: float
    n_ratings: int
    observed_average: float
    fair_average: float
    reason: str | None = None


class CriterionMeasure(Figures):
    """One criterion's difficulty, in logits, mean 0 over criteria; higher is harder."""

    criterion_id: str
    difficulty: float
    se: float
    infit: float
    outfit: float
    n_ratings: int
    observed_average: float
    fair_average: float
    reason: str | None = None


class StepMeasure(Figures):
    """One step up to a level: its threshold, in logits around the criterion's difficulty.

    Attributes
    ----------
    criterion_id : str or None
        None on a rating scale, whose steps all criteria share.
    level : float
        The level that the step leads up to.
    threshold : float
        Steps of a criterion sum to 0.
    n_ratings : int
        Ratings at that level.
    """

    criterion_id: str | None
    level: float
    threshold: float
    se: float
    n_ratings: int


class TeacherMeasure(Figures):
    """One submission's measure: the mean and standard deviation of its posterior, in logits."""

    submission_id: str
    measure: float
    se: float
    infit: float
    outfit: float
    n_ratings: int
    observed_average: float
    fair_average: float
    reason: str | None = None


class Separation(Figures):
    """How far the elements of a facet lie apart, against the error of their measures.

    Attributes
    ----------
    facet : str
        ``"raters"``, ``"criteria"`` or ``"teachers"``.
    rmse : float
        Root mean squared standard error.
    separation : float
        True standard deviation over ``rmse``.
    strata : float
        Statistically distinct levels, ``(4 * separation + 1) / 3``.
    reliability : float
        Share of the variance of measures that is true. For raters, of their *differences*: 0 is what one hopes for.
    chi_square, df, p_value : float
        Test that all elements are equal; ``nan`` for teachers.
    """

    facet: Literal["raters", "criteria", "teachers"]
    rmse: float
    separation: float
    strata: float
    reliability: float
    chi_square: float
    df: float
    p_value: float
    reason: str | None = None


class GridFit(Figures):
    """The same model integrated one way, to set beside another.

    Attributes
    ----------
    bound : float or None
        End of a fixed grid, in logits; None for adaptive nodes.
    """

    quadrature: Literal["adaptive", "fixed"]
    n_nodes: int
    bound: float | None
    deviance: float
    variance: float
    eap_reliability: float
    converged: bool


class FacetsResult(Figures):
    """A fitted many-facet Rasch model.

    Attributes
    ----------
    deviance : float
        -2 log marginal likelihood, without the multinomial constant.
    location : float
        Logit of the scale: how easily an average teacher rises with an average rater on an average criterion.
    variance, variance_se : float
        Variance of the teachers' measures, which have mean 0.
    eap_reliability : float
        Variance of the measures over itself plus their mean squared standard error.
    notes : tuple of str
        What was left out or merged, and why.
    grids : tuple of GridFit
        The adaptive and the fixed integration side by side, where settings ask for it.

    Examples
    --------
    >>> from reviewkit import Rating, many_facet_rasch
    >>> levels = {"a": [1, 2, 3, 4, 2, 3, 1, 4], "b": [1, 1, 3, 3, 3, 2, 2, 3]}
    >>> ratings = [Rating(submission_id=f"s{n}", criterion_id="taught", rater_id=rater, level=level)
    ...            for rater, given in levels.items() for n, level in enumerate(given)]
    >>> found = many_facet_rasch(ratings)
    >>> found.n_ratings, found.to_json()["raters"][0]["rater_id"]
    (16, 'a')
    """

    model: Literal["partial-credit", "rating-scale"]
    quadrature: Literal["adaptive", "fixed"]
    n_nodes: int
    deviance: float
    n_parameters: int
    aic: float
    bic: float
    n_ratings: int
    n_submissions: int
    location: float
    variance: float
    variance_se: float
    eap_reliability: float
    converged: bool
    raters: tuple[RaterMeasure, ...]
    criteria: tuple[CriterionMeasure, ...]
    steps: tuple[StepMeasure, ...]
    teachers: tuple[TeacherMeasure, ...]
    separations: tuple[Separation, ...]
    notes: tuple[str, ...] = ()
    grids: tuple[GridFit, ...] = ()

    def severity(self, rater_id: str) -> float:
        """Severity of one rater; KeyError if there is none of that id."""
        for one in self.raters:
            if one.rater_id == rater_id:
                return one.severity
        raise KeyError(f"no rater {rater_id!r} in the analysis; it has {len(self.raters)} raters")

    def separation(self, facet: Literal["raters", "criteria", "teachers"]) -> Separation:
        """Separation of one facet."""
        return next(one for one in self.separations if one.facet == facet)
