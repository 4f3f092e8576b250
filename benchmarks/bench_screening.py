"""What screening finds and what it takes for granted: detection and false alarms on real texts, and what it costs."""
# ruff: noqa: E501 (tables)

import functools
import random
import re
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from benchmarks import screening_attacks as attacks
from benchmarks import screening_texts as written
from benchmarks.measuring import CHECKOUT, Benchmark, Cell, data_folder, peak_memory_mib, timed
from benchmarks.screening_vectors import N_LEARNED, N_SHOWN, encoded, shuffled, unfamiliar
from reviewkit.files import read_rubric
from reviewkit.records import Finding, Part, Rubric, Submission
from reviewkit.screening.copying import descriptor_texts, keywords_of
from reviewkit.screening.duplicates import DuplicateIndex
from reviewkit.screening.language import guess_language
from reviewkit.screening.lexed import SMALL_WORDS
from reviewkit.screening.minhash import jaccard, shingles
from reviewkit.screening.screen import Screener
from reviewkit.screening.words import words
from reviewkit.text.bounds import ExtractionSettings
from reviewkit.text.extract import extract
from reviewkit.text.segmenter import Segmenter

SEED = 7
N_ATTACKED = 400
N_TEXTS, N_PLANTED = 100_000, 1_000
BAR = 0.95
SEGMENTER = Segmenter()
Text = tuple[str, Rubric]


@functools.cache
def screener(rubric_id: str) -> Screener:
    return Screener(RUBRICS[rubric_id])


RUBRICS: dict[str, Rubric] = {}


def screened(text: str, rubric: Rubric, *, anchors: Sequence[tuple[str, str]] = ()) -> tuple[Finding, ...]:
    """Screen one text as a reflection."""
    RUBRICS.setdefault(rubric.id, rubric)
    one = Screener(rubric, anchors=anchors) if anchors else screener(rubric.id)
    submission = Submission(submission_id="s", teacher_id="t", rubric_id=rubric.id, reflection=text)
    part = Part(part="reflection", kind="reflection", text=text)
    return one.screen(submission, (part,), SEGMENTER.segment(part))


def codes(findings: Sequence[Finding]) -> set[str]:
    return {one.code for one in findings if one.leads_to != "note"}


def false_alarms(sources: dict[str, list[Text]]) -> list[dict[str, Cell]]:
    """Count findings on honest texts."""
    found = {name: [codes(screened(*text)) for text in texts] for name, texts in sources.items()}
    seen = sorted({code for rows in found.values() for one in rows for code in one})
    columns = {name: f"{name} (n={len(rows)})" for name, rows in found.items()}
    rows: list[dict[str, Cell]] = [
        {
            "finding": code,
            **{columns[name]: float(np.mean([code in one for one in rows])) for name, rows in found.items()},
        }
        for code in seen
    ]
    return [
        *rows,
        {
            "finding": "any",
            **{columns[name]: float(np.mean([bool(one) for one in rows])) for name, rows in found.items()},
        },
    ]


