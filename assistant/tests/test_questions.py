"""Questions to Niger State and what the answers must say.

The numbers of origin "csv" were worked out with pandas from the published Niger_plus.csv, apart from our code; those
of origin "ranking" from the wards.csv that `manage.py analyse` writes for the same two files.
"""

import json
from pathlib import Path

import pytest
from django.db import transaction

from assistant.core.verifier import unsupported_numbers
from assistant.models import Conversation
from assistant.tests.niger import ask, words_of
from assistant.wording import DEFINITIONS, FIXED
from sessions_app.isolation.scope import scope

pytestmark = pytest.mark.realdata
QUESTIONS = json.loads((Path(__file__).with_name("data") / "niger_questions.json").read_text())


def test_there_are_at_least_forty():
    assert len(QUESTIONS) >= 40


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question["ask"])
def test_the_answer_says_the_right_numbers(talk, committed, question):
    person, conversation = talk
    turn = ask(person, conversation, question["ask"])
    words = words_of(person, turn)
    assert turn.status == "done"
    for number in question["numbers"]:
        assert says(words, number), f"{number} is missing in: {words}"
    (found,) = turn.results
    if "rows" in question:
        assert len(found["rows"]) == question["rows"]
    if "first" in question:
        first = found["rows"][0]
        assert question["first"] in (first.get("ward_name"), first["lga_name"])
        assert question["first"] in words
    assert unsupported_numbers(words, turn.results, (*FIXED, *DEFINITIONS.values())) == []
    assert turn.next_actions


def says(words: str, number: float) -> bool:
    """Whether a number of the words is this one, to the decimals with which it is written; whole ones are exact."""
    if float(number).is_integer():
        return number in _numbers(words)
    return any(abs(value - number) <= 0.5 * 10.0**-places * 1.000001 for value, places in _written(words))


def _numbers(words: str) -> list[float]:
    return [value for value, _ in _written(words)]


def _written(words: str) -> list[tuple[float, int]]:
    import re

    found = re.findall(r"-?\d[\d,]*(?:\.\d+)?", words)
    return [(float(text.replace(",", "")), len(text.partition(".")[2])) for text in found]


def test_a_name_of_three_wards_is_asked_back_and_answered_by_number_or_name(talk, committed):
    person, conversation = talk
    turn = ask(person, conversation, "why is Sabon Gari ranked first?")
    assert [chip["label"] for chip in turn.next_actions] == [
        "Sabon Gari, Chanchaga", "Sabon Gari, Rafi", "Sabon Gari, Wushishi", "Cancel",
    ]  # fmt: skip
    aside = ask(person, conversation, "how many wards in Rafi?")
    assert aside.intent == "count"
    ask(person, conversation, "why is Sabon Gari ranked first?")
    answer = ask(person, conversation, "Sabon Gari, Rafi")
    assert (answer.route, answer.results[0]["facts"]["lga_name"]) == ("pending", "Rafi")
    ask(person, conversation, "why is Sabon Gari ranked first?")
    assert ask(person, conversation, "3").results[0]["facts"]["lga_name"] == "Wushishi"


@pytest.mark.parametrize(
    ("name", "lgas"),
    [
        ("Kawo", {"Kontagora", "Magama"}),
        ("Kudu", {"Kontagora", "Mokwa"}),
        ("Magajiya", {"Suleja", "Kontagora"}),
    ],
)
def test_every_name_of_two_wards_is_asked_back(talk, committed, name, lgas):
    """The file's own trap: these names are of two wards each, and neither may be taken in silence."""
    person, conversation = talk
    turn = ask(person, conversation, f"why is {name} ranked so high?")
    assert {one["label"] for one in turn.results[0]["choices"]} == {f"{name}, {lga}" for lga in lgas}
    ask(person, conversation, "cancel")


