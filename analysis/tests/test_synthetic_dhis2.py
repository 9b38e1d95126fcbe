"""What a made-up export really counted comes out of the pipeline to the digit, in every layout."""

import numpy as np
import pytest

from analysis import tpr_trends
from analysis.core.tpr.positivity import Choice
from analysis.readers.facilities import read_facilities
from analysis.synthetic import make_state
from analysis.synthetic_dhis2 import PAIRS, Export, by_year, make_export, make_truth, write_export
from analysis.tpr_compute import Request, compute


@pytest.fixture(scope="module")
def state():
    boundaries = make_state(wards=40, lgas=5)[1]
    return boundaries, make_truth(boundaries)


@pytest.mark.parametrize("layout", ["A", "B", "C"])
@pytest.mark.parametrize("suffix", [".xlsx", ".xls", ".csv"])
def test_the_truth_is_recovered_from_a_damaged_export(state, tmp_path, layout, suffix):
    boundaries, truth = state
    export = make_export(truth, layout)
    path = write_export(export, tmp_path / f"export{suffix}")
    found = read_facilities(path, path.name)
    assert found.header_row == (2 if layout == "B" else 1)
    result = compute(found, path.name, boundaries, Request(accept_review=True))
    assert result.reports.schema.layout == layout
    pairs = [PAIRS.index(pair) for pair in result.cube.pairs]
    assert len(pairs) == (4 if layout == "C" else 6)
    # The facility level is known everywhere: nothing stands under "not stated".
    assert not result.cube.counts[:, 3].any()
    assert np.array_equal(result.cube.counts.sum(axis=2)[:, :3], export.expected[:, :, pairs])
    notes = {note.code: note for note in result.notes}
    assert notes["unknown_wards"].count == export.lost["ward unknown, reports"]
    made = result.reports.months
    assert made.one_sided.sum() + made.above.sum() == export.lost["unusable pairs"]
    assert {
        "negative_counts",
        "text_among_numbers",
        "copied_reports",
        "rows_dropped",
        "ward_from_register",
    } <= set(notes)


def test_an_export_of_whole_years_names_them_by_number(state, tmp_path):
    boundaries, truth = state
    export = make_export(by_year(truth), "B")
    assert export.headers[0] == "period0me" and all(type(row[0]) in (int, type(None)) for row in export.cells)
    path = write_export(export, tmp_path / "years.xls")
    result = compute(read_facilities(path, path.name), path.name, boundaries, Request(accept_review=True))
    assert [label for label in result.cube.periods if label] == ["2021", "2022", "2023", "2024"]
    assert np.array_equal(result.cube.counts.sum(axis=2)[:, :3], export.expected)
    assert {note.code: note for note in result.notes}["unknown_wards"].count == export.lost[
        "ward unknown, reports"
    ]


def test_headers_garbled_twice_are_read_as_meant(state):
    _, truth = state
    headers = make_export(truth, "A").headers
    assert sum("â‰¥" in header for header in headers) == sum("Ã¢â€°Â¥" in header for header in headers) == 2


def test_columns_of_everybody_count_only_where_the_age_groups_are_absent(state, tmp_path):
    boundaries, truth = state
    both = make_export(truth, "C", damaged=False, totals=True)
    kept = [k for k, name in enumerate(both.headers) if not name.endswith("5")]
    assert len(both.headers) - len(kept) == 8
    alone = Export([both.headers[k] for k in kept], [[row[k] for k in kept] for row in both.cells], both.expected, {},
                   "raw", False)  # fmt: skip
    for export, name in ((both, "both.xlsx"), (alone, "alone.xlsx")):
        path = write_export(export, tmp_path / name)
        asked = Request(Choice("all_ages"))
        result = compute(read_facilities(path, path.name), path.name, boundaries, asked)
        assert ("all", "rdt") in result.cube.pairs and (("u5", "rdt") in result.cube.pairs) == (
            export is both
        )
        assert np.array_equal(result.wards["tested"], export.expected[..., 0].sum(axis=(1, 2)))
        assert np.array_equal(result.wards["positive"], export.expected[..., 1].sum(axis=(1, 2)))


def test_a_state_prefix_and_garbled_ward_names_find_their_wards(state, tmp_path):
    boundaries, _ = state
    kwara = boundaries.assign(state_name="Kwara", state_code="KW")
    # Names that hold "na" lose it in every second ward of layout B.
    kwara["ward_name"] = [
        f"{name}na" for name in kwara["ward_name"].str.replace(r" (\d)$", r" \1 ", regex=True)
    ]
    export = make_export(make_truth(kwara), "B", prefix="kw")
    path = write_export(export, tmp_path / "b.csv")
    found = read_facilities(path, path.name)
    waiting = compute(found, path.name, kwara, Request(least_mapped=None))
    pairs = waiting.matches.pairs
    assert set(pairs.loc[pairs["method"] == "dhis2_repair", "status"]) == {"review"}
    joined = compute(found, path.name, kwara, Request(accept_review=True))
    assert np.array_equal(joined.cube.counts.sum(axis=2)[:, :3], export.expected)


def test_split_columns_are_merged_and_the_merge_can_be_taken_back(state, tmp_path):
    boundaries, truth = state
    path = write_export(make_export(truth, "B"), tmp_path / "b.csv")
    found = read_facilities(path, path.name)
    whole = compute(found, path.name, boundaries, Request())
    merged = [merge.column for merge in whole.reports.cleaning.merges]
    assert len(merged) == 4 and {m.strategy for m in whole.reports.cleaning.merges} == {"sum"}
    part = compute(found, path.name, boundaries, Request(undo=merged))
    assert part.wards["tested"].sum() < 0.7 * whole.wards["tested"].sum()
    assert all(merge.undone for merge in part.reports.cleaning.merges)


def test_a_partial_last_year_is_no_year_of_the_trend(state, tmp_path):
    boundaries, truth = state
    path = write_export(make_export(truth, "A", damaged=False), tmp_path / "a.csv")
    result = compute(read_facilities(path, path.name), path.name, boundaries, Request())
    moved = tpr_trends.ward_moves(result, Choice())
    years = [name for name in moved.table.columns if name.startswith("tpr_")]
    assert years == ["tpr_2021", "tpr_2022", "tpr_2023"]
    assert "2024-05" in result.cube.periods


def test_every_combination_is_there_and_adds_up(state, tmp_path):
    boundaries, truth = state
    path = write_export(make_export(truth, "A", damaged=False), tmp_path / "a.csv")
    result = compute(
        read_facilities(path, path.name), path.name, boundaries, Request(Choice("all_ages", "all"))
    )
    table = result.combinations.query("period == 'all' and method == 'pooled'")
    assert len(table.groupby(["age_group", "level"])) == 16
    by_level = table[table["level"] != "all"].groupby(["place", "age_group"])["positive"].sum()
    assert by_level.equals(
        table[table["level"] == "all"].set_index(["place", "age_group"])["positive"].sort_index()
    )
    ages = (
        table[(table["level"] == "all") & (table["age_group"] != "all_ages")].groupby("place")["tested"].sum()
    )
    assert np.array_equal(ages.to_numpy(), result.wards["tested"].to_numpy())
    assert result.wards["tested"].sum() == truth.counts[:, :, 0].sum()
