"""Whether sentences stand in an order in which one leads to the next: measured on vectors that the caller brings."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import BaseModel, ConfigDict, Field

from reviewkit.features.products import row_products
from reviewkit.records.finding import Finding
from reviewkit.records.rubric import REFLECTION
from reviewkit.screening.vectors import unit

N_ORDERS = 100
SECOND = 0.5  # weight of the sentence after the next


class CohesionSettings(BaseModel):
    """From when on an order counts as random.

    Attributes
    ----------
    min_sentences : int
        Sentences below which honest and random order cannot be told apart.
    min_cohesion : float
        Cohesion (see `cohesion`) that honest texts of some forty-five sentences and more exceed.
    a_sentence : float
        The bound begins at 0 and rises by so much with each sentence beyond the fewest, up to ``min_cohesion``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    min_sentences: int = Field(default=25, ge=4)
    min_cohesion: float = 1.5
    a_sentence: float = Field(default=0.08, ge=0)


_SETTINGS = CohesionSettings()


def cohesion(sentence_vectors: ArrayLike, *, seed: int = 0) -> float:
    """Return how much nearer neighbouring sentences lie than in random orders of the same sentences.

    Parameters
    ----------
    sentence_vectors : array-like of float, shape (n_sentences, n_dimensions)
        In the text's order.
    seed : int, keyword-only
        Of the 100 random orders that it is compared with.

    Returns
    -------
    float
        In standard deviations of the random orders: near 0 for a random order, the larger the longer for prose;
        ``nan`` below four sentences, or where all are alike.

    Examples
    --------
    >>> rows = np.cumsum(np.random.default_rng(1).normal(size=(40, 8)), axis=0)
    >>> cohesion(rows) > 3 > cohesion(np.random.default_rng(2).permutation(rows))
    True
    """
    rows = unit(sentence_vectors)
    if len(rows) < 4:
        return float("nan")
    similar = row_products(rows, rows).astype(np.float64)
    chance = np.random.default_rng(seed)
    orders = np.stack([chance.permutation(len(rows)) for _ in range(N_ORDERS)])
    others = _nearness(similar, orders)
    own, spread = _nearness(similar, np.arange(len(rows))[None, :])[0], others.std()
    return float((own - others.mean()) / spread) if spread > 1e-9 else float("nan")


def _nearness(similar: NDArray[np.float64], orders: NDArray[np.intp]) -> NDArray[np.float64]:
    first = similar[orders[:, :-1], orders[:, 1:]].mean(axis=1)
    second = similar[orders[:, :-2], orders[:, 2:]].mean(axis=1)
    return np.asarray(first + SECOND * second)


def cohesion_findings(sentence_vectors: ArrayLike, *, settings: CohesionSettings = _SETTINGS) -> Iterator[Finding]:
    """Give ``"shuffled-sentences"`` (``"note"``) where the reflection's sentences stand as if in random order.

    Parameters
    ----------
    sentence_vectors : array-like of float, shape (n_sentences, n_dimensions)
        The reflection's, in its order.
    """
    more = len(np.asarray(sentence_vectors)) - settings.min_sentences
    if more < 0:
        return
    value, bound = cohesion(sentence_vectors), min(settings.min_cohesion, settings.a_sentence * more)
    if value < bound:
        yield Finding(
            code="shuffled-sentences",
            leads_to="note",
            message=f"the reflection's sentences follow one another as in a random order: {value:.1f} standard "
            f"deviations nearer than by chance, and {bound:.1f} holds for honest texts of its length.",
            part=REFLECTION,
            value=value,
            bound=bound,
        )
