"""What teachers handed in, from four systems; and archives that try to get out of their folder."""

import json
import stat
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviewkit.errors import ExtractionError, SubmissionError
from reviewkit.files import read_submissions, write_json_lines
from reviewkit.formats.archive import Archive, ArchiveSettings
from reviewkit.formats.intake import IntakeSettings, safe_name
from reviewkit.formats.submissions import detect_system, read_export

SETTINGS = IntakeSettings(rubric_id="exit-tickets")
CANVAS = {
    "oneteacher_4711_90001_reflection.txt": "I ask one question at the door.",
    "oneteacher_4711_90002_Lesson plan-1.docx": b"PK plan",
    "twoteacher_LATE_4712_text.html": "<p>I read them all.</p><p>Then I plan.</p>",
    "twoteacher_LATE_4712_90003_student work.pdf": b"%PDF",
    "threeteacher_4713_link.html": "<a href='https://example.org'>mine</a>",
    "anon_aB12c_90007_my reflection.md": "Quiet pupils write more.",
    "grades.csv": 'Student,ID,SIS User ID,SIS Login ID,Section\nPoints Possible,,,,\n"One, Teacher",4711,,,North\n',
    "notes.txt": "not named as Canvas names files",
}
MOODLE = {
    "Teacher One_31_assignsubmission_file_/my reflection.txt": "I ask one question.",
    "Teacher One_31_assignsubmission_file_/plans/lesson plan.docx": b"PK",
    "Teacher Two_32_assignsubmission_onlinetext_/onlinetext.html": "<p>I read them.</p>",
    "Teacher Two_32_assignsubmission_file_photo.jpg": b"jpg",
    "readme.txt": "hello",
}
FOLDERS = {
    "t1/reflection.md": "Mine.",
    "t1/plan/lesson-plan.txt": "1. Ask.",
    "t2/reflexión.txt": "Mía.",
    "stray.txt": "x",
}


def zipped(path: Path, files: dict) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def unpacked(path: Path, files: dict) -> Path:
    for name, content in files.items():
        target = path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read_or_refuse(source: Path, out: Path) -> str:
    try:
        read_export(source, out=out, settings=SETTINGS)
    except SubmissionError:
        return "refused"
    return "read"


def taken(source: Path, out: Path, **settings):
    submissions, report = read_export(source, out=out, settings=SETTINGS, **settings)
    return {one.submission_id: one for one in submissions}, {one.source: one.reason for one in report.skipped}


class TestCanvas:
    @pytest.fixture(params=[zipped, unpacked])
    def found(self, request, tmp_path):
        name = {"zipped": "c.zip", "unpacked": "c"}[request.param.__name__]
        return (*taken(request.param(tmp_path / name, CANVAS), tmp_path / "out"), tmp_path / "out")

    def test_gives_a_submission_a_user(self, found):
        assert list(found[0]) == ["canvas-4711", "canvas-4712", "canvas-anon-aB12c"]

    def test_reads_the_reflection_from_the_file_named_so_or_from_what_was_typed(self, found):
        reflections = [one.reflection for one in found[0].values()]
        assert reflections == [
            "I ask one question at the door.",
            "I read them all.\nThen I plan.",
            "Quiet pupils write more.",
        ]

    def test_tells_kinds_of_artifacts_by_their_names_and_leaves_people_out(self, found):
        artifact = found[0]["canvas-4711"].artifacts[0]
        assert (artifact.kind, artifact.path) == ("lesson-plan", "artifacts/canvas-4711/Lesson-plan-1.docx")
        assert (found[2] / artifact.path).read_bytes() == b"PK plan"
        assert "oneteacher" not in json.dumps([one.model_dump(mode="json") for one in found[0].values()]).lower()

    def test_keeps_section_and_lateness(self, found):
        assert found[0]["canvas-4711"].groups == {"section": "North"}
        assert found[0]["canvas-4712"].metadata["late"] is True

    def test_says_what_was_left_out(self, found):
        assert found[1] == {
            "threeteacher_4713_link.html": "is a link to a page, which is not fetched",
            "notes.txt": "is not named as Canvas names submissions",
        }

    def test_makes_lines_that_reviewkit_reads(self, found):
        write_json_lines(found[2] / "S.jsonl", found[0].values())
        assert read_submissions(found[2] / "S.jsonl") == list(found[0].values())


class TestMoodle:
    @pytest.mark.parametrize("pack", [zipped, unpacked])
    def test_gives_a_submission_a_participant(self, pack, tmp_path):
        found, skipped = taken(pack(tmp_path / "m", MOODLE), tmp_path / "out")
        assert [one.reflection for one in found.values()] == ["I ask one question.", "I read them."]
        assert [one.kind for one in found["moodle-31"].artifacts] == ["lesson-plan"]
        assert found["moodle-32"].artifacts[0].path == "artifacts/moodle-32/photo.jpg"
        assert skipped == {"readme.txt": "is not named as Moodle names submissions"}


