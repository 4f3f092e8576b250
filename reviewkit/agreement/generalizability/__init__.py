"""Generalizability theory: variance components of a rating design, and what they say of other designs."""

from reviewkit.agreement.generalizability.decision import (
    DStudy,
    conditions_needed,
    decision_studies,
    decision_study,
)
from reviewkit.agreement.generalizability.study import (
    GStudy,
    VarianceComponent,
    generalizability_study,
    variance_components,
)

__all__ = [
    "DStudy",
    "GStudy",
    "VarianceComponent",
    "conditions_needed",
    "decision_studies",
    "decision_study",
    "generalizability_study",
    "variance_components",
]
