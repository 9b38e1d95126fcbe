"""Questions to the ward table: counting, listing, ranking, calculating, correlating."""

from collections.abc import Callable, Mapping, Sequence
from operator import eq, ge, gt, le, lt, ne
from types import MappingProxyType
from typing import Any, Literal

import pyarrow as pa
from django.urls import reverse

from analysis.core.by_lga import lga_key
from analysis.core.variables import is_count, lookup
from analysis.own_charts import columns_of, query_of
from analysis.queries.query import Aggregate, Filter, Query, Sort, column_meant
from analysis.tools.desk import Desk, Found, label_of
from sessions_app.problems import Problem

# What may be said, for whoever reads a signature to know what to say; empty for none.
TierSaid = Literal["", "High", "Medium", "Low"]
FunctionSaid = Literal["", "mean", "sum", "median", "min", "max", "stddev"]
RANK, SCORE = "composite_rank", "composite_score"
SHOWN = 10
AREA_KEYS = ("lga_name", "lga_code", "state_name", "state_code")
LONGEST_LIST = 200
# How strong a correlation is called, by its size.
STRENGTHS = (
    (0.1, "practically no"),
    (0.3, "a weak"),
    (0.5, "a moderate"),
    (0.7, "a fairly strong"),
    (1.01, "a strong"),
)
COMPARED: Mapping[str, Callable[[float, float], bool]] = MappingProxyType(
    {">": gt, ">=": ge, "<": lt, "<=": le, "=": eq, "!=": ne}
)


def rank_wards(
    desk: Desk, *, by: str = "", ascending: bool = False, limit: int = SHOWN, lga: str = "", tier: TierSaid = "",
    where: Any = (), show: list[str] | None = None,
) -> Found:  # fmt: skip
    """The wards at one end of a variable, or of the ranking; `show` names variables that are only to stand beside them."""
    column = column_meant(by, desk.wards.column_names) if by else _ranked(desk)
    # Rank 1 is the highest risk: the top of the ranking are its smallest numbers.
    down = ascending if column == RANK else not ascending
    limit = max(1, min(limit, LONGEST_LIST))
    filters = (*_filters(desk, lga, tier, where), Filter(column, "present"))
    names = _shown_columns(desk, column, *_meant(desk, show or ()))
    rows, fitting = desk.ask_with_total(Query(names, filters, sort=(Sort(column, down),), limit=limit))
    facts = {
        "n": len(rows), "end": "lowest" if ascending else "highest", "by": label_of(column), "lga": lga,
        "risk": column in (RANK, SCORE), "of": fitting, "first": rows[0] if rows else None,
        "first_value": rows[0][column] if rows else None, "conditions": _told(desk, where), "tier": tier,
    }  # fmt: skip
    return Found("rank_wards", facts, desk.columns_of(names), rows)


def first_of_lgas(desk: Desk, *, by: str = "", ascending: bool = False, limit: int = 1) -> Found:
    """The wards at one end of a variable, or of the ranking, in each LGA; those that share the last place are all there."""
    column = column_meant(by, desk.wards.column_names) if by else _ranked(desk)
    down = ascending if column == RANK else not ascending
    limit = max(1, min(limit, LONGEST_LIST))
    names = _shown_columns(desk, column)
    held = [*names, *(name for name in (*AREA_KEYS, "ward_code") if name in desk.wards.column_names)]
    rows = desk.wards.select(list(dict.fromkeys(held))).to_pylist()
    valued = [row for row in rows if row[column] is not None and row[column] == row[column]]
    valued.sort(key=lambda row: (-row[column] if down else row[column], row["ward_code"]))
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in valued:
        key = lga_key(row)
        here = groups.setdefault(key, []) if key else []
        if len(here) < limit or here[-1][column] == row[column]:
            here.append(row)
    found = [{name: row[name] for name in names} for group in groups.values() for row in group]
    facts = {
        "n": len(groups), "end": "lowest" if ascending else "highest", "by": label_of(column), "limit": limit,
        "risk": column in (RANK, SCORE), "first": found[0] if found else None,
        "without": len({key for row in rows if (key := lga_key(row))} - set(groups)),
        "nowhere": sum(lga_key(row) is None for row in rows),
    }  # fmt: skip
    return Found("first_of_lgas", facts, desk.columns_of(names), found)


