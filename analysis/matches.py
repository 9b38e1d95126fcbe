"""A match report as people read it: counts, doubtful pairs, and what found no partner on either side."""

import io
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from django.utils.translation import gettext, gettext_noop, ngettext, pgettext

from analysis import frames
from sessions_app import kinds
from sessions_app.localised import whole
from sessions_app.models import AnalysisResult

# Notes that only repeat the counts above them.
SAID_BY_COUNTS = {"for_review", "unmatched_records", "wards_without_record", "records_without_ward"}
HOW = {
    "code": gettext_noop("same ward code"),
    "exact": gettext_noop("same name"),
    "alias": gettext_noop("you confirmed this name before"),
    "fuzzy": gettext_noop("similar name"),
    "dhis2_repair": gettext_noop("name repaired (0 read as na)"),
    "confirmed": gettext_noop("you decided"),
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
    how = gettext(HOW.get(row["method"]) or (row["method"] or "–").replace("_", " "))
    if row["status"] == "unmatched" and not _has_stand_in(row):
        how = gettext("you left it out") if answer else gettext("no ward found")
    score = row["score"]
    return row | {
        "how": pgettext("core", "%(how_words)s; waits for you") % {"how_words": how}
        if row["status"] == "review"
        else how,
        "likeness": "" if score is None or row["status"] == "unmatched" else f"{100 * score:.0f}",
        "lga_name": ward.get("lga_name"),
        "said": answer,
        "table_lga": row.get("table_lga"),
    }


def _sentence(counts: dict[str, Any]) -> str:
    numbers = {name: whole(counts[name]) for name in ("accepted", "merged", "review", "unmatched")}
    numbers["rows"] = whole(counts["rows"] - counts["merged"])
    placed = gettext("We placed %(accepted)s of %(rows)s rows") % numbers
    if counts["merged"]:
        placed = f"{_merged(counts) % numbers} {placed}"
    if counts["review"]:
        waiting = ngettext(
            "%(review)s more looks likely and needs your yes or no.",
            "%(review)s more look likely and need your yes or no.",
            counts["review"],
        )
        return f"{placed}; {waiting % numbers}"
    if counts["unmatched"]:
        lost = gettext("We could not place %(unmatched)s.") % numbers
        return f"{placed}. {lost}"
    return gettext("%(placed)s: all of them.") % {"placed": placed}


def _merged(counts: dict[str, Any]) -> str:
    if counts["duplicates"] == "average":
        return ngettext(
            "%(merged)s row that repeats a ward was averaged with the first of its kind.",
            "%(merged)s rows that repeat a ward were averaged with the first of their kind.",
            counts["merged"],
        )
    return ngettext(
        "%(merged)s row that repeats a ward was left out in favour of the first of its kind.",
        "%(merged)s rows that repeat a ward were left out in favour of the first of their kind.",
        counts["merged"],
    )
