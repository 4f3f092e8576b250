"""Templates to self-contained pages: escaping on, style inline, nothing fetched, nothing run."""

import base64
import hashlib
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment

POLICY = "default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def render(template: str, *, view: Any) -> str:
    """Fill a template of this package with a view.

    Parameters
    ----------
    template : str
        Name of a file in ``templates/``.
    view : object
        What the template reads as ``view``. Every text in it is escaped.

    Returns
    -------
    str
        A whole HTML page, ending in a line break. Its content security policy allows its own style and nothing else.
    """
    style, policy = _style_and_policy()
    page = _environment().get_template(template).render(view=view, style=style, policy=policy)
    return page.rstrip("\n") + "\n"


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("reviewkit.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _style_and_policy() -> tuple[str, str]:
    from markupsafe import Markup

    source = _environment().loader.get_source(_environment(), "style.css")[0]  # type: ignore[union-attr]
    digest = base64.b64encode(hashlib.sha256(source.encode("utf-8")).digest()).decode("ascii")
    return Markup(source), POLICY.format(digest=digest)
