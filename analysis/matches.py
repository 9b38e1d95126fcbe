"""A match report as people read it: counts, doubtful pairs, and what found no partner on either side."""

import io
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from analysis import frames
from sessions_app import kinds
from sessions_app.models import AnalysisResult

# Notes that only repeat the counts above them.
SAID_BY_COUNTS = {"for_review", "unmatched_records", "wards_without_record", "records_without_ward"}
HOW = {
    "code": "same ward code",
    "exact": "same name",
    "alias": "you confirmed this name before",
    "fuzzy": "similar name",
    "dhis2_repair": "name repaired (0 read as na)",
    "confirmed": "you decided",
}


@dataclass(frozen=True)
class MatchReport:
    """`pairs`: every row of the table; `open_rows`: those that wait for a decision, review first; `settled_rows`: those
    whose ward is more than an equal name or code, by likeness or by a person's word; `choosable_wards`: what may be
    chosen for a row, which is every ward that no equal name or code has taken.
    """

    result: AnalysisResult
    counts: dict[str, Any]
    pairs: list[dict[str, Any]]
    open_rows: list[dict[str, Any]]
    settled_rows: list[dict[str, Any]]
    rows_without: list[dict[str, Any]]
    unmatched_wards: list[dict[str, Any]]
    choosable_wards: list[dict[str, Any]]


def file_kinds() -> tuple[kinds.FileKind, ...]:
    return tuple(kinds.file_kind(name) for name in kinds.result_kind("dataset").files)


def match_report(result: AnalysisResult) -> MatchReport:
    """Read the report of a succeeded dataset from what it left in the storage."""
    wards = _wards(result)
    by_code = {ward["ward_code"]: ward for ward in wards}
    said = {pair["table_row"]: pair["ward_code"] for pair in result.params.get("confirmed", ())}
    pairs = [_pair(row, by_code, said) for row in frames.match_rows(result)]
    review = [row for row in pairs if row["status"] == "review"]
    # Rows for which another one stands are neither lost nor open.
    merged = [row for row in pairs if _has_stand_in(row)]
    unmatched = [row for row in pairs if row["status"] == "unmatched" and not _has_stand_in(row)]
    open_rows = review + [row for row in unmatched if not row["said"]]
    settled = [row for row in pairs if row["said"] or _only_alike(row)]
    certain = {row["ward_code"] for row in pairs if row["status"] == "accepted"}
    certain -= {row["ward_code"] for row in settled}
    without = [ward for ward in wards if ward["table_row"] is None]
    summary = result.summary
    counts = {
        "rows": len(pairs),
        "accepted": len(pairs) - len(review) - len(unmatched) - len(merged),
        "merged": len(merged),
        "duplicates": result.params.get("duplicates", "refuse"),
        "review": len(review),
        "unmatched": len(unmatched),
        "wards": len(wards),
        "unmatched_boundaries": len(without),
        "variables": len(summary.get("variables", ())),
        "notes": [note for note in summary.get("notes", ()) if note["code"] not in SAID_BY_COUNTS],
    }
    counts["sentence"] = _sentence(counts)
    choosable = [ward for ward in wards if ward["ward_code"] not in certain]
    return MatchReport(result, counts, pairs, open_rows, settled, unmatched, without, choosable)


def _has_stand_in(row: dict[str, Any]) -> bool:
    """Whether another row of the table stands for this one, which can't be told apart from it."""
    return (row["method"] or "").startswith(("averaged_with_row_", "duplicate_of_row_"))


def _only_alike(row: dict[str, Any]) -> bool:
    return row["status"] == "accepted" and (row["method"] not in ("exact", "code") or row["score"] < 1)


def _wards(result: AnalysisResult) -> list[dict[str, Any]]:
    columns = ["ward_code", "ward_name", "lga_name", "table_row"]
    content = io.BytesIO(frames.artifact_bytes(result, frames.DATASET))
    table: pa.Table = pq.read_table(content, columns=columns, use_threads=False)
    return frames.rows_of(table.sort_by([("lga_name", "ascending"), ("ward_name", "ascending")]))


def _pair(
    row: dict[str, Any], by_code: dict[str, dict[str, Any]], said: dict[int, str | None]
) -> dict[str, Any]:
    ward = by_code.get(row["ward_code"] or "", {})
    number = row["table_row"]
    answer = ("none" if said[number] is None else "yes") if number in said else ""
    how = HOW.get(row["method"], (row["method"] or "").replace("_", " "))
    if row["status"] == "unmatched" and not _has_stand_in(row):
        how = "you left it out" if answer else "no ward found"
    score = row["score"]
    return row | {
        "how": f"{how}; waits for you" if row["status"] == "review" else how,
        "likeness": "" if score is None or row["status"] == "unmatched" else f"{100 * score:.0f}",
        "lga_name": ward.get("lga_name"),
        "said": answer,
        "table_lga": row.get("table_lga"),
    }


def _sentence(counts: dict[str, Any]) -> str:
    placed = f"We placed {counts['accepted']:,} of {counts['rows'] - counts['merged']:,} rows"
    if counts["merged"]:
        one = counts["merged"] == 1
        were, their = ("was", "its") if one else ("were", "their")
        done = "averaged with" if counts["duplicates"] == "average" else "left out in favour of"
        rows = f"{counts['merged']:,} row{'' if one else 's'} that repeat{'s' if one else ''} a ward"
        placed = f"{rows} {were} {done} the first of {their} kind. {placed}"
    if counts["review"]:
        one = counts["review"] == 1
        return f"{placed}; {counts['review']:,} more look{'s' if one else ''} likely and need{'s' if one else ''} your yes or no."
    if counts["unmatched"]:
        return f"{placed}. We could not place {counts['unmatched']:,}."
    return f"{placed}: all of them."
