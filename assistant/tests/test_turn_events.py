"""What the ledger knows of a conversation: which command, tool and verdict, and never a word."""

from django.urls import reverse

from assistant import actions
from sessions_app.isolation.scope import scope
from sessions_app.tests.browsing import browse

CANARY = "zebrafish"


def verbs(person, *begin):
    return [event.verb for event in person.events() if event.verb.startswith(begin)]


def test_commands_tools_and_questions_without_an_answer(alice):
    browser, session = browse(alice), alice.session()
    place = reverse("session_chat", args=[session.pk])
    browser.post(place, {"text": "describe my data"})
    browser.post(place, {"text": f"{CANARY} quux please"})
    assert verbs(alice, "turn.", "tool.", "question.") == [
        "turn.started", "turn.finished", "tool.called", "turn.started", "turn.finished", "question.unanswered",
    ]  # fmt: skip
    (called,) = alice.events("tool.called")
    assert called.data["tool"] == "describe_data"
    assert called.data["milliseconds"] >= 0
    matched, unmatched = alice.events("turn.finished")
    assert (matched.data["route"], matched.data["intent"]) == ("command", "describe")
    assert unmatched.data["intent"] == "cant"
    assert CANARY not in str([event.data for event in alice.events()])


def test_the_conversation_is_found_shared_and_taken_away_by_words(alice):
    browser, session = browse(alice), alice.session()
    place = reverse("session_chat", args=[session.pk])
    browser.post(place, {"text": "show my conversations"})
    page = browser.post(place, {"text": "share this conversation"}, follow=True).content.decode()
    assert "/share/" in page
    page = browser.post(place, {"text": "Download the transcript"}, follow=True).content.decode()
    assert "transcript/?as=md" in page
    browser.post(place, {"text": "/history"})
    intents = [event.data["intent"] for event in alice.events("turn.finished")]
    assert intents == ["history", "share", "transcript", "history"]
    assert alice.events("share.made") == [], "words alone share nothing"


def test_a_tool_that_refuses_is_written_down_with_its_code(alice):
    browser, session = browse(alice), alice.session()
    browser.post(reverse("session_chat", args=[session.pk]), {"text": "run the risk analysis"})
    failed = alice.events("tool.failed")
    called = alice.events("tool.called")
    assert [event.data["tool"] for event in (*failed, *called)] == ["run_risk"]
    assert all(event.data["code"] for event in failed)


def test_an_open_question_is_asked_then_answered_or_abandoned(alice):
    session = alice.session()
    which = {"intent": "explain", "slots": {"ward": CANARY}, "choices": [{"id": "a"}, {"id": "b"}]}
    with scope(alice.user.pk):
        talk = actions.start_conversation(by=alice.user, session=session)

        def turn(route, pending):
            begun = actions.begin_turn(by=alice.user, conversation=talk, text=CANARY)
            actions.finish_turn(
                by=alice.user, turn=begun, text="", pending=pending, focus={}, route=route, intent="explain"
            )

        turn("command", which)
        turn("command", which)
        turn("pending", {})
        turn("command", which)
        # One step back, or an answer by a command, is the same dialogue.
        turn("navigation", which | {"slots": {}})
        turn("navigation", {})
    assert verbs(alice, "dialogue.") == [
        "dialogue.asked", "dialogue.answered", "dialogue.asked", "dialogue.asked", "dialogue.abandoned",
    ]  # fmt: skip
    assert alice.events("dialogue.asked")[0].data == {"intent": "explain", "options": 2}
    assert CANARY not in str([event.data for event in alice.events()])


def test_why_is_written_down_as_a_question_for_an_explanation(alice):
    session = alice.session()
    with scope(alice.user.pk):
        talk = actions.start_conversation(by=alice.user, session=session)
        begun = actions.begin_turn(by=alice.user, conversation=talk, text="why")
        calls = [{"tool": "explain_ward", "milliseconds": 3, "code": ""}]
        actions.finish_turn(by=alice.user, turn=begun, text="", pending={}, focus={}, calls=calls)
    (event,) = alice.events("explain.requested")
    assert (event.object_id, event.data) == (begun.pk, {"tool": "explain_ward"})
