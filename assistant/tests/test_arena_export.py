"""What staff may take out: preferences on general questions, and never a word of anybody's data."""

import csv
import io
import json

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from assistant.arena import starting
from assistant.arena.own_words import repeats_own_data
from assistant.tests.arena import fought, models, start, vote_all, worked
from assistant.tests.niger import ask, conversation_of
from assistant.tests.scripted import Say
from assistant.tests.test_arena_ranking import voted
from sessions_app import actions as sessions
from sessions_app.isolation import testing
from sessions_app.isolation.scope import scope
from sessions_app.models import Event
from sessions_app.tests.browsing import browse
from sessions_app.tests.people import PASSWORD, people
from tests import work


@pytest.fixture(scope="module")
def ranked(django_db_setup, django_db_blocker):
    """Alice, whose wards, columns, files and session all carry a canary."""
    with django_db_blocker.unblock(), people() as make:
        alice = make("alice")
        yield alice, work.finished_work(alice.user)


@pytest.fixture
def staff(committed):
    user = testing.make_staff(password=PASSWORD, roles=["User support", "Study manager"])
    client = Client()
    assert client.post(reverse("sign_in"), {"email": user.email, "password": PASSWORD}).status_code == 302
    yield user, client
    testing.forget(user)


def address(form: str) -> str:
    return reverse("admin:assistant_battle_export", args=[form])


def exported(client: Client, form: str = "jsonl") -> str:
    answer = client.get(address(form))
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    return answer.content.decode()


def test_preferences_leave_with_a_pseudonym_and_an_event_for_everybody_concerned(alice, bob, staff):
    member, client = staff
    question = f"general question {alice.user.pk.hex[:6]}"
    for choice in ("left", "right", "tie", "both_bad"):
        voted(alice, choice, question=question)
    voted(bob, "left", question=question)
    mine = [row for row in map(json.loads, exported(client).splitlines()) if row["question"] == question]
    assert [row["score_a"] for row in mine] == [1.0, 0.0, 0.5, None, 1.0]
    assert mine[0]["answer_a"] == "words of elm"
    assert (mine[0]["model_a"], mine[0]["model_b"]) == ("elm (elm-1)", "fir (fir-1)")
    assert len({row["voter"] for row in mine[:4]}) == 1
    assert mine[4]["voter"] != mine[0]["voter"]
    table = exported(client, "csv")
    rows = [row for row in csv.DictReader(io.StringIO(table)) if row["question"] == question]
    assert [row["score_a"] for row in rows] == ["1.0", "0.0", "0.5", "", "1.0"]
    for person in (alice, bob):
        for secret in (str(person.user.pk), person.user.pk.hex, person.user.email):
            assert secret not in table
        (first, second) = person.events("staff.exported")
        assert first.actor == second.actor == member.pk
    own = Event.objects.using("owner").filter(owner_id=member.pk, verb="arena.exported")
    assert {event.data["form"] for event in own} == {"jsonl", "csv"}
    assert all(event.data["rows"] >= 5 for event in own)


def test_nothing_that_touches_uploaded_data_is_ever_exported(ranked, staff, settings):
    """Canaries in every place: facts, questions of turns, questions that name wards, columns, files, sessions; reasons."""
    alice, kept = ranked
    canary, mine = kept.belongings.canary, kept.belongings
    settings.LANGUAGE_MODELS = {}
    with scope(alice.user.pk):
        empty = sessions.create_session(by=alice.user, name="Empty one")
    turns = [
        ask(alice, conversation_of(alice, kept.session), "how many wards are there"),
        ask(alice, conversation_of(alice, empty), f"hello {canary}"),
    ]
    says = {name: [Say(f"It is {canary}, surely.")] for name in ("cedarname", "birchname")}
    with models(settings, says, names=tuple(says)):
        with scope(alice.user.pk):
            by = {"by": alice.user}
            starts = [
                lambda: starting.start_on_results(**by, session=kept.session, question="What stands out?"),
                *(lambda turn=turn: starting.start_on_turn(**by, turn=turn) for turn in turns),
            ]
            for begin in starts:
                vote_all(alice, worked(alice, begin()))
        for question in (
            f"Why is {mine.ward_names[0]} first?", f"What is {mine.column}?", f"Is {canary}.csv good?",
            f"What about {mine.session_name}?", f"Does {canary}-00 need nets?", "Is 0.345678 much?",
        ):  # fmt: skip
            fought(alice, question)
        fought(alice, "Which net lasts longest?", reason=f"it knows {canary}")
        general = worked(alice, start(alice, "Who should sleep under a net?"))
        vote_all(alice, general)
    _, client = staff
    for form in ("csv", "jsonl"):
        content = exported(client, form)
        lines = [
            line for line in content.splitlines() if "sleep under a net" in line or "lasts longest" in line
        ]
        assert len(lines) == 2, "the general ones are there"
        # The models of the last two said the canary by themselves: the script's word, not the user's data.
        assert "it knows" not in content
        rest = [line for line in content.splitlines() if line not in lines]
        assert canary not in "".join(rest)
        for word in ("What stands out", "how many wards", "0.345678", "Empty one"):
            assert word not in content


@pytest.mark.parametrize(
    "question", ["Why are children at risk?", "How does rainfall matter?", "Which nets last?"]
)
def test_a_general_question_of_somebody_with_data_is_general(ranked, committed, question):
    alice, _ = ranked
    with scope(alice.user.pk):
        assert not repeats_own_data(alice.user, question)


def test_what_was_uploaded_and_not_read_yet_makes_every_question_doubtful(alice):
    session = alice.session("Fresh")
    with scope(alice.user.pk):
        assert not repeats_own_data(alice.user, "Why are children at risk?")
    work.upload(alice.user, session, "ward_table", "t.csv", work.Belongings().table)
    with scope(alice.user.pk):
        assert repeats_own_data(alice.user, "Why are children at risk?")


def test_one_who_is_named_in_the_account_is_named_in_no_export(alice):
    with scope(alice.user.pk):
        assert repeats_own_data(alice.user, f"What should {alice.user.email} do?")


def test_cells_that_would_run_in_a_spreadsheet_are_text(alice, staff):
    voted(alice, question="=HYPERLINK(1)")
    _, client = staff
    assert "'=HYPERLINK(1)" in exported(client, "csv")


def test_who_is_not_staff_finds_no_export(alice, committed):
    for client in (browse(alice), alice.browser()):
        answer = client.get(address("csv"))
        assert answer.status_code in (302, 404)
        assert "question" not in answer.content.decode()
    assert browse(alice).get(address("csv")).status_code == 404


def test_staff_read_no_questions_in_the_list_and_ask_for_no_other_form(alice, staff):
    vote = voted(alice, question="a question of alice")
    _, client = staff
    with transaction.atomic(using="owner"):
        battle = vote.round.battle_id
    listed = client.get(reverse("admin:assistant_battle_changelist")).content.decode()
    detail = client.get(reverse("admin:assistant_battle_change", args=[battle])).content.decode()
    assert str(battle) in listed + detail
    assert "a question of alice" not in listed + detail
    assert client.get(address("xlsx")).status_code == 404
    assert client.post(address("csv")).status_code == 405
