"""What each surface feature counts, in a reader's words."""

from typing import Final

from reviewkit.features.surface import LEXICONS, SURFACE_FEATURES
from reviewkit.records.score import MOVES

_COUNTS: Final = {
    "log_words": "length: logarithm of the number of words",
    "root_words": "length: root of the number of words",
    "distinct_words": "distinct words",
    "distinct_per_root_word": "distinct words over the root of all words (Guiraud's index)",
    "mean_word_length": "letters a word",
    "sd_word_length": "spread of word length",
    "log_segments": "logarithm of the number of sentences",
    "words_per_segment": "words a sentence",
    "sd_words_per_segment": "spread of sentence length",
    "characters_per_word": "characters a word, marks and blanks among them",
    "small_start_share": "sentences that begin with a small letter",
    "diversity": "chance that two words of the text differ (Simpson's index), which does not fall with length",
    "mean_zipf_frequency": "frequency in English of the words used (Zipf scale)",
    "rare_word_share": "words rarer in English than one in a hundred thousand",
    "unlisted_word_share": "words that the spelling dictionary does not list",
    "root_unlisted_words": "root of the number of words that the spelling dictionary does not list",
    "cohesion": "likeness of neighbouring sentences",
    "long_words_rate": "words of more than six letters",
    "very_long_words_rate": "words of more than eight letters",
    "numbers_rate": "numbers, a word",
    "capitals_rate": "capital letters, a word",
    "commas_rate": "commas, a word",
    "clause_marks_rate": "colons and semicolons, a word",
    "exclamations_rate": "exclamation marks, a word",
    "questions_rate": "question marks, a word",
    "quotation_marks_rate": "quotation marks, a word",
}
MEANINGS: Final = {
    **_COUNTS,
    **{f"{name}_rate": f"words of {name.replace('_', ' ')}" for name in LEXICONS},
}


def meanings(n_features: int) -> tuple[tuple[str, str], ...]:
    """Name and meaning of each column of the surface view, the shares of moves among them where there are any.

    Examples
    --------
    >>> meanings(len(SURFACE_FEATURES))[0]
    ('log_words', 'length: logarithm of the number of words')
    """
    moves = [(f"{move.lower()}_share", f"sentences whose move is {move}") for move in MOVES]
    return (*((name, MEANINGS[name]) for name in SURFACE_FEATURES), *moves)[:n_features]
