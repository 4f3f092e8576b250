"""Far from what the model has learned from, or from the task: measured on vectors that the caller brings."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import BaseModel, ConfigDict, Field

from reviewkit.errors import NotFittedError, ShapeError
from reviewkit.features.products import row_products
from reviewkit.records.finding import Finding
from reviewkit.records.rubric import REFLECTION
from reviewkit.screening.vectors import Vectors, conformal_bound, group_numbers, unit


class FamiliaritySettings(BaseModel):
    """How far is too far.

    Attributes
    ----------
    false_alarm_rate : float
        Share of texts like those learned from that may be flagged; the bound is set for it on held-out rows.
    n_neighbours : int
        Learned rows that a text's distance is averaged over.
    max_rows : int
        Learned rows kept, drawn at random where there are more.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    false_alarm_rate: float = Field(default=0.01, gt=0, lt=1)
    n_neighbours: int = Field(default=5, ge=1)
    max_rows: int = Field(default=2_000, ge=10)


_SETTINGS = FamiliaritySettings()
_AT_ONCE = 1024


class Familiarity:
    """Measures how far a text lies from those that a model has learned from, and holds the bound of too far.

    Parameters
    ----------
    settings : FamiliaritySettings, keyword-only

    Attributes
    ----------
    reference_ : ndarray of float32, shape (n_rows, n_dimensions)
        Rows compared with, of length one.
    bound_ : float
        Distance (one less cosine, mean over the nearest rows) beyond which a text is unfamiliar.
    n_held_out_ : int
        Rows that set the bound, each teacher's held out in turn.

    Notes
    -----
    Each row's distance is measured to the rows of other teachers, and the bound is the conformal quantile of these
    (Laxhammar 2014; Sun et al. 2022 for nearest neighbours). A new row among the others could only bring them nearer,
    so that the bound is never below the one of full conformal prediction: where each teacher has one row, a new text
    from the same source is flagged with probability at most ``false_alarm_rate``. With fewer than
    ``1 / false_alarm_rate - 1`` rows nothing can be promised, and the bound is infinite.

    Examples
    --------
    >>> rows = np.random.default_rng(0).normal(size=(400, 8)) + 4
    >>> fitted = Familiarity(settings=FamiliaritySettings(false_alarm_rate=0.05)).fit(rows)
    >>> bool(fitted.distance(-rows[:1])[0] > fitted.bound_)
    True
    """

    def __init__(self, *, settings: FamiliaritySettings = _SETTINGS) -> None:
        self.settings = settings

    def fit(self, vectors: ArrayLike, *, groups: Sequence[str] | None = None, seed: int = 0) -> Self:
        """Learn where familiar texts lie.

        Parameters
        ----------
        vectors : array-like of float, shape (n_rows, n_dimensions)
            One row a text.
        groups : sequence of str or None, keyword-only
            Teacher of each row; a row is never compared with its own teacher's.
        seed : int, keyword-only
        """
        rows = unit(vectors)
        teachers = group_numbers(len(rows), groups)
        if teachers.max() == 0:
            raise ShapeError(f"vectors have {len(rows)} rows of one teacher; pass two teachers' texts.")
        kept = np.arange(len(rows))
        if kept.size > self.settings.max_rows:
            kept = np.sort(np.random.default_rng(seed).permutation(kept)[: self.settings.max_rows])
        self.reference_ = rows[kept]
        self.n_held_out_ = len(rows)
        self.bound_ = conformal_bound(
            self._nearest(rows, teachers=teachers, others=teachers[kept]), self.settings.false_alarm_rate
        )
        return self

    def _nearest(
        self, rows: Vectors, *, teachers: NDArray[np.intp] | None = None, others: NDArray[np.intp] | None = None
    ) -> NDArray[np.float64]:
        """Mean distance to the nearest learned rows, of another teacher where teachers are named."""
        n_nearest = min(self.settings.n_neighbours, len(self.reference_))
        distances = []
        for at in range(0, len(rows), _AT_ONCE):
            similar = row_products(rows[at : at + _AT_ONCE], self.reference_)
            if teachers is not None and others is not None:
                similar[teachers[at : at + _AT_ONCE, None] == others] = -1
            best = np.partition(similar, -n_nearest, axis=1)[:, -n_nearest:]
            distances.append(1.0 - best.astype(np.float64).mean(axis=1))
        return np.concatenate(distances)

    def distance(self, vectors: ArrayLike) -> NDArray[np.float64]:
        """Return each text's mean distance to its nearest learned rows.

        Parameters
        ----------
        vectors : array-like of float, shape (n_rows, n_dimensions)

        Returns
        -------
        ndarray of float, shape (n_rows,)
            From 0 to 2.

        Raises
        ------
        NotFittedError, ShapeError
        """
        if not hasattr(self, "reference_"):
            raise NotFittedError("this Familiarity is not fitted; call fit with vectors of learned texts first.")
        rows = unit(vectors)
        if rows.shape[1] != self.reference_.shape[1]:
            raise ShapeError(
                f"vectors have {rows.shape[1]} dimensions, but the learned ones have {self.reference_.shape[1]}; "
                "use one encoder for both."
            )
        return self._nearest(rows)

    def finding(self, vector: ArrayLike, *, part: str = REFLECTION) -> Finding | None:
        """Return ``"unfamiliar"`` (``"review"``) where a text lies beyond the bound, else None."""
        value = float(self.distance(vector)[0])
        if not value > self.bound_:
            return None
        return Finding(
            code="unfamiliar",
            leads_to="review",
            message=f"the text lies at {value:.3f} from what the model has learned from; {self.bound_:.3f} holds for "
            f"{1 - self.settings.false_alarm_rate:.0%} of such texts. Its probabilities are not to be trusted.",
            part=part,
            value=value,
            bound=self.bound_,
        )

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the fitted state as plain arrays, for a bundle."""
        return {
            "reference": self.reference_,
            "bound": np.array([self.bound_]),
            "n_held_out": np.array([self.n_held_out_]),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], *, settings: FamiliaritySettings = _SETTINGS) -> Self:
        """Return the fitted step that `arrays` describes."""
        fitted = cls(settings=settings)
        fitted.reference_ = np.asarray(arrays["reference"], dtype=np.float32)
        fitted.bound_ = float(arrays["bound"][0])
        fitted.n_held_out_ = int(arrays["n_held_out"][0])
        return fitted


class TopicSettings(BaseModel):
    """How near a text must come to its task.

    Attributes
    ----------
    false_alarm_rate : float
        Share of honest texts that may be flagged as off topic.
    n_best : int
        Sentences whose similarity counts: the best few, since nobody answers in each sentence.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    false_alarm_rate: float = Field(default=0.01, gt=0, lt=1)
    n_best: int = Field(default=5, ge=1)


