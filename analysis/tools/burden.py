"""Whether the burden of wards and LGAs rises or falls over complete years."""

from typing import Any

from analysis.explained.families import place
from analysis.explained.tpr import burden_trends, csv_or_nothing
from analysis.tools.desk import Desk, Found
from analysis.tools.positivity import links_of, no_tpr, only_lga, same_name, which_ward
from analysis.tpr_kinds import BURDEN_LGA_TRENDS, BURDEN_TRENDS


def burden_trend(desk: Desk, *, ward: str = "", lga: str = "", code: str = "") -> Found:
    """Whether the burden, cases per 1,000 people and year, rises or falls: of a ward, of an LGA, else of all LGAs."""
    result = desk.tpr
    if result is None:
        return no_tpr(desk)
    rows = csv_or_nothing(result, BURDEN_TRENDS if ward or code else BURDEN_LGA_TRENDS)
    if not rows:
        return Found(
            "no_burden_trend", {"counted": bool(result.summary.get("burden"))}, links=links_of(result)
        )
    told = {"stale": desk.is_tpr_stale, "among": result.summary["burden"]["among"]}
    if ward or code:
        rows = [
            row for row in rows if (row["ward_code"] == code if code else same_name(row["ward_name"], ward))
        ]
        rows = [row for row in rows if not lga or code or same_name(row["lga_name"], lga)]
        if len(rows) > 1:
            return which_ward(rows, ward)
    elif lga:
        rows = only_lga([row for row in rows if same_name(row["lga_name"], lga)], lga)
    else:
        facts = burden_trends(result, "table_burden_trends", {})
        found = None if facts is None else {"say": "burden_trends"} | told | facts
        return _found(found, "", links_of(result))
    return _found(
        _moved(rows[0], told, is_ward=bool(ward or code)) if rows else None, ward or lga, links_of(result)
    )


def _moved(row: dict[str, Any], told: dict[str, Any], *, is_ward: bool) -> dict[str, Any] | None:
    """From the first year that is known to the last."""
    known = [
        (name.removeprefix("burden_"), value)
        for name, value in sorted(row.items())
        if name.startswith("burden_") and value is not None
    ]
    if len(known) < 2:
        return None
    (first, began), (last, ended) = known[0], known[-1]
    return told | {
        "say": "burden_place", "place": place(row) if is_ward else str(row["lga_name"]), "years": len(known),
        "first": first, "began": began, "last": last, "ended": ended, "slope": row["sen_slope"], "chance": row["mk_p"],
    }  # fmt: skip


def _found(facts: dict[str, Any] | None, named: str, links: list[dict[str, Any]]) -> Found:
    if facts is None:
        return Found("no_burden_of_place", {"place": named}, links=links)
    return Found("burden_trend", facts, links=links)
