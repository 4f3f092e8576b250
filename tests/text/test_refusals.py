"""Hostile and damaged files: each is refused with its reason, and nothing in one is run or fetched."""

from pathlib import Path

import pytest

from reviewkit.errors import ExtractionError
from reviewkit.text.bounds import ExtractionSettings
from reviewkit.text.extract import extract
from tests.text.documents import HERE, docx, packed, paragraph, read, written


class TestRefusals:
    @pytest.mark.parametrize(
        ("name", "content", "code"),
        [
            ("a.docx", b"no zip", "damaged"),
            ("a.docx", b"PK\x03\x04 broken", "damaged"),
            ("a.pdf", b"no pdf", "damaged"),
            ("a.pdf", b"%PDF-1.7 broken", "damaged"),
            ("a.txt", b"", "empty"),
            ("a.txt", b" \n ", "no-text"),
            ("a.txt", b"caf\xe9 is not UTF-8", "not-utf-8"),
            ("a.txt", bytes(range(256)) * 9, "binary"),
            ("a.txt", b"\x89PNG\r\n\x1a\n", "picture"),
            ("a.txt", b"MZ\x90\x00", "unknown-kind"),
            ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "unknown-kind"),
            ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        ],
    )
    def test_have_a_code_and_name_the_file(self, tmp_path: Path, name: str, content: bytes, code: str) -> None:
        with pytest.raises(ExtractionError) as caught:
            read(written(tmp_path / name, content))
        assert caught.value.code == code
        assert str(caught.value).startswith(f"{name}: ")

    def test_name_the_bound_that_a_large_file_exceeds(self, tmp_path: Path) -> None:
        settings = ExtractionSettings(supervised=False, max_bytes=10)
        with pytest.raises(ExtractionError, match="11 bytes, above the bound of 10; hand in a smaller file"):
            extract(written(tmp_path / "a.txt", "x" * 11), settings=settings)

    def test_name_the_bound_that_a_long_text_exceeds(self, tmp_path: Path) -> None:
        settings = ExtractionSettings(supervised=False, max_chars=10)
        with pytest.raises(ExtractionError, match="11 characters, above the bound of 10"):
            extract(written(tmp_path / "a.txt", "x" * 11), settings=settings)

    def test_meet_a_zip_bomb_before_it_unpacks(self, tmp_path: Path) -> None:
        path = docx(tmp_path / "bomb.docx", paragraph("x"), **{"word/media/a.bin": b"\x00" * 30_000_000})
        with pytest.raises(ExtractionError, match=r"word/media/a\.bin unpacks to [\d,]+ times its size") as caught:
            read(path)
        assert caught.value.code == "too-large"

    def test_meet_many_members(self, tmp_path: Path) -> None:
        path = docx(tmp_path / "a.docx", paragraph("x"), **{f"m{number}": "" for number in range(5_001)})
        with pytest.raises(ExtractionError, match="packs 5,003 members"):
            read(path)

    def test_meet_entities(self, tmp_path: Path) -> None:
        lol = '<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><d>&b;</d>'
        with pytest.raises(ExtractionError, match="declares a document type or entities") as caught:
            read(packed(tmp_path / "a.docx", {"word/document.xml": lol}))
        assert caught.value.code == "entities"

    def test_never_read_an_external_entity(self, tmp_path: Path) -> None:
        secret = written(tmp_path / "secret", "password")
        xml = f'<!DOCTYPE d [<!ENTITY x SYSTEM "{secret.as_uri()}">]><d>&x;</d>'
        with pytest.raises(ExtractionError):
            read(packed(tmp_path / "a.docx", {"word/document.xml": xml.encode("utf-16")}))

    def test_meet_a_damaged_member_that_tells_the_kind(self, tmp_path: Path) -> None:
        members: dict[str, str | bytes] = {"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<a/>"}
        data = bytearray(packed(tmp_path / "plan.odt", members).read_bytes())
        data[38:50] = b"\xff" * 12  # the packed bytes of the first member
        (tmp_path / "plan.odt").write_bytes(data)
        with pytest.raises(ExtractionError, match="it cannot be unpacked") as caught:
            extract(tmp_path / "plan.odt", settings=HERE)
        assert caught.value.code == "damaged"

    def test_leave_macros_embedded_files_and_references_alone(self, tmp_path: Path) -> None:
        links = '<Relationships><Relationship Id="r1" Type="attachedTemplate" Target="http://127.0.0.1:9/x.dotm" '
        members = {"word/vbaProject.bin": b"\xd0\xcf\x11\xe0", "word/embeddings/x.zip": b"PK\x03\x04",
                   "word/_rels/document.xml.rels": f'{links}TargetMode="External"/></Relationships>'}  # fmt: skip
        path = docx(tmp_path / "macro.docx", paragraph("Seen."), **members)
        assert extract(path, settings=HERE) == ("Seen.", "docx", ())

    def test_meet_an_archive_in_an_archive(self, tmp_path: Path) -> None:
        inner = docx(tmp_path / "in.docx", paragraph("x")).read_bytes()
        with pytest.raises(ExtractionError, match="an archive that holds no Word"):
            read(packed(tmp_path / "a.zip", {"in.docx": inner}))
