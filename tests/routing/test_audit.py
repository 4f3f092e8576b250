"""The audit draw and what audits say."""

import hashlib
import hmac
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewkit.errors import SettingsError, ShapeError
from reviewkit.routing.audit import AuditEstimate, audit_draw, is_audited, standing_agreement, stream_agreement


class TestTheDraw:
    def test_it_is_the_hash_that_the_docs_describe(self) -> None:
        parts = [b"reviewkit audit 1", b"s1", b"2"]
        message = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
        first = int.from_bytes(hmac.new(b"7", message, hashlib.sha256).digest()[:8], "big")
        assert audit_draw(7, "s1", 2) == (first >> 11) / 2**53

    def test_this_value_never_changes(self) -> None:
        assert audit_draw("secret", "s-001", 1) == 0.8196078253697672

    @given(st.text(), st.text(), st.integers(1, 50), st.integers(1, 50))
    def test_ids_and_attempts_never_run_together(self, one: str, other: str, first: int, second: int) -> None:
        same = (one, first) == (other, second)
        assert (audit_draw(1, one, first) == audit_draw(1, other, second)) == same

    @given(st.text(), st.floats(0, 1), st.floats(0, 1))
    def test_a_larger_share_draws_all_that_a_smaller_one_draws(self, name: str, one: float, other: float) -> None:
        small, large = sorted((one, other))
        assert is_audited(3, name, 1, share=small) <= is_audited(3, name, 1, share=large)

    def test_draws_are_uniform(self) -> None:
        draws = np.sort([audit_draw(11, f"s{number}", 1) for number in range(5000)])
        assert np.abs(draws - (np.arange(5000) + 0.5) / 5000).max() < 1.63 / math.sqrt(5000)

    def test_seeds_draw_apart(self) -> None:
        drawn = [[is_audited(seed, f"s{n}", 1, share=0.5) for n in range(2000)] for seed in (1, 2)]
        assert np.mean(np.equal(*drawn)) == pytest.approx(0.5, abs=0.05)

    def test_an_id_that_is_no_proper_text_is_drawn_all_the_same(self) -> None:
        assert 0 <= audit_draw("\ud800", "\udfff", 1) < 1

    @pytest.mark.parametrize("share", [-0.1, 1.1, math.nan])
    def test_a_share_outside_bounds_is_refused(self, share: float) -> None:
        with pytest.raises(SettingsError, match=r"the audit share is .*, but a share lies from 0 to 1"):
            is_audited(1, "s1", 1, share=share)


class TestTheWholeStream:
    def test_an_audit_speaks_for_those_that_were_not_drawn(self) -> None:
        found = stream_agreement([True, False, True], [1, 1, 0.25], teacher_ids="abc")
        assert found.value == pytest.approx((1 + 0 + 4) / 6)

    def test_hard_cases_alone_would_mislead(self) -> None:
        generator = np.random.default_rng(1)
        routed = generator.random(20_000) < 0.3
        agreed = generator.random(20_000) < np.where(routed, 0.5, 0.95)
        chance = np.where(routed, 1.0, 0.1)
        seen = generator.random(20_000) < chance
        found = stream_agreement(agreed[seen], chance[seen], teacher_ids=np.flatnonzero(seen))
        assert agreed[seen].mean() < 0.65
        assert found.value == pytest.approx(agreed.mean(), abs=0.02)
        assert found.low < agreed.mean() < found.high

    def test_with_equal_chances_it_is_the_plain_share(self) -> None:
        one = stream_agreement([True] * 30 + [False] * 10, [0.2] * 40, teacher_ids=range(40))
        other = standing_agreement([True] * 30 + [False] * 10, teacher_ids=range(40))
        assert one == other

    def test_rows_of_one_teacher_widen_the_interval(self) -> None:
        agreed = [True] * 30 + [False] * 10
        apart = standing_agreement(agreed, teacher_ids=range(40))
        together = standing_agreement(agreed, teacher_ids=[n // 5 for n in range(40)])
        assert together.high - together.low > apart.high - apart.low

    def test_where_all_agree_the_interval_is_open_below(self) -> None:
        found = standing_agreement([True] * 20, teacher_ids=range(20))
        assert (found.value, found.high) == (1.0, 1.0)
        assert 0.8 < found.low < 0.9

    def test_nothing_rated_is_undefined_with_its_reason(self) -> None:
        found = stream_agreement([], [], teacher_ids=[])
        assert (math.isnan(found.value), found.reason) == (True, "nothing was rated blind")
        assert '"value":null' in found.model_dump_json()

    @given(st.lists(st.tuples(st.booleans(), st.floats(0.01, 1), st.integers(0, 5)), min_size=1, max_size=40))
    def test_the_interval_holds_the_value(self, rows: list[tuple[bool, float, int]]) -> None:
        agreed, chances, teachers = zip(*rows, strict=True)
        found = stream_agreement(agreed, chances, teacher_ids=teachers)
        assert 0 <= found.low <= found.value + 1e-12
        assert found.value - 1e-12 <= found.high <= 1

    @pytest.mark.parametrize("chance", [0.0, 1.5, math.nan])
    def test_a_chance_that_is_none_is_named(self, chance: float) -> None:
        with pytest.raises(ShapeError, match=r"review_probability\[1\] is .*, but what was looked at had a chance"):
            stream_agreement([True, True], [1, chance], teacher_ids="ab")

    def test_it_is_a_record(self) -> None:
        found = standing_agreement([True, False, True], teacher_ids="abc")
        assert AuditEstimate.model_validate_json(found.model_dump_json()) == found
