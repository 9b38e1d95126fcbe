"""Words are kept for a while; that something was said stays."""

from datetime import timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from assistant import actions, feedback, sharing, tasks
from assistant.models import Battle, Conversation, Message, Turn, Vote
from assistant.tests.arena import fought, models, start, worked
from assistant.tests.scripted import Refuse, Say
from assistant.tests.test_conversations import said
from sessions_app.isolation.scope import scope
from sessions_app.tests.browsing import browse, text_of
from sessions_app.tests.people import problem


def aged(person, turn, days):
    with scope(person.user.pk), transaction.atomic():
        Turn.objects.filter(pk=turn.pk).update(created_at=timezone.now() - timedelta(days=days))


def test_old_words_go_and_the_turn_its_verdict_and_younger_words_stay(alice, bob, settings):
    settings.CHAT = settings.CHAT | {"words_days": 30}
    session = alice.session()
    talk = said(alice, session, "secret plan for Bosso", "younger words")
    his = said(bob, bob.session(), "his young words")
    with scope(alice.user.pk), transaction.atomic():
        old, young = talk.turns.order_by("number")
        Turn.objects.filter(pk=old.pk).update(
            intent="rank", results=[{"rows": [{"ward": "Bosso"}], "pictures": []}], slots={"lga": "Bosso"}
        )
        feedback.judge(by=alice.user, turn=old, verdict="down", reason="Bosso is wrong")
    aged(alice, old, 31)
    tasks.remove_old_words()
    with scope(alice.user.pk), transaction.atomic():
        old.refresh_from_db()
        assert (old.intent, old.number, old.results, old.slots) == ("rank", 1, [], {})
        assert old.words_removed_at is not None
        assert [message.text for message in Message.objects.filter(turn=young)]
        assert not Message.objects.filter(turn=old).exists()
        assert (old.feedback.get().verdict, old.feedback.get().reason) == ("down", "")
        assert Conversation.objects.get(pk=talk.pk).title.startswith("Conversation of ")
    page = text_of(browse(alice).get(talk.get_absolute_url()))
    assert "Words removed after 30 days." in page
    assert "younger words" in page
    assert "Bosso" not in page
    (event,) = alice.events("conversation.words_removed")
    assert event.data == {"turns": 1}
    with scope(bob.user.pk), transaction.atomic():
        assert Message.objects.filter(conversation=his).count() == 2
    tasks.remove_old_words()
    assert len(alice.events("conversation.words_removed")) == 1


def test_a_name_that_somebody_gave_stays(alice, settings):
    settings.CHAT = settings.CHAT | {"words_days": 30}
    talk = said(alice, alice.session(), "secret plan")
    with scope(alice.user.pk):
        actions.change_conversation(by=alice.user, conversation=talk, title="My name for it")
        with transaction.atomic():
            turn = talk.turns.get()
    aged(alice, turn, 31)
    tasks.remove_old_words()
    with scope(alice.user.pk), transaction.atomic():
        assert Conversation.objects.get(pk=talk.pk).title == "My name for it"


def test_without_a_limit_nothing_goes(alice, settings):
    settings.CHAT = settings.CHAT | {"words_days": 0}
    talk = said(alice, alice.session(), "kept")
    with scope(alice.user.pk), transaction.atomic():
        turn = talk.turns.get()
    aged(alice, turn, 4_000)
    tasks.remove_old_words()
    with scope(alice.user.pk), transaction.atomic():
        assert Message.objects.filter(turn=turn).count() == 2


def test_the_words_of_a_comparison_end_too_and_its_choice_stays(alice, settings, stack):
    settings.CHAT = settings.CHAT | {"words_days": 30}
    with models(settings):
        battle = fought(alice, "secret question about Bosso", reason="Bosso is wrong")
    with scope(alice.user.pk), transaction.atomic():
        before = list(Vote.objects.filter(round__battle=battle).values_list("choice", flat=True))
    tasks.remove_old_words()
    with scope(alice.user.pk), transaction.atomic():
        assert Battle.objects.get(pk=battle.pk).question == "secret question about Bosso"
    aged_battle(stack, battle, 31)
    tasks.remove_old_words()
    with scope(alice.user.pk), transaction.atomic():
        left = Battle.objects.get(pk=battle.pk)
        assert (left.question, left.facts, left.status) == ("", [], "over")
        assert set(left.entries.values_list("text", flat=True)) == {""}
        votes = Vote.objects.filter(round__battle=battle)
        assert list(votes.values_list("choice", flat=True)) == before
        assert set(votes.values_list("reason", flat=True)) == {""}
    page = text_of(browse(alice).get(battle.get_absolute_url()))
    assert "Words removed" in page
    assert "Bosso" not in page
    assert "secret" not in text_of(browse(alice).get(reverse("arena")))