_TOPIC_SETTINGS = TopicSettings()


class TopicMatch:
    """Measures how near a text's sentences come to its prompts, and holds the bound of off topic.

    Parameters
    ----------
    prompt_vectors : array-like of float, shape (n_prompts, n_dimensions)
        Vectors of the prompts, or of the criteria where there are no prompts.
    settings : TopicSettings, keyword-only

    Attributes
    ----------
    bound_ : float
        Similarity below which a text is off topic.
    prompt_bounds_ : ndarray of float, shape (n_prompts,)
        Similarity below which a prompt is unanswered.

    Examples
    --------
    >>> match = TopicMatch([[1.0, 0.0], [0.0, 1.0]])
    >>> match.similarity([[1.0, 0.0], [1.0, 0.0]]).round(2).tolist()
    [1.0, 0.0]
    """

    def __init__(self, prompt_vectors: ArrayLike, *, settings: TopicSettings = _TOPIC_SETTINGS) -> None:
        self.settings = settings
        self._prompts = unit(prompt_vectors)

    def similarity(self, sentence_vectors: ArrayLike) -> NDArray[np.float64]:
        """Return, prompt by prompt, the mean similarity of the sentences that come nearest to it.

        Parameters
        ----------
        sentence_vectors : array-like of float, shape (n_sentences, n_dimensions)

        Returns
        -------
        ndarray of float, shape (n_prompts,)
        """
        similar = row_products(unit(sentence_vectors), self._prompts)
        n_best = min(self.settings.n_best, len(similar))
        best: NDArray[np.float64] = np.sort(similar, axis=0)[-n_best:].astype(np.float64).mean(axis=0)
        return best

    def fit(self, texts: Sequence[ArrayLike]) -> Self:
        """Set the bounds on honest texts that nothing else was learned from.

        Parameters
        ----------
        texts : sequence of array-like of float, each of shape (n_sentences, n_dimensions)
        """
        measured = np.array([self.similarity(one) for one in texts])
        rate = self.settings.false_alarm_rate
        self.bound_ = -conformal_bound(-measured.max(axis=1), rate)
        self.prompt_bounds_ = np.array([-conformal_bound(-column, rate) for column in measured.T])
        return self

    def findings(self, sentence_vectors: ArrayLike) -> tuple[Finding, ...]:
        """Return ``"off-topic"`` (``"review"``), or else ``"unanswered-prompt"`` (``"note"``) for each such prompt."""
        if not hasattr(self, "bound_"):
            raise NotFittedError("this TopicMatch is not fitted; call fit with honest texts first.")
        near = self.similarity(sentence_vectors)
        if near.max() < self.bound_:
            message = (
                f"no sentence comes nearer to the task than {near.max():.3f}; {self.bound_:.3f} holds for honest texts."
            )
            return (Finding(code="off-topic", leads_to="review", message=message, part=REFLECTION,
                            value=float(near.max()), bound=self.bound_),)  # fmt: skip
        return tuple(
            Finding(code="unanswered-prompt", leads_to="note", message=f"nothing seems to answer prompt {number + 1}.",
                    part=REFLECTION, value=float(near[number]), bound=float(self.prompt_bounds_[number]))
            for number in np.flatnonzero(near < self.prompt_bounds_)
        )  # fmt: skip

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the fitted state as plain arrays, for a bundle."""
        return {"prompts": self._prompts, "bound": np.array([self.bound_]), "prompt_bounds": self.prompt_bounds_}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], *, settings: TopicSettings = _TOPIC_SETTINGS) -> Self:
        """Return the fitted step that `arrays` describes."""
        fitted = cls(arrays["prompts"], settings=settings)
        fitted.bound_ = float(arrays["bound"][0])
        fitted.prompt_bounds_ = np.asarray(arrays["prompt_bounds"], dtype=np.float64)
        return fitted
