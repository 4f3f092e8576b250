# ruff: noqa: E501 (tables)
"""Which language a text is in: by its script, its commonest small words, and its letters."""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import repeat
from typing import NamedTuple

# The commonest small words of languages in Latin script, written from their grammars; a word may stand in several.
SMALL_WORDS = {
    "en": "the of and to in is was for that it on with as are be this have from or had by but not what all were when we "
    "there can an your which their said if do will each about how up out them then she many some so these would other "
    "into has more her two like him could my than been who its now did get come made may i you he they his me our at "
    "because don't didn't should after before also very just only us over where while students pupils",
    "es": "de la que el en y los se del las un por con no una su para es al lo como más pero sus le ha me si sin sobre "
    "este ya entre cuando todo esta ser son dos también fue había era muy años hasta desde está mi porque qué sólo yo",
    "fr": "de la le et les des en un du une que est pour qui dans par plus pas au sur ne se ce il sont la avec son aux "
    "ses mais comme ou si leur y dont sa cette elle nous vous été fait je ils était très aussi être ces j'ai c'est mes",
    "de": "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat "
    "dass sie nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber vor ich wir habe",
    "it": "di e il la che in a per un è del non sono una con si da come le dei nel al della più gli alla anche ha i lo "
    "ma delle o se mi nella ed questo era su io ho stato molto loro suo quando essere fatto abbiamo perché ci",
    "pt": "de a o que e do da em um para é com não uma os no se na por mais as dos como mas foi ao ele das tem à seu sua "
    "ou ser quando muito há nos já está eu também só pelo pela até isso ela entre era depois sem mesmo aos são",
    "nl": "de van een het en in is dat op te zijn voor met die niet aan er om ook als dan maar bij of uit nog naar heeft "
    "hij door over ze tot was wordt werd kan ik we je had deze hun wel geen moet heb mijn omdat waren",
    "sv": "och i att det som en på är av för med den till inte har de ett om var jag men sig han så från vi kan när hade "
    "eller nu skulle också vid mot efter ut över bara där mycket detta sin alla några blev ska",
    "da": "og i at det er en til på som af for med de ikke den har jeg var der et fra men han om så vi kan sig efter "
    "ved eller nu også blev skulle hun havde mig op over noget bare ud alle vil meget os",
    "no": "og i å det er en til på som av for med at de ikke den har jeg var et fra men han om så vi kan seg etter ved "
    "eller nå også ble skulle hun hadde meg opp over noe bare ut alle vil mye oss",
    "fi": "ja on ei että se oli hän joka mutta myös ole kun niin ovat tai mukaan kuin jos sen minä mitä vain sitä nyt "
    "vielä olen ollut siitä tämä koska olivat sekä mulla jotka minun heidän voi hyvin paljon siinä",
    "pl": "i w na z nie się do to że jest o a jak za od po przez co ale dla ma tak ich są przy jego może tylko który "
    "być już jednak bardzo więc także tym było czy lub aby mnie które był gdy ponieważ sobie",
    "cs": "a se v na je že s o z to do i ve pro za by ale si po jako který jsem jsou od při tak bylo byl co které jeho "
    "už však aby k u není podle bude jsme když mi byla které velmi také pouze ještě protože nebo žáci hodiny mě pak",
    "sk": "a sa v na je že s o z to do aj vo pre za by ale si po ako ktorý som sú od pri tak bolo bol čo ktoré jeho už "
    "však aby k nie podľa bude sme keď mi bola veľmi tiež iba ešte pretože alebo žiaci hodiny ma potom",
    "hu": "a az és hogy nem is egy ez de van meg volt csak már még mint ha azt ki mert el vagy kell minden amely lehet "
    "pedig akkor nagyon szerint aki után arra ezt ami amikor én majd itt úgy voltak",
    "ro": "de și în a la cu pe nu o că un din mai este pentru care se ce au fost prin sau dar după sunt lui ca le fi "
    "această era când am dacă doar foarte acest fără ei el toate mi iar avea",
    "tr": "ve bir bu da de için ile çok olarak daha gibi ne o ama kadar olan var sonra en ben değil her mi ki şey "
    "olduğu göre oldu biz veya diye iki ise zaman sadece bana onun önce",
    "hr": "i u je na se da za su od s o ne koji a iz kao ali će što to sam bi samo ili po do kako bio već koje smo "
    "nije nakon te jer bila mi kada biti vrlo sve ima još učenici",
    "sl": "in je v na da se so za z ki pa s ne tudi od kot bi po pri ali o do kar le še iz bil sem smo ko bilo samo "
    "več lahko bo zelo ker učenci",
    "lt": "ir į yra kad su iš tai ne kaip buvo o bet jis ar per po aš tik už nuo jau dar labai taip kai mes savo apie "
    "prie",
    "lv": "un ir ka no ar uz par kas bet to es arī nav bija kā tas lai viņš vai ļoti mēs tikai gan pie pēc savu",
    "et": "ja on ei et see ka oli kui ta aga mis oma ning siis ma selle mida nad väga või kes nii olid seda meie juba",
    "id": "yang dan di ini itu dengan untuk tidak dari dalam akan pada juga saya ke karena ada mereka kita bisa sudah "
    "oleh atau adalah lebih telah kami harus sangat seperti siswa",
    "ca": "de la i el que a en els les un per una amb és no del al es va són com més ha o dels però també ser aquest "
    "aquesta entre jo molt perquè",
    "vi": "và của là có không được cho một các những trong với người này đã để khi tôi về cũng nhiều từ đến sẽ rất",
    "sw": "na ya wa kwa ni katika la za kuwa hii hiyo yake huo pia lakini kama sana mimi alikuwa wanafunzi ili cha",
    "cy": "yn y yr a ac i o ar mae wedi oedd bod am ei eu gan fod hyn ond nid wrth roedd fel rwy nhw",
    "af": "die en van in is het dat nie vir met te op ek hy sy wat om was as aan by ons ook maar sal kan baie toe",
    "tl": "ang ng sa na mga ay at ko ni si hindi ito para siya niya kung rin lang ako may mag kanilang nila po",
}  # fmt: skip
LETTERS = {
    "es": "ñ¿¡", "de": "ßäöü", "fr": "çèêàùâîôûœë", "pt": "ãõç", "sv": "åäö", "da": "æøå", "no": "æøå", "fi": "äö",
    "pl": "łąęśżźćń", "cs": "ěřůčšžýáíé", "sk": "ľĺŕôäčšžýáíé", "hu": "őűáéíöüó", "ro": "șțăâîşţ", "tr": "ğışç",
    "hr": "čćšžđ", "sl": "čšž", "lt": "ąčęėįšųūž", "lv": "āčēģīķļņšūž", "et": "õäöü", "ca": "çàèò", "vi": "ơưăđạảấầậếềệ",
    "it": "èàùòì", "cy": "ŵŷ",
}  # fmt: skip
LETTER_WEIGHT = 0.5
NO_SMALL_WORD = -0.25