def list_wards(
    desk: Desk, *, lga: str = "", tier: TierSaid = "", where: Any = (), limit: int = LONGEST_LIST,
    show: list[str] | None = None,
) -> Found:  # fmt: skip
    """The wards that fit, in the order of the ranking when there is one; `show` names variables to stand beside them."""
    names = _shown_columns(desk, *_meant(desk, [name for name, *_ in where]), *_meant(desk, show or ()))
    filters = _filters(desk, lga, tier, where)
    order = (Sort(RANK),) if RANK in desk.wards.column_names else (Sort("ward_name"),)
    rows, fitting = desk.ask_with_total(Query(names, filters, sort=order, limit=min(limit, LONGEST_LIST)))
    facts = {
        "n": fitting,
        "shown": len(rows),
        "lga": lga,
        "tier": tier,
        "conditions": _told(desk, where),
        "all": _count(desk, ()),
    }
    return Found("list_wards", facts, desk.columns_of(names), rows)


def list_lgas(desk: Desk, *, where: Any = ()) -> Found:
    """The LGAs, or those that fit: each variable over the wards of an LGA, as they are ordered by it."""
    words = [value for _, _, *values in where for value in values if isinstance(value, str)]
    if words:
        raise Problem("invalid_request", f"“{words[0]}” is no number to compare LGAs with.", where="where")
    parts = [(_of_lga(desk, column_meant(name, desk.wards.column_names)), *rest) for name, *rest in where]
    counted = (Aggregate("count"), *dict.fromkeys(part for part, *_ in parts))
    rows = desk.ask(
        Query(filters=(Filter("lga_name", "present"),), group=("lga_name",), aggregates=counted, limit=1000)
    )
    fitting = [
        row for row in rows if all(_holds(row[part.name], sign, values) for part, sign, *values in parts)
    ]
    facts = {"n": len(fitting), "all": len(rows), "conditions": _told(desk, where)}
    names = ["lga_name", *(part.name for part in counted[1:]), "count"]
    return Found("list_lgas", facts, desk.columns_of(names), fitting)


def _of_lga(desk: Desk, column: str) -> Aggregate:
    """A count is added up; anything else is averaged, rates by population."""
    function = "sum" if is_count(column) else "mean"
    return Aggregate(function, column, _weight(desk, column) if function == "mean" else "")


def _holds(value: float | None, sign: str, values: list[float]) -> bool:
    if value is None:
        return False
    if sign == "between":
        return values[0] <= value <= values[1]
    return COMPARED[sign](value, values[0])


def count_wards(
    desk: Desk, *, lga: str = "", tier: TierSaid = "", where: Any = (), share: bool = False
) -> Found:
    """How many wards fit; with `share` also in per cent of all."""
    filters = _filters(desk, lga, tier, where)
    facts: dict[str, Any] = {
        "n": _count(desk, filters),
        "all": _count(desk, ()),
        "lga": lga,
        "tier": tier,
        "conditions": _told(desk, where),
    }
    if share and facts["all"]:
        facts["percent"] = 100 * facts["n"] / facts["all"]
    return Found("count_wards", facts)


