"""Heads whose weights vary with the text: ridge regression on products of features, told alike in any company."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse import csr_array
from sklearn.linear_model import Ridge
from small_programs import HashEncoder, simulated, small_rubric

from reviewkit import ReviewModel, Segmenter, Submission, train
from reviewkit.features.featurizer import Views
from reviewkit.features.ngrams import Ngrams
from reviewkit.features.segmented import segment_parts
from reviewkit.features.surface import SURFACE_FEATURES
from reviewkit.scoring.heads import MANY_ROWS_VIEWS
from reviewkit.scoring.interactions import INTERACTIONS, Interaction, VaryingHead, fit_interaction
from reviewkit.text.parts import submission_parts

N_ROWS, N_EMBEDDING, N_NGRAMS = 60, 4, 7
FOLDS = np.arange(N_ROWS) % 5
BOTH = Interaction(("meaning", "presence"), varied_by=("log_words", "distinct_words"))
Floats = NDArray[np.float64]


def numbers(seed: int = 0) -> tuple[Floats, Floats, Floats]:
    draw = np.random.default_rng(seed)
    surface = draw.normal(size=(N_ROWS, len(SURFACE_FEATURES)))
    presence = (draw.random((N_ROWS, N_NGRAMS)) < 0.4).astype(float)
    presence[:, 0] = 1.0
    standard = (surface - surface.mean(axis=0)) / surface.std(axis=0)
    return standard, draw.normal(size=(N_ROWS, N_EMBEDDING)) + 2.0, presence


def fitted(
    target: Floats, *, interaction: Interaction = BOTH, strength: float = 0.5, seed: int = 0
) -> tuple[VaryingHead, Floats]:
    standard, embedding, presence = numbers(seed)
    matrices = {"meaning": embedding, "presence": csr_array(presence)}
    grams = {"meaning": embedding @ embedding.T, "presence": presence @ presence.T}
    head, fit = fit_interaction(
        interaction, standard, matrices, grams, target=target, folds=FOLDS, strengths=(strength,)
    )
    return head, fit.out_of_fold


def said(head: VaryingHead, rows: NDArray[np.intp], *, seed: int = 0) -> Floats:
    standard, embedding, presence = numbers(seed)
    told = []
    for row in rows:
        held = np.flatnonzero(presence[row])
        views = Views(
            np.hstack([embedding[[row]], embedding[[row]]]),
            standard[[row]],
            np.zeros((1, 0)),
            Ngrams(held, np.ones(len(held))),
        )
        told.append(head.say(views, standard[[row]], standard[[row]])[0])
    return np.asarray(told)


def products(seed: int = 0) -> Floats:
    """The products written out, each block centred and of mean squared length one."""
    standard, embedding, presence = numbers(seed)

    def scaled(values: Floats) -> Floats:
        centred = values - values.mean(axis=0)
        return np.asarray(centred / np.sqrt((centred**2).sum(axis=1).mean()))

    one = np.ones((N_ROWS, 1))
    length = standard[:, [SURFACE_FEATURES.index(name) for name in BOTH.varied_by]]
    varied, weighed = np.hstack([one, scaled(length)]), np.hstack([one, scaled(embedding), scaled(presence)])
    return np.asarray((varied[:, :, None] * weighed[:, None, :]).reshape(N_ROWS, -1))


class TestRidgeOnProducts:
    @settings(max_examples=20, deadline=None)
    @given(st.integers(0, 50), st.sampled_from([0.003, 0.3, 10.0]))
    def test_what_it_says_is_ridge_regression_on_the_products(self, seed: int, strength: float) -> None:
        target, written = np.random.default_rng(seed + 1).normal(size=N_ROWS), products(seed)
        scale = ((written - written.mean(axis=0)) ** 2).sum(axis=1).mean()
        oracle = Ridge(alpha=strength * scale).fit(written, target)
        head, _ = fitted(target, strength=strength, seed=seed)
        assert said(head, np.arange(N_ROWS), seed=seed) == pytest.approx(oracle.predict(written), abs=1e-8)

    def test_out_of_fold_it_is_the_same_regression_without_the_fold(self) -> None:
        target, written = np.random.default_rng(9).normal(size=N_ROWS), products()
        centred = written - written.mean(axis=0)
        scale = (centred**2).sum(axis=1).mean()
        inside = FOLDS != 2
        _, unseen = fitted(target)
        # centred over all rows, as every view is, so without an intercept of its own beside the mean
        oracle = Ridge(alpha=0.5 * scale, fit_intercept=False).fit(
            centred[inside], target[inside] - target[inside].mean()
        )
        expected = oracle.predict(centred[~inside]) + target[inside].mean()
        assert unseen[~inside] == pytest.approx(expected, abs=1e-8)

    def test_it_learns_that_what_is_said_counts_for_more_in_long_texts(self) -> None:
        standard, embedding, _ = numbers()
        length = standard[:, SURFACE_FEATURES.index("log_words")]
        target = (1.0 + length) * (embedding[:, 0] - 2.0)
        _, unseen = fitted(target, strength=0.03)
        plain = np.hstack([standard, embedding])
        apart = np.empty(N_ROWS)
        for fold in range(5):
            at = np.arange(N_ROWS) % 5 == fold
            apart[at] = Ridge(alpha=10.0).fit(plain[~at], target[~at]).predict(plain[at])
        assert ((unseen - target) ** 2).mean() < 0.6 * ((apart - target) ** 2).mean()

    def test_where_nothing_varies_it_says_the_mean(self) -> None:
        flat = np.zeros((N_ROWS, len(SURFACE_FEATURES)))
        same = np.ones((N_ROWS, N_EMBEDDING))
        target = np.arange(N_ROWS, dtype=float)
        head, fit = fit_interaction(
            Interaction(("meaning",)),
            flat,
            {"meaning": same},
            {"meaning": same @ same.T},
            target=target,
            folds=FOLDS,
            strengths=(1.0,),
        )
        views = Views(
            np.hstack([same[:1], same[:1]]), flat[:1], np.zeros((1, 0)), Ngrams(np.zeros(0, np.intp), np.zeros(0))
        )
        assert head.say(views, flat[:1], flat[:1]) == pytest.approx([target.mean()])
        assert np.isfinite(fit.out_of_fold).all()


@pytest.fixture(scope="module")
def model() -> ReviewModel:
    submissions, ratings = simulated(120)
    return train(small_rubric(), submissions, ratings=ratings, encoder=HashEncoder()).model


def views_of(model: ReviewModel, text: str, *, without_each: bool = False) -> Views:
    one = Submission(submission_id="s", teacher_id="t", rubric_id="small", reflection=text)
    segmenter = Segmenter(count_tokens=HashEncoder().count_tokens)
    segmented = segment_parts("s", submission_parts(one, folder=None), segmenter)
    (features,) = model.featurizer_.transform([segmented])
    return model.featurizer_.views(features, small_rubric().criteria, without_each=without_each)["routines"]


class TestInAModel:
    def test_a_criterion_of_many_rows_has_them(self, model: ReviewModel) -> None:
        heads = model.scorers_["routines"].heads_
        assert heads is not None
        assert heads.names == (*MANY_ROWS_VIEWS, *INTERACTIONS)

    def test_one_of_few_rows_does_not(self) -> None:
        submissions, ratings = simulated(40)
        few = train(small_rubric(), submissions, ratings=ratings, encoder=HashEncoder()).model
        heads = few.scorers_["routines"].heads_
        assert heads is not None
        assert heads.varying == {}

    def test_without_a_sentence_they_say_what_they_say_of_the_text_without_it(self, model: ReviewModel) -> None:
        """Evidence is a subtraction, and gives what reading anew would give."""
        submissions, _ = simulated(120)
        sentences = [f"{one.strip()}." for one in submissions[7].reflection.split(".") if one.strip()]
        heads = model.scorers_["routines"].heads_
        assert heads is not None
        assert len(sentences) >= 3
        left_out = heads.say(views_of(model, " ".join(sentences), without_each=True))[1:]
        anew = [
            heads.say(views_of(model, " ".join(sentences[:at] + sentences[at + 1 :])))[0]
            for at in range(len(sentences))
        ]
        assert left_out == pytest.approx(np.asarray(anew), abs=1e-9)

    def test_a_text_is_told_alike_alone_and_beside_others(self, model: ReviewModel) -> None:
        submissions, _ = simulated(120)
        heads = model.scorers_["routines"].heads_
        assert heads is not None
        views = views_of(model, submissions[3].reflection, without_each=True)
        together = heads.say(views)
        standard = heads.basis.transform(views.surface)
        n_surface = views.surface.shape[1]
        head = heads.varying["meaning-by-surface"]
        alone = [
            head.say(
                Views(views.embedding[[at]], views.surface[[at]], views.similarity[[at]], views.ngrams),
                standard[[at], :n_surface],
                standard[[at]],
            )[0]
            for at in range(len(together))
        ]
        assert together[:, heads.names.index("meaning-by-surface")].tolist() == alone
