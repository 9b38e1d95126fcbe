"""The arena's pages and addresses, as a person and a program use them."""

from django.db import transaction
from django.urls import reverse

from assistant.arena import tasks
from assistant.models import Battle
from assistant.tests.arena import QUESTION, TEXTS, entries_of, models, start, stored, worked
from assistant.tests.niger import ask, conversation_of
from sessions_app.isolation.scope import scope
from sessions_app.tests.browsing import browse, text_of
from tests.isolation.rows import battle_rows

JSON = "application/json"
HOSTILE = "<img src=x onerror=alert(1)>"


def battle_of(answer):
    return answer["Location"].strip("/").split("/")[-1]


def test_the_arena_is_offered_where_two_models_are_configured_and_nowhere_else(alice, settings):
    session = alice.session()
    settings.LANGUAGE_MODELS = {}
    turn = ask(alice, conversation_of(alice, session), "hello")
    chat = reverse("conversation_detail", args=[session.pk, turn.conversation_id])
    browser = browse(alice)

    def offers():
        pages = [browser.get(reverse("session_list")), browser.get(chat), browser.get(reverse("arena"))]
        return [
            text_of(page).count(words)
            for page, words in zip(pages, ('href="/arena/"', 'name="turn"', "<textarea"), strict=True)
        ]

    with models(settings, names=("cedarname",)):
        assert offers() == [0, 0, 0]
        assert "fewer" in text_of(browser.get(reverse("arena")))
        refused = browser.post(reverse("arena"), {"question": QUESTION})
        assert refused.status_code == 409
        assert "Two or more must be configured" in text_of(refused)
        assert (
            alice.browser().post(reverse("api-battles"), {"question": QUESTION}, JSON).json()["code"]
            == "arena_closed"
        )
    with models(settings):
        assert offers() == [1, 1, 1]


def test_a_question_is_compared_by_forms_alone(alice, settings):
    browser = browse(alice)
    with models(settings):
        begun = browser.post(reverse("arena"), {"question": HOSTILE + " " + QUESTION})
        assert begun.status_code == 302
        page = text_of(browser.get(begun["Location"]))
        assert '<noscript><meta http-equiv="refresh"' in page
        assert "The models are answering" in page
        assert HOSTILE not in page
        battle = Battle(pk=battle_of(begun))
        for entry in entries_of(alice, stored(alice, battle)):
            with scope(alice.user.pk):
                tasks.answer_entry.run(str(entry.pk))
        for number in (1, 2):
            page = text_of(browser.get(begun["Location"]))
            assert "http-equiv" not in page
            assert f"Round {number} of 2" in page
            vote = browser.post(
                reverse("battle_vote", args=[battle.pk, number]), {"choice": "left", "reason": HOSTILE}
            )
            assert vote["Location"] == begun["Location"]
        again = browser.post(reverse("battle_vote", args=[battle.pk, 2]), {"choice": "right"})
        assert again.status_code == 409
        assert "You have voted on this round" in text_of(again)
        page = text_of(browser.get(begun["Location"]))
    assert "Who answered" in page
    assert all(name in page for name in TEXTS)
    assert HOSTILE not in page
    assert "no-store" in browser.get(begun["Location"])["Cache-Control"]


def test_compare_on_an_answered_turn_starts_a_battle_on_its_question(alice, settings):
    session = alice.session()
    settings.LANGUAGE_MODELS = {}
    turn = ask(alice, conversation_of(alice, session), "hello")
    with models(settings):
        begun = browse(alice).post(reverse("arena"), {"turn": turn.pk})
        assert begun.status_code == 302
        page = text_of(browse(alice).get(begun["Location"]))
    assert "<h1><bdi>hello</bdi></h1>" in page


def test_without_a_ranking_the_page_says_what_is_missing(alice, settings):
    session = alice.session()
    with models(settings):
        page = text_of(browse(alice).get(reverse("arena"), {"session": session.pk}))
        assert f'name="session" value="{session.pk}"' in page
        refused = browse(alice).post(
            reverse("arena"), {"session": session.pk, "question": "What stands out?"}
        )
    assert refused.status_code == 409
    assert "There is no ranking yet." in text_of(refused)


def test_an_empty_or_endless_question_starts_nothing(alice, settings):
    with models(settings):
        for question in ("", "  ", "\x00", "x" * 2_001):
            assert browse(alice).post(reverse("arena"), {"question": question}).status_code == 400
        assert alice.browser().get(reverse("api-battles")).json()["results"] == []


def test_the_daily_cap_is_a_429_with_a_time(alice, settings):
    settings.ARENA = settings.ARENA | {"battles_per_day": 1}
    with models(settings):
        worked(alice, start(alice))
        refused = alice.browser().post(reverse("api-battles"), {"question": QUESTION}, JSON)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_battles")
        assert 86_000 < int(refused["Retry-After"]) <= 86_400
        assert browse(alice).post(reverse("arena"), {"question": QUESTION}).status_code == 429


def test_a_program_goes_the_whole_way(alice, settings):
    client = alice.browser()
    with models(settings):
        begun = client.post(reverse("api-battles"), {"question": QUESTION}, JSON)
        assert begun.status_code == 202
        body = begun.json()
        assert (body["status"], body["rounds"], body["ranking"], body["of_rounds"]) == (
            "answering",
            [],
            [],
            2,
        )
        worked(alice, Battle(pk=body["id"]))
        place = reverse("api-battle", args=[body["id"]])
        while (body := client.get(place).json())["status"] == "voting":
            sent = {"choice": "right", "reason": "shorter"}
            answer = client.post(reverse("api-battle-vote", args=[body["id"], body["round"]]), sent, JSON)
            assert answer.status_code == 200, answer.content
    assert body["status"] == "over"
    assert [one["place"] for one in body["ranking"]] == [1, 2, 3]
    assert body["ranking"][0]["input_tokens"] > 0
    assert [one["vote"]["reason"] for one in body["rounds"]] == ["shorter", "shorter"]
    assert client.get(reverse("api-battles")).json()["results"][0]["id"] == body["id"]
    assert client.delete(place).status_code == 204
    assert client.get(place).status_code == 404


def test_deleting_asks_twice(alice, settings):
    with models(settings):
        battle = worked(alice, start(alice))
    browser, address = browse(alice), reverse("battle_delete", args=[battle.pk])
    browser.post(address)
    assert browser.get(battle.get_absolute_url()).status_code == 200
    assert browser.post(address, {"sure": "1"})["Location"] == reverse("arena")
    assert browser.get(battle.get_absolute_url()).status_code == 404


def test_an_old_card_opens_when_no_tool_finds_such_things_any_more(alice):
    with scope(alice.user.pk), transaction.atomic():
        battle = battle_rows(alice.user, alice.session(), "an old question")[0]
        assert battle.facts[0]["say"] == "an old question"
    page = browse(alice).get(battle.get_absolute_url())
    assert page.status_code == 200
    assert "an old question" in text_of(page)
