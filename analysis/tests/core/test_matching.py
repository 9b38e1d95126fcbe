"""Which record belongs to which ward."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.core.errors import BadInput
from analysis.core.matching import match_wards
from analysis.core.similarity import Candidates, assign, candidates, lead_over_rivals, name_score


def wards(*names, lga=None, state="Kwara", codes=None):
    return pd.DataFrame(
        {
            "ward_code": codes or [f"B{i}" for i in range(len(names))],
            "ward_name": names,
            **({"lga_name": lga} if lga else {}),
            "state_name": state,
        }
    )


def records(*names, **columns):
    return pd.DataFrame({"table_row": range(2, len(names) + 2), "ward_name": names, **columns})


FILLER = ("Adewole", "Gambari", "Ibagun", "Iponrin")


def pair(table, boundaries, row, **options):
    found = match_wards(table, boundaries, **options).pairs.set_index("table_row").loc[row]
    return (
        found["ward_code"] if isinstance(found["ward_code"], str) else None,
        found["method"],
        found["status"],
    )


def in_one_lga(record, ward):
    """How one record and one ward of the same LGA fare beside four certain pairs."""
    table = records(record, *FILLER, lga_name="Asa")
    return pair(table, wards(ward, *FILLER, lga=["Asa"] * 5), 2)


@pytest.mark.parametrize(
    ("record", "ward", "expected"),
    [
        ("kw Afon Ward", "Afon", ("B0", "exact", "accepted")),
        ("Zone IV", "Zone 4", ("B0", "exact", "accepted")),
        ("Ogbondoroko", "Ogbondorako", ("B0", "fuzzy", "accepted")),
        ("Ade0", "Adena", ("B0", "dhis2_repair", "review")),
        ("Girei 1", "Girei 2", ("B0", "fuzzy", "review")),
        ("Magajin Gari A", "Magajin Gari B", ("B0", "fuzzy", "review")),
        ("Magajin Gari IV", "Magajin Gari V", ("B0", "fuzzy", "review")),
        ("Girei (1)", "Girei (2)", ("B0", "exact", "review")),
        ("Marafa/Pepele", "Marafa", (None, "none", "unmatched")),
        ("Zongo", "Oke Oyi", (None, "none", "unmatched")),
    ],
)
def test_one_record_and_one_ward(record, ward, expected):
    assert in_one_lga(record, ward) == expected


def test_two_equally_alike_wards_go_to_review():
    table = records("Okelelle", *FILLER, lga_name="Asa")
    boundaries = wards("Okelele", "Okellle", *FILLER, lga=["Asa"] * 6)
    assert pair(table, boundaries, 2)[1:] == ("fuzzy", "review")


def test_same_name_in_two_lgas_is_never_exchanged():
    table = records("Kawo", "Kawo", *FILLER, lga_name=["North", "South", "North", "North", "South", "South"])
    boundaries = wards("Kawo", "Kawo", *FILLER, lga=["South", "North", "North", "North", "South", "South"])
    assert pair(table, boundaries, 2)[0] == "B1"
    assert pair(table, boundaries, 3)[0] == "B0"
    alone = records("Kawo", *FILLER, lga_name=["North", "North", "North", "South", "South"])
    elsewhere = wards("Kawo", *FILLER, lga=["South", "North", "North", "South", "South"])
    assert pair(alone, elsewhere, 2, accept_review=True) == (None, "none", "unmatched")


def test_two_records_never_share_a_ward():
    table = records("Balogun", "Balogum", *FILLER, lga_name="Asa")
    pairs = match_wards(table, wards("Balogun", *FILLER, lga=["Asa"] * 5), accept_review=True).pairs
    assert pairs["ward_code"].dropna().is_unique
    assert pairs["status"].tolist()[:2] == ["accepted", "unmatched"]


def test_code_beats_name_and_a_conflict_goes_to_review():
    table = records("Afon", "Balogun", *FILLER, ward_code=["B0", "B1", "", "", "", ""], lga_name="Asa")
    boundaries = wards("Afon", "Owode", *FILLER, lga=["Asa"] * 6)
    assert pair(table, boundaries, 2) == ("B0", "code", "accepted")
    assert pair(table, boundaries, 3) == ("B1", "code", "review")
    report = match_wards(table, boundaries)
    assert "code_name_conflict" in [note.code for note in report.notes]
    assert report.unmatched_boundaries["ward_code"].tolist() == ["B1"]


def test_equal_codes_of_girei_1_and_girei_2_go_to_review():
    table = records("Girei 1", *FILLER, ward_code=["B0", "", "", "", ""])
    assert pair(table, wards("Girei 2", *FILLER), 2) == ("B0", "code", "review")


def test_numeric_codes_match_text():
    table = records("Afon", "Owode", "Zango", ward_code=[101.0, 102.0, 103.0])
    assert set(
        match_wards(table, wards("Afon", "Owode", "Zango", codes=["101", "102", "103"])).pairs["method"]
    ) == {"code"}


def test_without_lga_only_equal_and_unique_names_are_accepted():
    table = records("Afon", "Ogbondoroko", "Kawo", *FILLER)
    boundaries = wards(
        "Afon", "Ogbondorako", "Kawo", "Kawo", *FILLER, lga=["a", "a", "a", "b", "a", "a", "b", "b"]
    )
    assert pair(table, boundaries, 2) == ("B0", "exact", "accepted")
    assert pair(table, boundaries, 3) == ("B1", "fuzzy", "review")
    assert pair(table, boundaries, 4)[2] == "review"


def test_lgas_are_matched_first_and_doubtful_ones_bring_review():
    clear = records("Afon", *FILLER, lga_name="Ilorin-East LGA")
    assert pair(clear, wards("Afon", *FILLER, lga=["Ilorin East"] * 5), 2)[2] == "accepted"
    misspelt = records("Afon", *FILLER, lga_name="Ilorin Eastt")
    # the compass word differs: doubtful
    assert pair(misspelt, wards("Afon", *FILLER, lga=["Ilorin East"] * 5), 2)[2] == "review"
    close = records("Afon", *FILLER, lga_name="Ekitii")
    assert pair(close, wards("Afon", *FILLER, lga=["Ekiti"] * 5), 2)[2] == "accepted"


def test_a_second_spelling_of_an_lga_brings_review_not_loss():
    table = records("Afon", *FILLER, lga_name=["Oke Eroo", *["Oke Ero"] * 4])
    assert pair(table, wards("Afon", *FILLER, lga=["Oke Ero"] * 5), 2)[1:] == ("exact", "review")


def test_an_lga_with_and_without_its_code_is_one_lga():
    table = records("Afon", *FILLER, lga_name="Asa", lga_code=["", "1", "1", "1", "1"])
    boundaries = wards("Afon", *FILLER, lga=["Asa"] * 5).assign(lga_code="1")
    assert pair(table, boundaries, 2) == ("B0", "exact", "accepted")


def test_lga_codes_serve_when_the_boundaries_have_no_lga_names():
    table = records(
        "Kawo", "Kawo", *FILLER, lga_code=[1, 2, 1, 1, 2, 2], lga_name=["x", "y", "x", "x", "y", "y"]
    )
    boundaries = wards("Kawo", "Kawo", *FILLER)
    boundaries["lga_code"] = ["2", "1", "1", "1", "2", "2"]
    assert pair(table, boundaries, 2)[0] == "B1"


def test_municipal_council_of_abuja_has_many_names():
    table = records("Wuse", "Garki", "Gwagwa", lga_name="AMAC", state_name="FCT")
    boundaries = wards("Wuse", "Garki", "Gwagwa", lga=["Municipal Area Council"] * 3, state="Abuja")
    assert match_wards(table, boundaries).counts()["accepted"] == 3


def test_other_states_do_not_match():
    table = records("Afon", "Owode", "Zango", state_name="Niger")
    with pytest.raises(BadInput) as refusal:
        match_wards(table, wards("Afon", "Owode", "Zango"))
    assert refusal.value.code == "no_overlap"


def test_records_that_cannot_be_told_apart_are_listed():
    table = records("Kawo", "kawo ", *FILLER)
    with pytest.raises(BadInput) as refusal:
        match_wards(table, wards("Kawo", *FILLER))
    assert refusal.value.code == "duplicate_wards"
    assert refusal.value.problem()["examples"] == ["row 2: Kawo", "row 3: kawo"]


def test_a_repeated_code_and_name_cannot_be_told_apart():
    table = records("Kawo", "Kawo", *FILLER, ward_code=["B0", "B0", "", "", "", ""])
    with pytest.raises(BadInput) as refusal:
        match_wards(table, wards("Kawo", *FILLER))
    assert refusal.value.code == "duplicate_wards"


def test_repeated_names_that_are_no_ward_do_not_stop_the_rest():
    table = records("Cold Store", "Cold Store", *FILLER)
    assert match_wards(table, wards(*FILLER)).counts() == {
        "accepted": 4, "review": 0, "unmatched": 2, "unmatched_boundaries": 0,
    }  # fmt: skip


def test_wards_that_differ_in_a_hyphen_are_matched_as_spelt():
    names = ("Eha-Uno", "Eha Uno", *FILLER)
    pairs = match_wards(records(*names, lga_name="Asa"), wards(*names, lga=["Asa"] * 6)).pairs
    assert pairs["ward_code"].tolist() == [f"B{i}" for i in range(6)]


def test_brackets_break_ties():
    names = ("Kawo (A)", "Kawo (B)", *FILLER)
    pairs = match_wards(records(*names, lga_name="Asa"), wards(*reversed(names), lga=["Asa"] * 6)).pairs
    assert pairs["ward_name"].tolist() == list(names)


def test_confirmed_pairs_and_refusals_to_pair():
    table = records("Somewhere", "Afon", *FILLER)
    boundaries = wards("Elsewhere", "Afon", *FILLER)
    report = match_wards(table, boundaries, confirmed={2: "B0", 3: None})
    assert report.pairs["status"].tolist()[:2] == ["accepted", "unmatched"]
    assert report.pairs["method"].tolist()[:2] == ["confirmed", "confirmed"]
    assert report.unmatched_boundaries["ward_code"].tolist() == ["B1"]


@pytest.mark.parametrize(("confirmed", "code"), [({2: "B9"}, "unknown_confirmed"), ({99: "B0"}, "unknown_confirmed"),
                                                 ({2: "B0", 3: "B0"}, "ward_confirmed_twice")])  # fmt: skip
def test_contradictory_confirmations_are_refused(confirmed, code):
    with pytest.raises(BadInput) as refusal:
        match_wards(records("Afon", "Zango", *FILLER), wards("Afon", "Zango", *FILLER), confirmed=confirmed)
    assert refusal.value.code == code


def test_aliases_of_an_earlier_run_are_used_again():
    table, boundaries = records("Old Name", *FILLER), wards("New Quarter", *FILLER)
    assert pair(table, boundaries, 2)[2] == "unmatched"
    assert pair(table, boundaries, 2, aliases={"old name": "B0"}) == ("B0", "alias", "accepted")
    earlier = pd.DataFrame({"table_name": ["Old Name"], "ward_code": ["B0"], "status": ["review"]})
    assert pair(table, boundaries, 2, aliases=earlier)[2] == "unmatched"
    assert pair(table, boundaries, 2, aliases=earlier.assign(status="accepted"))[1] == "alias"


def test_review_is_accepted_only_when_asked():
    table, boundaries = records("Ade0", *FILLER), wards("Adena", *FILLER)
    assert pair(table, boundaries, 2)[2] == "review"
    assert pair(table, boundaries, 2, accept_review=True)[2] == "accepted"


def test_blank_names_are_reported():
    report = match_wards(records("", None, *FILLER), wards(*FILLER))
    assert report.pairs["status"].tolist()[:2] == ["unmatched", "unmatched"]
    assert next(note for note in report.notes if note.code == "blank_names").count == 2


def test_a_table_as_uploaded_is_recognised():
    table = pd.DataFrame({"Ward": FILLER, "LGAName": "Asa", "rain": [1, 2, 3, 4]})
    report = match_wards(table, wards(*FILLER, lga=["Asa"] * 4))
    assert report.pairs["table_row"].tolist() == [2, 3, 4, 5]
    assert report.counts()["accepted"] == 4


def test_score_is_the_better_of_two_measures():
    assert name_score("sabon gari", "gari sabon") == 1
    assert name_score("abcd", "abce") == 0.75  # 2·3/8
    assert name_score("a b", "b a") == name_score("b a", "a b")


def test_sieve_loses_no_pair():
    rng = np.random.default_rng(2)
    names = ["".join(rng.choice(list("abcd "), size=8)).strip() or "a" for _ in range(60)]
    found = candidates(names[:30], names[30:])
    expected = {
        (i, j): name_score(a, b)
        for i, a in enumerate(names[:30])
        for j, b in enumerate(names[30:])
        if name_score(a, b) >= 0.70
    }
    assert dict(zip(zip(found.left, found.right, strict=True), found.score, strict=True)) == expected


def test_assignment_takes_the_heaviest_set():
    pairs = Candidates(np.array([0, 0, 1]), np.array([0, 1, 0]), np.array([0.9, 0.8, 0.85]))
    assert assign(pairs, 2, 2).tolist() == [1, 2]
    np.testing.assert_allclose(lead_over_rivals(pairs, 2, 2), [0.05, -0.1, -0.05])


words = st.text("abdegiknorsuwz'-/0 12IVAB()", min_size=1, max_size=14)


@given(
    st.lists(st.tuples(words, st.sampled_from(["", "North", "South", "Nort"])), min_size=1, max_size=12),
    st.lists(st.tuples(words, st.sampled_from(["North", "South"])), min_size=1, max_size=12),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_matching_is_one_to_one_and_independent_of_order(left, right, accept_review, random):
    table = records(*(name for name, _ in left), lga_name=[lga for _, lga in left])
    boundaries = wards(*(name for name, _ in right), lga=[lga for _, lga in right])
    try:
        report = match_wards(table, boundaries, accept_review=accept_review)
    except BadInput as refusal:
        assert refusal.code in {"no_overlap", "duplicate_wards"}
        return
    pairs = report.pairs
    assert pairs["table_row"].tolist() == table["table_row"].tolist()
    assert pairs["ward_code"].dropna().is_unique
    assert (pairs["ward_code"].isna() == (pairs["status"] == "unmatched")).all()
    accepted = pairs.loc[pairs["status"] == "accepted", "ward_code"]
    assert set(accepted) | set(report.unmatched_boundaries["ward_code"]) == set(boundaries["ward_code"])
    rows, places = list(range(len(table))), list(range(len(boundaries)))
    random.shuffle(rows)
    random.shuffle(places)
    turned = match_wards(table.iloc[rows], boundaries.iloc[places], accept_review=accept_review).pairs
    assert by_row(turned) == by_row(pairs)


def by_row(pairs: pd.DataFrame) -> list[tuple]:
    """Everything that was decided or proposed, by the row of the table."""
    shown = pairs.sort_values("table_row").astype(object).where(pairs.notna(), None)
    return list(shown.itertuples(index=False, name=None))


@pytest.mark.parametrize("lga", [{}, {"lga_name": "Asa"}])
def test_wards_that_differ_in_brackets_only_are_proposed_in_any_order_alike(lga):
    table = records("Magajin Gary (3)", "Magajin Gary (4)", *FILLER, **lga)
    boundaries = wards("Magajin Gari (2)", "Magajin Gari (1)", *FILLER, lga=["Asa"] * 6)
    found = by_row(match_wards(table, boundaries).pairs)
    assert [pair[2] for pair in found[:2]] == ["B1", "B0"] and found[0][-1] == "review"
    assert by_row(match_wards(table.iloc[::-1], boundaries.iloc[::-1]).pairs) == found
    assert by_row(match_wards(table.iloc[::-1], boundaries).pairs) == found


@given(st.lists(words, min_size=4, max_size=10, unique_by=lambda name: " ".join(name.casefold().split())))
def test_a_table_matches_its_own_boundaries(names):
    names = [name for name in names if name.strip()]
    if len(names) < 1:
        return
    table, boundaries = records(*names, lga_name="Asa"), wards(*names, lga=["Asa"] * len(names))
    try:
        pairs = match_wards(table, boundaries).pairs
    except BadInput as refusal:
        # names of nothing but signs, or the same name but for signs
        assert refusal.code in {"no_overlap", "duplicate_wards"}
        return
    joined = pairs[pairs["status"] == "accepted"]
    assert joined["ward_name"].str.strip().tolist() == joined["table_name"].tolist()
