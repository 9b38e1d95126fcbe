"""The questions to Niger State again, this time with a model that picks the tool: the same right numbers come out."""

import json
import re
from pathlib import Path

import pytest
from django.db import transaction

from assistant import selectors, tasks
from assistant.commands import tool_call
from assistant.core.routing import decide
from assistant.core.verifier import numbers_in, unsupported_numbers
from assistant.tests.niger import ask, words_of
from assistant.tests.scripted import Call, Say, Scripted
from assistant.tests.test_questions import says
from assistant.toolbox import Toolbox
from assistant.turns import _lexicon
from assistant.wording import DEFINITIONS, FIXED
from sessions_app.isolation.scope import scope

pytestmark = pytest.mark.realdata
QUESTIONS = json.loads((Path(__file__).with_name("data") / "niger_questions.json").read_text())
BEYOND_COMMANDS = "please tell the story behind everything"


def call_for(person, conversation, text: str) -> Call:
    """What a good model would call for this question, in the words of the tool's schema."""
    with scope(person.user.pk):
        toolbox = Toolbox(by=person.user, session=conversation.session, turn_key="none")
        decision = decide(text, _lexicon(toolbox))
        name, said = tool_call(decision.intent, dict(decision.slots), toolbox)
    if "where" in said:
        said["where"] = [
            {
                "variable": one[0],
                "operator": one[1],
                "value": one[2],
                **({"second": one[3]} if one[3:] else {}),
            }
            for one in said["where"]
        ]
    return Call(name, said)


def numbers_said(text: str) -> str:
    """The numbers that the person said: a model may say no others to a tool."""
    return " and ".join(one.strip() for one in re.findall(r"\d[\d ,.]*\w?", text))


# How many models, which is no rank.
OF_MODELS = {"why is Kpada ranked 35?": (25, 57), "why is Manta ranked first?": (117,)}


def in_words(tool: str, question: dict) -> str:
    """The numbers as a model may say them: of a ranking whole ones are ranks."""
    ranks, models = tool in ("rank_wards", "explain_ward"), OF_MODELS.get(question["ask"], ())
    told = [
        f"{'rank ' if ranks and number < 1000 and number.is_integer() and number not in models else ''}{number:.15g}"
        for number in question["numbers"]
    ]
    return "; ".join(told) or "see above"


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question["ask"])
def test_the_tools_tell_a_model_the_right_numbers(talk, committed, settings, question):
    person, conversation = talk
    call = call_for(person, conversation, question["ask"])
    said = f"That is what was found: {in_words(call.tool, question)}."
    with Scripted([call, Say(said)]).running() as server:
        settings.LANGUAGE_MODELS = server.configured()
        turn = ask(person, conversation, f"{BEYOND_COMMANDS} {numbers_said(question['ask'])}")
        with scope(person.user.pk):
            tasks.answer_turn.run(str(turn.pk))
            with transaction.atomic():
                turn = selectors.all_turns_of(person.user).get(pk=turn.pk)
    assert (turn.status, turn.route) == ("done", "model"), turn.error
    (found,) = turn.results
    words = words_of(person, turn)
    told = [message["content"] for message in server.asked[-1]["messages"] if message["role"] == "tool"]
    assert words.endswith(said), f"withheld: {said} {found}"
    facts = list(numbers_in(json.loads(told[0].removeprefix("<data>").removesuffix("</data>"))["facts"]))
    for number in question["numbers"]:
        assert any(abs(value - number) <= 1e-6 for value in facts), f"{number} is missing in: {facts}"
        assert says(words.removesuffix(said), number), f"{number} is missing in: {words}"
    if "rows" in question:
        assert len(found["rows"]) == question["rows"]
    if "first" in question:
        assert question["first"] in words
        assert question["first"] in told[0]
    assert unsupported_numbers(words.removesuffix(said), turn.results, (*FIXED, *DEFINITIONS.values())) == []
