"""Designs of generalizability theory: which facets cross, which are nested, and the effects that follow."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from reviewkit.errors import SettingsError

TOKEN = re.compile(r"\s*(?:([():×*])|([A-Za-z_][A-Za-z_0-9]*))")


@dataclass(frozen=True)
class Layout:
    """A parsed design.

    Attributes
    ----------
    text : str
        As it was written.
    facets : tuple of str
        In order of appearance.
    inside : dict of str to frozenset of str
        Facets that each facet is nested in.
    effects : tuple of frozenset of str
        Facets of each effect, fewest first; the last holds them all and is the residual.
    """

    text: str
    facets: tuple[str, ...]
    inside: dict[str, frozenset[str]]
    effects: tuple[frozenset[str], ...]

    def name(self, effect: frozenset[str]) -> str:
        """Write an effect in the usual notation, such as ``pr:t``.

        Examples
        --------
        >>> design = parse_design("p x (r:t)")
        >>> [design.name(effect) for effect in design.effects]
        ['p', 't', 'pt', 'r:t', 'pr:t']
        """
        nests = frozenset().union(*(self.inside[facet] for facet in effect))
        joint = "" if all(len(facet) == 1 for facet in self.facets) else "*"
        leading = joint.join(facet for facet in self.facets if facet in effect - nests)
        around = joint.join(facet for facet in self.facets if facet in nests)
        return f"{leading}:{around}" if around else leading


def parse_design(text: str) -> Layout:
    """Read a design: ``x`` crosses, ``:`` nests, brackets group.

    Parameters
    ----------
    text : str
        Such as ``"p x r"``, ``"p x c x r"``, ``"p x (r:c)"`` or ``"(r:p) x c"``. ``×`` and ``*`` cross as well.

    Returns
    -------
    Layout

    Raises
    ------
    SettingsError
        If the text is no design, or names a facet twice.

    Examples
    --------
    >>> parse_design("(r:p) x c").inside["r"]
    frozenset({'p'})
    """
    tokens = list(_tokens(text))
    inside: dict[str, frozenset[str]] = {}
    rest = _crossed(tokens, inside, text)
    if rest:
        raise SettingsError(
            f"design {text!r} has {rest[0]!r} left over; write facets joined by x and :, as 'p x (r:c)'."
        )
    for _ in inside:
        inside = {facet: around.union(*(inside[one] for one in around)) for facet, around in inside.items()}
    facets = tuple(inside)
    closed = [
        frozenset(chosen)
        for size in range(1, len(facets) + 1)
        for chosen in combinations(facets, size)
        if all(inside[facet] <= frozenset(chosen) for facet in chosen)
    ]
    return Layout(text, facets, inside, tuple(closed))


def _tokens(text: str) -> Iterator[str]:
    at = 0
    while text[at:].strip():
        found = TOKEN.match(text, at)
        if not found:
            raise SettingsError(f"design {text!r} has {text[at:].strip()[0]!r}; write it as 'p x (r:c)'.")
        yield "x" if found[0].strip() in {"×", "*"} else found[0].strip()
        at = found.end()


def _crossed(tokens: list[str], inside: dict[str, frozenset[str]], text: str) -> list[str]:
    """Read terms joined by x, note their facets, and return what is left of the tokens."""
    tokens = _nested(tokens, inside, text)
    while tokens and tokens[0] == "x":
        tokens = _nested(tokens[1:], inside, text)
    return tokens


def _nested(tokens: list[str], inside: dict[str, frozenset[str]], text: str) -> list[str]:
    before = set(inside)
    tokens = _term(tokens, inside, text)
    inner = set(inside) - before
    while tokens and tokens[0] == ":":
        known = set(inside)
        tokens = _term(tokens[1:], inside, text)
        around = frozenset(set(inside) - known)
        for facet in inner:
            inside[facet] |= around
        inner = set(inside) - before
    return tokens


def _term(tokens: list[str], inside: dict[str, frozenset[str]], text: str) -> list[str]:
    if not tokens or tokens[0] in {")", ":", "x"}:
        raise SettingsError(f"design {text!r} lacks a facet; write it as 'p x (r:c)'.")
    if tokens[0] == "(":
        rest = _crossed(tokens[1:], inside, text)
        if not rest or rest[0] != ")":
            raise SettingsError(f"design {text!r} has a bracket that does not close; close it.")
        return rest[1:]
    if tokens[0] in inside:
        raise SettingsError(f"design {text!r} names {tokens[0]!r} twice; name each facet once.")
    inside[tokens[0]] = frozenset()
    return tokens[1:]
