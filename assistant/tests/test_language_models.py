"""Turns that a language model answers, over a real connection to a server that speaks the protocols."""

import json
from decimal import Decimal

import pytest
from django.db import transaction

from assistant import actions, selectors, tasks
from assistant.models import ModelCall, Turn
from assistant.tests.niger import ask, conversation_of, words_of
from assistant.tests.scripted import TOKENS, Call, Raw, Refuse, Say, Scripted, anthropic_events, openai_events
from sessions_app.isolation.scope import scope
from sessions_app.tests.people import people
from tests import work

QUESTION = "please tell the story behind everything"


@pytest.fixture(scope="module")
def ranked(django_db_setup, django_db_blocker):
    """Alice with a session of ranked made-up wards, for all tests of this module."""
    with django_db_blocker.unblock(), people() as make:
        alice = make("alice")
        yield alice, work.finished_work(alice.user)


@pytest.fixture
def at_work(ranked, committed):
    alice, kept = ranked
    return alice, kept, conversation_of(alice, kept.session)


@pytest.fixture
def beginning(alice):
    """Alice with an empty session."""
    return alice, conversation_of(alice, alice.session())


def answered(person, conversation, question=QUESTION) -> Turn:
    """Ask, and do what the worker does."""
    turn = ask(person, conversation, question)
    assert (turn.status, turn.route) == ("running", "model")
    return worked(person, turn)


def worked(person, turn) -> Turn:
    with scope(person.user.pk):
        tasks.answer_turn.run(str(turn.pk))
        with transaction.atomic():
            return selectors.all_turns_of(person.user).get(pk=turn.pk)


def calls_of(person, turn: Turn | None = None) -> list[ModelCall]:
    with scope(person.user.pk), transaction.atomic():
        calls = ModelCall.objects.order_by("created_at")
        return list(calls.filter(turn_id=turn.pk) if turn else calls)


@pytest.mark.parametrize("protocol", ["openai", "anthropic"])
def test_a_model_calls_a_tool_and_its_words_come_after_what_was_found(at_work, settings, protocol):
    alice, _, conversation = at_work
    with Scripted([Call("count_wards"), Say("That is all the **wards** there are.")]).running() as server:
        settings.LANGUAGE_MODELS = server.configured(protocol)
        turn = answered(alice, conversation)
    assert (turn.status, turn.model, turn.attempt) == ("done", "tried", 1)
    (found,) = turn.results
    assert found["tool"] == "count_wards"
    lines = words_of(alice, turn).splitlines()
    assert lines == [f"In this session: {found['facts']['n']} wards.", "That is all the wards there are."]
    assert turn.slots == {"found_lines": 1, "withheld": False}
    (call,) = calls_of(alice, turn)
    assert (call.outcome, call.requests) == ("answered", 2)
    assert (call.input_tokens, call.output_tokens, call.estimated) == (2 * TOKENS[0], 2 * TOKENS[1], False)


def test_the_model_sees_tools_without_session_and_owner_and_no_ids(at_work, settings):
    alice, kept, conversation = at_work
    with Scripted([Call("show_map"), Say("There.")]).running() as server:
        settings.LANGUAGE_MODELS = server.configured()
        answered(alice, conversation)
    sent = json.dumps(server.asked)
    for secret in (alice.user.pk, kept.session.pk, kept.risk.pk, conversation.pk, alice.user.email):
        assert str(secret) not in sent
    names = {tool["function"]["name"] for tool in server.asked[0]["tools"]}
    assert {"rank_wards", "count_wards", "explain_ward"} <= names
    for tool in server.asked[0]["tools"]:
        parameters = tool["function"]["parameters"]
        assert parameters["additionalProperties"] is False
        assert not {"desk", "session", "owner", "user", "session_id", "owner_id"} & set(
            parameters["properties"]
        )


def test_a_number_that_no_tool_found_is_refused_and_the_findings_stand(at_work, settings):
    alice, _, conversation = at_work
    with Scripted([Call("count_wards"), Say("There are 9,731 wards. All is well.")]).running() as server:
        settings.LANGUAGE_MODELS = server.configured()
        turn = answered(alice, conversation)
    words = words_of(alice, turn)
    assert "9,731" not in words
    assert "All is well" not in words
    assert words.splitlines()[0] == f"In this session: {turn.results[0]['facts']['n']} wards."
    assert "your data don't bear out" in words
    assert calls_of(alice, turn)[0].outcome == "refused"


# What the Anthropic protocol breaks off like: an event cut in its middle, words without an end, an error as an event, an
# event of another shape, silence after the first event.
BEGUN = "".join(list(anthropic_events(Say("So far so good")))[:3]).encode()
BEGUN_OPENAI = "".join(list(openai_events(Say("So far so good")))[:2]).encode()
OVERLOADED = b'event: error\ndata: {"type": "error", "error": {"type": "overloaded_error", "message": "secret-host is full"}}\n\n'
FAILING_ANTHROPIC = {
    "an event cut in the middle": (
        [Raw(BEGUN + b'event: content_block_delta\ndata: {"type": "cont')],
        "model_broke_off",
    ),
    "words without an end": ([Raw(BEGUN)], "model_broke_off"),
    "no JSON": ([Raw(BEGUN + b"event: content_block_delta\ndata: <html>oops</html>\n\n")], "model_broke_off"),
    "JSON of another shape": (
        [Raw(b'event: message_start\ndata: {"type": "message_start", "message": 7}\n\n')],
        "model_broke_off",
    ),
    "nothing at all": ([Raw(b"")], "model_broke_off"),
    "an error as an event": ([Raw(BEGUN + OVERLOADED)], "model_busy"),
    "429": ([Refuse(429, headers={"retry-after-ms": "10"})], "model_busy"),
    "529": ([Refuse(529, headers={"retry-after-ms": "10"})], "model_busy"),
    "a wrong key": ([Refuse(401)], "model_not_set_up"),
    "silence": ([Raw(BEGUN, hang=5)], "model_slow"),
    "endless words": ([Say("so on and " * 900)], "model_broke_off"),
}

