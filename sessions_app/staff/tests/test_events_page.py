"""The event ledger as staff see it, and the attempts on the wall."""

import uuid

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from sessions_app.events import COMMAND_LINE
from sessions_app.isolation import testing
from sessions_app.models import Event

LIST = "/admin/sessions_app/event/"
ATTEMPTS = "/admin/sessions_app/isolationattempt/"


@pytest.fixture
def nobodys(committed):
    """What the command line did, and an attempt of an account that is gone."""
    gone = uuid.uuid4()
    made = [
        Event.objects.using("owner").create(
            owner_id=COMMAND_LINE, actor=COMMAND_LINE, verb="reference.loaded", object_id=uuid.uuid4()
        ),
        Event.objects.using("owner").create(
            owner_id=gone, actor=gone, verb="isolation.attempt", object_type="sessions_app_analysissession",
            object_id=uuid.uuid4(), data={"holder": str(uuid.uuid4())},
        ),
    ]  # fmt: skip
    yield made
    Event.objects.using("owner").filter(pk__in=[one.pk for one in made]).delete()


def test_events_without_an_account_are_listed_and_named(support, nobodys):
    loaded, attempt = nobodys
    page = support.client.get(f"{LIST}?verb=reference.loaded").content.decode()
    assert str(loaded.object_id) in page
    assert "command line" in page
    page = support.client.get(f"{LIST}?verb=isolation.attempt").content.decode()
    assert f"deleted account {attempt.owner_id}" in page


def test_each_of_them_opens_and_nothing_is_written_for_nobody(support, nobodys):
    for event in nobodys:
        answer = support.client.get(f"{LIST}{event.pk}/change/")
        assert answer.status_code == 200
        assert event.verb in answer.content.decode()
    support.client.get(LIST)
    owners = [event.owner_id for event in nobodys]
    assert not Event.objects.using("owner").filter(owner_id__in=owners, verb__startswith="staff.").exists()


def test_an_event_is_found_by_address_object_and_owner(support, alice, bob):
    hers = Event.objects.using("owner").filter(owner_id=alice.user.pk, verb="account.signed_in").get()
    for words in (alice.email, alice.email[:12], str(alice.user.pk), str(hers.pk), str(hers.object_id)):
        page = support.client.get(LIST, {"q": words}).content.decode()
        assert f"{LIST}{hers.pk}/" in page, words
        assert bob.email not in page, words


def test_the_history_of_an_object_is_its_events(support, alice):
    link = support.client.get(f"/admin/sessions_app/user/{alice.user.pk}/history/")["Location"]
    page = support.client.get(link).content.decode()
    assert "account.signed_in" in page


def test_attempts_are_listed_and_counted_by_day(support, alice):
    holder = uuid.uuid4()
    for _ in range(3):
        Event.objects.using("owner").create(
            owner_id=alice.user.pk, actor=alice.user.pk, verb="isolation.attempt", object_type="sessions_app_storedfile",
            object_id=uuid.uuid4(), data={"holder": str(holder)},
        )  # fmt: skip
    page = support.client.get(ATTEMPTS, {"q": alice.email})
    assert page.content.decode().count(str(holder)) == 3
    days = page.context_data["by_day"]
    assert days[0]["n"] >= 3
    assert "account.signed_in" not in page.content.decode()
    assert len(alice.events("staff.listed")) == 1
    testing.forget(alice.user)


def test_the_verbs_to_choose_from_are_those_that_there_are(support, alice):
    page = support.client.get(LIST)
    [verbs] = [spec for spec in page.context_data["cl"].filter_specs if spec.title == "verb"]
    offered = [name for name, _ in verbs.lookup_choices]
    assert "account.signed_in" in offered
    assert offered == sorted(set(offered))


@pytest.mark.parametrize("address", [LIST, ATTEMPTS])
def test_queries_stay_the_same(support, person, address):
    def count() -> int:
        with CaptureQueriesContext(connections["staff"]) as seen:
            assert support.client.get(address).status_code == 200
        return len(seen)

    def attempt(name: str) -> None:
        one = person(name).user.pk
        Event.objects.using("owner").create(
            owner_id=one, actor=one, verb="isolation.attempt", object_id=uuid.uuid4()
        )

    attempt("first")
    few = count()
    for index in range(6):
        attempt(f"more{index}")
    # A transaction's two ends, two for the role's rights, verbs or days, the count, the rows, and the event of the look.
    assert (few, count()) == (8, 8)