def aggregate(
    desk: Desk,
    *,
    measure: str,
    function: FunctionSaid = "",
    lga: str = "",
    tier: TierSaid = "",
    where: Any = (),
    share: bool = False,
) -> Found:
    """One number over wards, or all of them when none was named; with `share` a total also in per cent of that of all."""
    column = column_meant(measure, desk.wards.column_names)
    filters = _filters(desk, lga, tier, where)
    if not function and is_count(column):
        function = "sum"
    _refuse_sum(function, column)
    functions = (function,) if function else ("mean", "median", "min", "max")
    parts = tuple(Aggregate(name, column) for name in (*functions, "count"))  # type: ignore[arg-type]
    (row,) = desk.ask(Query(filters=filters, aggregates=parts))
    facts = {
        "label": label_of(column), "unit": desk.unit(column), "function": function, "lga": lga, "tier": tier,
        "values": {name: row[f"{name}({column})"] for name in functions}, "n": row[f"count({column})"],
        "wards": _count(desk, filters), "conditions": _told(desk, where),
    }  # fmt: skip
    if share and function == "sum":
        (whole,) = desk.ask(Query(aggregates=(Aggregate("sum", column),)))
        total, part = whole[f"sum({column})"], row[f"sum({column})"]
        facts |= {"total": total, "percent": 100 * part / total if total and part is not None else None}
    return Found("aggregate", facts)


def _refuse_sum(function: str, column: str) -> None:
    """Rates, indices and ranks don't add up over wards."""
    known = lookup(column)
    if function == "sum" and (column in (RANK, SCORE) or (known is not None and not is_count(column))):
        raise Problem(
            "invalid_request",
            f"Values of {label_of(column)} don't add up over wards. Ask for their mean.",
            where="function",
        )


def rank_lgas(
    desk: Desk,
    *,
    by: str = "",
    ascending: bool = False,
    limit: int = LONGEST_LIST,
    function: FunctionSaid = "",
    tier: TierSaid = "",
) -> Found:
    """LGAs by a variable. Rates are weighted by population where it is known, and the answer says so."""
    if tier:
        return _tier_counts(desk, tier, ascending, limit)
    if not by:
        desk.ranking()
    column = column_meant(by or SCORE, desk.wards.column_names)
    _refuse_sum(function, column)
    function = function or ("sum" if is_count(column) else "mean")
    weight = _weight(desk, column) if function == "mean" else ""
    part = Aggregate(function, column, weight)  # type: ignore[arg-type]
    name = part.name
    rows = desk.ask(
        Query(
            filters=(Filter("lga_name", "present"),), group=("lga_name",), aggregates=(part, Aggregate("count")),
            sort=(Sort(name, not ascending),), limit=min(limit, LONGEST_LIST),
        )
    )  # fmt: skip
    facts = {
        "n": len(rows), "label": label_of(column), "function": function, "weight": bool(weight), "unit": desk.unit(column),
        "end": "lowest" if ascending else "highest", "first": rows[0]["lga_name"] if rows else None,
        "first_value": rows[0][name] if rows else None,
    }  # fmt: skip
    columns = desk.columns_of(["lga_name", name, "count"])
    columns[1]["unit"] = desk.unit(column)
    return Found("rank_lgas", facts, columns, rows)


def _tier_counts(desk: Desk, tier: str, ascending: bool, limit: int) -> Found:
    desk.ranking()
    rows = desk.ask(
        Query(
            filters=(Filter("composite_tier", "=", (tier,)), Filter("lga_name", "present")), group=("lga_name",),
            aggregates=(Aggregate("count"),), sort=(Sort("count", not ascending),), limit=min(limit, LONGEST_LIST),
        )
    )  # fmt: skip
    first = rows[0] if rows else {"lga_name": None, "count": 0}
    facts = {"tier": tier, "n": len(rows), "first": first["lga_name"], "first_value": first["count"]}
    return Found("tier_counts", facts, desk.columns_of(["lga_name", "count"]), rows)


def correlate(desk: Desk, *, x: str, y: str = "", lga: str = "") -> Found:
    """How two variables go together; of one alone, how each other variable goes with it."""
    names = desk.wards.column_names
    if not y:
        return _correlate_all(desk, column_meant(x, names), lga)
    first, second = column_meant(x, names), column_meant(y, names)
    (row,) = desk.ask(Query(filters=_filters(desk, lga, "", ()), correlate=(first, second)))
    facts = {"x": label_of(first), "y": label_of(second), "lga": lga, **row, **_strength(row["pearson"])}
    return Found("correlate", facts, links=_drawn(desk, first, second))


