"""An Open Badges 3.0 credential, unsigned, for an issuer's own service to sign.

Scores of record become achieved levels. A machine's suggestion is only ever a ``PredictedScore`` whose status is
``Provisional``. Nothing is fetched: the JSON-LD contexts are named, not loaded.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from reviewkit.errors import SettingsError
from reviewkit.formats.record import checked_record, earns_award
from reviewkit.records import Criterion, ReviewRecord, Rubric, level_text

CONTEXTS = (
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
)
URI = r"^[A-Za-z][A-Za-z0-9+.-]*:\S+$"


class CredentialSettings(BaseModel):
    """Who issues the credential, for what, to whom.

    Attributes
    ----------
    issuer_id, issuer_name : str
        URI and name of the issuer.
    achievement_id : str
        URI of the achievement; the ids of its result descriptions and levels are made from it.
    credential_id : str
        URI of this credential, e.g. ``urn:uuid:…``.
    recipient_id : str or None
        URI of the earner (a DID, ``mailto:`` …), or None where only the hashed address is given.
    recipient_email_hash, recipient_salt : str or None
        ``sha256$…`` as ``hashed_email`` makes it, and its salt.

    Examples
    --------
    >>> settings = CredentialSettings(issuer_id="https://issuer.example.org/", issuer_name="A program",
    ...     achievement_id="https://issuer.example.org/4", credential_id="urn:uuid:1", recipient_id="did:example:1")
    >>> settings.recipient_salt is None
    True
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer_id: str = Field(pattern=URI)
    issuer_name: str = Field(min_length=1)
    achievement_id: str = Field(pattern=URI)
    credential_id: str = Field(pattern=URI)
    recipient_id: str | None = Field(default=None, pattern=URI)
    recipient_email_hash: str | None = Field(default=None, pattern=r"^sha256\$[0-9a-f]{64}$")
    recipient_salt: str | None = None


def hashed_email(email: str, *, salt: str) -> str:
    """Return the hash under which an earner's address may stand in a credential.

    Examples
    --------
    >>> hashed_email("a@example.org", salt="s")[:13]
    'sha256$6e8e99'
    """
    return "sha256$" + hashlib.sha256((email + salt).encode("utf-8")).hexdigest()


def credential(
    rubric: Rubric,
    record: Mapping[str, float],
    *,
    settings: CredentialSettings,
    awarded_at: datetime,
    review: ReviewRecord | None = None,
) -> dict[str, Any]:
    """Return an unsigned ``OpenBadgeCredential``.

    Parameters
    ----------
    rubric : Rubric
        The rubric of the award.
    record : mapping of str to float
        Scores of record by criterion id, as people settled them; they must earn the award.
    settings : CredentialSettings
        Issuer, achievement and recipient.
    awarded_at : datetime
        When, with its time zone.
    review : ReviewRecord, optional
        Whose suggestions are added as ``PredictedScore``, ``Provisional``; left out, none is.

    Raises
    ------
    RatingsError
        If the scores of record do not fit the rubric.
    SettingsError
        If they do not earn the award, no recipient is named, the time has no zone, or the review is of another rubric.

    Examples
    --------
    >>> from datetime import UTC
    >>> from reviewkit import read_rubric, shipped_folder
    >>> rubric = read_rubric(shipped_folder("rubrics") / "classroom-management.yaml")
    >>> settings = CredentialSettings(issuer_id="https://issuer.example.org/", issuer_name="A program",
    ...     achievement_id="https://issuer.example.org/4", credential_id="urn:uuid:1", recipient_id="did:example:1")
    >>> record = dict.fromkeys(rubric.criterion_ids, 3)
    >>> made = credential(rubric, record, settings=settings, awarded_at=datetime(2030, 1, 2, tzinfo=UTC))
    >>> made["awardedDate"], "proof" in made
    ('2030-01-02T00:00:00+00:00', False)
    """
    levels = checked_record(record, rubric=rubric)
    _refuse_unearned(rubric, levels, settings=settings, awarded_at=awarded_at, review=review)
    descriptions = [_description(one, base=settings.achievement_id) for one in rubric.criteria]
    results = [_result(one, levels[one.id], base=settings.achievement_id) for one in rubric.criteria]
    if review is not None:
        descriptions += [_suggestion_description(rubric, one.criterion_id, settings) for one in review.scores]
        results += [_suggestion(one.criterion_id, one.level, settings) for one in review.scores]
    return {
        "@context": list(CONTEXTS),
        "id": settings.credential_id,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": rubric.title,
        "issuer": {"id": settings.issuer_id, "type": ["Profile"], "name": settings.issuer_name},
        "validFrom": awarded_at.isoformat(),
        "awardedDate": awarded_at.isoformat(),
        "credentialSubject": {
            **_recipient(settings),
            "type": ["AchievementSubject"],
            "achievement": _achievement(rubric, descriptions, settings),
            "result": results,
        },
    }