def test_a_comparison_whose_words_are_gone_takes_no_vote_and_asks_nobody_anew(alice, settings, stack):
    settings.CHAT = settings.CHAT | {"words_days": 30}
    settings.LANGUAGE_LIMITS = settings.LANGUAGE_LIMITS | {"retries": 0}
    with models(settings, {"birchname": [Refuse(500)]}) as servers:
        failed = worked(alice, start(alice))
        servers["birchname"]._script = [Say("It came back.")]
        open_one = worked(alice, start(alice))
        assert (failed.status, open_one.status) == ("failed", "voting")
        asked = len(servers["birchname"].asked)
        browser, api = browse(alice), alice.browser()
        # From the day on, whether or not maintenance has come by; and after it.
        for removed in (lambda: None, tasks.remove_old_words):
            for battle in (failed, open_one):
                aged_battle(stack, battle, 31)
            removed()
            again, vote = reverse("api-battle-again", args=[failed.pk]), [open_one.pk, 1]
            problem(api.post(again), 410, "words_removed")
            sent = {"choice": "left"}
            answer = api.post(reverse("api-battle-vote", args=vote), sent, content_type="application/json")
            problem(answer, 410, "words_removed")
            assert browser.post(reverse("battle_again", args=[failed.pk])).status_code == 410
            assert browser.post(reverse("battle_vote", args=vote), sent).status_code == 410
        for battle, form in ((failed, "/again/"), (open_one, "/vote/")):
            page = browser.get(battle.get_absolute_url()).content.decode()
            assert form not in page
            assert "Who answered" not in page
        assert len(servers["birchname"].asked) == asked
    with scope(alice.user.pk), transaction.atomic():
        assert not Vote.objects.exists()


def aged_battle(stack, battle, days):
    """As time does it: the web role can't."""
    past = timezone.now() - timedelta(days=days)
    with stack.services.superuser() as connection:
        connection.execute("UPDATE assistant_battle SET created_at = %s WHERE id = %s", [past, battle.pk])


def test_a_link_forgets_the_first_question_with_its_conversation(alice, settings):
    settings.CHAT = settings.CHAT | {"words_days": 30}
    talk = said(alice, alice.session(), "secret plan for Bosso")
    with scope(alice.user.pk):
        link, _ = sharing.share(by=alice.user, conversation=talk, days=7)
        with transaction.atomic():
            turn = talk.turns.get()
    aged(alice, turn, 31)
    tasks.remove_old_words()
    with scope(alice.user.pk), transaction.atomic():
        link.refresh_from_db()
        assert link.title.startswith("Conversation of ")


def test_an_old_turn_is_compared_no_more_and_a_running_one_not_yet(alice, settings):
    settings.CHAT = settings.CHAT | {"words_days": 30}
    talk = said(alice, alice.session(), "secret plan", "under way")
    with scope(alice.user.pk), transaction.atomic():
        old, running = talk.turns.order_by("number")
        Turn.objects.filter(pk=running.pk).update(status=Turn.Status.RUNNING)
    aged(alice, old, 31)
    tasks.remove_old_words()
    with models(settings):
        for turn, status, code in ((old, 410, "words_removed"), (running, 409, "turn_under_way")):
            sent = {"turn": str(turn.pk)}
            problem(
                alice.browser().post("/api/battles/", sent, content_type="application/json"), status, code
            )
            assert browse(alice).post(reverse("arena"), sent).status_code == status
    with scope(alice.user.pk), transaction.atomic():
        assert not Battle.objects.exists()
