"""A rubric's digest is over its meaning: the same for every way to write it down, another for every other meaning."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from small_programs import rubric_data, small_rubric

from reviewkit.files import read_rubric
from reviewkit.records import Criterion, PerformanceLevel, Rubric

WORDS = st.text(alphabet="abcdeé ñ", min_size=1, max_size=12).filter(lambda text: text.strip())
SLUGS = st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True)
NUMBERS = st.lists(st.integers(-40, 40).map(lambda n: n / 4), min_size=2, max_size=6, unique=True).map(sorted)


@st.composite
def rubrics(draw: st.DrawFn) -> dict[str, Any]:
    """Rubrics as plain data, with what may be left out sometimes there and sometimes not."""
    criteria = []
    for name in draw(st.lists(SLUGS, min_size=1, max_size=3, unique=True)):
        numbers = draw(NUMBERS)
        levels = [{"level": n, "name": draw(WORDS), "descriptor": draw(WORDS)} for n in numbers]
        optional = draw(st.fixed_dictionaries({}, optional={"description": WORDS, "reads": st.just(["reflection"])}))
        required = draw(st.sampled_from([None, *numbers]))
        criteria.append({"id": name, "title": draw(WORDS), "levels": levels, "required_level": required, **optional})
    more = st.fixed_dictionaries({}, optional={"competency": WORDS, "record_rule": st.just("median-low")})
    return {**rubric_data(requirements={}), "criteria": criteria, **draw(more)}


def shuffled(value: Any, draw: random.Random) -> Any:
    """The same data with the keys of every mapping in another order."""
    match value:
        case dict():
            keys = draw.sample(sorted(value), len(value))
            return {key: shuffled(value[key], draw) for key in keys}
        case list():
            return [shuffled(one, draw) for one in value]
        case _:
            return value


def digest(data: dict[str, Any]) -> str:
    return Rubric.model_validate(data).digest


def changed(change: Callable[[dict[str, Any]], Any]) -> str:
    data = json.loads(json.dumps(rubric_data(award={"rule": "all-criteria"})))
    change(data)
    return digest(data)


class TestSameMeaning:
    @given(rubrics(), st.randoms(use_true_random=False))
    @settings(max_examples=40, deadline=None)
    def test_the_order_of_keys_does_not_count(self, data: dict[str, Any], draw: random.Random) -> None:
        assert digest(shuffled(data, draw)) == digest(data)

    @given(rubrics())
    @settings(max_examples=40, deadline=None)
    def test_defaults_may_be_spelled_out(self, data: dict[str, Any]) -> None:
        spelled = Rubric.model_validate(data).model_dump(mode="json")
        assert digest(spelled) == digest(data)

    @given(data=rubrics())
    @settings(max_examples=25, deadline=None)
    def test_yaml_and_json_say_the_same(self, data: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> None:
        folder = tmp_path_factory.mktemp("rubrics")
        (folder / "r.yaml").write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
        (folder / "r.json").write_text(json.dumps(data), encoding="utf-8")
        assert read_rubric(folder / "r.yaml").digest == read_rubric(folder / "r.json").digest == digest(data)

    @given(rubrics())
    @settings(max_examples=25, deadline=None)
    def test_a_rubric_made_in_code_is_the_same(self, data: dict[str, Any]) -> None:
        whole = Rubric.model_validate(data)
        given_parts = {name: getattr(whole, name) for name in Rubric.model_fields if name != "award"}
        assert Rubric(**given_parts).digest == whole.digest

    @pytest.mark.parametrize(
        "change",
        [
            lambda data: data["criteria"][0]["levels"][0].update(level=1.0),
            lambda data: data["criteria"][0].update(required_level=3.0),
            lambda data: data["criteria"][0].update(description=""),
            lambda data: data.update(award=None),
            lambda data: data.update(record_rule="mean-half-up"),
            lambda data: data["criteria"][0]["levels"][0].update(name="  Not   yet "),
            lambda data: data["requirements"]["reflection"].update(max_words=None, prompts=[]),
            lambda data: data["requirements"].update(artifacts=[]),
        ],
    )
    def test_layout_does_not_count(self, change: Callable[[dict[str, Any]], Any]) -> None:
        assert changed(change) == small_rubric().digest

    def test_composed_and_decomposed_letters_are_the_same(self) -> None:
        assert small_rubric(title="caf\u00e9").digest == small_rubric(title="cafe\u0301").digest


class TestOtherMeaning:
    CHANGES = (
        lambda data: data.update(id="other"),
        lambda data: data.update(version="1.0.1"),
        lambda data: data.update(title="Other"),
        lambda data: data.update(competency="Other"),
        lambda data: data.update(record_rule="median-low"),
        lambda data: data["requirements"]["reflection"].update(min_words=9),
        lambda data: data["requirements"]["reflection"].update(max_words=900),
        lambda data: data["requirements"]["reflection"].update(prompts=["Why?"]),
        lambda data: data["requirements"].update(artifacts=[{"kind": "plan"}]),
        lambda data: data["criteria"].reverse(),
        lambda data: data["criteria"].pop(),
        lambda data: data["criteria"][0].update(title="Other"),
        lambda data: data["criteria"][0].update(description="Other"),
        lambda data: data["criteria"][0].update(reads=["reflection"]),
        lambda data: data["criteria"][0].update(required_level=2),
        lambda data: data["criteria"][0].update(required_level=None),
        lambda data: data["criteria"][0]["levels"].pop(),
        lambda data: data["criteria"][0]["levels"][3].update(level=5),
        lambda data: data["criteria"][0]["levels"][3].update(level=4.5),
        lambda data: data["criteria"][0]["levels"][3].update(name="Other"),
        lambda data: data["criteria"][0]["levels"][3].update(descriptor="Other"),
        lambda data: data.update(award={"rule": "weighted-total", "weights": {"routines": 1}, "cut": 3}),
        lambda data: data.update(award={"rule": "weighted-total", "weights": {"routines": 1}, "cut": 3.5}),
        lambda data: data.update(award={"rule": "weighted-total", "weights": {"routines": 2}, "cut": 3}),
        lambda data: data.update(title="small"),
        lambda data: data.update(title="Sm all"),
    )

    def test_every_change_of_meaning_gives_a_digest_of_its_own(self) -> None:
        digests = [small_rubric().digest, *(changed(change) for change in self.CHANGES)]
        assert len(set(digests)) == len(digests)


class TestRubricRecord:
    def test_sixty_one_decimal_levels_hold_and_sixty_two_do_not(self) -> None:
        levels = [{"level": n / 2, "name": f"Level {n}"} for n in range(62)]
        held = Criterion.model_validate({"id": "a", "title": "A", "required_level": 1.5, "levels": levels[:61]})
        assert (held.required_index, held.level_index(30.0)) == (3, 60)
        with pytest.raises(ValueError, match="61"):
            Criterion.model_validate({"id": "a", "title": "A", "levels": levels})

    def test_an_unknown_level_is_named_with_those_that_are(self) -> None:
        criterion = small_rubric().criterion("routines")
        with pytest.raises(ValueError, match=r"level 1.5 is none of criterion 'routines', which has 1, 2, 3, 4"):
            criterion.level_index(1.5)

    def test_an_unknown_criterion_is_named_with_those_that_are(self) -> None:
        with pytest.raises(KeyError, match="no criterion 'tidiness'; it has routines, evidence"):
            small_rubric().criterion("tidiness")

    def test_the_award_is_all_criteria_where_a_level_is_required(self) -> None:
        assert small_rubric().award == small_rubric(award={"rule": "all-criteria"}).award

    def test_no_award_where_nothing_is_required(self) -> None:
        levels = (PerformanceLevel(level=1, name="No"), PerformanceLevel(level=2, name="Yes"))
        criterion = Criterion(id="a", title="A", levels=levels)
        rubric = Rubric(format="reviewkit/rubric/1", id="r", version="1", title="R", criteria=(criterion,))
        assert rubric.award is None

    def test_records_are_frozen(self) -> None:
        with pytest.raises(ValueError, match="frozen"):
            small_rubric().title = "Other"  # type: ignore[misc]


@pytest.mark.parametrize("path", sorted((Path(__file__).parents[2] / "rubrics").glob("*.yaml")), ids=lambda p: p.stem)
def test_each_rubric_that_comes_with_the_library_is_read_back_the_same(path: Path) -> None:
    rubric = read_rubric(path)
    assert Rubric.model_validate(json.loads(json.dumps(rubric.model_dump(mode="json")))).digest == rubric.digest
