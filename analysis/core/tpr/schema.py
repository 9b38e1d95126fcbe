"""Which column of a facility export holds what: header row, places, period, facility level, counts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analysis.core.errors import BadInput, Note
from analysis.core.names import COLUMN_ALIASES, fold_header

from .fields import (
    GROUP_LABELS,
    Indicator,
    base_header,
    counts_other_age,
    counts_treated,
    header_tokens,
    indicator_of,
    outpatient_group,
    parse_field,
    repair_header,
)
from .periods import read_periods

HEADER_WITHIN = 20
_KEYWORDS = re.compile(
    r"\b(rdts?|mic(ro\w*)?|tpr|malaria|tested|positives?|conf|confirmed|fever|artesunate|artemether|chloroquine|llins?)\b"
)
LEVELS = ("primary", "secondary", "tertiary")
_LEVEL_SHARE = 0.8


def _headers(column: str, *more: str, without: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The headers of a place in any table, and those of facility exports."""
    known = (fold_header(alias) for alias in COLUMN_ALIASES[column])
    return tuple(dict.fromkeys([*(header for header in known if header not in without), *more]))


# Field -> headers it may have, most specific first, compared by `fold_header`.
PLACES: Mapping[str, tuple[str, ...]] = {
    "state": _headers("state_name", "orgunitlevel2"),
    "lga": _headers("lga_name", "localgovernmentarea", "district", "orgunitlevel3"),
    # "Name" alone names a facility here, if anything.
    "ward": _headers("ward_name", "orgunitlevel4", without=("name",)),
    "ward_code": _headers("ward_code"),
    "facility": ("healthfacility", "healthfaccility", "facilityname", "healthfacilityname", "facility", "hfname",
                 "organisationunitname", "orgunitname", "orgunitlevel5"),
    "period": ("periodname", "period", "periodcode", "periodid"),
    "year": ("year",),
    "month": ("month", "monthname"),
    "facility_level": (),
}  # fmt: skip
OUTPATIENT_FIELDS = {
    "all": "outpatients",
    "u5": "outpatients_u5",
    "o5": "outpatients_o5",
    "pw": "outpatients_pw",
}
FIELDS = (*PLACES, *OUTPATIENT_FIELDS.values())


@dataclass(frozen=True)
class Schema:
    """Header of every field found.

    `places`: field of `FIELDS` to header. `indicators`: what is counted to header. `layout`:
    "A" (cleaned table), "B" (raw pivot export), "C" (workbook with month and year) or "other".
    """

    places: Mapping[str, str]
    indicators: Mapping[Indicator, str]
    layout: str
    notes: list[Note] = field(default_factory=list)

    def as_dict(self) -> dict[str, str]:
        """Return field name to header, JSON-ready."""
        return {**self.places, **{indicator.field: header for indicator, header in self.indicators.items()}}

    def pairs(self) -> list[tuple[str, str]]:
        """Return (group, method) of every tested column that has its positive column."""
        return [
            (group, method)
            for group, method, status in self.indicators
            if status == "tested" and Indicator(group, method, "positive") in self.indicators
        ]


def find_header(rows: Sequence[Sequence[object]]) -> int | None:
    """Return the position of the header among the first rows of a sheet, or None.

    The first row within 20 of which at least 60 % of the cells are text and at least two speak of
    malaria tests. Trailing empty cells don't count.
    """
    for position, row in enumerate(rows[:HEADER_WITHIN]):
        cells = [str(cell).strip() if cell is not None else "" for cell in row]
        width = max((i + 1 for i, cell in enumerate(cells) if cell), default=0)
        texts = [cell for cell in cells[:width] if cell and not re.fullmatch(r"[\d.,\-/ ]+", cell)]
        spoken = sum(bool(_KEYWORDS.search(header_tokens(cell))) for cell in texts)
        if width >= 3 and len(texts) >= 0.6 * width and spoken >= 2:
            return position
    return None


def level_of(text: object) -> str | None:
    """Return primary, secondary or tertiary for a facility level in any spelling; None for others.

    Examples
    --------
    >>> level_of(" TERTIARY Health Facility")
    'tertiary'
    """
    words = str(text).casefold().split()
    return words[0] if words and words[0] in LEVELS else None


