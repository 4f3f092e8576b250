"""Documents made for the tests, honest and hostile."""

import io
import zipfile
import zlib
from pathlib import Path

from reviewkit.text.bounds import Extraction, ExtractionSettings
from reviewkit.text.extract import extract

HERE = ExtractionSettings(supervised=False)
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def read(path: Path) -> Extraction:
    """Read a file in this process."""
    return extract(path, settings=HERE)


def written(path: Path, content: str | bytes) -> Path:
    """Write a file of this content."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def packed(path: Path, members: dict[str, str | bytes]) -> Path:
    """Write a packed file of these members."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def docx(path: Path, body: str, **members: str | bytes) -> Path:
    """Write a Word document with this body in WordprocessingML."""
    xml = f'<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>'
    return packed(path, {"[Content_Types].xml": "<Types/>", "word/document.xml": xml, **members})


def paragraph(text: str, properties: str = "") -> str:
    """Return a paragraph of one run."""
    return f"<w:p><w:r><w:rPr>{properties}</w:rPr><w:t>{text}</w:t></w:r></w:p>"


def pdf(path: Path, *pages: str, resources: str = "", n_squeezed: int = 0) -> Path:
    """Write a PDF whose pages hold these content streams, the last few compressed; /F1 is Helvetica."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", ""]
    kids = []
    for at, content in enumerate(pages):
        number = len(objects) + 1
        kids.append(f"{number} 0 R")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {number + 1} 0 R /Resources "
            f"<< /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> {resources} >> >>"
        )
        plain = f"<< /Length {len(content)} >>\nstream\n{content}\nendstream"
        objects.append(plain if at < len(pages) - n_squeezed else _squeezed(content))
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(pages)} >>"
    out = io.BytesIO(b"")
    out.write(b"%PDF-1.7\n")
    offsets = []
    for number, one in enumerate(objects, start=1):
        offsets.append(out.tell())
        out.write(f"{number} 0 obj\n{one}\nendobj\n".encode("latin-1"))
    start = out.tell()
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    out.write(f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}".encode())
    out.write(f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode())
    path.write_bytes(out.getvalue())
    return path


def _squeezed(content: str) -> str:
    digits = zlib.compress(content.encode()).hex() + ">"
    return f"<< /Length {len(digits)} /Filter [/ASCIIHexDecode /FlateDecode] >>\nstream\n{digits}\nendstream"


def shown(text: str, *, x: float = 72, y: float = 700, size: float = 12, before: str = "0 g") -> str:
    """Return the operators that show a line on a PDF page."""
    return f"{before} BT /F1 {size} Tf 1 0 0 1 {x} {y} Tm ({text}) Tj ET"
