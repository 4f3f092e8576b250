"""Attacks on honest texts, made by code, each at a stated strength; and the honest texts themselves."""

import csv
import random
import re
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

from reviewkit.records import Rubric

csv.field_size_limit(10**9)
MIN_WORDS = 80
N_SETS = 8
KEYS = "asdfghjkl"
LETTERS = "abcdefghijklmnopqrstuvwxyz"
LOOK_ALIKES = str.maketrans({"a": "\u0430", "e": "\u0435", "o": "\u043e", "p": "\u0440", "c": "\u0441", "x": "\u0445"})


def essays(folder: Path) -> list[tuple[str, str, str]]:
    """Return id, prompt number and text of each essay of 80 words or more."""
    with (folder / "asap_aes.csv").open(encoding="utf-8", newline="") as stream:
        rows = [(row["essay_id"], row["essay_set"], row["essay"]) for row in csv.DictReader(stream)]
    return [row for row in rows if len(row[2].split()) >= MIN_WORDS]


def diary_sentences(folder: Path) -> list[dict[str, str]]:
    """Return the sentences of student teachers' diaries, English and Czech."""
    with (folder / "sentences.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def diary_halves(folder: Path) -> tuple[list[str], list[str]]:
    """Return the English stretches of diaries in two halves that share no sentence: one to choose by, one to report.

    The data set gives each sentence with its neighbours, so that stretches overlap; what overlaps stays together.
    """
    stretches = sorted({row["context"] for row in diary_sentences(folder) if row["lang"] == "en"})
    root = list(range(len(stretches)))

    def first(at: int) -> int:
        while root[at] != at:
            at = root[at]
        return at

    holder: dict[str, int] = {}
    for at, text in enumerate(stretches):
        for own in (" ".join(re.findall(r"\w+", one.lower())) for one in sentences_of(text)):
            if len(own.split()) >= 5:
                root[first(at)] = first(holder.setdefault(own, at))
    group = [first(at) for at in range(len(stretches))]
    reported = set(sorted(set(group))[1::2])
    chosen = [text for text, name in zip(stretches, group, strict=True) if name not in reported]
    return chosen, [text for text, name in zip(stretches, group, strict=True) if name in reported]


def honest_stretches(stretches: Sequence[str]) -> list[str]:
    """Return those of 80 words or more in which the data set doubled no sentence."""
    return [text for text in stretches if len(text.split()) >= MIN_WORDS and not _doubled(text)]


def _doubled(text: str) -> bool:
    sentences = [one for one in sentences_of(text) if len(one.split()) > 5]
    return any(one != other and one in other for one in sentences for other in sentences) or len(set(sentences)) < len(
        sentences
    )


def essay_rubric(folder: Path, number: str) -> Rubric:
    """Return the prompt and the scoring guide of an essay set as a rubric."""
    page = (folder / "prompts" / f"Essay Set #{number}--ReadMeFirst.txt").read_text(encoding="utf-8", errors="replace")
    prompt, _, guide = page.partition("\nPrompt")[2].partition("\nRubric Guidelines")
    lines = [line.strip() for line in guide.splitlines() if len(line.split()) >= 5][:60]
    levels = [{"level": at, "name": f"Line {at}", "descriptor": line} for at, line in enumerate(lines, start=1)]
    return Rubric.model_validate(
        {
            "format": "reviewkit/rubric/1", "id": f"essays-{number}", "version": "1", "title": f"Essays {number}",
            "requirements": {"reflection": {"prompts": [line for line in prompt.splitlines() if line.strip()]}},
            "criteria": [{"id": "whole", "title": "Whole", "levels": levels}],
        }
    )  # fmt: skip


def sentences_of(text: str) -> list[str]:
    """Cut a text at full stops, for attacks that move sentences about."""
    return [one for one in re.split(r"(?<=[.!?])\s+", text.strip()) if one]


def first_sentences(text: str, *, n_words: float) -> list[str]:
    """Return the first sentences of a text, as many as hold so many words."""
    taken = list[str]()
    for one in sentences_of(text):
        if sum(len(other.split()) for other in taken) >= n_words:
            break
        taken.append(one)
    return taken


def stuffed(text: str, *, chance: random.Random, keywords: Sequence[str], n_words: int) -> str:
    """Put a list of the rubric's keywords into the text."""
    own = sentences_of(text)
    listed = ", ".join(chance.choices(list(keywords), k=n_words)).capitalize() + "."
    own.insert(chance.randrange(len(own) + 1), listed)
    return " ".join(own)


def repeated(text: str, *, chance: random.Random, share: float) -> str:
    """Say a share of the text again at its end."""
    own, again = sentences_of(text), list[str]()
    while sum(len(one.split()) for one in again) < share * len(text.split()):
        again.append(chance.choice(own))
    return " ".join([*own, *again])


def scrambled(text: str, *, chance: random.Random, share: float) -> str:
    """Put the words of a share of the sentences, one at least, in random order."""
    own = sentences_of(text)
    for at in chance.sample(range(len(own)), max(1, round(share * len(own)))):
        own[at] = " ".join(chance.sample(own[at].split(), len(own[at].split())))
    return " ".join(own)


def shuffled(text: str, *, chance: random.Random) -> str:
    """Put the sentences in random order."""
    own = sentences_of(text)
    return " ".join(chance.sample(own, len(own)))


def padded(text: str, *, chance: random.Random, filler: Sequence[str], share: float) -> str:
    """Add filler until it is a share of the text that was there."""
    added = list[str]()
    while sum(len(one.split()) for one in added) < share * len(text.split()):
        added.append(chance.choice(list(filler)))
    return " ".join([text, *added])


def in_words(text: str, change: Callable[[str], str], *, chance: random.Random, share: float) -> str:
    """Change a share of the words, at least five of them."""
    own = text.split(" ")
    places = [at for at, word in enumerate(own) if len(word) > 3 and change(word) != word]
    for at in chance.sample(places, min(len(places), max(5, round(share * len(own))))):
        own[at] = change(own[at])
    return " ".join(own)


def zero_width(word: str) -> str:
    """Put an invisible character into a word."""
    return f"{word[:2]}\u200b{word[2:]}"


def look_alike(word: str) -> str:
    """Put one letter of another script into a word."""
    for at, letter in enumerate(word):
        if ord(letter) in LOOK_ALIKES:
            return word[:at] + letter.translate(LOOK_ALIKES) + word[at + 1 :]
    return word


def mashed(text: str, *, chance: random.Random, share: float) -> str:
    """Replace a share of the words by what falls onto the keyboard."""
    return " ".join(
        "".join(chance.choices(chance.choice((KEYS, LETTERS)), k=chance.randint(3, 9)))
        if chance.random() < share
        else one
        for one in text.split()
    )


def edited(text: str, *, chance: random.Random, n_words: int) -> str:
    """Replace words by other words of the same text."""
    own = text.split()
    for at in chance.sample(range(len(own)), min(n_words, len(own))):
        own[at] = chance.choice(own)
    return " ".join(own)


W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_LOOKS = {
    "docx": {"hidden": "<w:vanish/>", "white": '<w:color w:val="FFFFFF"/>', "tiny": '<w:sz w:val="2"/>'},
    "html": {
        "hidden": "display:none",
        "white": "color:#ffffff",
        "tiny": "font-size:1px",
        "off-page": "position:absolute;left:-9999px",
    },
    "pdf": {"hidden": "3 Tr", "white": "1 1 1 rg", "tiny": "", "off-page": ""},
}


def hiding_files(folder: Path, text: str, secret: str) -> dict[tuple[str, str], Path]:
    """Write files that hold a text and hide a sentence, by kind and by how; ``"none"`` hides nothing."""
    made: dict[tuple[str, str], Path] = {}
    lines = [re.sub(r"[^ -~]|[()\\<>&@]", "", one) for one in sentences_of(text)][:12]
    for kind, looks in _LOOKS.items():
        for how, look in {"none": "", **looks}.items():
            path = folder / f"{how}.{kind}"
            hidden = "" if how == "none" else secret
            {"docx": _write_docx, "html": _write_html, "pdf": _write_pdf}[kind](path, lines, hidden, look, how)
            made[kind, how] = path
    return made


def _write_docx(path: Path, lines: Sequence[str], hidden: str, look: str, _: str) -> None:
    body = "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in lines)
    body += f"<w:p><w:r><w:rPr>{look}</w:rPr><w:t>{hidden}</w:t></w:r></w:p>"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("word/document.xml", f'<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>')


def _write_html(path: Path, lines: Sequence[str], hidden: str, look: str, _: str) -> None:
    body = "".join(f"<p>{line}</p>" for line in lines)
    path.write_text(f"<html><body>{body}<p style='{look}'>{hidden}</p></body></html>", encoding="utf-8")


def _write_pdf(path: Path, lines: Sequence[str], hidden: str, look: str, how: str) -> None:
    shown = [f"0 g BT /F1 10 Tf 1 0 0 1 40 {760 - 14 * at} Tm ({line[:110]}) Tj ET" for at, line in enumerate(lines)]
    size, y = 0.5 if how == "tiny" else 10, -500 if how == "off-page" else 300
    shown.append(f"q {look} BT /F1 {size} Tf 1 0 0 1 40 {y} Tm ({hidden}) Tj ET Q")
    stream = "\n".join(shown)
    font = "/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R {font} >>",
        f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
    ]  # fmt: skip
    body, offsets = "%PDF-1.7\n", list[int]()
    for number, one in enumerate(objects, start=1):
        offsets.append(len(body))
        body += f"{number} 0 obj\n{one}\nendobj\n"
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    end = f"xref\n0 5\n0000000000 65535 f \n{table}trailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF\n"
    path.write_text(body + end, encoding="latin-1")