class TestTeacherFolders:
    @pytest.mark.parametrize("pack", [zipped, unpacked])
    def test_give_a_submission_a_folder(self, pack, tmp_path):
        found, skipped = taken(pack(tmp_path / "f", FOLDERS), tmp_path / "out")
        assert [(one.teacher_id, one.reflection) for one in found.values()] == [("t1", "Mine."), ("t2", "Mía.")]
        assert found["t1"].artifacts[0].kind == "lesson-plan"
        assert skipped == {"stray.txt": "lies in no teacher's folder"}

    def test_hand_a_document_to_the_extractor(self, tmp_path):
        source = unpacked(tmp_path / "f", {"t1/reflection.docx": b"PK"})
        found, skipped = taken(source, tmp_path / "out", extract=lambda path: path.name + " was read")
        assert (found["t1"].reflection, skipped) == ("reflection.docx was read", {})

    def test_keep_a_document_as_artifact_where_none_extracts(self, tmp_path):
        found, skipped = taken(unpacked(tmp_path / "f", {"t1/reflection.docx": b"PK"}), tmp_path / "out")
        assert found["t1"].artifacts[0].path == "artifacts/t1/reflection.docx"
        assert "pass extract" in next(iter(skipped.values()))

    def test_keep_a_document_that_cannot_be_read_as_artifact(self, tmp_path):
        def extract(path):
            raise ExtractionError(f"{path.name} is encrypted; hand in an open copy")

        found, skipped = taken(
            unpacked(tmp_path / "f", {"t1/reflection.docx": b"PK"}), tmp_path / "out", extract=extract
        )
        assert found["t1"].artifacts
        assert "is encrypted" in next(iter(skipped.values()))


class TestOra2Report:
    HEAD = "Submission ID,Location,Item ID,Anonymized Student ID,Date/Time Response Submitted,Response\n"

    def read(self, tmp_path, *responses):
        rows = [f's{at},Unit 1,item,student{at},2030-01-02 10:00:00 UTC,"{one}"' for at, one in enumerate(responses)]
        (tmp_path / "ora.csv").write_text(self.HEAD + "\n".join(rows), encoding="utf-8")
        return taken(tmp_path / "ora.csv", tmp_path / "out")

    def test_joins_the_parts_of_a_response(self, tmp_path):
        found, _ = self.read(tmp_path, '{""parts"": [{""text"": ""One.""}, {""text"": ""<p>Two.</p>""}]}')
        assert (found["s0"].reflection, found["s0"].teacher_id) == ("One.\n\nTwo.", "student0")
        assert found["s0"].submitted_at.isoformat() == "2030-01-02T10:00:00+00:00"

    def test_reads_a_response_as_python_writes_it(self, tmp_path):
        found, _ = self.read(tmp_path, "{'parts': [{'text': 'It\\'s mine.'}]}")
        assert found["s0"].reflection == "It's mine."

    def test_never_runs_what_stands_in_a_response(self, tmp_path):
        found, skipped = self.read(tmp_path, "{'parts': __import__('os').getcwd()}")
        assert (found, skipped) == ({}, {"s0": "its Response is neither JSON nor a plain dict"})

    def test_says_that_uploads_are_elsewhere(self, tmp_path):
        found, skipped = self.read(tmp_path, '{""parts"": [{""text"": ""One.""}], ""files_names"": [""a.pdf""]}')
        assert list(found) == ["s0"]
        assert "attachments download" in skipped["s0"]


class TestReflectionsCsv:
    def read(self, tmp_path, text, encoding="utf-8"):
        (tmp_path / "r.csv").write_text(text, encoding=encoding)
        return taken(tmp_path / "r.csv", tmp_path / "out")

    def test_reads_groups_and_artifacts(self, tmp_path):
        head = "Teacher_ID;Reflection;artifact:lesson-plan;group:Region;attempt;mood\n"
        found, skipped = self.read(tmp_path, head + "t1;Mine.;1. Ask.;North;2;good\n")
        one = found["t1-2"]
        assert (one.attempt, one.groups, one.artifacts[0].text) == (2, {"Region": "North"}, "1. Ask.")
        assert skipped == {"column mood": "has no place in a submission"}

    def test_leaves_out_rows_that_are_none_and_says_which(self, tmp_path):
        found, skipped = self.read(
            tmp_path, "teacher_id,reflection,attempt\nt1,Mine.,1\nt1,Again.,1\n,x,1\nt2,,1\nt3,y,no\n"
        )
        assert list(found) == ["t1"]
        assert list(skipped) == ["row 3", "row 4", "row 5", "row 6"]
        assert "attempt" in skipped["row 6"]

    def test_of_another_form_is_refused(self, tmp_path):
        with pytest.raises(SubmissionError, match="has columns teacher_id and reflection"):
            self.read(tmp_path, "name,essay\na,b\n")