FAILING = {
    "words without an end": ([Raw(BEGUN_OPENAI)], "model_broke_off"),
    "connection cut in the middle": ([Raw(b'data: {"id": "c1", "object": "chat.compl')], "model_broke_off"),
    "no JSON": ([Raw(b"data: <html>oops</html>\n\n")], "model_broke_off"),
    "JSON of another shape": (
        [Raw(b'data: {"choices": "none", "object": 7}\n\ndata: [DONE]\n\n')],
        "model_broke_off",
    ),
    "nothing at all": ([Raw(b"")], "model_broke_off"),
    "an error page": ([Raw(b"<html>Bad gateway</html>", media_type="text/html")], "model_broke_off"),
    "429": ([Refuse(429, headers={"retry-after-ms": "10"})], "model_busy"),
    "500": ([Refuse(500, headers={"retry-after-ms": "10"})], "model_away"),
    "a wrong key": ([Refuse(401)], "model_not_set_up"),
    "a redirect": ([Refuse(307, headers={"Location": "http://127.0.0.1:9/"})], "model_broke_off"),
    "silence": ([Raw(b": nothing yet\n\n", hang=5)], "model_slow"),
    "endless words": ([Say("so on and " * 900)], "model_broke_off"),
    "endless calls": ([Call("describe_data")], "model_too_long"),
}


@pytest.mark.parametrize(
    ("protocol", "kind"),
    [*(("openai", kind) for kind in FAILING), *(("anthropic", kind) for kind in FAILING_ANTHROPIC)],
)
def test_a_failing_provider_is_an_error_and_never_an_answer(beginning, settings, protocol, kind):
    alice, conversation = beginning
    script, code = (FAILING if protocol == "openai" else FAILING_ANTHROPIC)[kind]
    settings.LANGUAGE_LIMITS = settings.LANGUAGE_LIMITS | {"silence_seconds": 1, "retries": 1}
    with Scripted(script).running() as server:
        settings.LANGUAGE_MODELS = server.configured(protocol)
        turn = answered(alice, conversation)
    assert (turn.status, turn.error["code"]) == ("failed", code)
    words = words_of(alice, turn)
    assert "anguage model" in words
    assert not any(
        part in words + str(turn.error) for part in ("secret-host", "127.0.0.1", "key-not", "Traceback")
    )
    (call,) = calls_of(alice)
    assert (call.outcome, call.error_code) == ("failed", code)


@pytest.mark.parametrize("protocol", ["openai", "anthropic"])
def test_a_passing_refusal_is_tried_again(beginning, settings, protocol):
    alice, conversation = beginning
    refused = Refuse(503, headers={"retry-after-ms": "10"})
    with Scripted([refused, Say("All is well.")]).running() as server:
        settings.LANGUAGE_MODELS = server.configured(protocol)
        turn = answered(alice, conversation)
    assert (turn.status, len(server.asked)) == ("done", 2)


def test_a_provider_that_is_not_there_is_told_so(beginning, settings):
    alice, conversation = beginning
    server = Scripted([Say("never")])
    with server.running():
        pass
    settings.LANGUAGE_LIMITS = settings.LANGUAGE_LIMITS | {"retries": 0}
    settings.LANGUAGE_MODELS = server.configured()
    assert answered(alice, conversation).error["code"] == "model_away"


def test_budgets_are_kept_per_user_and_survive_deleting_the_conversation(beginning, settings, bob):
    alice, conversation = beginning
    settings.LANGUAGE_BUDGET = {"user_tokens": 150, "all_tokens": 10**9}
    with Scripted([Say("All is well.")]).running() as server:
        settings.LANGUAGE_MODELS = server.configured(prices=(Decimal("0.15"), Decimal("0.60")))
        assert answered(alice, conversation).status == "done"
        # 120 · 0.15 + 30 · 0.60 millionths of a dollar.
        assert calls_of(alice)[0].cost_micros == 36
        with scope(alice.user.pk):
            actions.delete_conversation(by=alice.user, conversation=conversation)
        again = answered(alice, conversation_of(alice, alice.session()))
        assert (again.status, again.error["code"]) == ("failed", "model_budget_used")
        assert len(server.asked) == 1
        other = conversation_of(bob, bob.session())
        assert answered(bob, other).status == "done"
        settings.LANGUAGE_BUDGET = {"user_tokens": 10**9, "all_tokens": 300}
        assert answered(bob, other).error["code"] == "model_budget_used"


def test_commands_never_reach_the_model_and_without_one_nothing_changes(beginning, settings):
    alice, conversation = beginning
    with Scripted([Say("never")]).running() as server:
        settings.LANGUAGE_MODELS = server.configured()
        assert ask(alice, conversation, "how many wards are there").status == "done"
        assert server.asked == []
    settings.LANGUAGE_MODELS = {}
    turn = ask(alice, conversation, QUESTION)
    assert (turn.status, turn.route, turn.intent) == ("done", "none", "cant")
