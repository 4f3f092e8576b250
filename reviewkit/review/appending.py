"""Each kind of entry to the file that knows how to append it."""

from reviewkit.errors import LedgerError
from reviewkit.records import Rating
from reviewkit.review.entries import Appeal, Entry, Override, Suggestion, Viewing
from reviewkit.review.journal import Journal
from reviewkit.review.opinions import append_appeal, append_override, append_rating, append_viewing
from reviewkit.review.suggestions import append_suggestion


def append_entry(journal: Journal, entry: Entry) -> int:
    """Append one entry of any kind and return its sequence."""
    match entry:
        case Suggestion():
            return append_suggestion(journal, entry)
        case Rating():
            return append_rating(journal, entry)
        case Viewing():
            return append_viewing(journal, entry)
        case Override():
            return append_override(journal, entry)
        case Appeal():
            return append_appeal(journal, entry)
    raise LedgerError(f"{type(entry).__name__} is no entry; append a Suggestion, Rating, Viewing, Override or Appeal.")
