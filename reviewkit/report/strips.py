"""Small plots as inline SVG, one row high: what they show also stands in words or numbers beside them.

Positions run across in per cent, so a strip takes any width without its strokes or its neighbours' text changing size.
Colours come from the style sheet by class, so a page's content security policy can forbid styles of its own.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markupsafe import Markup

HEIGHT = 18
N_SHADES = 10


def place(value: float, *, low: float, high: float) -> str:
    """Write where a value stands between two ends, in per cent of the width; what lies outside stands at the end.

    Examples
    --------
    >>> place(0.5, low=0, high=2), place(-1, low=0, high=2)
    ('25%', '0%')
    """
    share = min(max((value - low) / (high - low), 0.0), 1.0)
    return f"{round(100 * share, 2):g}%"


def ticks(low: float, high: float, *, at_most: int = 6) -> tuple[float, ...]:
    """Return round numbers from ``low`` to ``high``, evenly apart.

    Examples
    --------
    >>> ticks(0, 1), ticks(-0.4, 1)
    ((0.0, 0.2, 0.4, 0.6, 0.8, 1.0), (0.0, 0.5, 1.0))
    """
    steps = [base * 10.0**power for power in range(-3, 4) for base in (1, 2, 5)]
    step = next((one for one in steps if (high - low) / one <= at_most - 1 + 1e-9), steps[-1])
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return tuple(round(number * step, 6) + 0.0 for number in range(first, last + 1))


def interval_strip(value: float, low: float, high: float, *, scale: tuple[float, float], rule: float = 0.0) -> "Markup":
    """Draw a value with its interval, and a thin rule where a reader compares.

    Parameters
    ----------
    value : float
        ``nan`` draws the rule alone.
    low, high : float
        Ends of the interval; ``nan`` draws none.
    scale : (float, float)
        What the left and the right edge stand for.
    rule : float
        Where the rule stands: 0 for chance or for the mean.
    """
    shapes = [_line(rule, rule, scale=scale, name="rule", top=0, bottom=HEIGHT)]
    if not math.isnan(low) and not math.isnan(high):
        shapes.append(_line(low, high, scale=scale, name="span", top=HEIGHT / 2, bottom=HEIGHT / 2))
    if not math.isnan(value):
        at = place(value, low=scale[0], high=scale[1])
        shapes.append(f'<circle class="dot-value" cx="{at}" cy="{HEIGHT / 2:g}" r="4"/>')
    return _strip(shapes)


def axis_strip(scale: tuple[float, float]) -> "Markup":
    """Draw the axis of a column of interval strips: round numbers, each with its tick."""
    shapes = []
    for tick in ticks(*scale):
        at = place(tick, low=scale[0], high=scale[1])
        anchor = {"0%": "start", "100%": "end"}.get(at, "middle")
        shapes.append(f'<line class="rule" x1="{at}" x2="{at}" y1="{HEIGHT - 5}" y2="{HEIGHT}"/>')
        shapes.append(f'<text x="{at}" y="11" text-anchor="{anchor}">{_number(tick)}</text>')
    return _strip(shapes, name="strip axis")


def share_strip(shares: Sequence[float]) -> "Markup":
    """Draw shares side by side, from the lightest shade for the first to the darkest for the last."""
    shapes, left = [], 0.0
    for index, share in enumerate(shares):
        at, width = f"{100 * left:.2f}%", f"{100 * share:.2f}%"
        shapes.append(f'<rect class="shade{shade(index, len(shares))}" x="{at}" width="{width}" height="{HEIGHT}"/>')
        left += share
    return _strip([one for one, share in zip(shapes, shares, strict=True) if share > 0])


def bar_strip(share: float) -> "Markup":
    """Draw one bar from the left."""
    return _strip([f'<rect class="bar-value" width="{100 * share:.2f}%" y="3" height="{HEIGHT - 6}"/>'])


def path_strip(
    points: Sequence[tuple[float, float, float]], *, scale: tuple[float, float], height: int = 72
) -> "Markup":
    """Draw values with their standard errors from left to right over a scale that runs upward.

    Parameters
    ----------
    points : sequence of (float, float, float)
        Place from 0 (left) to 1 (right), value, half-width of its interval. Points without a value are left out.
    scale : (float, float)
        What the bottom and the top stand for.
    height : int
        In pixels.
    """
    kept = [point for point in points if not math.isnan(point[1])]
    middle = _up(0, scale, height)
    shapes = [f'<line class="rule" x1="0%" x2="100%" y1="{middle:g}" y2="{middle:g}"/>']
    for (first, one, _), (second, other, _) in pairwise(kept):
        ends = f'y1="{_up(one, scale, height):g}" y2="{_up(other, scale, height):g}"'
        shapes.append(f'<line class="path" x1="{_across(first)}" x2="{_across(second)}" {ends}/>')
    for at, value, half in kept:
        across, reach = _across(at), 0.0 if math.isnan(half) else half
        top, bottom = _up(value + reach, scale, height), _up(value - reach, scale, height)
        shapes.append(f'<line class="span" x1="{across}" x2="{across}" y1="{top:g}" y2="{bottom:g}"/>')
        shapes.append(f'<circle class="dot-value" cx="{across}" cy="{_up(value, scale, height):g}" r="3"/>')
    return _strip(shapes, height=height)


def shade(index: int, n_levels: int) -> int:
    """Return which of the ten shades of the style sheet a level takes.

    Examples
    --------
    >>> [shade(index, 4) for index in range(4)]
    [0, 3, 6, 9]
    """
    return 0 if n_levels < 2 else round(index * (N_SHADES - 1) / (n_levels - 1))


def _line(start: float, end: float, *, scale: tuple[float, float], name: str, top: float, bottom: float) -> str:
    x1, x2 = (place(one, low=scale[0], high=scale[1]) for one in (start, end))
    return f'<line class="{name}" x1="{x1}" x2="{x2}" y1="{top:g}" y2="{bottom:g}"/>'


def _across(share: float) -> str:
    return f"{2 + 96 * share:.2f}%"


def _up(value: float, scale: tuple[float, float], height: int) -> float:
    share = (value - scale[0]) / (scale[1] - scale[0])
    return round(5 + (height - 10) * (1 - min(max(share, 0.0), 1.0)), 2)


def _number(value: float) -> str:
    return f"{value:g}".replace("-", "−")


def _strip(shapes: Sequence[str], *, name: str = "strip", height: int = HEIGHT) -> "Markup":
    from markupsafe import Markup

    # Every shape holds class names of this file and numbers alone: nothing that came in from outside.
    return Markup(f'<svg class="{name}" height="{height}" aria-hidden="true">{"".join(shapes)}</svg>')
