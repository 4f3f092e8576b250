"""The screener: every finding that needs no model, in one pass; and what sentences' vectors add."""

from collections.abc import Iterable, Iterator, Sequence

from numpy.typing import ArrayLike
from pydantic import BaseModel, ConfigDict

from reviewkit.records.finding import Finding
from reviewkit.records.rubric import REFLECTION, Rubric
from reviewkit.records.segment import Part, Segment
from reviewkit.records.submission import Submission
from reviewkit.screening.address import AddressSettings, address_findings
from reviewkit.screening.address_vectors import address_vector_findings
from reviewkit.screening.completeness import completeness_findings
from reviewkit.screening.concealment import ConcealmentSettings, concealment_findings
from reviewkit.screening.copying import CopyDetector, CopyingSettings, keywords_of
from reviewkit.screening.duplicates import DuplicateIndex, DuplicateSettings, within_findings
from reviewkit.screening.gaming import GamingSettings, gaming_findings
from reviewkit.screening.lexed import SMALL_WORDS, LexedPart, lexed_parts
from reviewkit.screening.personal_data import NameFinder, PersonalDataSettings, personal_data_findings
from reviewkit.screening.scorability import ScorabilitySettings, scorability_findings

ORDER = ("return", "review", "note")
ADDRESSES = frozenset({"addresses-grader", "addresses-model"})


class ScreeningSettings(BaseModel):
    """What is looked for, and the bounds of each finding.

    Attributes
    ----------
    ignore : tuple of str
        Codes of findings that are not wanted.
    notes_only : tuple of str
        Codes of findings that become notes, so that they send nobody to a reviewer.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    scorability: ScorabilitySettings = ScorabilitySettings()
    concealment: ConcealmentSettings = ConcealmentSettings()
    address: AddressSettings = AddressSettings()
    copying: CopyingSettings = CopyingSettings()
    gaming: GamingSettings = GamingSettings()
    duplicates: DuplicateSettings = DuplicateSettings()
    personal_data: PersonalDataSettings = PersonalDataSettings()
    ignore: tuple[str, ...] = ()
    notes_only: tuple[str, ...] = ()


_SETTINGS = ScreeningSettings()


class Screener:
    """Says what is wrong with a submission before it is scored.

    Parameters
    ----------
    rubric : Rubric
        What submissions are held against.
    settings : ScreeningSettings, keyword-only
    anchors : iterable of tuple of (str, str), keyword-only
        Name (its submission_id, and ``#part`` if you like) and text of the rubric's anchors, which submissions must not
        copy.
    shared_texts : iterable of str, keyword-only
        Texts that the task hands out and everybody may quote.
    index : DuplicateIndex or None, keyword-only
        Earlier texts; it is asked, never changed. Call its ``remember`` once a submission is taken in.
    find_names : callable or None, keyword-only
        Gives the spans of names in a text, by a model that you have installed.

    Examples
    --------
    >>> levels = [{"level": 1, "name": "Not yet"}, {"level": 2, "name": "Proficient"}]
    >>> rubric = Rubric.model_validate({
    ...     "format": "reviewkit/rubric/1", "id": "routines", "version": "1.0.0", "title": "Routines",
    ...     "criteria": [{"id": "taught", "title": "Taught", "levels": levels}]})
    >>> one = Submission(submission_id="s1", teacher_id="t1", rubric_id="routines", reflection="")
    >>> parts = (Part(part="reflection", kind="reflection", text=""),)
    >>> [(finding.code, finding.leads_to) for finding in Screener(rubric).screen(one, parts, ())]
    [('empty-reflection', 'return'), ('names-not-searched', 'note')]
    """

    def __init__(
        self,
        rubric: Rubric,
        *,
        settings: ScreeningSettings = _SETTINGS,
        anchors: Iterable[tuple[str, str]] = (),
        shared_texts: Iterable[str] = (),
        index: DuplicateIndex | None = None,
        find_names: NameFinder | None = None,
    ) -> None:
        self.rubric = rubric
        self.settings = settings
        self.index = index
        self.find_names = find_names
        self._copies = CopyDetector(rubric, anchors=anchors, shared_texts=shared_texts, settings=settings.copying)
        self._keywords = keywords_of(rubric, small_words=SMALL_WORDS)

    def screen(self, submission: Submission, parts: Sequence[Part], segments: Sequence[Segment]) -> tuple[Finding, ...]:
        """Return the findings on one submission, without a model.

        Parameters
        ----------
        submission : Submission
        parts : sequence of Part
            Its parts, as `submission_parts` gives them.
        segments : sequence of Segment
            The segments of all its parts.

        Returns
        -------
        tuple of Finding
            Those that lead to ``"return"`` first, then ``"review"``, then ``"note"``.
        """
        found = [*completeness_findings(submission, parts, self.rubric), *self._of_text(submission, parts, segments)]
        return self._wanted(found)

    def screen_vectors(
        self,
        findings: Iterable[Finding],
        segments: Sequence[Segment],
        vectors: ArrayLike,
        *,
        encoder: str,
        more: Iterable[Finding] = (),
    ) -> tuple[Finding, ...]:
        """Add to a submission's findings what its sentences' vectors tell, once a model has brought them.

        Parameters
        ----------
        findings : iterable of Finding
            As `screen` gave them; what they tell already is not told again.
        segments : sequence of Segment
        vectors : array-like of float, shape (n_segments, n_dimensions)
        encoder : str, keyword-only
            Name of the encoder that made the vectors.
        more : iterable of Finding, keyword-only
            The model's own findings; ``ignore`` and ``notes_only`` hold for them too.

        Returns
        -------
        tuple of Finding
            In the order of `screen`.
        """
        earlier = tuple(findings)
        addressed = any(one.code in ADDRESSES and one.part == REFLECTION for one in earlier)
        spoken = (
            ()
            if addressed
            else address_vector_findings(segments, vectors, encoder=encoder, settings=self.settings.address)
        )
        return self._wanted([*earlier, *spoken, *more])

    def _wanted(self, found: Iterable[Finding]) -> tuple[Finding, ...]:
        kept = [self._told(one) for one in found if one.code not in self.settings.ignore]
        return tuple(sorted(kept, key=lambda one: ORDER.index(one.leads_to)))

    def _of_text(self, submission: Submission, parts: Sequence[Part], segments: Sequence[Segment]) -> Iterator[Finding]:
        taken = lexed_parts(parts, segments)
        yield from scorability_findings(taken, settings=self.settings.scorability)
        yield from concealment_findings(taken, settings=self.settings.concealment)
        yield from address_findings(taken, settings=self.settings.address)
        yield from self._copies.findings(taken, submission_id=submission.submission_id)
        yield from gaming_findings(taken, keywords=self._keywords, settings=self.settings.gaming)
        yield from self._duplicates(submission, taken)
        yield from personal_data_findings(parts, find_names=self.find_names, settings=self.settings.personal_data)

    def _duplicates(self, submission: Submission, taken: Sequence[LexedPart]) -> Iterator[Finding]:
        yield from within_findings(taken, settings=self.settings.duplicates)
        if self.index is not None:
            yield from self.index.findings(submission, taken)

    def _told(self, finding: Finding) -> Finding:
        softer = finding.code in self.settings.notes_only and finding.leads_to != "note"
        return finding.model_copy(update={"leads_to": "note"}) if softer else finding
