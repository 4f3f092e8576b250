"""What a review sheet shows of one criterion, as plain values: the template only sets them."""

from collections.abc import Mapping
from dataclasses import dataclass

from reviewkit.records import Criterion, CriterionScore, Evidence, level_text
from reviewkit.report.wording import criterion_letter, level_name, level_range, move_words, percent, reads_words

N_HUES = 8
MANY_LEVELS = 12
SHOWN_PROBABILITY = 0.005


@dataclass(frozen=True, slots=True)
class LevelRow:
    """One performance level: its name, its probability, and whether it is suggested, required or in the set."""

    level: str
    name: str
    descriptor: str
    probability: str
    width: str
    suggested: bool
    required: bool
    in_set: bool
    first_in_set: bool


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """A sentence that the suggestion rests on, and where it stands.

    Attributes
    ----------
    anchor, back : str
        The page's ids of its place in the text and of its entry under the criterion.
    move : str or None
        What it does in the reflection, with the probability; None where it was not tagged.
    """

    label: str
    part: str
    start: int
    end: int
    text: str
    where: str
    weight: str
    anchor: str
    back: str
    move: str | None


@dataclass(frozen=True, slots=True)
class ScoreView:
    """The suggestion on one criterion; ``n_unlikely`` levels of a long scale are not shown."""

    level: str
    descriptor: str
    meets: str | None
    prediction_set: str
    coverage: str
    disagreement: str | None
    cold: bool
    evidence: tuple[EvidenceView, ...]
    next_level: str | None
    missing: tuple[str, ...]
    n_unlikely: int


@dataclass(frozen=True, slots=True)
class CriterionView:
    """One criterion of the sheet; ``score`` is None on a blind sheet and where nothing was scored."""

    anchor: str
    letter: str
    hue: str
    title: str
    description: str
    reads: str
    required: str | None
    levels: tuple[LevelRow, ...]
    score: ScoreView | None


def criterion_view(
    index: int,
    criterion: Criterion,
    *,
    score: CriterionScore | None,
    texts: Mapping[str, str],
    names: Mapping[str, str],
) -> CriterionView:
    """Settle what a sheet shows of one criterion.

    Parameters
    ----------
    index : int
        Its place in the rubric, from 0: letter, colour and the page's ids follow from it.
    criterion : Criterion
    score : CriterionScore or None
        None hides everything that the model said.
    texts, names : mapping of str to str
        Text and name of each part.
    """
    shown = [at for at in range(len(criterion.levels)) if _is_shown(criterion, score, at)]
    return CriterionView(
        anchor=f"c{index}",
        letter=criterion_letter(index),
        hue=f"k{index % N_HUES + 1}",
        title=criterion.title,
        description=criterion.description,
        reads=reads_words(criterion),
        required=None if criterion.required_level is None else level_name(criterion, criterion.required_level),
        levels=tuple(_level_row(criterion, score, at) for at in shown),
        score=None if score is None else _score(index, criterion, score, texts=texts, names=names, n_shown=len(shown)),
    )


def _is_shown(criterion: Criterion, score: CriterionScore | None, at: int) -> bool:
    level = criterion.levels[at].level
    if score is None or len(criterion.levels) <= MANY_LEVELS:
        return True
    likely = _probability(score, level) >= SHOWN_PROBABILITY
    return likely or level in score.prediction_set or level == criterion.required_level


def _probability(score: CriterionScore | None, level: float) -> float:
    return 0.0 if score is None else score.probabilities.get(level_text(level), 0.0)


def _level_row(criterion: Criterion, score: CriterionScore | None, at: int) -> LevelRow:
    one = criterion.levels[at]
    probability = _probability(score, one.level)
    return LevelRow(
        level=level_text(one.level),
        name=one.name,
        descriptor=one.descriptor,
        probability=percent(probability),
        width=f"{100 * probability:.1f}%",
        suggested=score is not None and one.level == score.level,
        required=one.level == criterion.required_level,
        in_set=score is not None and one.level in score.prediction_set,
        first_in_set=score is not None and one.level == min(score.prediction_set),
    )


def _score(
    index: int,
    criterion: Criterion,
    score: CriterionScore,
    *,
    texts: Mapping[str, str],
    names: Mapping[str, str],
    n_shown: int,
) -> ScoreView:
    following = score.next_level
    return ScoreView(
        level=level_name(criterion, score.level),
        descriptor=criterion.levels[criterion.level_index(score.level)].descriptor,
        meets=None if score.p_meets_required is None else percent(score.p_meets_required),
        prediction_set=level_range(score.prediction_set),
        coverage=percent(score.coverage_level),
        disagreement=None if score.rater_disagreement is None else percent(score.rater_disagreement),
        cold=score.cold,
        evidence=tuple(
            _evidence(index, number, one, texts=texts, names=names)
            for number, one in enumerate(score.evidence, start=1)
        ),
        next_level=None if following is None else level_name(criterion, following.level),
        missing=() if following is None else following.missing,
        n_unlikely=len(criterion.levels) - n_shown,
    )


def _evidence(
    index: int, number: int, one: Evidence, *, texts: Mapping[str, str], names: Mapping[str, str]
) -> EvidenceView:
    return EvidenceView(
        label=f"{criterion_letter(index)}{number}",
        part=one.part,
        start=one.start,
        end=one.end,
        text=texts[one.part][one.start : one.end],
        where=names[one.part],
        weight=f"{one.weight:+.2f}".replace("-", "−"),
        anchor=f"e{index}-{number}",
        back=f"q{index}-{number}",
        move=move_words(one),
    )
