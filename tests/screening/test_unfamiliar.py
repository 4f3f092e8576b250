"""Unfamiliar and off topic: bounds that keep their false-alarm rate."""

import numpy as np
import pytest

from reviewkit.errors import NotFittedError, ShapeError
from reviewkit.screening.unfamiliar import Familiarity, FamiliaritySettings, TopicMatch, TopicSettings

RANDOM = np.random.default_rng(3)


def cloud(n_rows: int, *, at: int, seed: int) -> np.ndarray:
    rows = np.random.default_rng(seed).normal(size=(n_rows, 16))
    rows[:, at] += 5
    return rows


class TestFamiliarity:
    def test_flags_what_lies_elsewhere(self) -> None:
        fitted = Familiarity(settings=FamiliaritySettings(false_alarm_rate=0.05)).fit(cloud(200, at=0, seed=1))
        finding = fitted.finding(cloud(1, at=7, seed=2))
        assert finding is not None
        assert (finding.code, finding.leads_to) == ("unfamiliar", "review")
        assert fitted.finding(cloud(400, at=0, seed=1).mean(axis=0)) is None

    def test_keeps_its_false_alarm_rate(self) -> None:
        settings = FamiliaritySettings(false_alarm_rate=0.1)
        rates = []
        for seed in range(40):
            fitted = Familiarity(settings=settings).fit(cloud(160, at=0, seed=seed), seed=seed)
            rates.append(np.mean(fitted.distance(cloud(200, at=0, seed=1_000 + seed)) > fitted.bound_))
        assert np.mean(rates) <= 0.11

    def test_flags_nobody_where_there_are_too_few_rows(self) -> None:
        fitted = Familiarity(settings=FamiliaritySettings(false_alarm_rate=0.01)).fit(cloud(40, at=0, seed=1))
        assert fitted.bound_ == float("inf")
        assert fitted.finding(cloud(1, at=7, seed=2)) is None

    def test_compares_no_row_with_its_own_teachers(self) -> None:
        settings = FamiliaritySettings(false_alarm_rate=0.2, n_neighbours=1)
        fitted = Familiarity(settings=settings).fit(
            np.repeat(np.eye(4), 5, axis=0), groups=list(np.repeat(list("abcd"), 5))
        )
        assert (fitted.bound_, fitted.n_held_out_) == (1.0, 20)

    def test_keeps_its_rate_where_only_some_rows_are_kept(self) -> None:
        settings = FamiliaritySettings(false_alarm_rate=0.1, max_rows=30)
        fitted = [Familiarity(settings=settings).fit(cloud(160, at=0, seed=one), seed=one) for one in range(40)]
        far = [one.distance(cloud(200, at=0, seed=1_000 + at)) > one.bound_ for at, one in enumerate(fitted)]
        assert len(fitted[0].reference_) == 30
        assert np.mean(far) <= 0.11

    def test_is_the_same_from_its_arrays(self) -> None:
        fitted = Familiarity(settings=FamiliaritySettings(false_alarm_rate=0.05)).fit(cloud(200, at=0, seed=1))
        again = Familiarity.from_arrays(fitted.arrays(), settings=fitted.settings)
        rows = cloud(5, at=3, seed=4)
        assert (again.distance(rows) == fitted.distance(rows)).all()
        assert again.bound_ == fitted.bound_

    def test_says_what_to_do(self) -> None:
        with pytest.raises(NotFittedError, match="call fit"):
            Familiarity().distance([[1.0]])
        with pytest.raises(ShapeError, match="use one encoder for both"):
            Familiarity().fit(cloud(20, at=0, seed=1)).distance([[1.0]])
        with pytest.raises(ShapeError, match="name a teacher for each"):
            Familiarity().fit(cloud(2, at=0, seed=1), groups=["a"])
        with pytest.raises(ShapeError, match="pass two teachers"):
            Familiarity().fit(cloud(1, at=0, seed=1))


class TestTopicMatch:
    def test_flags_a_text_that_comes_near_no_prompt(self) -> None:
        prompts = np.eye(16)[:2]
        honest = [np.concatenate([cloud(4, at=0, seed=one), cloud(4, at=1, seed=one + 500)]) for one in range(120)]
        match = TopicMatch(prompts, settings=TopicSettings(false_alarm_rate=0.05)).fit(honest)
        assert [one.code for one in match.findings(cloud(8, at=9, seed=4))] == ["off-topic"]
        assert [one.code for one in match.findings(cloud(8, at=0, seed=4))] == ["unanswered-prompt"]
        assert match.findings(honest[0]) == ()

    def test_is_the_same_from_its_arrays(self) -> None:
        match = TopicMatch(np.eye(4)[:2], settings=TopicSettings(false_alarm_rate=0.1)).fit([np.eye(4)] * 30)
        assert TopicMatch.from_arrays(match.arrays()).bound_ == match.bound_