class LanguageGuess(NamedTuple):
    """The likeliest language of a text.

    Attributes
    ----------
    language : str
        Its code; a script's name (``"cyrillic"``) where letters are not Latin; ``""`` where nothing tells.
    share : float
        Share of the words that are small words of that language; for a script, share of its letters.
    lead : float
        By how much it leads the language asked about, in words' weights; 0 where it is that language.
    """

    language: str
    share: float
    lead: float


@lru_cache(maxsize=1)
def _weights() -> dict[str, dict[str, float]]:
    """Return, by small word, the languages it speaks for: the fewer share it, the more it weighs."""
    spread = Counter(word for words in SMALL_WORDS.values() for word in set(words.split()))
    weights: dict[str, dict[str, float]] = {}
    for language, words in SMALL_WORDS.items():
        for word in set(words.split()):
            weights.setdefault(word, {})[language] = 1.0 / spread[word] ** 0.5
    return weights


@lru_cache(maxsize=1)
def _letters() -> dict[str, list[str]]:
    languages: dict[str, list[str]] = {}
    for language, letters in LETTERS.items():
        for letter in letters:
            languages.setdefault(letter, []).append(language)
    return languages


@lru_cache(maxsize=8)
def _leans(asked: str) -> dict[str, float]:
    """Return how much more each small word weighs for a language than for any other: below 0 where it is another's."""
    return {
        word: own.get(asked, 0.0) - max((weight for one, weight in own.items() if one != asked), default=0.0)
        for word, own in _weights().items()
    }


def is_plainly(words: Sequence[str], language: str) -> bool:
    """Say whether words in small letters speak for a language so clearly that :func:`guess_language` need not be asked.

    Examples
    --------
    >>> is_plainly("the pupils came in and sat on the floor".split(), "en")
    True
    """
    lean = sum(map(_leans(language).get, words, repeat(0.0)))
    return lean > 0 and all(map(str.isascii, words))


def guess_language(words: Sequence[str], *, asked: str) -> LanguageGuess:
    """Return the likeliest language of words in small letters.

    Parameters
    ----------
    words : sequence of str
    asked : str, keyword-only
        The language that the text should be in; it wins ties.

    Examples
    --------
    >>> guess_language("the pupils came in and sat on the floor".split(), asked="en").language
    'en'
    >>> guess_language("žáci přišli do třídy a sedli si na zem".split(), asked="en").language
    'cs'
    """
    text = "".join(words)
    script, share = ("latin", 1.0) if text.isascii() else _script(text)
    if script != "latin":
        return LanguageGuess(script, share, float(len(words)))
    scores: dict[str, float] = defaultdict(float)
    n_small: Counter[str] = Counter()
    weights = _weights()
    for word in words:
        for language, weight in weights.get(word, {}).items():
            scores[language] += weight
            n_small[language] += 1
    if not text.isascii():
        _add_letters(scores, words)
    if not scores:
        return LanguageGuess("", 0.0, 0.0)
    best = max(scores, key=lambda language: (scores[language], language == asked))
    return LanguageGuess(best, n_small[best] / max(1, len(words)), scores[best] - scores[asked])


def _add_letters(scores: dict[str, float], words: Iterable[str]) -> None:
    letters = _letters()
    for word in words:
        if not word.isascii():
            for language in {one for letter in word for one in letters.get(letter, ())}:
                scores[language] += LETTER_WEIGHT


def _script(text: str) -> tuple[str, float]:
    scripts: Counter[str] = Counter()
    for letter, n in Counter(text).items():
        if letter.isalpha():
            scripts["latin" if letter.isascii() else _script_of(letter)] += n
    total = sum(scripts.values())
    if not total:
        return "latin", 1.0
    name, n = scripts.most_common(1)[0]
    return name, n / total


@lru_cache(maxsize=4096)
def _script_of(letter: str) -> str:
    name = unicodedata.name(letter, "latin").split(" ")[0].lower()
    return "latin" if name in {"feminine", "masculine", "micro", "modifier", "fullwidth", "mathematical"} else name