def detect(frame: pd.DataFrame, mapping: Mapping[str, str] | None = None) -> Schema:
    """Find the fields of a facility table.

    Parameters
    ----------
    frame : pandas.DataFrame
        As read: number columns as floats, the others as text or categories.
    mapping : mapping of field to header, optional
        A person's corrections; an empty header means "no such column". The rest is detected.

    Raises
    ------
    BadInput
        For an unknown field or header in `mapping`.
    """
    asked = _checked(mapping or {}, frame)
    headers = [str(header) for header in frame.columns]
    free = [header for header in headers if header not in set(asked.values())]
    notes: list[Note] = []
    places = _places(free)
    if "period" in places:
        places["period"] = _period_column(frame, places["period"], free)
    indicators = _indicators(free, notes)
    for header in free:
        group = outpatient_group(header)
        if group is not None:
            places.setdefault(OUTPATIENT_FIELDS[group], header)
    level = _facility_level(frame, [h for h in free if h not in places.values()])
    if level:
        places["facility_level"] = level
    if "period" not in places and "year" not in places:
        year = _year_column(frame, [h for h in free if h not in indicators.values()])
        if year:
            places["year"] = year
    for name, header in asked.items():
        indicator = parse_field(name)
        if indicator is not None:
            indicators.pop(indicator, None)
            if header:
                indicators[indicator] = header
        else:
            places.pop(name, None)
            if header:
                places[name] = header
    if "period" in (mapping or {}):
        places.pop("year", None), places.pop("month", None)
    found = Schema(places, indicators, _layout(headers), notes)
    notes += _age_notes(found)
    return found


def require_fields(schema: Schema, filename: str, headers: Sequence[str]) -> None:
    """Refuse a table that lacks a ward column or a pair of tested and positive counts."""
    if not schema.pairs():
        raise BadInput(
            "no_test_counts",
            "No counts of tests were found",
            f"{filename} has no pair of columns with persons tested and persons tested positive.",
            "Say which columns hold them, as in tested_u5=COLUMN,positive_u5=COLUMN.",
            where=f"{filename}: header",
            examples=headers,
        )
    if "ward" not in schema.places:
        raise BadInput(
            "no_ward_column",
            "No column names the wards",
            f"None of the {len(headers)} columns of {filename} is known as the ward of a facility.",
            "Say which column holds it, as in ward=COLUMN, or give a register that knows the ward of each facility.",
            where=f"{filename}: header",
            examples=headers,
        )


def _checked(mapping: Mapping[str, str], frame: pd.DataFrame) -> dict[str, str]:
    """The mapping with its headers as they stand in the file."""
    present = {str(header): str(header) for header in frame.columns}
    present = {repair_header(header): header for header in present} | present
    unknown = [name for name in mapping if name not in FIELDS and parse_field(name) is None]
    if unknown:
        raise BadInput(
            "unknown_field",
            "The mapping names an unknown field",
            f"{', '.join(unknown)} is no field of a facility table.",
            f"Use {', '.join(FIELDS)}, or a count such as tested_u5, positive_o5_rdt, tested_pw_microscopy.",
            where="mapping",
            examples=unknown,
        )
    asked = {
        name: present.get(header) or present.get(repair_header(header), "")
        for name, header in mapping.items()
    }
    missing = [header for name, header in mapping.items() if header and not asked[name]]
    if missing:
        raise BadInput(
            "unknown_column",
            "The mapping names a column the file does not have",
            f"The file has no column {', '.join(map(repr, missing))}.",
            "Use the column names as they stand in the header row.",
            where="mapping",
            examples=list(present),
        )
    return {name: found if mapping[name] else "" for name, found in asked.items()}


def _places(headers: Sequence[str]) -> dict[str, str]:
    found: dict[str, tuple[int, int, str]] = {}
    for position, header in enumerate(headers):
        folded = fold_header(base_header(repair_header(header)))
        for name, aliases in PLACES.items():
            if folded in aliases:
                candidate = (aliases.index(folded), position, header)
                found[name] = min(found.get(name, candidate), candidate)
    places = {name: found[name][2] for name in PLACES if name in found}
    if "facility" not in places:
        units = [h for h in headers if fold_header(repair_header(h)).startswith("organisationunit")]
        named = [h for h in units if not fold_header(h).endswith(("id", "code"))]
        if named:
            places["facility"] = named[0]
    if "period" not in places and "year" not in places:
        periods = [h for h in headers if "period" in fold_header(repair_header(h))]
        if periods:
            places["period"] = periods[0]
    if "period" in places and "year" in places:
        # A period column tells the month as well, unless it is nothing but a number of the export.
        places.pop("year"), places.pop("month", None)
    return places


