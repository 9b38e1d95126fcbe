"""What a person is told of how a message was understood, and that nothing is answered by half."""

import pytest

from assistant.core.routing import decide
from assistant.tests.niger import ask, conversation_of, words_of
from assistant.tests.scripted import Say, Scripted
from assistant.tests.utterances import lexicon
from assistant.understanding import OFFERS, READ_AS, not_known, told

SURE = "before the meeting starts, what was inside that file of mine"


@pytest.mark.realdata
def test_an_answer_by_likeness_says_what_was_read(talk, committed):
    person, conversation = talk
    turn = ask(
        person,
        conversation,
        "for my slide I need just one figure, the average rainfall of the whole state please",
    )
    assert (turn.route, turn.intent) == ("likeness", "aggregate")
    assert words_of(person, turn).splitlines()[0] == "Read as: a figure over several wards."


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("top 10 wards not in Bosso", "not"), ("average tpr in Bosso and Bida", "Bida"),
        ("wards above average in rainfall", "above average"),
    ],
)  # fmt: skip
def test_what_would_be_left_out_is_named_and_no_number_is_told(talk, committed, text, left):
    person, conversation = talk
    turn = ask(person, conversation, text)
    assert (turn.intent, turn.results) == ("cant", [])
    assert left in words_of(person, turn).splitlines()[0]


@pytest.mark.realdata
def test_a_map_of_everything_says_that_it_is_not_narrowed(talk, committed):
    person, conversation = talk
    turn = ask(person, conversation, "kindly show a map of rainfall, for Agaie alone")
    assert turn.intent == "map"
    assert "This is not in the answer: Agaie." in words_of(person, turn)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("plan 500000 nets excluding Bosso", "A plan is for all wards of your data"),
        ("what would 50000 more nets do in Bosso", "A plan is for all wards of your data"),
        ("delivery list for Bosso and Bida", "of one place at a time"),
        ("how many nets do Kawo and Kodo get", "of one place at a time"),
    ],
)
def test_a_plan_that_is_refused_says_what_can_be_done_instead(text, said):
    words = not_known(decide(text, lexicon()))
    assert said in words and "Ask" in words


def test_what_a_plan_leaves_aside_cannot_be_taken_for_being_followed():
    assert told(decide("plan 500000 nets monthly", lexicon()))[-1] == (
        "The plan is for all wards of your data; “monthly” was not taken into account."
    )


@pytest.mark.realdata
def test_a_word_that_nobody_knows_leads_to_an_offer(talk, committed):
    person, conversation = talk
    turn = ask(person, conversation, "kindly draw the map of bamboo")
    assert turn.intent == "cant"
    assert turn.results == []
    assert "I don't know: bamboo." in words_of(person, turn)
    assert turn.next_actions[0] == {"label": OFFERS["map"], "text": OFFERS["map"]}


@pytest.mark.realdata
def test_the_rank_of_an_lga_is_not_told_as_that_of_a_ward(talk, committed):
    person, conversation = talk
    turn = ask(person, conversation, "why does Bida score so low")
    assert turn.results == []
    assert "Name a ward in Bida" in words_of(person, turn)


@pytest.mark.realdata
def test_lgas_that_fit_are_counted(talk, committed):
    person, conversation = talk
    turn = ask(person, conversation, "how many LGAs have an average TPR above 25 percent")
    (found,) = turn.results
    rates = [row["mean(u5_tpr_rdt)"] for row in found["rows"]]
    assert found["facts"]["n"] == len(rates) > 0
    assert min(rates) > 25
    assert found["facts"]["all"] == 25


def test_the_events_say_that_it_was_likeness(alice):
    turn = ask(alice, conversation_of(alice, alice.session()), SURE)
    assert (turn.route, turn.intent) == ("likeness", "describe")
    (finished,) = alice.events("turn.finished")
    assert (finished.data["route"], finished.data["intent"]) == ("likeness", "describe")


def test_a_model_is_asked_before_likeness_unless_that_is_beyond_doubt(alice, settings):
    conversation = conversation_of(alice, alice.session())
    with Scripted([Say("never")]).running() as server:
        settings.LANGUAGE_MODELS = server.configured()
        assert ask(alice, conversation, "pls wetin dey inside this data wey I load").route == "likeness"
        doubtful = ask(alice, conversation, SURE)
    assert (doubtful.status, doubtful.route) == ("running", "model")


def test_what_is_said_holds_no_number():
    assert not any(any(map(str.isdigit, words)) for words in READ_AS.values())
