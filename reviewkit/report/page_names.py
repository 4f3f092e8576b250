"""File names for the pages of a submission, safe for any id."""

import hashlib
import re
import unicodedata


def page_name(submission_id: str, attempt: int) -> str:
    """Name the file of a submission's page.

    Parameters
    ----------
    submission_id : str
        Any text: slashes, dots, other scripts.
    attempt : int

    Returns
    -------
    str
        At most 40 ASCII letters and digits of the id, for people; then 16 hex digits of the SHA-256 of the exact id
        and the attempt, which keep ids apart that look alike or differ in case alone. The same at each run.

    Examples
    --------
    >>> page_name("cm-demo-1", 1)
    'cm-demo-1-542b2d6e6d89175f.html'
    >>> page_name("../../etc/passwd", 1)
    'etc-passwd-e982dd643d194754.html'
    """
    plain = unicodedata.normalize("NFKD", submission_id).encode("ascii", "ignore").decode("ascii")
    slug = re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-")[:40].strip("-")
    exact = f"{attempt}\0{submission_id}".encode("utf-8", "surrogatepass")
    return f"{slug or 'submission'}-{hashlib.sha256(exact).hexdigest()[:16]}.html"
