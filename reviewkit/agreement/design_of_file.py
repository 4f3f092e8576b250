"""A file of ratings as a design: with the times of the long form, so that drift over time can be seen."""

import csv
from pathlib import Path

from reviewkit.agreement.design import RatingDesign, design_of_tables, rating_design
from reviewkit.agreement.reading import read_tables
from reviewkit.files import read_ratings
from reviewkit.records import Rubric


def read_design(
    path: Path | str, *, rubric: Rubric | None = None, criterion_id: str = "ratings", blind_only: bool = True
) -> RatingDesign:
    r"""Read a file of ratings, in long or wide form, for the models of raters.

    Parameters
    ----------
    path : Path or str
        ``.parquet``, or anything else as CSV in UTF-8; as :func:`read_tables` reads it. Times are kept from CSV in
        long form alone.
    rubric : Rubric, optional
        Criteria and levels are held against it.
    criterion_id : str
        Name of the criterion of a wide file.
    blind_only : bool
        Leave out ratings by people who had seen the machine's score.

    Returns
    -------
    RatingDesign

    Raises
    ------
    RatingsError
        If the file cannot be read, contradicts itself or the rubric, or holds no rating that counts.

    Examples
    --------
    A row a submission and a column a rater:

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     wide = Path(folder) / "wide.csv"
    ...     _ = wide.write_text("submission_id,r1,r2\ns1,2,3\ns2,1,\n", encoding="utf-8")
    ...     design = read_design(wide, criterion_id="routines")
    >>> design.criterion_ids, design.rater_ids, design.n_ratings
    (('routines',), ('r1', 'r2'), 3)
    """
    path = Path(path)
    tables = read_tables(path, rubric=rubric, criterion_id=criterion_id, blind_only=blind_only)
    if path.suffix != ".parquet" and _is_long(path):
        return rating_design(read_ratings(path, rubric=rubric).ratings, blind_only=blind_only)
    return design_of_tables(tables)


def _is_long(path: Path) -> bool:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {"rater_id", "level"} <= {cell.strip() for cell in next(csv.reader(file), [])}