def made(honest: list[Text], others: list[str]) -> dict[str, tuple[str, Callable[[str, Rubric, random.Random], str]]]:
    """Return the attacks: by name, the finding they should lead to and how they are made."""

    def keys(rubric: Rubric) -> list[str]:
        return sorted(keywords_of(rubric, small_words=SMALL_WORDS))

    def descriptor(rubric: Rubric, chance: random.Random) -> str:
        return chance.choice([one for one in descriptor_texts(rubric) if len(words(one)) >= 14] or ["none " * 14])

    def prompted(text: str, rubric: Rubric) -> str:
        prompt = " ".join(rubric.requirements.reflection.prompts)
        return f"{prompt} {' '.join(text.split()[: len(prompt.split())])}"

    held = written.ADDRESSES_REPORTED
    return {
        "25 keywords in a list": ("keyword-stuffing", lambda t, r, c: attacks.stuffed(t, chance=c, keywords=keys(r), n_words=25)),
        "a third said again": ("repeated-text", lambda t, r, c: attacks.repeated(t, chance=c, share=0.35)),
        "words scrambled, all sentences": ("scrambled-words", lambda t, r, c: attacks.scrambled(t, chance=c, share=1)),
        "words scrambled, half of them": ("scrambled-words", lambda t, r, c: attacks.scrambled(t, chance=c, share=0.5)),
        "padded by a quarter, listed phrases": ("padding", lambda t, r, c: attacks.padded(t, chance=c, filler=written.LISTED_FILLER, share=0.25)),
        "padded by a quarter, blind text": ("padding", lambda t, r, c: attacks.padded(t, chance=c, filler=[written.LOREM], share=0.25)),
        "padded by a quarter, other filler": ("padding", lambda t, r, c: attacks.padded(t, chance=c, filler=written.FILLER_REPORTED, share=0.25)),
        "padded by a half, other filler": ("padding", lambda t, r, c: attacks.padded(t, chance=c, filler=written.FILLER_REPORTED, share=0.5)),
        "zero-width in 5 % of words": ("invisible-characters", lambda t, r, c: attacks.in_words(t, attacks.zero_width, chance=c, share=0.05)),
        "look-alikes in 5 % of words": ("look-alike-characters", lambda t, r, c: attacks.in_words(t, attacks.look_alike, chance=c, share=0.05)),
        "one sentence to a grader or model": ("addresses-grader|addresses-model", lambda t, r, c: f"{t} {c.choice(held)}"),
        "the same, disguised by look-alikes": ("addresses-grader|addresses-model", lambda t, r, c: f"{t} {attacks.in_words(c.choice(held), attacks.look_alike, chance=c, share=0.3)}"),
        "one descriptor pasted": ("copied-descriptors", lambda t, r, c: f"{t} {descriptor(r, c)}"),
        "half of it the prompt": ("copied-prompt", lambda t, r, c: prompted(t, r)),
        "half the words mashed": ("mostly-non-words", lambda t, r, c: attacks.mashed(t, chance=c, share=0.5)),
    }  # fmt: skip


def detection(honest: list[Text], others: list[str]) -> list[dict[str, Cell]]:
    """Attack honest texts and count what is found."""
    rows: list[dict[str, Cell]] = []
    for name, (code, attack) in made(honest, others).items():
        chance = random.Random(f"{SEED} {name}")
        drawn = chance.sample(honest, N_ATTACKED)
        if code == "copied-prompt":
            drawn = [one for one in drawn if len(" ".join(one[1].requirements.reflection.prompts).split()) >= 30]
        results = [codes(screened(attack(text, rubric, chance), rubric)) for text, rubric in drawn]
        wanted = set(code.split("|"))
        found = float(np.mean([bool(wanted & one) for one in results]))
        rows.append({"attack": name, "n": len(drawn), "finding": code.replace("|", " or "), "found": found,
                     "95 % found": found >= BAR, "any finding": float(np.mean([bool(one) for one in results]))})  # fmt: skip
    strengths = ((1 / 3, True), (0.1, False))
    return [*rows, *(_anchor_row(honest, others, share=share, barred=barred) for share, barred in strengths)]


