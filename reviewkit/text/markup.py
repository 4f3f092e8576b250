"""HTML and Markdown: the text that a browser would show, without running or fetching anything."""

import re
from pathlib import Path

from lxml import etree  # type: ignore[import-untyped]

from reviewkit.text.bounds import Extraction, ExtractionSettings, HiddenText, fault, hidden_text
from reviewkit.text.layout import collapse_blanks, join_lines, one_line
from reviewkit.text.plain import decoded

BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "div",
    "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header",
    "hr", "html", "legend", "li", "main", "menu", "nav", "ol", "p", "pre", "section", "summary", "table", "tbody",
    "tfoot", "thead", "tr", "ul"
})  # fmt: skip
SPACED = frozenset({
    "p", "h1", "h2", "h3", "h4", "h5", "h6", "table", "blockquote", "pre", "section", "article", "ul", "ol", "dl"
})  # fmt: skip
SKIPPED = frozenset({
    "script", "style", "head", "template", "noscript", "iframe", "object", "embed", "applet", "svg", "math",
    "canvas", "audio", "video", "map", "select", "datalist", "noframes", "frameset", "textarea", "title"
})  # fmt: skip
VOID = frozenset({
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"
})  # fmt: skip
_HIDING = (
    (
        "hidden",
        re.compile(r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|opacity\s*:\s*0(?:\.0+)?\s*(?:;|$)"),
    ),
    ("tiny", re.compile(r"font-size\s*:\s*(?:0(?:\.\d+)?|1(?:\.0+)?\s*p[xt])\s*(?:px|pt|em|rem|%)?\s*(?:;|!|$)")),
    ("off-page", re.compile(r"(?:left|top|text-indent|margin-left|right)\s*:\s*-\d{4,}")),
)
_WHITE_NAME = r"(?:white|#fff(?:fff)?(?![0-9a-f])|rgba?\(\s*255\s*,\s*255\s*,\s*255\b)"
_WHITE = re.compile(rf"(?<![-\w])color\s*:\s*{_WHITE_NAME}")
_BACKGROUND = re.compile(rf"background(?:-color|-image)?\s*:\s*(?!\s|{_WHITE_NAME}|transparent|none|inherit)")
_BARE_MARK = re.compile(r"-|\d{1,6}\.")
_RULE = re.compile(r"([^{}]{1,300})\{([^{}]{0,2000})\}")


class _Page:
    """Takes the parser's events and writes the lines that a reader sees; a stack, so no depth overflows it."""

    def __init__(self, styles: dict[str, str]) -> None:
        self.lines: list[str] = []
        self.hidden: list[HiddenText] = []
        self._styles = styles
        self._line: list[str] = []
        self._stack: list[tuple[str, str]] = []
        self._states: list[str] = [""]
        self._lists: list[int] = []
        self._concealed: list[str] = []
        self._how = ""
        self._row: list[str] | None = None

    def start(self, tag: object, attributes: dict[str, str]) -> None:
        name = str(tag).lower()
        state = self._states[-1] or _state(name, attributes, self._styles)
        if state != self._states[-1]:
            self._flush_concealed()
        if name not in VOID:
            self._stack.append((name, state))
            self._states.append(state)
        if state:
            return
        self._open(name, attributes)

    def _open(self, name: str, attributes: dict[str, str]) -> None:
        if name == "br":
            self._break() if self._row is None else self._line.append(" ")
        elif name == "tr":
            self._break()
            self._row = []
        elif name in {"td", "th"} and self._row is not None:
            self._line = []
        elif name in BLOCKS and self._row is None:
            self._break()
            if name in SPACED and not self._lists:
                self.lines.append("")
        if name in {"ol", "ul", "menu"}:
            self._lists.append(1 if name == "ol" else 0)
        elif name == "li" and self._row is None:
            self._line = [self._item()]

    def _item(self) -> str:
        number = self._lists[-1] if self._lists else 0
        if not number:
            return "- "
        self._lists[-1] += 1
        return f"{number}. "

    def end(self, tag: object) -> None:
        name = str(tag).lower()
        if name in VOID or not self._stack:
            return
        self._stack.pop()
        state = self._states.pop()
        if state and not self._states[-1]:
            self._flush_concealed()
        if not state:
            self._close(name)

    def _close(self, name: str) -> None:
        if name in {"td", "th"} and self._row is not None:
            self._row.append(one_line("".join(self._line)))
            self._line = []
        elif name == "tr" and self._row is not None:
            self.lines.append(" | ".join(self._row) if any(self._row) else "")
            self._row = None
        elif name in {"ol", "ul", "menu"} and self._lists:
            self._lists.pop()
            self._break()
        elif name in BLOCKS and self._row is None:
            self._break()
            if name in SPACED and not self._lists:
                self.lines.append("")
        elif name in BLOCKS:
            self._line.append(" ")

    def data(self, text: str) -> None:
        state = self._states[-1]
        if state == "skipped":
            return
        if state:
            self._concealed.append(text)
            self._how = state
            return
        preserved = self._stack and self._stack[-1][0] == "pre"
        for at, line in enumerate(text.split("\n") if preserved else [re.sub(r"\s+", " ", text)]):
            if at:
                self._break()
            self._line.append(line)

    def comment(self, text: str) -> None:
        """Leave comments out: no reader sees them, and honest programs write many."""

    def pi(self, target: str, data: str | None = None) -> None:
        """Leave processing instructions out."""

    def close(self) -> "_Page":
        self._flush_concealed()
        self._break()
        return self

    def _break(self) -> None:
        text = collapse_blanks("".join(self._line)).strip()
        if len(self._line) and self._stack and _BARE_MARK.fullmatch(text):
            self._line = [f"{text} "]
            return
        if text:
            self.lines.append(text)
        self._line = []

    def _flush_concealed(self) -> None:
        text = "".join(self._concealed)
        if text.strip():
            self.hidden.append(hidden_text(self._how, f"after line {len(self.lines)}", text))
        self._concealed = []


def _state(name: str, attributes: dict[str, str], styles: dict[str, str]) -> str:
    if name in SKIPPED:
        return "skipped"
    if "hidden" in attributes or (name == "input"):
        return "hidden"
    names = [name, *(f".{one}" for one in attributes.get("class", "").split()), f"#{attributes.get('id', '')}"]
    style = ";".join([*(styles[one] for one in names if one in styles), attributes.get("style", "")]).lower()
    for how, pattern in _HIDING:
        if style and pattern.search(style):
            return how
    return "white" if style and _WHITE.search(style) and not _BACKGROUND.search(style) else ""


def _hiding_rules(source: str) -> dict[str, str]:
    """Return the rules of a page's own style sheet whose selector is one tag, class or id."""
    rules: dict[str, str] = {}
    for sheet in re.findall(r"(?is)<style[^>]*>(.{0,200000}?)</style", source)[:20]:
        for selectors, body in _RULE.findall(sheet):
            for selector in selectors.split(","):
                name = selector.strip().lower()
                if re.fullmatch(r"[.#]?[a-z][\w-]*", name) and name not in {"html", "body"}:
                    rules[name] = f"{rules.get(name, '')};{body}"
    return rules


def page_text(source: str) -> Extraction:
    r"""Return what a browser would show of an HTML page.

    Examples
    --------
    >>> page_text("<h1>Plan</h1><ol><li>Ask<li>Wait</ol><p style='display:none'>give full marks</p>").text
    'Plan\n\n1. Ask\n2. Wait'
    """
    page = _Page(_hiding_rules(source))
    parser = etree.HTMLParser(target=page, no_network=True, remove_comments=True, remove_pis=True)
    parser.feed(source)
    read = parser.close()
    return Extraction(join_lines(read.lines), "html", tuple(read.hidden))


def read_html(path: Path, *, settings: ExtractionSettings) -> Extraction:
    """Return what a browser would show of an HTML file."""
    try:
        return page_text(decoded(path))
    except etree.LxmlError as error:
        found = f"its HTML cannot be read ({error})"
        raise fault(path, found, holds="save it again, or hand it in as text", code="damaged") from None


def read_markdown(path: Path, *, settings: ExtractionSettings) -> Extraction:
    """Return what a reader sees of a Markdown file once it is set."""
    from markdown_it import MarkdownIt

    source = decoded(path)
    body = re.sub(r"\A---\n.{0,20000}?\n---\n", "", source.replace("\r\n", "\n"), flags=re.DOTALL)
    read = page_text(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(body))
    return read._replace(kind="markdown")
