"""The certificates that a policy holds: checked when it is made, and those of them that speak of a submission."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self, get_args

from reviewkit.errors import CertificateError
from reviewkit.records import Certificate, Rubric
from reviewkit.routing.guarantee import check_certificate
from reviewkit.routing.risks import AwardRisk, LevelRisk

Subject = str | None


@dataclass(frozen=True)
class Promises:
    """Certificates, each for this rubric and bundle, no two of the same promise to the same group.

    Attributes
    ----------
    certificates : tuple of Certificate
        Those that certified nothing among them: what they are about does not stand.
    """

    certificates: tuple[Certificate, ...] = ()

    @classmethod
    def of(cls, certificates: Iterable[Certificate], *, rubric: Rubric, bundle_digest: str) -> Self:
        """Check certificates.

        Raises
        ------
        CertificateError
            If one is for another rubric or bundle, of a risk that its subject does not have, of a group that names no
            grouping, or promises again what another promises.
        """
        held = tuple(certificates)
        seen: dict[tuple[Any, ...], str] = {}
        for one in held:
            check_certificate(one, rubric_digest=rubric.digest, bundle_digest=bundle_digest)
            _check_subject(one, rubric)
            other = seen.setdefault((one.criterion_id, one.risk, one.group), one.certificate_id)
            if other is not one.certificate_id:
                raise CertificateError(
                    f"certificates {other} and {one.certificate_id} both speak of {one.risk} on "
                    f"{one.criterion_id or 'the award'}{f' for {one.group}' if one.group else ''}; "
                    "a policy keeps one promise of each kind: name the one you mean."
                )
        return cls(held)

    @property
    def subjects(self) -> frozenset[Subject]:
        """Criteria that any certificate is about; None: the award."""
        return frozenset(one.criterion_id for one in self.certificates)

    def speaking_to(self, groups: Mapping[str, Any]) -> dict[Subject, tuple[Certificate, ...]]:
        """Return by subject what holds for a submission of these groups: all of it, or the subject is absent.

        A group's own certificate goes before the one for everybody. A subject is absent where a promise about it
        speaks to other groups alone, or certified nothing.
        """
        told, chosen = set(group_names(groups)), {}
        for subject in self.subjects:
            by_risk = defaultdict(list)
            for one in self.certificates:
                if one.criterion_id == subject:
                    by_risk[one.risk].append(one)
            found = [_nearest(same, told) for same in by_risk.values()]
            if all(same and all(one.threshold is not None for one in same) for same in found):
                chosen[subject] = tuple(one for same in found for one in same)
        return chosen


def group_names(groups: Mapping[str, Any]) -> tuple[str, ...]:
    """Return groups as certificates name them; those of which nothing is told are none.

    Examples
    --------
    >>> group_names({"region": "North", "phase": None})
    ('region=North',)
    """
    return tuple(f"{grouping}={value}" for grouping, value in groups.items() if value not in (None, ""))


def _nearest(same: list[Certificate], told: set[str]) -> list[Certificate]:
    return [one for one in same if one.group in told] or [one for one in same if one.group is None]


def _check_subject(one: Certificate, rubric: Rubric) -> None:
    name = f"certificate {one.certificate_id}"
    if one.criterion_id is None and rubric.award is None:
        raise CertificateError(f"{name} is about the award, but {rubric.id} defines none; take one on a criterion.")
    if one.criterion_id is not None and one.criterion_id not in rubric.criterion_ids:
        raise CertificateError(f"{name} is about {one.criterion_id!r}, which {rubric.id} has not; take its own.")
    risks = get_args(AwardRisk if one.criterion_id is None else LevelRisk)
    if one.risk not in risks:
        what = "the award" if one.criterion_id is None else f"criterion {one.criterion_id!r}"
        raise CertificateError(f"{name} bounds {one.risk!r} on {what}, which has only {', '.join(risks)}; certify one.")
    if one.group is not None and not all(one.group.partition("=")):
        raise CertificateError(
            f"{name} is for group {one.group!r}, but a group is told as GROUPING=VALUE, as in 'region=North'; "
            "certify anew."
        )
