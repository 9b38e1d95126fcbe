"""Made-up facility exports in the three usual layouts, damaged as real ones are, with the truth beside them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import xlsxwriter
from numpy.random import Generator
from numpy.typing import NDArray

from analysis.core.tpr.periods import MONTHS

PAIRS = tuple((group, method) for group in ("u5", "o5", "pw") for method in ("rdt", "microscopy"))
LEVELS = ("primary", "secondary", "tertiary")
_LEVEL_SPELLINGS = (("primary", "Primary", "PRIMARY"), ("secondary", "Secondary"), ("Tertiary", "tertiary"))
_GROUP_A = {"u5": "<5yrs", "o5": " ≥5yrs (excl PW)", "pw": "Preg Women (PW)"}
_GROUP_C = {"u5": "<5", "o5": ">=5"}
_METHOD = {"rdt": "RDT", "microscopy": "Microscopy"}
_MONTH_NAMES = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


@dataclass(frozen=True)
class Truth:
    """What the facilities of a made-up state really counted.

    `rows`: one per report, ``ward`` (position among the wards), ``facility``, ``level``, ``month``
    (months since year 0), ``outpatients``. `counts`: (n, 6, 2) tested and positive of `PAIRS`.
    `yearly`: each report is of a year, whose first month stands for it.
    """

    wards: pd.DataFrame
    rows: pd.DataFrame
    counts: NDArray[np.float64]
    yearly: bool = False

    def sums(self, keep: NDArray[np.bool_] | None = None) -> NDArray[np.float64]:
        """Tested and positive by ward, level and pair: (W, 3, 6, 2)."""
        found = np.zeros((len(self.wards), len(LEVELS), len(PAIRS), 2))
        use = np.ones(len(self.rows), dtype=bool) if keep is None else keep
        np.add.at(
            found, (self.rows["ward"].to_numpy()[use], self.rows["level"].to_numpy()[use]), self.counts[use]
        )
        return found


@dataclass(frozen=True)
class Export:
    """A damaged export. `expected`: the sums that can be recovered, as `Truth.sums`; `lost`: what cannot, by cause."""

    headers: list[str]
    cells: list[list[object]]
    expected: NDArray[np.float64]
    lost: dict[str, float]
    sheet: str
    blank_first_row: bool


def by_year(truth: Truth) -> Truth:
    """The same as one report per facility and year, as exports of whole years have them."""
    years = truth.rows.assign(month=truth.rows["month"] // 12 * 12)
    grouped = years.groupby(["facility", "month"], sort=True)
    number = grouped.ngroup().to_numpy()
    counts = np.zeros((grouped.ngroups, *truth.counts.shape[1:]))
    np.add.at(counts, number, truth.counts)
    rows = grouped.agg(ward=("ward", "first"), level=("level", "first"), outpatients=("outpatients", "sum"))
    return Truth(truth.wards, rows.reset_index(), counts, yearly=True)


def make_truth(
    wards: pd.DataFrame, *, seed: int = 7, per_ward: float = 3.0, first_year: int = 2021, months: int = 41
) -> Truth:
    """Make the reports of a state.

    Parameters
    ----------
    wards : pandas.DataFrame of W
        ``ward_code, ward_name, lga_name, state_name``.
    per_ward : float
        Facilities in a ward, on average; each ward has one at least.
    months : int
        A number that is no multiple of 12 leaves the last year partial.
    """
    draw = np.random.default_rng(seed)
    count = 1 + draw.poisson(per_ward - 1, len(wards))
    ward = np.repeat(np.arange(len(wards)), count)
    level = draw.choice(3, len(ward), p=[0.85, 0.12, 0.03])
    # Every level occurs, however few the facilities.
    level[[len(ward) // 3, 2 * len(ward) // 3]] = 1, 2
    size = draw.lognormal(3.2, 0.5, len(ward)) * np.array([1, 4, 8])[level]
    positivity = np.clip(draw.normal(0.4, 0.15, len(wards)), 0.03, 0.9)[ward]
    facility, time = (
        grid.ravel() for grid in np.meshgrid(np.arange(len(ward)), np.arange(months), indexing="ij")
    )
    reported = draw.random(len(facility)) < 0.92
    facility, time = facility[reported], time[reported]
    season = 1 + 0.5 * np.sin(2 * np.pi * (time % 12 - 5) / 12)
    share = np.array([0.35, 0.12, 0.3, 0.1, 0.09, 0.04])
    tested = draw.poisson((size[facility] * season)[:, None] * share).astype(float)
    positive = draw.binomial(tested.astype(int), positivity[facility][:, None]).astype(float)
    rows = pd.DataFrame({"ward": ward[facility], "facility": facility, "level": level[facility],
                         "month": 12 * first_year + time,
                         "outpatients": tested.sum(axis=1) + draw.poisson(size[facility])})  # fmt: skip
    return Truth(wards.reset_index(drop=True), rows, np.stack([tested, positive], axis=2))


def make_export(
    truth: Truth, layout: str, *, seed: int = 11, damaged: bool = True, prefix: str = "", totals: bool = False
) -> Export:
    """Write the truth down as layout A, B or C.

    Parameters
    ----------
    layout : {"A", "B", "C"}
        Cleaned table, raw pivot export, older workbook.
    damaged : bool
        With everything that goes wrong in real exports.
    prefix : str
        Put before names of layout B, as DHIS2 does with a state's code.
    totals : bool
        With columns of everybody, whatever the age, beside those of the age groups of layout C.
    """
    draw = np.random.default_rng(seed)
    pairs = [k for k, (group, _) in enumerate(PAIRS) if layout != "C" or group != "pw"]
    places = _places(truth, layout, prefix, damaged)
    keep = np.ones(len(truth.rows), dtype=bool)
    lost: dict[str, float] = {}
    counts: NDArray[np.object_] = truth.counts.astype(object)
    if damaged:
        keep = _forget_wards(draw, truth, places, lost)
    expected = truth.sums(keep)
    if damaged:
        _spoil_cells(draw, truth, counts, keep, expected, lost, pairs)
    expected[:, :, [k for k in range(len(PAIRS)) if k not in pairs]] = 0
    headers, columns = _columns(truth, layout, counts, pairs, places, damaged)
    if totals:
        _add_totals(truth, pairs, headers, columns)
    cells = [list(row) for row in zip(*columns, strict=True)]
    if damaged:
        _add_rows(draw, headers, cells, len(places["names"]))
    return Export(headers, cells, expected, lost, "raw" if layout == "C" else "Sheet 1", layout == "B")


def write_export(export: Export, path: Path) -> Path:
    """Write an export as .xlsx, .xls or .csv, by the ending of `path`."""
    if path.suffix == ".csv":
        frame = pd.DataFrame(export.cells)
        with path.open("w", encoding="utf-8", newline="") as handle:
            if export.blank_first_row:
                handle.write("," * (len(export.headers) - 1) + "\n")
            frame.to_csv(handle, header=export.headers, index=False)
        return path
    if path.suffix == ".xls":
        return _write_old(export, path)
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet(export.sheet)
        top = int(export.blank_first_row)
        sheet.write_row(top, 0, export.headers)
        for number, row in enumerate(export.cells, top + 1):
            for column, cell in enumerate(row):
                if cell is not None:
                    sheet.write(number, column, cell)
    return path


def _write_old(export: Export, path: Path) -> Path:
    # A tool of the developers; nothing that runs writes old workbooks.
    import xlwt

    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet(export.sheet)
    top = int(export.blank_first_row)
    for number, row in enumerate([export.headers, *export.cells], top):
        for column, cell in enumerate(row):
            if cell is not None:
                sheet.write(number, column, cell.item() if isinstance(cell, np.generic) else cell)
    book.save(str(path))
    return path


def _places(truth: Truth, layout: str, prefix: str, damaged: bool) -> dict[str, list[str]]:
    wards = truth.wards
    ward, facility = truth.rows["ward"].to_numpy(), truth.rows["facility"].to_numpy()
    before = f"{prefix} " if prefix else ""
    names = wards["ward_name"].astype(str).to_numpy(dtype=object)
    if damaged and layout == "B":
        names = np.array(
            [name.replace("na", "0") if k % 2 else name for k, name in enumerate(names)], dtype=object
        )
    lga, state = wards["lga_name"].astype(str), wards["state_name"].astype(str)
    if layout == "B":
        return {
            "states": [f"{before}{name} State".replace("State State", "State") for name in state.iloc[ward]],
            "lgas": [f"{before}{name} Local Government Area" for name in lga.iloc[ward]],
            "names": [f"{before}{name} Ward" for name in names[ward]],
            "facilities": [f"{before}Health Post {number}" for number in facility],
        }
    return {"states": list(state.iloc[ward]), "lgas": list(lga.iloc[ward]), "names": list(names[ward]),
            "facilities": [f"Health Post {number}" for number in facility]}  # fmt: skip


def _forget_wards(
    draw: Generator, truth: Truth, places: dict[str, list[str]], lost: dict[str, float]
) -> NDArray[np.bool_]:
    """Some rows of some facilities lose their ward; a few facilities never name theirs, and are lost."""
    units = np.unique(truth.rows["facility"])
    gone = np.isin(truth.rows["facility"], draw.choice(units, max(1, len(units) // 50), replace=False))
    first = ~truth.rows["facility"].duplicated().to_numpy()
    sometimes = (draw.random(len(gone)) < 0.1) & ~first
    for row in np.flatnonzero(gone | sometimes):
        places["names"][row] = "Unknown"
    lost["ward unknown, positive"] = float(truth.counts[gone, :, 1].sum())
    lost["ward unknown, reports"] = float(gone.sum())
    return ~gone


def _spoil_cells(draw: Generator, truth: Truth, counts: NDArray[np.object_], keep: NDArray[np.bool_],
                 expected: NDArray[np.float64], lost: dict[str, float], pairs: list[int]) -> None:  # fmt: skip
    """Make some counts negative, words, blank or too large; each takes its pair out of what can be recovered."""
    chosen = draw.choice(np.flatnonzero(keep), min(40, keep.sum() // 4), replace=False)
    for turn, row in enumerate(chosen):
        pair = pairs[turn % len(pairs)]
        tested, positive = truth.counts[row, pair]
        if turn % 4 == 0:
            counts[row, pair, 0] = -tested - 1
        elif turn % 4 == 1:
            counts[row, pair, 0] = "see register"
        elif turn % 4 == 2:
            counts[row, pair, 0] = None
        else:
            counts[row, pair, 1] = tested + 5
        expected[truth.rows["ward"][row], truth.rows["level"][row], pair] -= (tested, positive)
    lost["unusable pairs"] = float(len(chosen))
    large = np.argwhere(truth.counts[:, pairs[0], 0] >= 1000)[:, 0]
    for row in large[np.isin(large, chosen, invert=True)]:
        counts[row, pairs[0], 0] = f"{int(truth.counts[row, pairs[0], 0]):,}"


def _columns(truth: Truth, layout: str, counts: NDArray[np.object_], pairs: list[int], places: dict[str, list[str]],
             damaged: bool) -> tuple[list[str], list[list[object]]]:  # fmt: skip
    month = truth.rows["month"].to_numpy()
    number = truth.rows["facility"].to_numpy()
    spelled = [
        (_LEVEL_SPELLINGS if damaged else [(name,) for name in LEVELS])[level]
        for level in truth.rows["level"]
    ]
    level = [spellings[k % len(spellings)] for spellings, k in zip(spelled, number, strict=True)]
    year, of_year = (month // 12).tolist(), (month % 12).tolist()
    periods: list[object] = [f"{_MONTH_NAMES[m]} {y}" for m, y in zip(of_year, year, strict=True)]
    if truth.yearly:
        periods = list(year)
    if layout == "A":
        codes = [y * 10_000 + (m + 1) * 100 + 1 for m, y in zip(of_year, year, strict=True)]
        names = ["State", "LGA", "WardName", "HealthFacility", "FacilityLevel", "periodname", "periodcode"]
        columns = [
            places["states"],
            places["lgas"],
            places["names"],
            places["facilities"],
            level,
            periods,
            codes,
        ]
    elif layout == "B":
        names = [
            "period0me",
            "orgunitlevel2",
            "orgunitlevel3",
            "Ward",
            "organisationunit0me",
            "Facility level",
        ]
        columns = [periods, places["states"], places["lgas"], places["names"], places["facilities"], level]
    else:
        names = ["State", "LGA", "Ward", "Health Faccility", "Level of Health Facility", "Month", "Year",
                 "Total number of all outpatient attendance"]  # fmt: skip
        short = [MONTHS[m].title() for m in of_year]
        columns = [places["states"], places["lgas"], places["names"], places["facilities"], level, short, year,
                   truth.rows["outpatients"].tolist()]  # fmt: skip
    late = month >= int(np.quantile(month, 0.3))
    for position, k in enumerate(pairs):
        for side in range(2):
            header = _header(layout, PAIRS[k], side)
            values = list(counts[:, k, side])
            if layout == "B" and damaged and position < 2:
                names += [header, header]
                columns += [[None if new else v for v, new in zip(values, late, strict=True)],
                            [v if new else None for v, new in zip(values, late, strict=True)]]  # fmt: skip
                continue
            names.append(header.replace("≥", _garbled(k)) if damaged and layout != "C" else header)
            columns.append(values)
    if layout != "C":
        names.append("Persons with confirmed uncomplicated malaria given Artesu0te <5yrs")
        columns.append([0] * len(month))
    return names, columns


def _garbled(turn: int) -> str:
    """≥ whose UTF-8 was read as Windows-1252, and in every second column once more."""
    text = "≥"
    for _ in range(1 + turn % 2):
        text = text.encode("utf-8").decode("cp1252")
    return text


def _add_totals(truth: Truth, pairs: list[int], headers: list[str], columns: list[list[object]]) -> None:
    for method, word in _METHOD.items():
        of_method = [k for k in pairs if PAIRS[k][1] == method]
        for side, status in enumerate(("tested", "tested positive")):
            headers.append(f"Persons {status} for malaria by {word}")
            columns.append(list(truth.counts[:, of_method, side].sum(axis=1)))


def _header(layout: str, pair: tuple[str, str], side: int) -> str:
    group, method = pair
    if layout == "C":
        return (
            f"Persons tested {'positive ' if side else ''}for malaria by {_METHOD[method]} {_GROUP_C[group]}"
        )
    if side:
        return f"Persons tested positive for malaria by {_METHOD[method]} {_GROUP_A[group]}"
    joint = "&" if method == "rdt" else "and"
    return f"Persons presenting with fever {joint} tested by {_METHOD[method]} {_GROUP_A[group]}"


def _add_rows(draw: Generator, headers: list[str], cells: list[list[object]], rows: int) -> None:
    """Repeat some reports, shuffle the periods, and end with a total."""
    cells += [list(cells[row]) for row in draw.choice(rows, max(1, rows // 200), replace=False)]
    order = draw.permutation(len(cells))
    cells[:] = [cells[row] for row in order]
    total: list[object] = [None] * len(headers)
    # In the first column of words.
    total[int(isinstance(cells[0][0], int))] = "Total"
    total[-1] = 999_999
    cells.append(total)