def test_wards_that_share_a_name_are_asked_back_before_they_are_compared(talk, committed):
    person, conversation = talk
    turn = ask(person, conversation, "compare Kawo and Kudu")
    assert [chip["label"] for chip in turn.next_actions][:2] == ["Kawo, Kontagora", "Kawo, Magama"]
    turn = ask(person, conversation, "Kawo, Magama")
    assert [chip["label"] for chip in turn.next_actions][:2] == ["Kudu, Kontagora", "Kudu, Mokwa"]
    (found,) = ask(person, conversation, "Kudu, Mokwa").results
    assert (found["facts"]["first"], found["facts"]["second"]) == ("Kawo, Magama", "Kudu, Mokwa")
    ranks = next(row for row in found["rows"] if row["variable"] == "Rank")
    for side, (ward, lga) in (("first", ("Kawo", "Magama")), ("second", ("Kudu", "Mokwa"))):
        (alone,) = ask(person, conversation, f"why is {ward} in {lga} ranked so high?").results
        assert ranks[side] == alone["facts"]["composite_rank"]
    # The ward that was chosen belongs to its name: other places are asked for anew.
    again = ask(person, conversation, "compare Kudu and Kawo")
    assert again.next_actions[0]["label"] == "Kudu, Kontagora"
    other = ask(person, conversation, "compare Maikunkele and Kampala")
    assert other.results[0]["facts"]["first"] == "Maikunkele"
    ask(person, conversation, "cancel")


def test_a_year_that_no_table_is_of_is_refused(talk, committed):
    person, conversation = talk
    turn = ask(person, conversation, "top 10 wards in 2030")
    assert turn.intent == "cant"
    assert words_of(person, turn).startswith("I can't answer that. I don't know: 2030.")


def test_a_follow_up_goes_on_from_the_last_question(talk, committed):
    person, conversation = talk
    ask(person, conversation, "top 10 wards in Bosso by rainfall")
    low = ask(person, conversation, "and the lowest?").results[0]
    assert (low["facts"]["end"], low["facts"]["lga"], low["facts"]["by"]) == ("lowest", "Bosso", "Rainfall")
    other = ask(person, conversation, "what about Bida").results[0]
    assert {row["lga_name"] for row in other["rows"]} == {"Bida"}


@pytest.mark.parametrize(
    ("question", "column"),
    [
        ("top 10 wards in Bosso by rainfall", "mean_rainfall"),
        ("which wards are high risk", "composite_tier"),
        ("wards with rainfall above 5 and below 5000", "mean_rainfall"),
    ],
)
def test_a_ward_behind_a_list_has_its_own_value(talk, committed, question, column):
    person, conversation = talk
    first = ask(person, conversation, question).results[0]
    ward = first["rows"][0]["ward_name"]
    turn = ask(person, conversation, f"and in {ward}?")
    facts = turn.results[0]["facts"]
    assert (facts["ward_name"], facts["column"]) == (ward, column)
    assert ward in words_of(person, turn)


def test_a_unit_that_the_values_do_not_fit_is_not_said_as_one(talk, committed):
    """The table's mean_rainfall is about 100: no year of rain in this country, and the file names no unit."""
    person, conversation = talk
    unstated = "unit not stated; usually mm per year"
    answer = ask(person, conversation, "average rainfall")
    assert answer.results[0]["facts"]["unit"].startswith(unstated)
    assert f"({unstated}" in words_of(person, answer)
    top = ask(person, conversation, "top 10 wards in Bosso by rainfall").results[0]
    heads = {column["key"]: column["unit"] for column in top["columns"]}
    assert heads["mean_rainfall"].startswith(unstated)
    listed = {
        row["variable"]: row["unit"]
        for row in ask(person, conversation, "which variables").results[0]["rows"]
    }
    assert listed["mean_rainfall"].startswith(unstated)
    assert listed["temp_mean"] == "°C"


def test_maps_charts_and_files_come_as_artefacts(talk, committed):
    person, conversation = talk
    for text in ("show the map", "map tpr", "pca map", "tier map", "histogram of tpr", "scree plot"):
        assert len(ask(person, conversation, text).results[0]["pictures"]) == 1, text
    files = ask(person, conversation, "download the results")
    assert sum(link["kind"] == "file" for link in files.artefacts) == 7
    rain = ask(person, conversation, "map rainfall")
    assert "only variables in the ranking" in words_of(person, rain)


def test_what_is_not_known_is_said_so_with_what_can_be_asked(talk, committed):
    person, conversation = talk
    turn = ask(person, conversation, "what is the price of rice in Minna")
    assert (turn.route, turn.intent, turn.results) == ("none", "cant", [])
    assert words_of(person, turn).startswith("I can't answer that.")
    assert turn.next_actions


def test_a_conversation_stands_in_rows_alone(talk, committed):
    """Another process needs nothing but the id to go on where this one stopped."""
    person, conversation = talk
    ask(person, conversation, "why is Kodo ranked first?")
    with scope(person.user.pk), transaction.atomic():
        again = Conversation.objects.get(pk=conversation.pk)
    assert ask(person, again, "2").results[0]["facts"]["lga_name"] == "Wushishi"
