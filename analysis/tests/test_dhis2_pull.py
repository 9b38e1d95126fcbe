"""From a DHIS2 server to the wards' test positivity: what an upload of the same export gives, to the digit."""

import time

import numpy as np
import pandas as pd
import pytest

from analysis.core.errors import BadInput
from analysis.core.tpr.positivity import Choice
from analysis.core.tpr.schema import detect
from analysis.dhis2.addresses import Policy, read_address
from analysis.dhis2.connection import Limits, Server
from analysis.dhis2.elements import Element
from analysis.dhis2.login import Login
from analysis.dhis2.pulling import look, pull
from analysis.dhis2.wishes import Wish
from analysis.readers.facilities import read_facilities
from analysis.synthetic import make_state
from analysis.synthetic_dhis2 import make_export, make_truth, write_export
from analysis.tests import dhis2_server as fake
from analysis.tpr_compute import Request, compute
from analysis.writers.text import write_csv

QUICK = Limits(
    connect_seconds=2, silence_seconds=3, answer_seconds=5, first_pause_seconds=0.01, total_seconds=60
)
FIRST, LAST = "2021-01", "2021-08"


@pytest.fixture(scope="module")
def state():
    boundaries = make_state(wards=24, lgas=4, seed=3)[1]
    kwara = boundaries.assign(state_name="Kwara", state_code="KW")
    truth = make_truth(kwara, months=8)
    return kwara, make_export(truth, "B", damaged=False, prefix="kw")


def opened(server, *, token=fake.TOKEN, limits=QUICK, **more):
    policy = Policy(trusted=frozenset({server.origin}))
    return Server(read_address(server.address, policy), Login(token=token), policy, limits, **more)


def pulled(server, wish=None, **more):
    wish = wish or Wish(server.holdings.state, FIRST, LAST)
    with opened(server, **more) as asked:
        return pull(asked, wish, lambda step, percent: None)


def positivity(path, boundaries, age_group="u5"):
    found = read_facilities(path, path.name)
    return compute(found, path.name, boundaries, Request(Choice(age_group, "all"), accept_review=True))


@pytest.mark.parametrize("style", fake.STYLES)
@pytest.mark.parametrize("source", ["analytics", "values"])
def test_an_import_gives_the_wards_what_the_upload_gives(state, tmp_path, style, source):
    boundaries, export = state
    uploaded = positivity(write_export(export, tmp_path / "export.csv"), boundaries)
    with fake.dhis2(fake.Holdings(export, style=style), "/dhis") as server:
        made = pulled(server, Wish(server.holdings.state, FIRST, LAST, source=source))
    imported = positivity(write_csv(made.frame, tmp_path / "imported.csv"), boundaries)
    assert imported.reports.schema.layout == "B"
    pd.testing.assert_frame_equal(imported.wards, uploaded.wards, check_exact=True)
    order = [imported.cube.pairs.index(pair) for pair in uploaded.cube.pairs]
    assert np.array_equal(imported.cube.counts[..., order, :], uploaded.cube.counts)
    assert uploaded.wards["tested"].sum() > 1_000
    weeks = sum(made.origin["left_out"].values())
    assert weeks == (8 if source == "values" else 0)


def test_zeros_stay_zeros_and_what_is_missing_stays_missing(state, tmp_path):
    _, export = state
    holdings = fake.Holdings(export)
    zeros = [
        key
        for key, value in holdings.values.items()
        if float(value) == 0 and key[2] in holdings.test_elements
    ]
    gone = next(iter(holdings.values))
    del holdings.values[gone]
    with fake.dhis2(holdings) as server:
        frame = pulled(server).frame
    names = {key: " ".join(one["name"].split()) for key, one in holdings.elements.items()}
    table = frame.set_index(["organisationunitid", "periodname"])
    for unit, month, element, _ in zeros:
        assert table.loc[(unit, f"{fake.MONTHS[int(month[4:]) - 1]} {month[:4]}"), names[element]] == 0
    unit, month, element, _ = gone
    assert np.isnan(table.loc[(unit, f"{fake.MONTHS[int(month[4:]) - 1]} {month[:4]}"), names[element]])
    assert zeros


def test_a_server_that_stores_no_zeros_is_told_of_and_nothing_is_filled_in(state):
    _, export = state
    with fake.dhis2(fake.Holdings(export, keeps_zero=False)) as server:
        made = pulled(server)
    values = made.frame.select_dtypes("number")
    assert not (values == 0).any(axis=None)
    (note,) = (note for note in made.notes if note.code == "dhis2_zeros_not_stored")
    assert note.count == 12
    assert "zeroIsSignificant" in note.message
    assert not all(one["keeps_zero"] for one in made.origin["elements"])


