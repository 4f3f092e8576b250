"""Engines on an encoder of one's choice, here and in worker processes that keep theirs."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from reviewkit import (
    CachedEncoder,
    EmbeddingCache,
    Encoder,
    EncoderSettings,
    Failure,
    PolicySettings,
    ReviewEngine,
    SentenceTransformerEncoder,
    Submission,
    json_text,
    load_bundle,
)


def engine_with(bundle: Path, encoder: Encoder) -> ReviewEngine:
    """The bundle's engine on another encoder: what reduced precision moves is then its own doing alone."""
    plain = SentenceTransformerEncoder(EncoderSettings(device="cpu"))
    loaded = load_bundle(bundle, encoder=plain)
    loaded.model.encoder = loaded.model.featurizer_.encoder = encoder
    loaded.model.featurizer_.describe(loaded.rubric)
    return loaded.engine(policy=PolicySettings(allow_uncertified=True))


@lru_cache(maxsize=1)
def _kept_engine(bundle: Path, cache: Path) -> ReviewEngine:
    plain = SentenceTransformerEncoder(EncoderSettings(device="cpu"))
    return engine_with(bundle, CachedEncoder(plain, EmbeddingCache(cache)))


def reviewed_with(bundle: Path, cache: Path, submissions: Sequence[Submission]) -> list[str]:
    """Reviews as JSON, by an engine that this process keeps, from vectors that are cached."""
    said = _kept_engine(bundle, cache).review_many(submissions)
    return [json_text(one if isinstance(one, Failure) else one.review) for one in said]
