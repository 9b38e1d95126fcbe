"""The cells of a ranking that were filled, as people read them."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv

from analysis import frames
from analysis.labels import FILLED_HOW, variable_label
from sessions_app.models import AnalysisResult

IMPUTATION = "imputation.csv"


@dataclass(frozen=True)
class FilledCells:
    sentence: str
    by_variable: list[dict[str, Any]]
    rows: list[dict[str, Any]]


def filled_cells(result: AnalysisResult) -> FilledCells:
    texts = {name: pa.string() for name in ("ward_code", "ward_name", "variable", "method")}
    content = pa.BufferReader(frames.artifact_bytes(result, IMPUTATION))
    rows = frames.rows_of(pa_csv.read_csv(content, convert_options=pa_csv.ConvertOptions(column_types=texts)))
    for row in rows:
        row["label"] = variable_label(row["variable"])
        row["how"] = FILLED_HOW.get(row["method"], row["method"])
        row["donors"] = f"{row['donors']} ward{'' if row['donors'] == 1 else 's'}"
    return FilledCells(_sentence(rows), _by_variable(rows), rows)


def _sentence(rows: list[dict[str, Any]]) -> str:
    if not rows:
        return "No cell was filled: every ward that is ranked had all its values."
    wards = len({row["ward_code"] for row in rows})
    one = len(rows) == 1
    return (
        f"{len(rows):,} missing value{'' if one else 's'} in {wards:,} ward{'' if wards == 1 else 's'} "
        f"{'was' if one else 'were'} filled. All other values are as you uploaded them."
    )


def _by_variable(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    grouped: dict[str, Counter[str]] = {}
    for row in rows:
        grouped.setdefault(row["label"], Counter())[row["how"]] += 1
    return [
        {
            "label": label,
            "count": hows.total(),
            "how": ", ".join(f"{how} ({count:,})" for how, count in hows.items()),
        }
        for label, hows in sorted(grouped.items())
    ]
