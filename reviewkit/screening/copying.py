"""Text copied from the prompt, the rubric's descriptors or an anchor."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from reviewkit.records.finding import Finding
from reviewkit.records.rubric import Rubric
from reviewkit.screening.lexed import LexedPart
from reviewkit.screening.personal_data import masked
from reviewkit.screening.words import words

RUN = 4  # words in a row that must be the same before they count as copied
PROMPTS, DESCRIPTORS = "the prompts", "the rubric's descriptors"
CODES = {PROMPTS: "copied-prompt", DESCRIPTORS: "copied-descriptors"}


class CopyingSettings(BaseModel):
    """Bounds of what may be the rubric's or an anchor's own words.

    Attributes
    ----------
    max_prompt : float
        Share of the reflection that may repeat its prompts; many teachers head their answers with them.
    max_descriptors : float
        Share of a part that may repeat descriptors.
    max_descriptor_run : int
        Words of descriptors that may stand in a row.
    max_anchor : float
        Share of a part that may repeat one anchor.
    max_anchor_run : int
        Words of an anchor that may stand in a row.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_prompt: float = Field(default=0.4, ge=0, le=1)
    max_descriptors: float = Field(default=0.15, ge=0, le=1)
    max_descriptor_run: int = Field(default=11, ge=RUN)
    max_anchor: float = Field(default=0.12, ge=0, le=1)
    max_anchor_run: int = Field(default=15, ge=RUN)


_SETTINGS = CopyingSettings()


class Overlap(NamedTuple):
    """What a text shares with a source.

    Attributes
    ----------
    share : float
        Share of its words that stand in runs of four from the source.
    longest : int
        Words of the longest stretch of such runs.
    first, last : int
        Words where that stretch begins and ends.
    """

    share: float
    longest: int
    first: int
    last: int


class Sources:
    """Texts that others may copy from, kept as their runs of four words.

    Parameters
    ----------
    texts : mapping of str to iterable of str
        The texts of each source.
    less : Sources or None, keyword-only
        Runs that these hold already are left out: they are those sources' own.

    Examples
    --------
    >>> sources = Sources({"prompt": ["What did you change, and why did you change it?"]})
    >>> sources.overlaps("well what did you change and why".split())
    {'prompt': Overlap(share=0.8571428571428571, longest=6, first=1, last=6)}
    """

    def __init__(self, texts: Mapping[str, Iterable[str]], *, less: "Sources | None" = None) -> None:
        self._owners: dict[tuple[str, ...], frozenset[str]] = {}
        for name, own in texts.items():
            for text in own:
                for run in _runs([word.lower() for word in words(text)]):
                    if less is None or run not in less._owners:
                        self._owners[run] = self._owners.get(run, frozenset()) | {name}

    def overlaps(self, own: Sequence[str]) -> dict[str, Overlap]:
        """Return what words in small letters share with each source that they share a run with."""
        places: dict[str, list[int]] = {}
        if self._owners.keys().isdisjoint(_runs(own)):
            return {}
        for at, run in enumerate(_runs(own)):
            for name in self._owners.get(run, ()):
                places.setdefault(name, []).append(at)
        return {name: _overlap(found, len(own)) for name, found in places.items()}


def _runs(own: Sequence[str]) -> Iterator[tuple[str, ...]]:
    return zip(*(own[at:] for at in range(RUN)), strict=False)


def _overlap(places: Sequence[int], n_words: int) -> Overlap:
    n_copied = longest = first = last = 0
    start, end = 0, -1
    for at in places:
        if at > end:
            start = at
        n_copied += at + RUN - 1 - max(end, at - 1)
        end = at + RUN - 1
        if end - start + 1 > longest:
            longest, first, last = end - start + 1, start, end
    return Overlap(n_copied / n_words, longest, first, last)


class CopyDetector:
    """Says what a submission copies.

    Parameters
    ----------
    rubric : Rubric
        Its prompts and descriptors are sources.
    anchors : iterable of tuple of (str, str), keyword-only
        Name and text of each part of each anchor. A name begins with the anchor's submission_id, and ``#`` and the part
        may follow it.
    shared_texts : iterable of str, keyword-only
        Texts that the task hands out and everybody may quote; what stands in them is nobody's.
    settings : CopyingSettings, keyword-only
    """

    def __init__(
        self,
        rubric: Rubric,
        *,
        anchors: Iterable[tuple[str, str]] = (),
        shared_texts: Iterable[str] = (),
        settings: CopyingSettings = _SETTINGS,
    ) -> None:
        self.settings = settings
        self._prompts = Sources({PROMPTS: rubric.requirements.reflection.prompts})
        shared = Sources({"shared": [*rubric.requirements.reflection.prompts, *shared_texts]})
        self._descriptors = Sources({DESCRIPTORS: descriptor_texts(rubric)}, less=shared)
        self._anchors = Sources({name: [text] for name, text in anchors}, less=shared)

    def findings(self, parts: Sequence[LexedPart], *, submission_id: str = "") -> Iterator[Finding]:
        """Give ``"copied-prompt"``, ``"copied-descriptors"`` and ``"copied-anchor"``, all to ``"review"``.

        Parameters
        ----------
        parts : sequence of LexedPart
        submission_id : str, keyword-only
            An anchor is not held against the submission that it is.
        """
        bounds = self.settings
        for part in parts:
            found = self._prompts.overlaps(part.words) | self._descriptors.overlaps(part.words)
            if part.is_reflection and PROMPTS in found:
                yield from _copied(part, found[PROMPTS], PROMPTS, max_share=bounds.max_prompt, max_run=None)
            if DESCRIPTORS in found:
                limits = {"max_share": bounds.max_descriptors, "max_run": bounds.max_descriptor_run}
                yield from _copied(part, found[DESCRIPTORS], DESCRIPTORS, **limits)
            for name, overlap in self._anchors.overlaps(part.words).items():
                if name.partition("#")[0] != submission_id:
                    limits = {"max_share": bounds.max_anchor, "max_run": bounds.max_anchor_run}
                    yield from _copied(part, overlap, f"anchor {name!r}", **limits)


def _copied(
    part: LexedPart, found: Overlap, source: str, *, max_share: float, max_run: float | None
) -> Iterator[Finding]:
    too_much = found.share > max_share and found.longest >= 2 * RUN
    too_long = max_run is not None and found.longest > max_run
    if too_much or too_long:
        start, end = part.spans[found.first][0], part.spans[found.last][1]
        yield Finding(
            code=CODES.get(source, "copied-anchor"),
            leads_to="review",
            message=f"{found.share:.0%} of {part.named()}, up to {found.longest} words in a row, are the words of "
            f"{source}: {masked(' '.join(part.text[start:end].split())[:120])!r}.",
            part=part.part,
            start=start,
            end=end,
            value=found.share if too_much else found.longest,
            bound=max_share if too_much else max_run,
        )


def descriptor_texts(rubric: Rubric) -> list[str]:
    """Return what a rubric says of its criteria and levels."""
    texts = [rubric.competency]
    for criterion in rubric.criteria:
        texts += [criterion.description, *(level.descriptor for level in criterion.levels)]
    return texts


def keywords_of(rubric: Rubric, *, small_words: Iterable[str]) -> frozenset[str]:
    """Return the content words of a rubric's title, criteria and descriptors, in small letters."""
    texts = [rubric.title, *descriptor_texts(rubric), *(criterion.title for criterion in rubric.criteria)]
    found = {word.lower() for text in texts for word in words(text) if len(word) > 2}
    return frozenset(found - set(small_words))
