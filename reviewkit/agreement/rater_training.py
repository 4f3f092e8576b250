"""Rater training: a new reviewer's ratings of the anchors against the record, and the program's bar."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

import numpy as np

from reviewkit.agreement.proportion import wilson_interval
from reviewkit.agreement.score_of_record import level_of_record
from reviewkit.agreement.training_report import Miss, TrainingAgreement, TrainingBar, TrainingReport
from reviewkit.errors import RatingsError
from reviewkit.records import Rating, RecordRule, Rubric
from reviewkit.records.base import level_text

NAN = float("nan")


def calibrate_rater(
    ratings: Iterable[Rating],
    record: Iterable[Rating],
    *,
    bar: TrainingBar | None = None,
    rubric: Rubric | None = None,
    record_rule: RecordRule = "mean-half-up",
) -> tuple[TrainingReport, ...]:
    """Hold new reviewers' ratings of anchors against the levels of record.

    Parameters
    ----------
    ratings : iterable of Rating
        The reviewers' own; each reviewer gets a report.
    record : iterable of Rating
        The anchors' levels: an adjudication stands; else constructed levels; else several raters merge by rule.
    bar : TrainingBar, optional
    rubric : Rubric, optional
        Its levels and its ``record_rule`` hold; left out, levels are those seen and ``record_rule`` is as given.
    record_rule : str
        How several ratings of one anchor merge, without a rubric.

    Returns
    -------
    tuple of TrainingReport
        By rater id.

    Raises
    ------
    RatingsError
        If no rating meets an anchor, or a reviewer rated an anchor twice.

    Examples
    --------
    >>> def rated(rater, levels):
    ...     return [Rating(submission_id=f"a{n}", criterion_id="taught", rater_id=rater, level=level)
    ...             for n, level in enumerate(levels)]
    >>> report = calibrate_rater(rated("new", [1, 2, 3, 3, 1, 3]), rated("lead", [1, 2, 3, 2, 1, 3]))[0]
    >>> round(report.overall.exact, 3), report.passes
    (0.833, True)
    """
    bar = bar or TrainingBar()
    truth, why = _record(tuple(record), rubric=rubric, rule=rubric.record_rule if rubric else record_rule)
    given = _by_rater(ratings)
    numbers = _numbers(truth, given, rubric)
    met = {rater: {key: level for key, level in own.items() if key in truth} for rater, own in given.items()}
    if not any(met.values()):
        raise RatingsError(
            f"none of the reviewers' ratings meets one of the record's {len(truth)} anchors; "
            "submission_id and criterion_id must be the same in both files."
        )
    return tuple(_report(rater, own, truth, why=why, numbers=numbers, bar=bar) for rater, own in sorted(met.items()))


def _record(
    record: tuple[Rating, ...], *, rubric: Rubric | None, rule: RecordRule
) -> tuple[dict[tuple[str, str], float], dict[tuple[str, str], str | None]]:
    by_role: dict[str, dict[tuple[str, str], list[Rating]]] = defaultdict(lambda: defaultdict(list))
    for one in record:
        if one.level is not None:
            by_role[one.role][one.submission_id, one.criterion_id].append(one)
    chosen = {**by_role["rating"], **by_role["constructed"], **by_role["adjudication"]}
    truth: dict[tuple[str, str], float] = {}
    for key, rows in chosen.items():
        levels = [one.level for one in rows if one.level is not None]
        numbers = rubric.criterion(key[1]).level_numbers if rubric else tuple(sorted(set(levels)))
        level = level_of_record(levels, rule=rule, level_numbers=numbers)
        if level is not None:
            truth[key] = level
    return truth, {key: rows[0].rationale for key, rows in chosen.items()}


def _by_rater(ratings: Iterable[Rating]) -> dict[str, dict[tuple[str, str], float]]:
    given: dict[str, dict[tuple[str, str], float]] = defaultdict(dict)
    for one in ratings:
        key = (one.submission_id, one.criterion_id)
        if one.level is None or one.role == "constructed":
            continue
        if key in given[one.rater_id]:
            raise RatingsError(f"rater {one.rater_id!r} rated submission {key[0]!r} twice on {key[1]!r}; keep one.")
        given[one.rater_id][key] = one.level
    return given


def _numbers(
    truth: Mapping[tuple[str, str], float],
    given: Mapping[str, Mapping[tuple[str, str], float]],
    rubric: Rubric | None,
) -> dict[str, tuple[float, ...]]:
    if rubric is not None:
        return {one.id: one.level_numbers for one in rubric.criteria}
    seen: dict[str, set[float]] = defaultdict(set)
    for levels in (truth, *given.values()):
        for (_, criterion), level in levels.items():
            seen[criterion].add(level)
    return {criterion: tuple(sorted(levels)) for criterion, levels in seen.items()}


def _report(
    rater: str,
    own: Mapping[tuple[str, str], float],
    truth: Mapping[tuple[str, str], float],
    *,
    why: Mapping[tuple[str, str], str | None],
    numbers: Mapping[str, tuple[float, ...]],
    bar: TrainingBar,
) -> TrainingReport:
    _check_levels(rater, own, numbers)
    rows = [(key, level, truth[key]) for key, level in sorted(own.items())]
    overall = _agreement(None, rows, numbers, bar)
    criteria = tuple(
        _agreement(criterion, [row for row in rows if row[0][1] == criterion], numbers, bar)
        for criterion in sorted({key[1] for key in truth})
    )
    misses = sorted((row for row in rows if row[1] != row[2]), key=lambda row: (-abs(row[1] - row[2]), row[0]))
    held = (overall, *criteria) if bar.each_criterion else (overall,)
    return TrainingReport(
        rater_id=rater,
        bar=bar,
        overall=overall,
        criteria=criteria,
        misses=tuple(
            Miss(submission_id=key[0], criterion_id=key[1], given=level, record=record, rationale=why.get(key))
            for key, level, record in misses
        ),
        unrated=tuple(f"{key[0]} / {key[1]}" for key in sorted(set(truth) - set(own))),
        passes=all(one.passes is True for one in held),
    )


def _check_levels(rater: str, own: Mapping[tuple[str, str], float], numbers: Mapping[str, tuple[float, ...]]) -> None:
    for (submission, criterion), level in own.items():
        if level not in numbers.get(criterion, ()):
            shown = ", ".join(map(level_text, numbers.get(criterion, ())))
            raise RatingsError(
                f"rater {rater!r} gave {level_text(level)} to submission {submission!r}, but the levels of "
                f"{criterion!r} are {shown}; mend the rating."
            )


def _agreement(
    criterion: str | None,
    rows: list[tuple[tuple[str, str], float, float]],
    numbers: Mapping[str, tuple[float, ...]],
    bar: TrainingBar,
) -> TrainingAgreement:
    n = len(rows)
    apart = np.array([abs(numbers[key[1]].index(a) - numbers[key[1]].index(b)) for key, a, b in rows], dtype=np.intp)
    exact = _share(int((apart == 0).sum()), n, bar.confidence)
    adjacent = _share(int((apart <= 1).sum()), n, bar.confidence)
    bias = _mean_interval(np.array([a - b for _, a, b in rows]), bar.confidence)
    held = exact if bar.counts == "exact" else adjacent
    enough = n >= bar.min_anchors
    return TrainingAgreement(
        criterion_id=criterion,
        n_anchors=n,
        exact=exact[0],
        exact_low=exact[1],
        exact_high=exact[2],
        adjacent=adjacent[0],
        adjacent_low=adjacent[1],
        adjacent_high=adjacent[2],
        qwk=_qwk(np.array([row[1] for row in rows]), np.array([row[2] for row in rows])),
        bias=bias[0],
        bias_low=bias[1],
        bias_high=bias[2],
        passes=bool((held[0] if bar.by == "value" else held[1]) >= bar.agreement) if enough else None,
        reason=None if enough else f"{n} anchors, but {bar.min_anchors} are needed to tell",
    )


def _share(hits: int, n: int, confidence: float) -> tuple[float, float, float]:
    share = hits / n if n else NAN
    return share, *wilson_interval(share, n, confidence=confidence)


def _mean_interval(gaps: np.ndarray, confidence: float) -> tuple[float, float, float]:
    from scipy.special import stdtrit

    if len(gaps) == 0:
        return NAN, NAN, NAN
    mean = float(gaps.mean())
    if len(gaps) == 1:
        return mean, NAN, NAN
    reach = float(stdtrit(len(gaps) - 1, (1 + confidence) / 2) * gaps.std(ddof=1) / len(gaps) ** 0.5)
    return mean, mean - reach, mean + reach


def _qwk(given: np.ndarray, record: np.ndarray) -> float:
    if len(given) == 0:
        return NAN
    spread = float(given.var() + record.var() + (given.mean() - record.mean()) ** 2)
    return float(2 * np.mean((given - given.mean()) * (record - record.mean()))) / spread if spread > 0 else NAN
