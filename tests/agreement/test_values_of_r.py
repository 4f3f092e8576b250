"""The coefficients that irr and irrCAC compute on their own data sets; skipped where those data are not at hand."""

import csv
import os
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from reviewkit.agreement.chance import brennan_prediger, fleiss_kappa, gwet_ac
from reviewkit.agreement.coefficients import cohen_kappa, pearson, scott_pi, spearman
from reviewkit.agreement.conger import conger_kappa
from reviewkit.agreement.estimate import Coefficient, IntervalSettings
from reviewkit.agreement.icc import finn, intraclass_correlation
from reviewkit.agreement.kendall import kendall_w
from reviewkit.agreement.krippendorff import krippendorff_alpha
from reviewkit.agreement.observed import percent_agreement
from reviewkit.agreement.table import RatingTable, table_of_array, table_of_contingency

DATA = Path(os.environ.get("REVIEWKIT_DATA") or Path(__file__).parents[3] / "shared" / "data") / "r_reference"
VALUES = DATA / "computed_with_R" / "agreement_and_gtheory.csv"
pytestmark = pytest.mark.skipif(not VALUES.is_file(), reason="needs REVIEWKIT_DATA with r_reference")

QUICK = IntervalSettings(method="none")
FINEST = 1e-12
Compute = Callable[[RatingTable], Coefficient]


def _cells(path: str) -> list[list[str]]:
    with (DATA / path).open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))[1:]


def _numbers(path: str, *, columns: slice = slice(None)) -> RatingTable:
    rows = [[float(cell) if cell not in {"", "NA"} else np.nan for cell in row[columns]] for row in _cells(path)]
    return table_of_array(rows)


def _categories(path: str) -> RatingTable:
    rows = np.array(_cells(path))
    return table_of_array(np.unique(rows, return_inverse=True)[1].reshape(rows.shape) + 1)


def _cross_table(path: str) -> RatingTable:
    return table_of_contingency([[int(cell) for cell in row[1:]] for row in _cells(path)])


def _with_levels(table: RatingTable, n_levels: int) -> RatingTable:
    return table_of_array(table.values, levels=np.arange(1, n_levels + 1))


TABLES: dict[str, Callable[[], RatingTable]] = {
    "irr::anxiety": lambda: _numbers("irr/anxiety.csv"),
    "irr::video": lambda: _numbers("irr/video.csv"),
    "irr::diagnoses": lambda: _categories("irr/diagnoses.csv"),
    "irrCAC::cac.raw4raters": lambda: _numbers("irrCAC/cac.raw4raters.csv"),
    "irrCAC::cac.raw5obser": lambda: _numbers("irrCAC/cac.raw5obser.csv"),
    "irrCAC::cont3x3abstractors": lambda: _cross_table("irrCAC/cont3x3abstractors.csv"),
    "irrCAC::cont4x4diagnosis": lambda: _cross_table("irrCAC/cont4x4diagnosis.csv"),
    "mvord::essay_data (198x5)": lambda: _numbers("mvord/essay_data.csv", columns=slice(5)),
}


def _mean_of_fisher_z(table: RatingTable, correlation: Callable[..., Coefficient]) -> Coefficient:
    """irr averages Fisher's z over pairs of raters; ours is the plain mean."""
    pairs = [
        correlation(table.values[:, list(pair)], interval=QUICK) for pair in combinations(range(table.n_raters), 2)
    ]
    return pairs[0].model_copy(update={"value": float(np.tanh(np.mean([np.arctanh(one.value) for one in pairs])))})


def _alpha_of_irr(table: RatingTable, weights: str) -> Coefficient:
    """Where no rating is missing, irr 0.84.1 leaves out the division by (ratings of the unit - 1) in the coincidences.

    With N ratings by m raters its 1 - alpha is ours times (N (m - 1) - 1) / ((N - 1) (m - 1)): the same for two raters.
    """
    ours = krippendorff_alpha(table, weights=weights, interval=QUICK)
    n, others = table.n_ratings, table.n_raters - 1
    return ours.model_copy(update={"value": 1 - (1 - ours.value) * (n * others - 1) / ((n - 1) * others)})


COMPUTE: dict[str, Compute] = {
    "agree %": lambda table: percent_agreement(table, among="all", interval=QUICK),
    "finn oneway s=6": lambda table: finn(_with_levels(table, 6), interval=QUICK),
    "kappam.fleiss": lambda table: fleiss_kappa(table, interval=QUICK),
    "kappam.fleiss exact(Conger)": lambda table: conger_kappa(table, interval=QUICK),
    "kappam.light": lambda table: cohen_kappa(table, interval=QUICK),
    "kendall W (correct=TRUE)": lambda table: kendall_w(table, interval=QUICK),
    "kendall W corrected": lambda table: kendall_w(table, interval=QUICK),
    "kendall W (uncorrected)": lambda table: kendall_w(table, correct_ties=False, interval=QUICK),
    "meancor": lambda table: _mean_of_fisher_z(table, pearson),
    "meanrho": lambda table: _mean_of_fisher_z(table, spearman),
}
FORMS = {
    "oneway consistency single": "ICC(1,1)",
    "oneway consistency average": "ICC(1,k)",
    "twoway agreement single": "ICC(2,1)",
    "twoway agreement average": "ICC(2,k)",
    "twoway consistency single": "ICC(3,1)",
    "twoway consistency average": "ICC(3,k)",
}
for words, form in FORMS.items():
    COMPUTE[f"icc {words}"] = lambda table, form=form: intraclass_correlation(table, form=form, interval=QUICK)
