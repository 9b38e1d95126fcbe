"""The first wards of each LGA, and the map that sets urban wards apart, in words; on a made-up state and on Niger."""

import pandas as pd
import pytest
from django.urls import reverse

from assistant.core.routing import decide
from assistant.tests.niger import ask, words_of
from assistant.tests.utterances import lexicon
from sessions_app.tests.browsing import browse


@pytest.mark.parametrize(
    ("text", "slots"),
    [
        ("highest ward in each LGA", {"of_each": True}),
        ("the riskiest ward per LGA", {"of_each": True}),
        ("top 3 wards in each lga", {"of_each": True, "limit": 3}),
        ("lowest tpr ward in each LGA", {"of_each": True, "by": "u5_tpr_rdt", "ascending": True}),
        ("le ward le plus à risque de chaque LGA", {"of_each": True}),
    ],
)
def test_wards_of_each_lga_are_asked_for(text, slots):
    decision = decide(text, lexicon())
    assert decision.intent == "rank"
    assert slots.items() <= decision.slots.items()


@pytest.mark.parametrize(
    "text", ["the worst high-risk ward in each LGA", "number of wards with rainfall above 100 per lga", "top wards in each LGA with rainfall above 100"]
)  # fmt: skip
def test_what_no_answer_gives_for_each_lga_is_refused(text):
    assert decide(text, lexicon()).intent == "cant"


def test_wards_are_counted_in_each_lga():
    decision = decide("how many wards are in each local government", lexicon())
    assert (decision.intent, decision.slots["of_lgas"]) == ("count", True)


@pytest.mark.parametrize(
    ("text", "slots"),
    [
        ("show the urban map", {"subject": "urban"}),
        ("map of urban wards from 40%", {"subject": "urban", "urban_from": 40.0}),
        ("draw a map of wards at least 60% urban", {"subject": "urban", "urban_from": 60.0}),
        ("carte des wards urbains à partir de 40 %", {"subject": "urban", "urban_from": 40.0}),
        ("map of urban percentage", {"variable": "urban_percentage"}),
    ],
)
def test_the_map_of_urban_wards_is_asked_for_with_its_share(text, slots):
    decision = decide(text, lexicon())
    assert decision.intent == "map"
    assert {name: decision.slots.get(name) for name in slots} == slots
    assert "urban_from" in slots or "urban_from" not in decision.slots


@pytest.fixture(scope="module")
def published(realdata) -> pd.DataFrame:
    return pd.read_csv(realdata / "niger" / "Niger_plus.csv")


@pytest.mark.realdata
def test_each_lga_has_its_first_wards_and_those_that_share_the_place(talk, committed, published):
    person, conversation = talk
    turn = ask(person, conversation, "lowest rainfall ward in each LGA")
    (found,) = turn.results
    least = published.groupby("lga_code")["mean_rainfall"].min()
    expected = published[published["mean_rainfall"] == published["lga_code"].map(least)]
    assert (found["facts"]["n"], len(found["rows"])) == (25, len(expected))
    assert sorted(row["mean_rainfall"] for row in found["rows"]) == sorted(expected["mean_rainfall"])
    assert "25 LGAs" in words_of(person, turn)
    three = ask(person, conversation, "top 3 wards in each lga").results[0]
    places = pd.DataFrame(three["rows"]).groupby("lga_name")["composite_rank"]
    # Each LGA's third place is as good as its rank: whoever has it stands there.
    assert all(len(group) >= 3 and (group.rank(method="min") <= 3).all() for _, group in places)
    assert three["facts"]["limit"] == 3
    # Most LGAs have fewer than twenty, and those that have more are not cut at ten.
    twenty = ask(person, conversation, "top 20 wards in each lga").results[0]
    counted = published[published["mean_rainfall"].notna()].groupby("lga_code").size()
    listed = pd.DataFrame(twenty["rows"]).groupby("lga_name").size()
    assert twenty["facts"]["limit"] == 20
    assert (len(listed), listed.max() > 10) == (25, True)
    assert listed.max() >= min(20, counted.max())


@pytest.mark.realdata
def test_the_urban_map_waits_for_its_share_and_is_the_one_of_the_page(talk, committed, published):
    person, conversation = talk
    waiting = ask(person, conversation, "map the urban wards")
    assert [chip["label"] for chip in waiting.next_actions][:3] == ["30 %", "50 %", "75 %"]
    assert waiting.results[0]["pictures"] == []
    drawn = ask(person, conversation, "50")
    (picture,) = drawn.results[0]["pictures"]
    assert picture["name"] == "map_urban_50"
    asked = ask(person, conversation, "map of urban wards from 40%")
    (found,) = asked.results
    assert found["facts"]["urban"] == (published["urbanPercentage"] >= 40).sum() == 17
    (picture,) = found["pictures"]
    browser = browse(person)
    for address in (picture["svg_url"], picture["svg_file"], picture["png_file"], found["links"][0]["url"]):
        assert browser.get(address).status_code == 200, address
    page = browser.get(reverse("conversation_detail", args=[conversation.session_id, conversation.pk]))
    assert "urban_from=40" in page.content.decode()