def _period_column(frame: pd.DataFrame, first: str, headers: Sequence[str]) -> str:
    """The column of periods of which most values can be read; `first` is the one whose header says it best."""
    by_alias: dict[str, str] = {}
    for header in headers:
        by_alias.setdefault(fold_header(base_header(repair_header(header))), header)
    others = [by_alias[alias] for alias in PLACES["period"] if alias in by_alias]
    candidates = list(dict.fromkeys([first, *others]))
    if len(candidates) == 1:
        return first
    best, most = first, -1
    for header in candidates:
        known = int(read_periods(frame[header], None, None).known.sum())
        if known > most:
            best, most = header, known
        if known == len(frame):
            break
    return best


def _indicators(headers: Sequence[str], notes: list[Note]) -> dict[Indicator, str]:
    found: dict[Indicator, str] = {}
    doubtful: list[str] = []
    other_ages: list[str] = []
    # All presumed cases come before those of them that were treated.
    for header in sorted(headers, key=counts_treated):
        indicator = indicator_of(header)
        if indicator is None:
            other_ages += [header] if counts_other_age(header) else []
            continue
        if indicator in found:
            doubtful.append(f"{header} (taken: {found[indicator]})")
        else:
            found[indicator] = header
    if doubtful:
        notes.append(Note("columns_count_the_same", "warning", "Several columns seem to count the same; the first "
                          "was taken.", len(doubtful), tuple(doubtful)))  # fmt: skip
    if other_ages:
        message = (
            "Columns of another age group than under five, five and over or pregnant women are not counted."
        )
        notes.append(Note("other_age_groups", "warning", message, len(other_ages), tuple(other_ages)))
    return found


def _age_notes(schema: Schema) -> list[Note]:
    """Tell columns that stand for all ages and may be of the one group that is missing beside them."""
    pairs = schema.pairs()
    groups = {group for group, _ in pairs}
    if "all" not in groups or len(groups & {"u5", "o5"}) != 1:
        return []
    there, lacking = ("u5", "o5") if "u5" in groups else ("o5", "u5")
    counts = [
        Indicator(*pair, status) for pair in pairs if pair[0] == "all" for status in ("tested", "positive")
    ]
    headers = tuple(schema.indicators[count] for count in counts)
    message = (
        f"These columns name no age group and stand beside those of {GROUP_LABELS[there]}, and none is of "
        f"{GROUP_LABELS[lacking]}: figures of all ages are made of these columns alone. If they are of "
        f"{GROUP_LABELS[lacking]}, say so where the columns are chosen."
    )
    return [Note("all_ages_doubtful", "warning", message, len(headers), headers)]


def _facility_level(frame: pd.DataFrame, headers: Sequence[str]) -> str | None:
    """The column whose values are levels; a column of the hierarchy can never be it."""
    best: tuple[float, str] | None = None
    for header in headers:
        if fold_header(header).startswith("orgunitlevel") or frame[header].dtype.kind == "f":
            continue
        counts = frame[header].value_counts()
        total = int(counts.sum())
        known = sum(int(count) for text, count in counts.items() if level_of(text))
        if total and known >= _LEVEL_SHARE * total and (best is None or known > best[0]):
            best = (known, header)
    return best[1] if best else None


def _year_column(frame: pd.DataFrame, headers: Sequence[str]) -> str | None:
    for header in headers:
        column = frame[header]
        if column.dtype.kind != "f":
            continue
        values = column.dropna().to_numpy()
        if len(values) and ((values >= 2000) & (values <= 2030) & (values == np.floor(values))).all():
            return header
    return None


def _layout(headers: Sequence[str]) -> str:
    folded = {fold_header(repair_header(header)) for header in headers}
    if any(name.startswith(("orgunitlevel", "organisationunit")) for name in folded):
        return "B"
    if {"month", "year"} <= folded:
        return "C"
    return "A" if {"wardname", "facilitylevel"} <= folded else "other"
