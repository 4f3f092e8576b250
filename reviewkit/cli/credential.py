"""``reviewkit credential``: an Open Badges credential of an award that people settled, unsigned."""

import json as plain_json
import secrets
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

import reviewkit
from reviewkit.cli.talk import result, say


def credential(
    ratings: Annotated[Path, typer.Argument(help="Ratings, CSV.")],
    *,
    rubric: Annotated[Path, typer.Option(help="The rubric, YAML or JSON.")],
    submission: Annotated[str, typer.Option(help="Id of the submission that earned the award.")],
    issuer_id: Annotated[str, typer.Option(help="URI of the issuer.")],
    issuer_name: Annotated[str, typer.Option(help="Name of the issuer.")],
    achievement_id: Annotated[str, typer.Option(help="URI of the achievement.")],
    out: Annotated[Path, typer.Option(help="Where the credential goes, JSON.")],
    recipient_id: Annotated[str | None, typer.Option(help="URI of the earner.")] = None,
    recipient_email: Annotated[str | None, typer.Option(help="Address of the earner; only its hash is kept.")] = None,
    credential_id: Annotated[str | None, typer.Option(help="URI of the credential; left out, a new one.")] = None,
    awarded_at: Annotated[str | None, typer.Option(help="When, ISO 8601 with its zone; left out, now.")] = None,
    reviews: Annotated[
        Path | None, typer.Option(help="Reviews, JSON Lines: adds the suggestions, as provisional predictions.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that stands already.")] = False,
) -> None:
    """Write an unsigned credential from scores of record, for an issuer's own service to sign."""
    reviewkit.refuse_existing(out, force=force)
    held_to = reviewkit.read_rubric(rubric)
    given = reviewkit.read_ratings(ratings, rubric=held_to)
    records = reviewkit.scores_of_record(given.ratings, rubric=held_to)
    levels = {name: level for name, level in records.get(submission, {}).items() if level is not None}
    salt = secrets.token_hex(16) if recipient_email else None
    settings = reviewkit.CredentialSettings(
        issuer_id=issuer_id,
        issuer_name=issuer_name,
        achievement_id=achievement_id,
        credential_id=credential_id or f"urn:uuid:{uuid.uuid4()}",
        recipient_id=recipient_id,
        recipient_email_hash=reviewkit.hashed_email(recipient_email, salt=salt) if recipient_email and salt else None,
        recipient_salt=salt,
    )
    made = reviewkit.credential(
        held_to,
        levels,
        settings=settings,
        awarded_at=_moment(awarded_at),
        review=_review(reviews, submission) if reviews else None,
    )
    with reviewkit.whole_file(out, force=force) as file:
        file.write(plain_json.dumps(made, ensure_ascii=False, indent=2) + "\n")
    say("The credential is not signed; hand it to the issuer's own service.")
    result(f"{out}: {made['id']}")


def _moment(text: str | None) -> datetime:
    try:
        return datetime.fromisoformat(text) if text else datetime.now(UTC)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no ISO 8601 time; write 2030-01-02T10:00:00+00:00") from None


def _review(path: Path, submission_id: str) -> "reviewkit.ReviewRecord":
    for one in reviewkit.read_json_lines(path, reviewkit.ReviewRecord):
        if one.submission_id == submission_id:
            return one
    raise reviewkit.SubmissionError(
        f"{path}: holds no review of {submission_id!r}; check the id, or leave --reviews out."
    )