def test_the_origin_says_where_when_and_how_much(state):
    _, export = state
    with fake.dhis2(fake.Holdings(export), "/dhis") as server:
        made = pulled(server)
        assert set(server.logins) == {f"ApiToken {fake.TOKEN}"}
    origin = made.origin
    assert origin["server"] == server.address
    assert (origin["first"], origin["last"], origin["version"]) == (FIRST, LAST, "2.41.3")
    assert origin["org_unit"]["name"] == "kw Kwara State"
    assert origin["reports"] == len(made.frame) == len(export.cells)
    assert origin["facilities"] == made.frame["organisationunitid"].nunique()
    assert origin["values"] == 12 * len(export.cells)
    assert fake.TOKEN not in repr(origin)


def test_a_smaller_area_and_chosen_elements_bring_no_more(state):
    _, export = state
    holdings = fake.Holdings(export)
    ward = next(unit for unit in holdings.units.values() if unit["level"] == 4)
    two = tuple(one["id"] for one in holdings.elements.values() if "by RDT <5" in one["name"])
    with fake.dhis2(holdings) as server:
        made = pulled(server, Wish(ward["id"], "2021-02", "2021-03", two))
    assert set(made.frame["Ward"]) == {ward["name"]}
    assert set(made.frame["periodname"]) == {"February 2021", "March 2021"}
    assert len(two) == 2 and len(made.frame.columns) == 7 + 2


def test_looking_offers_areas_levels_and_the_elements_that_count_tests(state):
    _, export = state
    with fake.dhis2(fake.Holdings(export, style="groups")) as server, opened(server) as asked:
        found = look(asked, lambda step, percent: None)
    assert [area["name"] for area in found["areas"]] == ["Country", "kw Kwara State"]
    assert [level["name"] for level in found["levels"]] == ["Country", "State", "LGA", "Ward", "Facility"]
    wanted = [one for one in found["elements"] if one["wanted"]]
    assert len(wanted) == 4
    assert all("under five" in one["counts"] and "pregnant women" in one["counts"] for one in wanted)
    (other,) = (one["name"] for one in found["elements"] if not one["wanted"])
    assert other.endswith("Artesu0te <5yrs")


@pytest.mark.parametrize(
    ("name", "combos", "headers"),
    [
        ("Malaria RDT tested", {"a": "default"}, ["Malaria RDT tested"]),
        ("Malaria RDT tested", {"a": "<5yrs, Male", "b": "<5yrs, Female"}, ["Malaria RDT tested <5yrs"] * 2),
        ("Malaria RDT tested", {"a": "Male", "b": "Female"}, ["Malaria RDT tested"] * 2),
        ("Malaria RDT tested <5yrs", {"a": "Male", "b": "Female"}, ["Malaria RDT tested <5yrs"] * 2),
        # Nobody knows whether 5-14 belongs to five and over: the rules don't say so.
        ("Malaria RDT tested", {"a": "<5yrs", "b": "school age"}, ["Malaria RDT tested <5yrs", None]),
        ("Given ACT", {"a": "<5yrs"}, ["Given ACT <5yrs"]),
    ],
)
def test_combos_of_one_meaning_are_added_and_unknown_ages_are_not_guessed(name, combos, headers):
    element = Element("a" * 11, name, True, combos)
    assert [element.header(combo) for combo in combos] == headers


@pytest.mark.parametrize(
    "name", ["HIV tests positive", "Dengue RDT tested", "Yellow fever tested", "TB microscopy positive"]
)
def test_other_diseases_are_not_taken_unasked(name):
    assert not Element("a" * 11, name, True).is_wanted


def test_the_table_is_read_by_the_rules_for_uploads(state):
    _, export = state
    with fake.dhis2(fake.Holdings(export)) as server:
        found = detect(pulled(server).frame)
    assert found.places == {"state": "State", "lga": "LGA", "ward": "Ward", "facility": "organisationunitname",
                            "period": "periodname", "facility_level": "Facility level"}  # fmt: skip


# Refusals and faults ---------------------------------------------------------------------------------


@pytest.fixture
def server(state):
    with fake.dhis2(fake.Holdings(state[1])) as running:
        yield running


def refused(server, **more) -> dict:
    with pytest.raises(BadInput) as refusal:
        pulled(server, **more)
    told = refusal.value.problem()
    assert told["title"] and told["detail"] and told["fix"]
    assert fake.TOKEN not in repr(told)
    return told


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (401, "dhis2_signed_out"),
        (403, "dhis2_forbidden"),
        (404, "dhis2_not_found"),
        (409, "dhis2_refused"),
        (418, "dhis2_unexpected"),
    ],
)
def test_a_refusal_is_told_with_the_servers_own_words_and_not_repeated(server, code, told):
    server.faults["analytics"] = [fake.status(code, "E7144 too\nmany")]
    problem = refused(server)
    assert problem["code"] == told
    assert problem["where"] == "analytics.json"
    assert "E7144 too many" in problem["detail"]
    assert sum("analytics" in one for one in server.asked) == 1


