"""One PDF page: its text, parted into what a reader sees and what is hidden from a reader."""

from typing import Any

INVISIBLE = 3  # the text rendering mode that paints nothing
TINY_POINTS = 2.0
NEARLY_WHITE = 0.97
MAX_POINTS = 20_000
PATH_POINTS = frozenset({b"re", b"m", b"l", b"c", b"v", b"y"})
FILLS = frozenset({b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*"})


class PageReader:
    """Reads a page and keeps apart what cannot be seen.

    Attributes
    ----------
    text : str
        What a reader sees, line by line.
    hidden : list of tuple of (str, str)
        How it was hidden (``"white"``, ``"tiny"``, ``"off-page"``, ``"hidden"``), and the text.
    """

    def __init__(self) -> None:
        self.text = ""
        self.hidden: list[tuple[str, str]] = []
        self._white = False
        self._mode = 0
        self._states: list[tuple[bool, int]] = []
        self._filled: list[tuple[float, float, float, float]] = []
        self._path: list[tuple[float, float]] = []
        self._concealed: list[tuple[str, str]] = []
        self._has_picture = False

    def read(self, page: Any) -> None:
        """Read one pypdf page."""
        self._bounds = [float(one) for one in page.cropbox]
        seen = page.extract_text(visitor_operand_before=self._operator, visitor_text=self._text)
        self._has_picture = self._pictured(page)
        if not self._concealed:
            self.text = seen
            return
        self._part(seen)

    def _part(self, seen: str) -> None:
        """Take the concealed pieces out; a picture's invisible text layer is what a reader sees of a scan."""
        for how, piece in self._concealed:
            if how == "hidden" and self._has_picture:
                continue
            text = piece.strip()
            if text in seen:
                seen = seen.replace(text, "", 1)
                self.hidden.append((how, text))
        self.text = seen

    def _operator(self, operator: Any, operands: Any, matrix: Any, _text_matrix: Any) -> None:
        name = operator if isinstance(operator, bytes) else str(operator).encode()
        if name == b"q":
            self._states.append((self._white, self._mode))
        elif name == b"Q" and self._states:
            self._white, self._mode = self._states.pop()
        elif name in {b"g", b"rg", b"k", b"sc", b"scn"}:
            self._white = _is_white(name, operands)
        elif name == b"Tr" and operands:
            self._mode = int(operands[0])
        elif name in PATH_POINTS and len(self._path) < MAX_POINTS:
            self._path.extend(_points(name, operands, matrix))
        elif name in FILLS:
            if not self._white and self._path and len(self._filled) < MAX_POINTS:
                self._filled.append(_around(self._path))
            self._path = []
        elif name in {b"n", b"S", b"s"}:
            self._path = []
        elif name == b"sh":
            self._filled.append((float("-inf"), float("-inf"), float("inf"), float("inf")))

    def _text(self, text: str, matrix: Any, text_matrix: Any, _font: Any, size: Any) -> None:
        if not text.strip():
            return
        how = self._how(matrix, text_matrix, float(size or 0))
        if how:
            self._concealed.append((how, text))

    def _how(self, matrix: Any, text_matrix: Any, size: float) -> str:
        _, _, c, d, e, f = _product(text_matrix, matrix)
        height = abs(size) * max(abs(c) + abs(d), 1e-9)
        left, bottom, right, top = self._bounds
        if not (left - 40 <= e <= right + 5 and bottom - 40 <= f <= top + 40) and any((e, f)):
            return "off-page"
        if self._mode == INVISIBLE:
            return "hidden"
        if 0 < height < TINY_POINTS:
            return "tiny"
        on_color = any(x0 - 2 <= e <= x1 + 2 and y0 - 2 <= f <= y1 + 2 for x0, y0, x1, y1 in self._filled)
        return "white" if self._white and not on_color and not self._has_picture else ""

    @staticmethod
    def _pictured(page: Any) -> bool:
        resources = page.get("/Resources")
        objects = None if resources is None else resources.get_object().get("/XObject")
        if objects is None:
            return False
        return any(one.get_object().get("/Subtype") == "/Image" for one in objects.get_object().values())


def _is_white(name: bytes, operands: Any) -> bool:
    values = [float(one) for one in operands if isinstance(one, int | float)]
    if name == b"k" or len(values) == 4:
        return bool(values) and all(one <= 1 - NEARLY_WHITE for one in values)
    return len(values) in {1, 3} and all(one >= NEARLY_WHITE for one in values)


def _product(first: Any, second: Any) -> tuple[float, float, float, float, float, float]:
    a, b, c, d, e, f = (float(one) for one in first)
    g, h, i, j, k, m = (float(one) for one in second)
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)


def _points(name: bytes, operands: Any, matrix: Any) -> list[tuple[float, float]]:
    values = [float(one) for one in operands]
    if name == b"re":
        x, y, width, height = (*values, 0.0, 0.0, 0.0, 0.0)[:4]
        values = [x, y, x + width, y + height]
    pairs = zip(values[::2], values[1::2], strict=False)
    return [_product((1, 0, 0, 1, x, y), matrix)[4:] for x, y in pairs]


def _around(points: list[tuple[float, float]]) -> tuple[float, float, float, float]:
    across, up = [x for x, _ in points], [y for _, y in points]
    return (min(across), min(up), max(across), max(up))