def _correlate_all(desk: Desk, column: str, lga: str) -> Found:
    """Each variable of the table with one of them, the strongest order (Spearman) first."""
    numbers = {
        field.name
        for field in desk.wards.schema
        if pa.types.is_integer(field.type) or pa.types.is_floating(field.type)
    }
    others = [name for name in desk.variables if name != column and name in numbers]
    filters = _filters(desk, lga, "", ())
    rows = []
    for name in others:
        (row,) = desk.ask(Query(filters=filters, correlate=(name, column)))
        if row["spearman"] is not None:
            rows.append({"variable": label_of(name), **row})
    rows.sort(key=lambda row: -abs(row["spearman"]))
    facts: dict[str, Any] = {"x": label_of(column), "lga": lga, "n": len(rows), "first": None}
    if rows:
        facts |= {
            "first": rows[0]["variable"],
            "spearman": rows[0]["spearman"],
            **_strength(rows[0]["spearman"]),
        }
    columns = [
        {"key": "variable", "title": "Variable", "unit": "", "number": False},
        {"key": "spearman", "title": "Spearman's ρ", "unit": "", "number": True},
        {"key": "pearson", "title": "Pearson's r", "unit": "", "number": True},
        {"key": "n", "title": "Wards", "unit": "", "number": True},
    ]
    return Found("correlate_all", facts, columns, rows)


def _strength(coefficient: float | None) -> dict[str, str]:
    """How a coefficient is called, by its size and sign."""
    if coefficient is None:
        return {"strength": "", "direction": ""}
    size = next(words for bound, words in STRENGTHS if abs(coefficient) < bound)
    return {"strength": size, "direction": "" if not coefficient else "rises" if coefficient > 0 else "falls"}


def _drawn(desk: Desk, first: str, second: str) -> list[dict[str, Any]]:
    """Where both stand in one chart: the ranking's own columns can be drawn."""
    if desk.risk is None or not {first, second} <= {name for name, _ in columns_of(desk.risk)}:
        return []
    query = query_of({"chart": "scatter", "x": first, "y": second})
    url = reverse("result_charts", args=[desk.risk.session_id, desk.risk.pk])
    return [{"kind": "page", "title": "The two as a chart", "url": f"{url}?{query}"}]


def _ranked(desk: Desk) -> str:
    desk.ranking()
    return RANK


def _shown_columns(desk: Desk, *asked: str) -> tuple[str, ...]:
    ranked = (
        ("composite_rank", "composite_tier", "composite_score") if SCORE in desk.wards.column_names else ()
    )
    return tuple(dict.fromkeys((*ranked[:1], "ward_name", "lga_name", *asked, *ranked[1:])))


def _meant(desk: Desk, names: Sequence[str]) -> list[str]:
    return [column_meant(name, desk.wards.column_names) for name in names]


def _filters(desk: Desk, lga: str, tier: str, where: Any) -> tuple[Filter, ...]:
    filters = [Filter("lga_name", "=", (lga,))] if lga else []
    if tier:
        desk.ranking()
        filters.append(Filter("composite_tier", "=", (tier,)))
    for name, operator, *values in where:
        filters.append(Filter(column_meant(name, desk.wards.column_names), operator, tuple(values)))
    return tuple(filters)


def _count(desk: Desk, filters: tuple[Filter, ...]) -> int:
    (row,) = desk.ask(Query(filters=filters, aggregates=(Aggregate("count"),)))
    return int(row["count"])


def _told(desk: Desk, where: Any) -> list[dict[str, Any]]:
    return [
        {"label": label_of(name), "operator": operator, "values": values, "unit": desk.unit(name)}
        for name, operator, *values in where
    ]


def _weight(desk: Desk, column: str) -> str:
    known = lookup(column)
    is_rate = column == SCORE or (known is not None and known.role == "outcome")
    return "population" if is_rate and "population" in desk.wards.column_names else ""


def refuse_missing(**named: Any) -> None:
    """Raise the problem that names what the question left out."""
    lacking = [name for name, value in named.items() if not value]
    if lacking:
        raise Problem("invalid_request", f"The question names no {lacking[0]}.", where=lacking[0])