def hidden_in_files(texts: Sequence[str]) -> list[dict[str, Cell]]:
    """Hide a sentence in files and count whether it is told and left out."""
    chance, here = random.Random(SEED), ExtractionSettings(supervised=False)
    told: dict[tuple[str, str], list[bool]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for text in texts:
            secret = re.sub(r"[^\w .]", "", chance.choice(written.ADDRESSES_REPORTED))
            for key, path in attacks.hiding_files(Path(folder), text, secret).items():
                read = extract(path, settings=here)
                told.setdefault(key, []).append(bool(read.hidden) and secret not in " ".join(read.text.split()))
    return [
        {"file": kind, "hidden by": how, "n": len(rows), "told and left out": float(np.mean(rows))}
        for (kind, how), rows in told.items()
    ]


def _anchor_row(honest: list[Text], others: list[str], *, share: float, barred: bool) -> dict[str, Cell]:
    chance = random.Random(f"{SEED} {share}")
    hits = []
    for text, rubric in chance.sample(honest, 200):
        n_stolen = share * len(text.split())
        source = chance.choice([one for one in others if len(one.split()) >= n_stolen])
        own, stolen = attacks.sentences_of(text), attacks.first_sentences(source, n_words=n_stolen)
        copied = " ".join(chance.sample(own + stolen, len(own) + len(stolen)))
        hits.append("copied-anchor" in codes(screened(copied, rubric, anchors=[("a1", source)])))
    found = float(np.mean(hits))
    return {"attack": f"words of an anchor, {share:.0%} of the text's own, its sentences shuffled in", "n": 200,
            "finding": "copied-anchor", "found": found, "95 % found": found >= BAR if barred else None, "any finding": None}  # fmt: skip


def language(folder: Path) -> list[dict[str, Cell]]:
    """Tell English from Czech, sentence by sentence."""
    rows: list[dict[str, Cell]] = []
    for low, high in ((5, 9), (10, 14), (18, 22), (23, 60)):
        row: dict[str, Cell] = {"words": f"{low} to {high}"}
        for code, name in (("en", "English"), ("cs", "Czech")):
            own = [words(one["sentence"].lower()) for one in attacks.diary_sentences(folder) if one["lang"] == code]
            own = [one for one in own if low <= len(one) <= high]
            guesses = [guess_language(one, asked="en") for one in own]
            flagged = [
                one.language not in {"", "en"} and one.lead >= max(0.5, 0.05 * len(w))
                for one, w in zip(guesses, own, strict=True)
            ]
            row |= {
                f"{name} n": len(own),
                f"{name} told rightly": float(np.mean([one == (code != "en") for one in flagged])),
            }
        rows.append(row)
    return rows


def duplicates(texts: list[str]) -> list[dict[str, Cell]]:
    """Plant near-duplicates among 100,000 texts and look each up."""
    chance = random.Random(SEED)
    pool = [one for text in texts for one in attacks.sentences_of(text)]
    whole = texts + [" ".join(chance.choices(pool, k=12)) for _ in range(N_TEXTS - len(texts))]
    planted = [_at_jaccard(whole[at], chance) for at in chance.sample(range(len(whole)), N_PLANTED)]
    with tempfile.TemporaryDirectory() as folder, DuplicateIndex(path=Path(folder, "index.sqlite")) as index:
        start = time.perf_counter()
        index.add_many((_lower(text), f"s{at}", f"t{at}", "reflection") for at, text in enumerate(whole))
        built = time.perf_counter() - start
        start = time.perf_counter()
        found = [index.matches(_lower(text)) for _, _, text in planted]
        looked_up = time.perf_counter() - start
        size = Path(folder, "index.sqlite").stat().st_size / 2**20
    by_text = {f"s{at}": text for at, text in enumerate(whole)}
    hits = [
        any(by_text[one.submission_id] == text for one in matches)
        for (_, text, _), matches in zip(planted, found, strict=True)
    ]
    wrong = sum(jaccard(shingles(_lower(new)), shingles(_lower(by_text[one.submission_id]))) < 0.6
                for (_, _, new), matches in zip(planted, found, strict=True) for one in matches)  # fmt: skip
    return [{"texts": len(whole), "planted": N_PLANTED, "mean Jaccard": float(np.mean([one for one, _, _ in planted])),
             "recall": float(np.mean(hits)), "matches below 0.6": wrong, "seconds to build": built,
             "ms a look-up": 1000 * looked_up / N_PLANTED, "MiB on disk": size, "MiB peak": peak_memory_mib()}]  # fmt: skip


def _lower(text: str) -> list[str]:
    return [word.lower() for word in words(text)]


def _at_jaccard(text: str, chance: random.Random) -> tuple[float, str, str]:
    """Edit a text until it is at a Jaccard similarity of about 0.8 to itself."""
    own, changed, similarity = shingles(_lower(text)), text, 1.0
    while similarity > 0.815:
        changed = attacks.edited(changed, chance=chance, n_words=1)
        similarity = jaccard(own, shingles(_lower(changed)))
    return similarity, text, changed


def main() -> None:
    """Run as a script."""
    essay_folder, diary_folder = data_folder("asap_aes"), data_folder("cered")
    rubrics = {str(number): attacks.essay_rubric(essay_folder, str(number)) for number in range(1, attacks.N_SETS + 1)}
    teaching = read_rubric(CHECKOUT / "rubrics" / "inclusive-teaching.yaml").model_copy(
        update={"requirements": Rubric.model_fields["requirements"].default}
    )
    rows = attacks.essays(essay_folder)
    reported = [(text, rubrics[number]) for name, number, text in rows if int(name) % 2 == 1]
    diaries = [(text, teaching) for text in attacks.honest_stretches(attacks.diary_halves(diary_folder)[1])]
    bench = Benchmark("screening", title="What screening finds, and its false alarms", seed=SEED, packages=("pypdf",))
    note = (
        "Honest texts of 80 words or more: essays with odd numbers, and the half of student teachers' diaries (English) that shares no sentence "
        "with the other half. What scrambles, pads and addresses is judged by bounds, patterns and tables chosen on even essays and the other "
        "half of the diaries; the bounds of what is copied, repeated, stuffed or concealed date from first looks that drew on both. Findings "
        "that lead to a reviewer."
    )
    bench.table("False alarms on honest texts", false_alarms({"essays": reported, "diaries": diaries}), note=note)
    note = (
        "Attacks on essays and diaries of the reported halves, made by `screening_attacks.py`. Words to graders and other filler stand in "
        "`screening_texts.py`: the reported lists were written before the detectors were mended and run against here alone, but by the "
        "same hand as the detectors."
    )
    bench.table("Attacks found", detection(reported + diaries, [row[2] for row in rows[:500]]), note=note)
    note = "One sentence hidden in a file of honest sentences; nothing is hidden where it says none, and all that is told there is false."
    bench.table("Hidden text in files", hidden_in_files([text for text, _ in reported[:60]]), note=note)
    bench.table("English or not, a sentence at a time", language(diary_folder))
    bench.table(
        "Near-duplicates",
        duplicates([row[2] for row in rows]),
        note="A plant is edited to a Jaccard similarity near .8.",
    )
    vectors = encoded(rows, seed=SEED)
    note = (
        f"Learned on up to {N_LEARNED} even essays a prompt, bound set for 5 % on the same rows, each held out in turn; up to {N_SHOWN} odd "
        "ones of each prompt shown. The bar: others 90 % or more, own 5 % or less, which one prompt's draw exceeds by chance at times."
    )
    bench.table("Unfamiliar: essays on other prompts", unfamiliar(vectors, seed=SEED), note=note)
    note = (
        "The teacher's own sentences in random order, by how much nearer neighbours lie than in random orders (`cohesion`). 95 % at 1 % is "
        "out of reach below some forty sentences. Honest: the same texts unchanged; the bound was chosen on even essays."
    )
    bench.table("Sentences in random order", shuffled(vectors, seed=SEED), note=note)
    text = next(text for text, _ in reported if 480 <= len(text.split()) <= 520)
    best = timed(lambda: screened(text, teaching), repeats=30).best
    bench.table("Cost", [{"words": len(text.split()), "ms to segment and screen": 1000 * best}])
    bench.write()


if __name__ == "__main__":
    main()
