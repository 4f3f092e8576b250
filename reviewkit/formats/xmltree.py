"""XML in through defusedxml, XML out with what XML cannot hold replaced."""

import re
from xml.etree import ElementTree

from reviewkit.errors import FileFormatError

ILLEGAL = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def parse(content: bytes, *, name: str, error: type[FileFormatError]) -> ElementTree.Element:
    """Return the root element of an XML file.

    Raises
    ------
    FileFormatError
        Of the type given: the XML is malformed (line and column), or it declares a document type or entities, which no
        rubric needs and which can make a small file expand without bound.
    """
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root: ElementTree.Element = fromstring(content, forbid_dtd=True)
    except DefusedXmlException:
        raise error(
            f"{name}: declares a document type or entities, which are refused; take the declaration out"
        ) from None
    except ElementTree.ParseError as fault:
        line, column = fault.position
        raise error(f"{name}: line {line}, column {column + 1}: the XML breaks off or is malformed; mend it") from None
    except (ValueError, LookupError) as fault:
        raise error(f"{name}: cannot be decoded ({fault}); save it as UTF-8") from None
    return root


def text_of(element: ElementTree.Element, tag: str) -> str:
    """Return the text of the child of that tag, or ``""``."""
    child = element.find(tag)
    return "" if child is None else "".join(child.itertext())


def add(parent: ElementTree.Element, tag: str, text: str = "", /, **attributes: str) -> ElementTree.Element:
    """Append a child with its text; characters that XML cannot hold become U+FFFD."""
    child = ElementTree.SubElement(parent, tag, {key: legal(value) for key, value in attributes.items()})
    child.text = legal(text) or None
    return child


def legal(text: str) -> str:
    r"""Return the text with line ends as ``\n`` and what XML 1.0 cannot hold as U+FFFD.

    Examples
    --------
    >>> legal("a\r\nb\x00c")
    'a\nb\ufffdc'
    """
    return ILLEGAL.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def render(root: ElementTree.Element) -> bytes:
    """Write the tree as indented UTF-8 with its declaration."""
    ElementTree.indent(root)
    content: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return content + b"\n"
