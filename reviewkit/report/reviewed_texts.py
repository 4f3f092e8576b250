"""The texts that a review speaks of: held against the review's digests, personal data covered."""

import hashlib
from collections.abc import Sequence

from reviewkit.errors import RubricError, SubmissionError
from reviewkit.records import Evidence, Part, ReviewRecord, Rubric
from reviewkit.report.wording import in_words
from reviewkit.screening.cover import covered
from reviewkit.screening.personal_data import MASK


def check_rubric(review: ReviewRecord, rubric: Rubric) -> None:
    """Raise RubricError unless the review was made with this rubric.

    Raises
    ------
    RubricError
        If the digests differ.
    """
    if review.rubric.digest != rubric.digest:
        raise RubricError(
            f"review of {review.submission_id!r}: it was made with rubric {review.rubric.id!r} {review.rubric.version} "
            f"(digest {review.rubric.digest[:12]}), but the rubric given is {rubric.id!r} {rubric.version} "
            f"(digest {rubric.digest[:12]}); give the rubric that the review was made with."
        )


def reviewed_texts(review: ReviewRecord, parts: Sequence[Part], *, show_personal_data: bool = False) -> dict[str, str]:
    """Return the text of each part, after checking that it is what was reviewed.

    Parameters
    ----------
    review : ReviewRecord
    parts : sequence of Part
        The same parts, with the same texts, that the review was made of.
    show_personal_data : bool
        Leave the spans that screening found to be personal data as they are. Otherwise each of their characters is
        covered by a block, so that all other spans keep their places.

    Returns
    -------
    dict of str to str
        Text by part, in the order of ``parts``.

    Raises
    ------
    SubmissionError
        If a part is missing, is new, or holds another text than the one reviewed; or if evidence does not stand where
        the review says.
    """
    _check_parts(review, parts)
    texts = {part.part: part.text for part in parts}
    for score in review.scores:
        for evidence in score.evidence:
            _check_evidence(review, texts, evidence)
    if show_personal_data:
        return texts
    return {part: covered(text, part=part, findings=review.findings) for part, text in texts.items()}


def _check_parts(review: ReviewRecord, parts: Sequence[Part]) -> None:
    known = {digest.part: digest for digest in review.parts}
    given = [part.part for part in parts]
    if sorted(given) != sorted(known):
        raise SubmissionError(
            f"review of {review.submission_id!r}: it was made of the parts {in_words(sorted(known)) or 'none'}, but "
            f"the parts given are {in_words(sorted(given)) or 'none'}; give each part that was reviewed, once."
        )
    for part in parts:
        reviewed = known[part.part]
        found = hashlib.sha256(part.text.encode("utf-8", "surrogatepass")).hexdigest()
        if found != reviewed.sha256:
            raise SubmissionError(
                f"review of {review.submission_id!r}: part {part.part!r} has {len(part.text)} characters with SHA-256 "
                f"{found[:12]}, but the part reviewed had {reviewed.n_chars} with {reviewed.sha256[:12]}; "
                "give the text that was reviewed, or review it again."
            )


def _check_evidence(review: ReviewRecord, texts: dict[str, str], evidence: Evidence) -> None:
    if evidence.part not in texts:
        raise SubmissionError(
            f"review of {review.submission_id!r}: its evidence names part {evidence.part!r}, but the parts are "
            f"{in_words(sorted(texts))}; review the submission again."
        )
    found = texts[evidence.part][evidence.start : evidence.end]
    if not _quotes(evidence.text, found):
        raise SubmissionError(
            f"review of {review.submission_id!r}: part {evidence.part!r} reads {found[:40]!r} from {evidence.start} to "
            f"{evidence.end}, but the evidence says {evidence.text[:40]!r}; spans count Unicode code points of the "
            "text reviewed, end exclusive."
        )


def _quotes(quoted: str, text: str) -> bool:
    """Say whether a quotation, covered here and there, is of that text."""
    return len(quoted) == len(text) and all(one in {other, MASK} for one, other in zip(quoted, text, strict=True))
