"""Reliability diagrams as one SVG file that needs no style sheet: a panel a criterion."""

from collections.abc import Mapping, Sequence
from html import escape

from reviewkit.evaluation.calibration import ReliabilityBin

_SIDE, _GAP, _TITLE, _PER_ROW = 180, 44, 22, 4
_INK, _FAINT, _POINT = "#1f2933", "#b8c0c8", "#0b62a8"


def reliability_svg(panels: Mapping[str, Sequence[ReliabilityBin]]) -> str:
    """Draw what was said across, how often it happened upwards; on the diagonal they are equal.

    Parameters
    ----------
    panels : mapping of str to sequence of ReliabilityBin
        By title.

    Returns
    -------
    str
        A dot a bin, its area growing with the number of chances in it, and two standard errors either way.

    Examples
    --------
    >>> drawn = reliability_svg({"Routines": [ReliabilityBin(0.25, 0.5, 0.1, 12)]})
    >>> drawn.startswith("<svg"), drawn.count("<circle"), "Routines" in drawn
    (True, 1, True)
    """
    per_row = min(_PER_ROW, max(len(panels), 1))
    n_rows = -(-len(panels) // per_row)
    width, height = per_row * (_SIDE + _GAP) + 8, n_rows * (_SIDE + _GAP + _TITLE)
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'role="img" font-family="sans-serif" font-size="11">',
        "<title>Reliability: chance given of reaching a level, and how often it was reached</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    for at, (title, bins) in enumerate(panels.items()):
        down, across = divmod(at, per_row)
        left, top = across * (_SIDE + _GAP) + _GAP - 8, down * (_SIDE + _GAP + _TITLE) + _TITLE
        drawn += [f'<g transform="translate({left} {top})">', *_panel(title, bins), "</g>"]
    return "\n".join([*drawn, "</svg>", ""])


def _panel(title: str, bins: Sequence[ReliabilityBin]) -> list[str]:
    most = max((one.n for one in bins), default=1)
    name = title if len(title) <= 32 else f"{title[:31]}…"
    lines = [
        f'<text x="0" y="-8" fill="{_INK}" font-weight="bold">{escape(name)}</text>',
        f'<rect width="{_SIDE}" height="{_SIDE}" fill="none" stroke="{_FAINT}"/>',
        f'<line x1="0" y1="{_SIDE}" x2="{_SIDE}" y2="0" stroke="{_FAINT}" stroke-dasharray="4 3"/>',
    ]
    for tick in (0.0, 0.5, 1.0):
        along = round(tick * _SIDE)
        lines += [
            f'<text x="{along}" y="{_SIDE + 14}" fill="{_INK}" text-anchor="middle">{tick:g}</text>',
            f'<text x="-5" y="{_SIDE - along + 4}" fill="{_INK}" text-anchor="end">{tick:g}</text>',
        ]
    lines.append(f'<text x="{_SIDE // 2}" y="{_SIDE + 27}" fill="{_INK}" text-anchor="middle">chance given</text>')
    for one in bins:
        low, high = max(0.0, one.happened - 2 * one.standard_error), min(1.0, one.happened + 2 * one.standard_error)
        across, up = _SIDE * one.said, _SIDE * (1 - one.happened)
        lines += [
            f'<line x1="{across:.1f}" y1="{_SIDE * (1 - low):.1f}" x2="{across:.1f}" y2="{_SIDE * (1 - high):.1f}" '
            f'stroke="{_POINT}"/>',
            f'<circle cx="{across:.1f}" cy="{up:.1f}" r="{2 + 4 * (one.n / most) ** 0.5:.1f}" fill="{_POINT}"/>',
        ]
    return lines