LEVELS_OF_MEASUREMENT = {
    "nominal": "identity",
    "ordinal": "ordinal-krippendorff",
    "interval": "quadratic",
    "ratio": "ratio",
}
for words, weights in LEVELS_OF_MEASUREMENT.items():
    COMPUTE[f"kripp.alpha {words}"] = lambda table, weights=weights: _alpha_of_irr(table, weights)
OF_IRRCAC = {
    "gwet.ac1": gwet_ac,
    "krippen.alpha": krippendorff_alpha,
    "fleiss.kappa": fleiss_kappa,
    "conger.kappa": conger_kappa,
    "bp.coeff": brennan_prediger,
    "pa.coeff": percent_agreement,
}
SCHEMES = {name: name for name in ("linear", "quadratic", "radical", "ratio")} | {
    "unweighted": "identity",
    "ordinal": "ordinal-irrcac",
}
for name, function in OF_IRRCAC.items():
    for words, weights in SCHEMES.items():
        COMPUTE[f"{name}.raw {words}"] = lambda table, function=function, weights=weights: function(
            table, weights=weights, interval=QUICK
        )
OF_CROSS_TABLES = {
    "kappa2": cohen_kappa,
    "scott2": scott_pi,
    "gwet.ac1": gwet_ac,
    "bp2": brennan_prediger,
    "krippen2": krippendorff_alpha,
    "pa2": percent_agreement,
}
for name, function in OF_CROSS_TABLES.items():
    COMPUTE[f"{name}.table"] = lambda table, function=function: function(table, interval=QUICK)


def _renumbered(values: np.ndarray, order: Callable[[float], object]) -> np.ndarray:
    """Number the levels that were used 1, 2, 3, ... in the order of a key."""
    rank = {level: at + 1.0 for at, level in enumerate(sorted(np.unique(values).tolist(), key=order))}
    return np.vectorize(rank.__getitem__)(values)


def _of_two_columns(first: int, second: int, *, weights: str, order: Callable[[float], object]) -> Compute:
    return lambda table: cohen_kappa(
        _renumbered(table.values[:, [first, second]], order), weights=weights, interval=QUICK
    )


for first, second in combinations(range(3), 2):
    for words, weights in {"unweighted": "identity", "equal": "linear", "squared": "quadratic"}.items():
        COMPUTE[f"kappa2 r{first + 1}r{second + 1} {words}"] = _of_two_columns(
            first, second, weights=weights, order=float
        )
for first, second in combinations(range(5), 2):
    # These were computed with the levels sorted as text (1, 10, 2, ..., 9), so that a 10 counts as next to a 1.
    COMPUTE[f"QWK J{first + 1}J{second + 1}"] = _of_two_columns(
        first, second, weights="quadratic", order=lambda level: f"{level:g}"
    )

SCALE = {"agree %": 100.0}
N_MINUS_ONE = {"scott2.table", "gwet.ac1.table", "bp2.table", "krippen2.table", "pa2.table"}


def _rows() -> list[dict[str, str]]:
    if not VALUES.is_file():
        return []
    with VALUES.open(encoding="utf-8", newline="") as stream:
        return [row for row in csv.DictReader(stream) if not row["dataset"].startswith("gtheory")]


def _half_a_unit(printed: str) -> float:
    return max(0.5 * 10.0 ** -len(printed.partition(".")[2]) * (1 + 1e-6), FINEST)


def _name(row: dict[str, str]) -> str:
    return f"{row['dataset']}-{row['stat']}"


class TestValuesOfR:
    @pytest.mark.parametrize("row", _rows(), ids=_name)
    def test_value_has_the_digits_printed(self, row: dict[str, str]) -> None:
        found = COMPUTE[row["stat"]](TABLES[row["dataset"]]()).value * SCALE.get(row["stat"], 1.0)
        assert found == pytest.approx(float(row["value"]), abs=_half_a_unit(row["value"]))

    @pytest.mark.parametrize("row", [row for row in _rows() if row["se"] != "NA"], ids=_name)
    def test_standard_error_has_the_digits_printed(self, row: dict[str, str]) -> None:
        table = TABLES[row["dataset"]]()
        # irrCAC divides by n on cross-tables and by n - 1 on raw ratings; ours is n - 1, and n for Cohen's kappa.
        scale = {True: ((table.n_units - 1) / table.n_units) ** 0.5}.get(row["stat"] in N_MINUS_ONE, 1.0)
        found = COMPUTE[row["stat"]](table).se * scale
        assert found == pytest.approx(float(row["se"]), abs=_half_a_unit(row["se"]))


class TestWhereTheFileIsNotOurs:
    def test_levels_in_their_own_order_agree_better_than_sorted_as_text(self) -> None:
        table = TABLES["mvord::essay_data (198x5)"]()
        found = cohen_kappa(table.values[:, :2], weights="quadratic", interval=QUICK)
        assert found.value == pytest.approx(0.514633996538855, abs=FINEST)

    def test_alpha_of_complete_ratings_is_that_of_coincidences(self) -> None:
        # Each unit's three ratings are two coincidences of a pair each way over (3 - 1); worked out as sums of squares.
        table = TABLES["irr::anxiety"]()
        within = sum(float(((row[:, None] - row[None, :]) ** 2).sum()) for row in table.values) / 2
        pooled = table.values.ravel()
        overall = ((pooled[:, None] - pooled[None, :]) ** 2).sum() / (len(pooled) - 1)
        found = krippendorff_alpha(table, weights="quadratic", interval=QUICK)
        assert found.value == pytest.approx(1 - within / overall, abs=FINEST)