def test_a_wrong_token_is_told(server):
    assert refused(server, token="d2pat_wrong")["code"] == "dhis2_signed_out"


def test_a_busy_server_is_waited_for_as_long_as_it_wishes(server):
    server.faults["analytics"] = [
        fake.status(429, Retry_After="1"),
        fake.status(503),
        fake.status(500),
        fake.cut,
    ]
    server.faults["dataElements"] = [fake.cut, fake.status(502)]
    began = time.monotonic()
    with pytest.raises(BadInput, match="broke off"):
        pulled(server)
    assert time.monotonic() - began > 1
    server.faults["analytics"] = [fake.status(429, Retry_After="0"), fake.status(503), fake.status(500)]
    made = pulled(server)
    assert made.origin["repeated"] == 3


@pytest.mark.parametrize(
    ("fault", "told"), [(fake.status(500, "boom"), "dhis2_failed"), (fake.status(429), "dhis2_busy")]
)
def test_a_server_that_stays_in_trouble_is_left_alone_after_some_tries(server, fault, told):
    server.faults["system"] = [fault] * 10
    assert refused(server)["code"] == told
    assert len(server.asked) == QUICK.tries


@pytest.mark.parametrize(
    ("fault", "limits", "told"),
    [
        (fake.slow(3), {"silence_seconds": 0.2, "tries": 1}, "dhis2_slow"),
        (fake.endless, {"answer_seconds": 0.5, "tries": 1}, "dhis2_slow"),
        (fake.endless, {"answer_bytes": 10}, "dhis2_too_much"),
        (fake.body(b" " * 2_000_000), {"answer_bytes": 1_000_000}, "dhis2_too_much"),
        (fake.body(b"<html>Sign in</html>"), {}, "dhis2_unreadable"),
        (fake.body(b"[" * 100_000), {}, "dhis2_unreadable"),
        (fake.body(b"[1]"), {}, "dhis2_unreadable"),
        (fake.body(b'{"dataElements": 3}'), {}, "dhis2_unreadable"),
        (fake.cut, {"tries": 1}, "dhis2_unreachable"),
    ],
)  # fmt: skip
def test_nonsense_and_endless_answers_end_soon_and_are_told(server, fault, limits, told):
    server.faults["dataElements"] = [fault]
    began = time.monotonic()
    assert refused(server, limits=Limits(**{**vars(QUICK), **limits}))["code"] == told
    assert time.monotonic() - began < 3


def test_pages_without_an_end_are_not_read_for_ever(server):
    server.largest_page = 1
    assert refused(server, limits=Limits(**{**vars(QUICK), "pages": 5}))["code"] == "dhis2_too_much"


def test_whoever_looks_can_stop_it_while_the_server_says_nothing(server):
    class Stop(Exception):
        pass

    def looking():
        raise Stop

    server.faults["system"] = [fake.slow(5)]
    began = time.monotonic()
    with pytest.raises(Stop):
        pulled(server, looking=looking)
    assert time.monotonic() - began < 3


def test_a_month_in_which_nobody_reported_is_no_fault_and_none_at_all_is(server):
    later = Wish(server.holdings.state, "2021-08", "2021-12")
    assert set(pulled(server, later).frame["periodname"]) == {"August 2021"}
    assert refused(server, wish=Wish(server.holdings.state, "2031-01", "2031-02"))["code"] == "dhis2_nothing"


@pytest.mark.parametrize(
    "wish",
    [
        Wish("../../me.json", FIRST, LAST),
        Wish("u1234567890", "2021-13", LAST),
        Wish("u1234567890", LAST, FIRST),
        Wish("u1234567890", "2001-01", LAST),
        Wish("u1234567890", FIRST, LAST, ("x];drop",)),
        Wish("u1234567890", FIRST, LAST, state_level=4),
        Wish("u1234567890", FIRST, LAST, source="sqlViews"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_anything_is_asked(server, wish):
    assert refused(server, wish=wish)["code"] == "dhis2_wish"
    assert server.asked == []


def test_an_element_that_is_not_there_is_named(server):
    wish = Wish(server.holdings.state, FIRST, LAST, ("uZZZZZZZZZZ",))
    assert refused(server, wish=wish)["examples"] == ["uZZZZZZZZZZ"]
