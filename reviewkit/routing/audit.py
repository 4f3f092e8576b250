"""The audit draw, and what audits say of the suggestions that stand and of the whole stream."""

import hashlib
import hmac

from reviewkit.errors import SettingsError


def _prefixed(text: str) -> bytes:
    """Return the text's bytes after their own length, so that two joined texts never read as two others."""
    raw = text.encode("utf-8", "surrogatepass")
    return len(raw).to_bytes(8, "big") + raw


def audit_draw(seed: int | str, submission_id: str, attempt: int) -> float:
    """Return the number from 0 up to 1 that decides whether this attempt is audited.

    HMAC-SHA-256 of the submission and the attempt, keyed by the seed: without the seed nobody can tell who is drawn;
    with it anybody can draw again and find the same. Uniform over submissions, and the same on every machine.

    Parameters
    ----------
    seed : int or str
        Key of the draw; ``7`` and ``"7"`` are one key. Keep it from those whose work is drawn.
    submission_id : str
        Any text.
    attempt : int
        1 for the first hand-in.

    Returns
    -------
    float
        At least 0, below 1, in steps of 2**-53.

    Examples
    --------
    >>> audit_draw(7, "s1", 1) == audit_draw("7", "s1", 1)
    True
    >>> audit_draw(7, "s1", 1) == audit_draw(7, "s1", 2)
    False
    """
    message = _prefixed("reviewkit audit 1") + _prefixed(submission_id) + _prefixed(str(int(attempt)))
    digest = hmac.new(str(seed).encode("utf-8", "surrogatepass"), message, hashlib.sha256).digest()
    return (int.from_bytes(digest[:8], "big") >> 11) * 2.0**-53


def is_audited(seed: int | str, submission_id: str, attempt: int, *, share: float) -> bool:
    """Say whether this attempt is drawn for the audit: a person rates it blind although its suggestion stands.

    Parameters
    ----------
    seed : int or str
        Key of the draw.
    submission_id : str
        Any text.
    attempt : int
        1 for the first hand-in.
    share : float
        Share of submissions to draw, 0 to 1. A larger share draws all that a smaller one draws, and more.

    Returns
    -------
    bool
        Never true at share 0, always at share 1.

    Raises
    ------
    SettingsError
        If the share lies outside 0 to 1.

    Examples
    --------
    >>> is_audited(7, "s1", 1, share=1.0), is_audited(7, "s1", 1, share=0.0)
    (True, False)
    >>> sum(is_audited(7, f"s{number}", 1, share=0.1) for number in range(10_000))
    989
    """
    if not 0 <= share <= 1:
        raise SettingsError(f"the audit share is {share:g}, but a share lies from 0 to 1; 0.1 audits one in ten.")
    return audit_draw(seed, submission_id, attempt) < share
