"""Many-facet Rasch measurement by marginal maximum likelihood."""

from reviewkit.agreement.facets.analysis import FacetsFit, fit_facets, many_facet_rasch
from reviewkit.agreement.facets.bias import Bias, bias_interactions
from reviewkit.agreement.facets.drift import SeverityDrift, WindowSeverity, severity_drift
from reviewkit.agreement.facets.model import FacetsSettings
from reviewkit.agreement.facets.result import (
    CriterionMeasure,
    FacetsResult,
    GridFit,
    RaterMeasure,
    Separation,
    StepMeasure,
    TeacherMeasure,
)

__all__ = [
    "Bias",
    "CriterionMeasure",
    "FacetsFit",
    "FacetsResult",
    "FacetsSettings",
    "GridFit",
    "RaterMeasure",
    "Separation",
    "SeverityDrift",
    "StepMeasure",
    "TeacherMeasure",
    "WindowSeverity",
    "bias_interactions",
    "fit_facets",
    "many_facet_rasch",
    "severity_drift",
]
