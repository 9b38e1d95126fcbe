"""The typed questions: equal to pandas on random tables, refused when wrong, and locked in."""

import threading
import time
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.core.errors import BadInput
from analysis.queries import execution
from analysis.queries.execution import Limits, answer
from analysis.queries.query import Aggregate, Filter, Query, Sort

HOSTILE = [
    'a"; DROP TABLE asked; --', "c0", "x' OR '1'='1", "select", "read_csv('/etc/passwd')", "naïve ☃ name", " ", "a\nb",
    "$1", "?", '""', "%s", "{0}", "1) UNION SELECT 1",
]  # fmt: skip
NUMBERS = st.one_of(
    st.none(),
    st.just(float("nan")),
    st.integers(-50, 50).map(float),
    st.floats(-1e6, 1e6, allow_subnormal=False),
)


@st.composite
def tables(draw):
    size = draw(st.integers(1, 40))
    column = st.lists(NUMBERS, min_size=size, max_size=size)
    groups = st.lists(st.sampled_from(["A", "B", "it's", None]), min_size=size, max_size=size)
    return pd.DataFrame(
        {
            "code": [f"w{place:03}" for place in range(size)],
            "lga": pd.array(draw(groups), dtype="object"),
            "x": np.array(draw(column), dtype=float),
            "y": np.array(draw(column), dtype=float),
        }
    )


def arrow(frame):
    return pa.Table.from_pandas(frame, preserve_index=False)


def close(ours, theirs, scale=1.0):
    if theirs is None or pd.isna(theirs):
        return ours is None
    return ours == pytest.approx(theirs, rel=1e-9, abs=1e-9 * max(scale, 1.0))


@given(tables(), st.sampled_from(["mean", "sum", "median", "min", "max"]))
@settings(max_examples=25, deadline=None)
def test_groups_and_aggregates_equal_pandas(frame, function):
    rows = answer(
        Query(group=("lga",), aggregates=(Aggregate(function, "x"), Aggregate("count"))), arrow(frame)
    )
    scale = float(np.nansum(np.abs(frame["x"]))) if frame["x"].notna().any() else 1.0
    for row in rows:
        part = frame[frame["lga"].isna()] if row["lga"] is None else frame[frame["lga"] == row["lga"]]
        expected = getattr(part["x"], function)() if part["x"].notna().any() else None
        assert close(row[f"{function}(x)"], expected, scale)
        assert row["count"] == len(part)
    assert len(rows) == frame["lga"].nunique(dropna=False)


@given(tables(), st.floats(-100, 100), st.sampled_from(["<", "<=", ">", ">=", "=", "!="]))
@settings(max_examples=25, deadline=None)
def test_filter_sort_and_limit_equal_pandas(frame, bound, operator):
    query = Query(
        ("code", "x"), (Filter("x", operator, (bound,)),), sort=(Sort("x", descending=True),), limit=5
    )
    rows = answer(query, arrow(frame), tie_break="code")
    signs = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge", "=": "eq", "!=": "ne"}
    kept = frame[frame["x"].notna() & getattr(frame["x"], signs[operator])(bound)]
    expected = kept.sort_values(["x", "code"], ascending=[False, True]).head(5)
    assert [row["code"] for row in rows] == expected["code"].tolist()


@given(tables())
@settings(max_examples=25, deadline=None)
def test_correlations_equal_pandas(frame):
    (row,) = answer(Query(correlate=("x", "y")), arrow(frame))
    both = frame[["x", "y"]].dropna()
    assert row["n"] == len(both)
    spread = len(both) > 1 and all(
        np.ptp(both[name]) > 1e-6 * (1 + np.abs(both[name]).max()) for name in "xy"
    )
    if spread:
        assert row["pearson"] == pytest.approx(np.corrcoef(both["x"], both["y"])[0, 1], abs=1e-6)
        assert row["spearman"] == pytest.approx(both["x"].rank().corr(both["y"].rank()), abs=1e-9)
    if len(both) < 2:
        assert (row["pearson"], row["spearman"]) == (None, None)


