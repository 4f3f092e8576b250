"""Consensus: one level from several raters, by rule or by a model of how raters err."""

from reviewkit.agreement.consensus.dawid_skene import LatentTruth, dawid_skene, ordinal_truth
from reviewkit.agreement.consensus.finding import find_consensus
from reviewkit.agreement.consensus.result import (
    ConsensusLevel,
    ConsensusMethod,
    ConsensusResult,
    ConsensusSettings,
    RaterReliability,
)

__all__ = [
    "ConsensusLevel",
    "ConsensusMethod",
    "ConsensusResult",
    "ConsensusSettings",
    "LatentTruth",
    "RaterReliability",
    "dawid_skene",
    "find_consensus",
    "ordinal_truth",
]
