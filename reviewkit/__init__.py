"""Rubric-assisted evidence review: calibrated scores per criterion, with evidence, and a route to a person."""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOME = {
    "AllCriteria": "records",
    "Artifact": "records",
    "ArtifactRequirement": "records",
    "BatchError": "errors",
    "BatchProgress": "batch.run",
    "BatchSettings": "batch.job",
    "BatchSummary": "batch.run",
    "Bundle": "bundle.folder",
    "BundleError": "errors",
    "CacheSettings": "features.cache",
    "CacheWarning": "features.cache",
    "CachedEncoder": "features.cache",
    "Certificate": "records",
    "CertificateError": "errors",
    "Comparison": "evaluation.compare",
    "Criterion": "records",
    "CriterionScore": "records",
    "Decision": "records",
    "DependencyError": "errors",
    "DesignError": "errors",
    "EmbeddingCache": "features.cache",
    "Encoder": "features.encoder",
    "EncoderError": "errors",
    "EncoderSettings": "features.encoder",
    "EngineSettings": "engine",
    "Evaluation": "evaluation.evaluate",
    "Evidence": "records",
    "ExtractionError": "errors",
    "Failure": "records",
    "FileFormatError": "errors",
    "Finding": "records",
    "LexicalSettings": "features.lexical",
    "ModelSettings": "model",
    "NotFittedError": "errors",
    "OutputExistsError": "errors",
    "Part": "records",
    "PerformanceLevel": "records",
    "PolicySettings": "routing.policy",
    "Rating": "records",
    "RatingsError": "errors",
    "Reason": "records",
    "ReviewEngine": "engine",
    "ReviewModel": "model",
    "ReviewRecord": "records",
    "Reviewed": "engine",
    "ReviewkitError": "errors",
    "RoutingPolicy": "routing.policy",
    "Rubric": "records",
    "RubricError": "errors",
    "ScorerSettings": "scoring.scorer",
    "Segment": "records",
    "Segmenter": "text.segmenter",
    "SegmenterSettings": "text.segmenter",
    "SentenceTransformerEncoder": "features.encoder",
    "SettingsError": "errors",
    "ShapeError": "errors",
    "Submission": "records",
    "SubmissionError": "errors",
    "TrainedModel": "bundle.folder",
    "WeightedTotal": "records",
    "check_ratings": "files",
    "compare_reviews": "evaluation.compare",
    "evaluate_reviews": "evaluation.evaluate",
    "forget_texts": "features.cache",
    "iter_submissions": "files",
    "json_text": "files",
    "level_of_record": "agreement.score_of_record",
    "load_bundle": "bundle.folder",
    "quadratic_weighted_kappa": "agreement.two_raters",
    "read_json_lines": "files",
    "read_ratings": "files",
    "read_rubric": "files",
    "read_submissions": "files",
    "refuse_existing": "files.writing",
    "review_batch": "batch.run",
    "save_bundle": "bundle.folder",
    "shipped_folder": "bundle.shipped",
    "train": "training.train",
    "whole_file": "files",
    "with_cache": "features.cache",
    "write_json_lines": "files",
    "write_review_pages": "report.review_pages",
}

__all__ = sorted(_HOME)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'reviewkit' has no attribute {name!r}")
    value = getattr(import_module(f"reviewkit.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
