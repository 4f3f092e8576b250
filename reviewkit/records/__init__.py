"""The nouns: frozen records, closed to unknown fields, each with a JSON Schema."""

from reviewkit.records.award import award_of_record
from reviewkit.records.base import Level, Record, level_text
from reviewkit.records.decision import Certificate, Decision, Reason, ReasonCode, Route
from reviewkit.records.failure import Failure
from reviewkit.records.finding import Finding
from reviewkit.records.rating import Rating
from reviewkit.records.review import PartDigest, ReviewRecord, RubricReference
from reviewkit.records.rubric import (
    AllCriteria,
    ArtifactRequirement,
    Award,
    Criterion,
    PerformanceLevel,
    RecordRule,
    ReflectionRequirement,
    Requirements,
    Rubric,
    WeightedTotal,
    canonical_json,
)
from reviewkit.records.score import MOVES, CriterionScore, Evidence, Move, NextLevel
from reviewkit.records.segment import Part, Segment
from reviewkit.records.submission import Artifact, Submission

__all__ = [
    "MOVES",
    "AllCriteria",
    "Artifact",
    "ArtifactRequirement",
    "Award",
    "Certificate",
    "Criterion",
    "CriterionScore",
    "Decision",
    "Evidence",
    "Failure",
    "Finding",
    "Level",
    "Move",
    "NextLevel",
    "Part",
    "PartDigest",
    "PerformanceLevel",
    "Rating",
    "Reason",
    "ReasonCode",
    "Record",
    "RecordRule",
    "ReflectionRequirement",
    "Requirements",
    "ReviewRecord",
    "Route",
    "Rubric",
    "RubricReference",
    "Segment",
    "Submission",
    "WeightedTotal",
    "award_of_record",
    "canonical_json",
    "level_text",
]
