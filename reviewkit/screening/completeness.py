"""Whether everything is there that the rubric asks for."""

from collections import Counter
from collections.abc import Iterator, Sequence

from reviewkit.records.finding import Finding
from reviewkit.records.rubric import REFLECTION, Rubric
from reviewkit.records.segment import Part
from reviewkit.records.submission import Submission
from reviewkit.screening.words import words


def completeness_findings(submission: Submission, parts: Sequence[Part], rubric: Rubric) -> tuple[Finding, ...]:
    """Return what is missing from a submission, or too short or too long, by the rubric's requirements.

    Parameters
    ----------
    submission : Submission
    parts : sequence of Part
        Its parts. An artifact whose file could not be read is no part; it is not counted as missing.
    rubric : Rubric

    Returns
    -------
    tuple of Finding
        ``"empty-reflection"``, ``"too-few-words"``, ``"missing-artifact"`` (all lead to ``"return"``),
        ``"too-many-words"`` (``"review"``) and ``"empty-artifact"`` (``"note"``). Empty where all is there.

    Examples
    --------
    >>> levels = [{"level": 1, "name": "Not yet"}, {"level": 2, "name": "Proficient"}]
    >>> rubric = Rubric.model_validate({
    ...     "format": "reviewkit/rubric/1", "id": "routines", "version": "1.0.0", "title": "Routines",
    ...     "requirements": {"reflection": {"min_words": 5}},
    ...     "criteria": [{"id": "taught", "title": "Taught", "levels": levels}]})
    >>> one = Submission(submission_id="s1", teacher_id="t1", rubric_id="routines", reflection="I asked.")
    >>> parts = (Part(part="reflection", kind="reflection", text="I asked."),)
    >>> [(finding.code, finding.value, finding.bound) for finding in completeness_findings(one, parts, rubric)]
    [('too-few-words', 2.0, 5.0)]
    """
    n_words = {part.part: len(words(part.text)) for part in parts}
    return (
        *_length(n_words.get(REFLECTION, 0), rubric),
        *_artifacts(submission, n_words, rubric),
        *_empty_artifacts(submission, n_words),
    )


def _length(n_words: int, rubric: Rubric) -> Iterator[Finding]:
    asked = rubric.requirements.reflection
    if n_words == 0:
        message = "the reflection holds no words; write one and hand the submission in again."
        yield Finding(code="empty-reflection", leads_to="return", message=message, part=REFLECTION, value=0, bound=1)
    elif asked.min_words is not None and n_words < asked.min_words:
        yield Finding(
            code="too-few-words",
            leads_to="return",
            message=f"the reflection has {n_words} words, but the rubric asks for at least {asked.min_words}.",
            part=REFLECTION,
            value=n_words,
            bound=asked.min_words,
        )
    elif asked.max_words is not None and n_words > asked.max_words:
        yield Finding(
            code="too-many-words",
            leads_to="review",
            message=f"the reflection has {n_words} words, but the rubric asks for at most {asked.max_words}.",
            part=REFLECTION,
            value=n_words,
            bound=asked.max_words,
        )


def _artifacts(submission: Submission, n_words: dict[str, int], rubric: Rubric) -> Iterator[Finding]:
    handed_in = Counter(one.kind for one in submission.artifacts if n_words.get(one.artifact_id) != 0)
    for asked in rubric.requirements.artifacts:
        found = handed_in[asked.kind]
        if found < asked.min_count:
            described = f" ({asked.description.strip()})" if asked.description.strip() else ""
            yield Finding(
                code="missing-artifact",
                leads_to="return",
                message=f"{found} of kind {asked.kind!r}{described} came in, but the rubric asks for at least "
                f"{asked.min_count}; hand in what is missing.",
                value=found,
                bound=asked.min_count,
            )


def _empty_artifacts(submission: Submission, n_words: dict[str, int]) -> Iterator[Finding]:
    for one in submission.artifacts:
        if n_words.get(one.artifact_id) == 0:
            message = f"artifact {one.artifact_id!r} ({one.kind}) holds no words."
            yield Finding(
                code="empty-artifact", leads_to="note", message=message, part=one.artifact_id, value=0, bound=1
            )