def test_a_weighted_mean_leaves_out_rows_without_weight():
    table = pa.table({"x": [1.0, 3.0, 100.0, None], "people": [1, 3, None, 5]})
    (row,) = answer(Query(aggregates=(Aggregate("mean", "x", "people"),)), table)
    assert row["mean(x)"] == pytest.approx((1 * 1 + 3 * 3) / 4)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_or_value_is_a_name_or_a_value(name):
    table = pa.table({name: [1.0, 2.0], "other": ["a", name]})
    assert answer(Query((name,), sort=(Sort(name),)), table) == [{name: 1.0}, {name: 2.0}]
    assert answer(Query((name,), (Filter("other", "=", (name,)),)), table) == [{name: 2.0}]
    assert answer(Query(group=(name,), aggregates=(Aggregate("count"),)), table)[0] == {name: 1.0, "count": 1}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        (Query(("rainfal",)), "unknown_column"),
        (Query(aggregates=(Aggregate("mean", "name"),)), "not_a_number"),
        (Query(("x",), (Filter("x", ">", ("1; DROP TABLE asked",)),)), "not_a_number"),
        (Query(("x",), (Filter("name", "<", ("a",)),)), "not_a_number"),
        (Query(("x",), (Filter("x", "; DELETE", (1,)),)), "bad_query"),
        (Query(aggregates=(Aggregate("read_csv", "x"),)), "bad_query"),
        (Query(("x",), limit=1_000_000), "bad_query"),
        (Query(("x",), limit=0), "bad_query"),
        (Query(correlate=("x", "x")), "bad_query"),
        (Query(group=("name",), aggregates=(Aggregate("count"),), sort=(Sort("x"),)), "bad_query"),
    ],
)
def test_what_is_wrong_is_refused_by_name(query, code):
    table = pa.table({"x": [1.0], "mean_rainfall": [2.0], "name": ["n"]})
    with pytest.raises(BadInput) as refused:
        answer(query, table)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_csv('/etc/passwd')", "COPY asked TO '{0}/out.csv'", "ATTACH '{0}/x.db'", "SET threads = 4",
        "INSTALL httpfs", "SET enable_external_access = true", "SELECT * FROM glob('/*')", "SELECT * FROM secret_frame",
        "SELECT getenv('HOME')",
    ],
)  # fmt: skip
def test_even_free_sql_would_reach_nothing(statement, tmp_path):
    """The engine is locked in for itself; that questions can't hold SQL is the other wall."""
    secret_frame = pd.DataFrame({"secret": [1]})
    with pytest.raises(duckdb.Error):
        execution._run(statement.format(tmp_path), [], pa.table({"c0": [1]}), Limits())
    assert list(Path(tmp_path).iterdir()) == []
    assert len(secret_frame) == 1


@pytest.mark.parametrize(
    "statement", ["CREATE TABLE kept (x INT)", "CREATE VIEW kept AS SELECT 1", "CREATE SCHEMA kept"]
)  # fmt: skip
def test_even_free_sql_would_leave_nothing_behind(statement):
    with pytest.raises(duckdb.Error):
        execution._run(statement, [], pa.table({"c0": [1]}), Limits())
    left = "SELECT count(*) FROM duckdb_tables() WHERE NOT internal"
    assert execution._run(left, [], pa.table({"c0": [1]}), Limits()) == [(0,)]


def test_no_question_sees_the_table_of_another():
    """Eight at once on the one engine of this process, each about a table of its own; then nothing is left."""
    wrong: list[object] = []
    together = threading.Barrier(8)

    def work(canary: int) -> None:
        table = pa.table({"x": [canary] * 20})
        try:
            together.wait(30)
            for _ in range(50):
                rows = answer(Query(("x",), limit=20), table)
                views = execution._run(
                    "SELECT count(*) FROM duckdb_views() WHERE NOT internal", [], table, Limits()
                )
                if rows != [{"x": canary}] * 20 or views != [(1,)]:
                    wrong.append((canary, rows, views))
        except Exception as error:  # noqa: BLE001 - handed to the test below
            wrong.append(error)

    threads = [threading.Thread(target=work, args=(canary,)) for canary in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    engine = execution._engine(Limits().memory_mb)
    assert engine.execute("SELECT count(*) FROM duckdb_views() WHERE NOT internal").fetchall() == [(0,)]


def test_a_question_that_takes_too_long_is_stopped(monkeypatch):
    endless = (
        "SELECT sum(sqrt(a.range * b.range + c.range)) FROM range(100000) a, range(100000) b, range(1000) c"
    )
    monkeypatch.setattr(execution, "compiled", lambda *_, **__: (endless, []))
    before = time.monotonic()
    with pytest.raises(BadInput) as refused:
        answer(Query(("x",)), pa.table({"x": [1]}), limits=Limits(seconds=0.3))
    assert refused.value.code == "query_too_long"
    assert time.monotonic() - before < 3
    assert not [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]


def test_a_question_that_needs_too_much_memory_is_stopped(monkeypatch):
    huge = "SELECT list(range) FROM range(50000000)"
    monkeypatch.setattr(execution, "compiled", lambda *_, **__: (huge, []))
    with pytest.raises(BadInput) as refused:
        answer(Query(("x",)), pa.table({"x": [1]}), limits=Limits(memory_mb=32, seconds=20))
    assert refused.value.code == "query_too_large"


def test_a_total_counts_what_fits_beside_the_rows_within_the_limit():
    table = arrow(pd.DataFrame({"code": list("abcde"), "x": [1.0, 2.0, 3.0, np.nan, 5.0]}))
    fitting = Query(("code", "x"), (Filter("x", ">", (1,)),), sort=(Sort("x", True),), limit=2, total=True)
    assert answer(fitting, table) == [{"code": "e", "x": 5.0, "*": 3}, {"code": "c", "x": 3.0, "*": 3}]
    assert answer(replace(fitting, filters=(Filter("x", ">", (9,)),)), table) == []
    with pytest.raises(BadInput) as refused:
        answer(Query(aggregates=(Aggregate("count"),), total=True), table)
    assert refused.value.code == "bad_query"
