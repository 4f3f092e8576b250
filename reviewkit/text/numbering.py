"""The numbers and bullets that an office program shows before list items."""

_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
          (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
BULLET = "- "


def number_text(number: int, form: str) -> str:
    """Return a list number in its form.

    Parameters
    ----------
    number : int
        From 1.
    form : str
        ``"decimal"``, ``"lowerLetter"``, ``"upperLetter"``, ``"lowerRoman"`` or ``"upperRoman"``; any other is taken
        as decimal.

    Examples
    --------
    >>> number_text(3, "decimal"), number_text(28, "lowerLetter"), number_text(9, "upperRoman")
    ('3', 'bb', 'IX')
    """
    if form in {"lowerLetter", "upperLetter"}:
        letters = chr(ord("a") + (number - 1) % 26) * min((number - 1) // 26 + 1, 10)
        return letters.upper() if form == "upperLetter" else letters
    if form in {"lowerRoman", "upperRoman"} and 0 < number < 4000:
        text = ""
        for value, letters in _ROMAN:
            text += letters * (number // value)
            number %= value
        return text.upper() if form == "upperRoman" else text
    return str(number)


class Counters:
    """Counts the items of each list, level by level; a shallower item starts the deeper levels again.

    Examples
    --------
    >>> count = Counters()
    >>> count.next("plan", 0), count.next("plan", 1), count.next("plan", 0), count.next("plan", 1)
    (1, 1, 2, 1)
    """

    def __init__(self) -> None:
        self._counts: dict[str, dict[int, int]] = {}

    def next(self, name: str, level: int, start: int = 1) -> int:
        """Return the number of the next item of list ``name`` on ``level``."""
        counts = self._counts.setdefault(name, {})
        for deeper in [one for one in counts if one > level]:
            del counts[deeper]
        counts[level] = counts.get(level, start - 1) + 1
        return counts[level]

    def at(self, name: str, level: int) -> int:
        """Return the number that ``level`` stands at, 1 where it has not begun."""
        return self._counts.get(name, {}).get(level, 1)