def _refuse_unearned(
    rubric: Rubric,
    levels: Mapping[str, float],
    *,
    settings: CredentialSettings,
    awarded_at: datetime,
    review: ReviewRecord | None,
) -> None:
    if rubric.award is None:
        raise SettingsError(f"rubric {rubric.id} defines no award; give it required levels or a weighted total")
    if not earns_award(levels, rubric=rubric):
        raise SettingsError(f"the scores of record do not earn the award of {rubric.id}; a badge is for an earned one")
    if settings.recipient_id is None and settings.recipient_email_hash is None:
        raise SettingsError("no recipient is named; give recipient_id or recipient_email_hash")
    if awarded_at.tzinfo is None:
        raise SettingsError(f"awarded_at is {awarded_at.isoformat()}, without a time zone; add one")
    if review is not None and review.rubric.digest != rubric.digest:
        raise SettingsError(
            f"the review of {review.submission_id} is of another rubric or version; pass its own rubric"
        )


def _recipient(settings: CredentialSettings) -> dict[str, Any]:
    out: dict[str, Any] = {"id": settings.recipient_id} if settings.recipient_id else {}
    if settings.recipient_email_hash:
        identity = {
            "type": "IdentityObject",
            "hashed": True,
            "identityHash": settings.recipient_email_hash,
            "identityType": "emailAddress",
        }
        out["identifier"] = [identity | ({"salt": settings.recipient_salt} if settings.recipient_salt else {})]
    return out


def _achievement(rubric: Rubric, descriptions: list[dict[str, Any]], settings: CredentialSettings) -> dict[str, Any]:
    return {
        "id": settings.achievement_id,
        "type": ["Achievement"],
        "achievementType": "MicroCredential",
        "name": rubric.title,
        "description": rubric.competency or rubric.title,
        "version": rubric.version,
        "criteria": {"narrative": "\n".join(_narrative(rubric))},
        "resultDescription": descriptions,
    }


def _narrative(rubric: Rubric) -> Iterator[str]:
    for criterion in rubric.criteria:
        if criterion.required_index is None:
            yield f"- {criterion.title}"
        else:
            level = criterion.levels[criterion.required_index]
            yield f"- {criterion.title}: {level.name}. {level.descriptor}".rstrip(" .") + "."


def _level_id(base: str, criterion_id: str, level: float) -> str:
    return f"{base}#{criterion_id}-level-{level_text(level)}"


def _description(criterion: Criterion, *, base: str) -> dict[str, Any]:
    levels = [
        {
            "id": _level_id(base, criterion.id, one.level),
            "type": ["RubricCriterionLevel"],
            "name": one.name,
            "level": level_text(one.level),
            "points": level_text(one.level),
            "description": one.descriptor,
        }
        for one in criterion.levels
    ]
    out = {
        "id": f"{base}#{criterion.id}",
        "type": ["ResultDescription"],
        "name": criterion.title,
        "resultType": "RubricCriterionLevel",
        "rubricCriterionLevel": levels,
    }
    if criterion.required_level is not None:
        out["requiredLevel"] = _level_id(base, criterion.id, criterion.required_level)
    return out


def _result(criterion: Criterion, level: float, *, base: str) -> dict[str, Any]:
    return {
        "type": ["Result"],
        "resultDescription": f"{base}#{criterion.id}",
        "status": "Completed",
        "achievedLevel": _level_id(base, criterion.id, level),
    }


def _suggestion_description(rubric: Rubric, criterion_id: str, settings: CredentialSettings) -> dict[str, Any]:
    criterion = rubric.criterion(criterion_id)
    return {
        "id": f"{settings.achievement_id}#{criterion_id}-suggested",
        "type": ["ResultDescription"],
        "name": f"{criterion.title} (a machine's suggestion, not a decision)",
        "resultType": "PredictedScore",
        "valueMin": level_text(criterion.level_numbers[0]),
        "valueMax": level_text(criterion.level_numbers[-1]),
    }


def _suggestion(criterion_id: str, level: float, settings: CredentialSettings) -> dict[str, Any]:
    return {
        "type": ["Result"],
        "resultDescription": f"{settings.achievement_id}#{criterion_id}-suggested",
        "status": "Provisional",
        "value": level_text(level),
    }


def link_faults(value: Mapping[str, Any]) -> list[str]:
    """Return what does not hold together in a credential: levels of another description, dangling ids, wrong order.

    Parameters
    ----------
    value : mapping
        A credential, of any issuer.
    """
    subject = value["credentialSubject"]
    described = {one["id"]: one for one in subject["achievement"].get("resultDescription", [])}
    faults = [fault for one in described.values() for fault in _order_faults(one)]
    for at, result in enumerate(subject.get("result", [])):
        description = described.get(result.get("resultDescription", ""))
        if description is None:
            faults.append(f"result[{at}]: resultDescription {result.get('resultDescription')!r} is not described")
        elif "achievedLevel" in result and result["achievedLevel"] not in _level_ids(description):
            faults.append(f"result[{at}]: achievedLevel {result['achievedLevel']!r} is no level of its description")
    return faults


def _level_ids(description: Mapping[str, Any]) -> list[str]:
    return [one["id"] for one in description.get("rubricCriterionLevel", [])]


def _order_faults(description: Mapping[str, Any]) -> Iterator[str]:
    points = [float(one["points"]) for one in description.get("rubricCriterionLevel", []) if "points" in one]
    if points != sorted(points):
        yield f"{description['id']}: levels do not run from low to high"
    required = description.get("requiredLevel")
    if required is not None and required not in _level_ids(description):
        yield f"{description['id']}: requiredLevel {required!r} is none of its levels"


def write(value: Mapping[str, Any]) -> bytes:
    """Write a credential as JSON-LD."""
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode("utf-8")