class TestHostileArchives:
    @pytest.mark.parametrize("name", ["../t1/reflection.txt", "/t1/reflection.txt", "t1/../../x.txt", "C:/t1/x.txt"])
    def test_paths_that_lead_out_are_left_out(self, name, tmp_path):
        source = zipped(tmp_path / "z.zip", {name: "x", "t2/reflection.txt": "Mine."})
        found, skipped = taken(source, tmp_path / "out", system="folders")
        assert list(found) == ["t2"]
        assert list(skipped.values()) == ["its path leads out of the archive"]
        assert {path.name for path in tmp_path.iterdir()} <= {"z.zip", "out"}

    def test_links_in_a_zip_are_left_out(self, tmp_path):
        info = zipfile.ZipInfo("t1/reflection.txt")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        source = zipped(tmp_path / "z.zip", {info: "/etc/hostname"})
        assert taken(source, tmp_path / "out")[1] == {"t1/reflection.txt": "is a link or no plain file"}

    def test_links_in_a_folder_are_left_out(self, tmp_path):
        source = unpacked(tmp_path / "f", {"t1/lesson-plan.txt": "1."})
        (source / "t1" / "reflection.txt").symlink_to("/etc/hostname")
        (source / "t2").symlink_to("/etc")
        skipped = taken(source, tmp_path / "out")[1]
        assert skipped == {"t1/reflection.txt": "is a link or no plain file", "t2": "is a link or no plain file"}

    def test_files_beyond_their_bound_are_left_out(self, tmp_path):
        source = zipped(tmp_path / "z.zip", {"t1/reflection.txt": b"0" * 2000, "t2/reflection.txt": "Mine."})
        small = SETTINGS.model_copy(update={"archive": ArchiveSettings(max_member_bytes=1000)})
        found, report = read_export(source, out=tmp_path / "out", settings=small)
        assert [one.teacher_id for one in found] == ["t2"]
        assert report.skipped[0].reason == "has 2000 bytes, more than 1000"

    def test_what_comes_after_the_bound_of_all_is_left_out(self, tmp_path):
        source = zipped(tmp_path / "z.zip", {f"t{n}/reflection.txt": str(n) * 800 for n in range(4)})
        small = SETTINGS.model_copy(update={"archive": ArchiveSettings(max_total_bytes=1000)})
        found, report = read_export(source, out=tmp_path / "out", settings=small)
        assert [one.teacher_id for one in found] == ["t0", "t1"]
        assert "more than 1000 bytes were read by now" in report.skipped[0].reason

    def test_more_files_than_allowed_are_refused(self, tmp_path):
        source = zipped(tmp_path / "z.zip", {f"t{n}/reflection.txt": "x" for n in range(5)})
        with pytest.raises(SubmissionError, match="holds more than 3 files; split it"):
            Archive(source, settings=ArchiveSettings(max_members=3))

    def test_what_is_no_zip_is_refused(self, tmp_path):
        (tmp_path / "z.zip").write_bytes(b"PK\x03\x04 broken")
        with pytest.raises(SubmissionError, match="is neither a folder nor a whole zip"):
            detect_system(tmp_path / "z.zip", settings=SETTINGS)

    def test_a_flipped_byte_leaves_one_file_out_and_keeps_the_rest(self, tmp_path):
        source = zipped(tmp_path / "z.zip", {"t1/reflection.txt": "a" * 500, "t2/reflection.txt": "Mine."})
        content = bytearray(source.read_bytes())
        content[50] ^= 0xFF
        source.write_bytes(content)
        found, skipped = taken(source, tmp_path / "out")
        assert list(found) == ["t2"]
        assert any("cannot be read" in reason for reason in skipped.values())

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(changes=st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), min_size=1, max_size=5))
    def test_changed_bytes_are_read_or_refused_on_purpose(self, changes, tmp_path):
        content = bytearray(zipped(tmp_path / "z.zip", FOLDERS).read_bytes())
        for at, byte in changes:
            content[at % len(content)] = byte
        (tmp_path / "z.zip").write_bytes(content)
        assert read_or_refuse(tmp_path / "z.zip", tmp_path / "out") in ("read", "refused")
        assert {path.name for path in tmp_path.iterdir()} <= {"z.zip", "out"}

    def test_names_that_differ_in_case_or_marks_do_not_overwrite_each_other(self, tmp_path):
        files = {
            "t1/reflection.txt": "Mine.",
            "t1/Plan?.txt": "1",
            "t1/plan!.txt": "2",
            "T-1/x.txt": "a",
            "T 1/x.txt": "b",
        }
        found, _ = taken(zipped(tmp_path / "z.zip", files), tmp_path / "out")
        paths = [item.path for one in found.values() for item in one.artifacts]
        assert len({path.casefold() for path in paths}) == len(paths)

    @pytest.mark.parametrize(
        "name", ["..", "a/../b", "con", "x" * 300 + ".txt", ".hidden", "ü\u202etxt.exe", "nul.txt"]
    )
    def test_file_names_are_made_safe(self, name):
        safe = safe_name(name)
        assert safe == Path(safe).name
        assert 0 < len(safe) <= 92
        assert not safe.startswith((".", "-"))
