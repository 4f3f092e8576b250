"""What a Word document's styles and lists add to its text: whether a reader sees it, and the number before it."""

import re
from typing import Any, NamedTuple

from reviewkit.text.numbering import BULLET, Counters, number_text

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
TINY_HALF_POINTS = 5


class Look(NamedTuple):
    """What decides whether a reader sees a run."""

    vanish: bool = False
    white: bool = False
    tiny: bool = False
    shaded: bool = False

    @property
    def how(self) -> str:
        """How the run is hidden from a reader, ``""`` where it is seen."""
        if self.vanish:
            return "hidden"
        if self.tiny:
            return "tiny"
        return "white" if self.white and not self.shaded else ""


def value_of(element: Any, name: str) -> str | None:
    """Return the value of an element's child of that name, None where it has none."""
    child = element.find(f"{W}{name}") if element is not None else None
    return None if child is None else str(child.get(f"{W}val", ""))


def look_of(properties: Any, base: Look) -> Look:
    """Return how a run looks, given its properties and how it would look without them."""
    if properties is None:
        return base
    vanish, color, size = (value_of(properties, name) for name in ("vanish", "color", "sz"))
    shade = properties.find(f"{W}shd")
    fill = None if shade is None else str(shade.get(f"{W}fill", "auto"))
    shaded = base.shaded if fill is None else fill.upper() not in {"AUTO", "FFFFFF", ""}
    highlight = value_of(properties, "highlight")
    return Look(
        vanish=base.vanish if vanish is None else vanish not in {"0", "false", "off"},
        white=base.white if color is None else color.upper() == "FFFFFF",
        tiny=base.tiny if size is None else size.isdigit() and int(size) <= TINY_HALF_POINTS,
        shaded=shaded or (highlight is not None and highlight not in {"none", "white"}),
    )


class Styles:
    """Looks and list numbers that styles give."""

    def __init__(self, root: Any) -> None:
        self._styles = {} if root is None else {str(one.get(f"{W}styleId")): one for one in root.iter(f"{W}style")}

    def _chain(self, name: str | None) -> list[Any]:
        chain: list[Any] = []
        while name in self._styles and len(chain) < 20:
            chain.append(self._styles[name])
            name = value_of(chain[-1], "basedOn")
        return chain

    def look(self, name: str | None, base: Look) -> Look:
        """Return how a run of that style looks."""
        for style in reversed(self._chain(name)):
            base = look_of(style.find(f"{W}pPr"), base)
            base = look_of(style.find(f"{W}rPr"), base)
        return base

    def numbering(self, name: str | None) -> Any:
        """Return the list that a paragraph of that style belongs to, None where it belongs to none."""
        found = (one.find(f"{W}pPr/{W}numPr") for one in self._chain(name))
        return next((one for one in found if one is not None), None)


class Numbering:
    """The bullet or number before a list item."""

    def __init__(self, root: Any) -> None:
        self._abstract: dict[str, Any] = {}
        self._lists: dict[str, str] = {}
        self._counters = Counters()
        if root is not None:
            self._abstract = {str(one.get(f"{W}abstractNumId")): one for one in root.findall(f"{W}abstractNum")}
            self._lists = {
                str(one.get(f"{W}numId")): value_of(one, "abstractNumId") or "" for one in root.findall(f"{W}num")
            }

    def mark(self, properties: Any) -> str:
        """Return the bullet or number of the next item of a list, ``""`` for what is no item."""
        number = value_of(properties, "numId")
        if number is None or number == "0":
            return ""
        depth = value_of(properties, "ilvl") or "0"
        level = min(int(depth), 8) if depth.isdigit() else 0
        definition = self._level(number, level)
        form = (value_of(definition, "numFmt") if definition is not None else None) or "bullet"
        if form in {"bullet", "none"}:
            return BULLET if form == "bullet" else ""
        start = value_of(definition, "start") or "1"
        self._counters.next(self._lists[number], level, int(start) if start.isdigit() else 1)
        return self._written(number, value_of(definition, "lvlText") or f"%{level + 1}.") + " "

    def _level(self, number: str, level: int) -> Any:
        abstract = self._abstract.get(self._lists.get(number, ""))
        levels = [] if abstract is None else abstract.findall(f"{W}lvl")
        return next((one for one in levels if one.get(f"{W}ilvl") == str(level)), None)

    def _written(self, number: str, pattern: str) -> str:
        def shown(match: re.Match[str]) -> str:
            level = int(match[1]) - 1
            form = value_of(self._level(number, level), "numFmt") or "decimal"
            return number_text(self._counters.at(self._lists[number], level), form)

        return re.sub(r"%([1-9])", shown, pattern[:40])
