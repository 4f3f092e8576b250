"""Rubrics of every kind that a record allows, for round trips."""

from hypothesis import strategies as st

from reviewkit.records import Rubric

hard_characters = st.sampled_from(list("=+-@'\"<>&;,\t\n\r()–é漢🙂\x07\x0b\u2028 1a"))
text = st.text(st.one_of(st.characters(exclude_categories=("Cs",)), hard_characters), max_size=40)
line = text.filter(lambda one: one.strip() != "")
slug = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,12}", fullmatch=True)
identifier = st.from_regex(r"[a-z]([a-z;-]{0,8}[a-z])?", fullmatch=True)
number = st.one_of(
    st.integers(-3, 9).map(float), st.sampled_from([0.5, 1.5, 2.25, 0.001, 1.004, 1.006, 1e-7, 1e20]), st.floats(-9, 9)
)


@st.composite
def criteria(draw: st.DrawFn, criterion_id: str) -> dict:
    levels = sorted(draw(st.lists(number, min_size=2, max_size=5, unique=True)))
    return {
        "id": criterion_id,
        "title": draw(line),
        "description": draw(text),
        "reads": draw(st.none() | st.lists(identifier, min_size=1, max_size=3)),
        "required_level": draw(st.none() | st.sampled_from(levels)),
        "levels": [{"level": one, "name": draw(line), "descriptor": draw(text)} for one in levels],
    }


@st.composite
def shared_scale(draw: st.DrawFn, rows: list[dict]) -> list[dict]:
    first = rows[0]
    return [{**row, "required_level": None, "levels": first["levels"]} for row in rows] if draw(st.booleans()) else rows


@st.composite
def rubrics(draw: st.DrawFn) -> Rubric:
    ids = draw(st.lists(slug, min_size=1, max_size=4, unique=True))
    rows = draw(shared_scale([draw(criteria(one)) for one in ids]))
    weights = draw(st.dictionaries(st.sampled_from(ids), number, min_size=1))
    weighted = {"rule": "weighted-total", "weights": weights, "cut": draw(number)}
    return Rubric.model_validate(
        {
            "format": "reviewkit/rubric/1",
            "id": draw(slug),
            "version": draw(line),
            "title": draw(line),
            "competency": draw(text),
            "record_rule": draw(st.sampled_from(["mean-half-up", "median-low", "adjudicate"])),
            "requirements": {
                "reflection": {
                    "min_words": draw(st.none() | st.integers(0, 500)),
                    "prompts": draw(st.lists(line, max_size=2)),
                },
                "artifacts": [{"kind": one} for one in draw(st.lists(identifier, max_size=2))],
            },
            "criteria": rows,
            "award": draw(st.none() | st.just(weighted)),
        }
    )
