"""Each kind of entry to the file that knows how to append it."""

from collections.abc import Callable
from typing import Any

from reviewkit.errors import LedgerError
from reviewkit.records import Rating
from reviewkit.review.entries import Alarm, Appeal, Entry, Override, SecondReading, Suggestion, Viewing
from reviewkit.review.journal import Journal
from reviewkit.review.notices import append_alarm, append_second_reading
from reviewkit.review.opinions import append_appeal, append_override, append_rating, append_viewing
from reviewkit.review.suggestions import append_suggestion

_APPEND: dict[type, Callable[[Journal, Any], int]] = {
    Suggestion: append_suggestion,
    Rating: append_rating,
    Viewing: append_viewing,
    Override: append_override,
    Appeal: append_appeal,
    SecondReading: append_second_reading,
    Alarm: append_alarm,
}


def append_entry(journal: Journal, entry: Entry) -> int:
    """Append one entry of any kind and return its sequence."""
    append = _APPEND.get(type(entry))
    if append is None:
        *others, last = (kind.__name__ for kind in _APPEND)
        raise LedgerError(f"{type(entry).__name__} is no entry; append a {', '.join(others)} or {last}.")
    return append(journal, entry)
