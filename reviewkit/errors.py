"""Every error that reviewkit raises on purpose.

::

    ReviewkitError
    ├── ShapeError          (ValueError)         arrays that do not fit one another or the criterion
    ├── SettingsError       (ValueError)         a setting outside what holds
    ├── FileFormatError     (ValueError)         a file or a line that is not what its form says
    │   ├── RubricError                          a rubric that contradicts itself
    │   ├── SubmissionError                      a submission that cannot be read
    │   └── RatingsError                         ratings that contradict the rubric, the submissions or each other
    ├── ExtractionError     (ValueError)         a file that yields no text
    ├── DesignError         (ValueError)         a rating design that cannot be estimated
    ├── EncoderError        (RuntimeError)       an encoder that is absent, altered or unfit
    ├── BundleError         (RuntimeError)       a bundle that is damaged, unknown or made for another rubric
    ├── CertificateError    (RuntimeError)       a certificate made for another rubric or bundle
    ├── LedgerError         (RuntimeError)       a ledger that is damaged or newer, or an entry that it cannot take
    ├── NotFittedError      (RuntimeError)       a step used before it was fitted
    ├── BatchError          (RuntimeError)       a batch that cannot go on: another's folder, or workers that keep dying
    ├── OutputExistsError   (FileExistsError)    an output that stands already
    └── DependencyError     (ImportError)        an extra that is not installed

Each message says where, what was found, what holds and what to do.
"""

from collections.abc import Iterable


class ReviewkitError(Exception):
    """Root of the tree: catch it to catch every error that reviewkit raises on purpose."""


class ShapeError(ReviewkitError, ValueError):
    """Arrays do not fit one another or the criterion."""


class SettingsError(ReviewkitError, ValueError):
    """A setting lies outside what holds."""


class FileFormatError(ReviewkitError, ValueError):
    """A file, or a line of it, is not what its form says.

    Parameters
    ----------
    message : str
        What is wrong, in one sentence.
    faults : iterable of str, optional
        Every fault found, each naming its file and line or key path; they are appended to the message.

    Attributes
    ----------
    faults : tuple of str
        The faults, in the order of the file.

    Examples
    --------
    >>> print(FileFormatError("ratings.csv has 2 faults", faults=["line 2: no level", "line 5: no rater"]))
    ratings.csv has 2 faults
      line 2: no level
      line 5: no rater
    """

    def __init__(self, message: str, *, faults: Iterable[str] = ()) -> None:
        self.faults = tuple(faults)
        super().__init__("\n  ".join((message, *self.faults)))


class RubricError(FileFormatError):
    """A rubric contradicts itself."""


class SubmissionError(FileFormatError):
    """A submission cannot be read."""


class RatingsError(FileFormatError):
    """Ratings contradict the rubric, the submissions or each other."""


class ExtractionError(ReviewkitError, ValueError):
    """A file yields no text.

    Parameters
    ----------
    message : str
        Where, what was found, what holds and what to do.
    code : str, keyword-only
        Short name of the fault, for machines: ``"encrypted"``, ``"no-text"``, ``"too-large"``, ...
    """

    def __init__(self, message: str, *, code: str = "unreadable") -> None:
        self.code = code
        super().__init__(message)


class DesignError(ReviewkitError, ValueError):
    """A rating design cannot be estimated."""


class EncoderError(ReviewkitError, RuntimeError):
    """An encoder is absent, altered or unfit."""


class BundleError(ReviewkitError, RuntimeError):
    """A bundle is damaged, unknown or made for another rubric."""


class CertificateError(ReviewkitError, RuntimeError):
    """A certificate was made for another rubric or bundle."""


class LedgerError(ReviewkitError, RuntimeError):
    """A ledger is damaged, newer or no ledger, or it cannot take an entry."""


class NotFittedError(ReviewkitError, RuntimeError):
    """A step was used before it was fitted."""


class BatchError(ReviewkitError, RuntimeError):
    """A batch cannot go on: its folder holds another job or is in use, or its workers keep dying."""


class OutputExistsError(ReviewkitError, FileExistsError):
    """An output stands already."""


class DependencyError(ReviewkitError, ImportError):
    """An extra is not installed."""
