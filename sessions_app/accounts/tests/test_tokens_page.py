import re
import uuid

from sessions_app.isolation.identity import secret_hash
from sessions_app.models import Event, PersonalToken

PAGE = "/accounts/tokens/"


def make(who, **fields):
    answer = who.client.post(PAGE, {"name": "script", "reach": "read", "expires": "30", **fields})
    assert answer.status_code == 200, answer.content
    return re.search(r'id="new-token"[^>]*value="([^"]+)"', answer.content.decode())[1]


def rows(who):
    return list(PersonalToken.objects.using("owner").filter(owner_id=who.user.pk))


def test_it_works_and_is_shown_once(alice):
    clear = make(alice)
    [row] = rows(alice)
    assert clear.startswith(row.prefix + ".")
    assert row.secret_hash == secret_hash(clear)
    assert row.read_only
    assert 29 <= (row.expires_at - row.created_at).days <= 30
    page = alice.client.get(PAGE).content.decode()
    assert row.prefix in page
    assert clear not in page
    assert clear.split(".")[1] not in str([event.data for event in Event.objects.using("owner").all()[:500]])


def test_revoke(alice):
    make(alice)
    [row] = rows(alice)
    assert alice.client.post(f"{PAGE}{row.pk}/revoke/").status_code == 302
    assert rows(alice)[0].revoked_at is not None
    assert row.prefix not in alice.client.get(PAGE).content.decode()


def test_a_stranger_gets_404_and_the_try_is_noted(alice, bob):
    make(alice)
    [row] = rows(alice)
    assert bob.client.post(f"{PAGE}{row.pk}/revoke/").status_code == 404
    assert rows(alice)[0].revoked_at is None
    assert row.prefix not in bob.client.get(PAGE).content.decode()
    [attempt] = bob.events("isolation.attempt")
    assert attempt.object_id == row.pk


def test_an_unknown_one_is_404(alice):
    assert alice.client.post(f"{PAGE}{uuid.uuid4()}/revoke/").status_code == 404


def test_revoke_by_get(alice):
    make(alice)
    assert alice.client.get(f"{PAGE}{rows(alice)[0].pk}/revoke/").status_code == 405


def test_csrf(alice, browser):
    strict = browser(enforce_csrf_checks=True)
    strict.cookies["sessionid"] = alice.client.cookies["sessionid"].value
    assert strict.post(PAGE, {"name": "x", "reach": "full", "expires": ""}).status_code == 403
    assert rows(alice) == []


def test_at_most_twenty(alice):
    for _ in range(20):
        make(alice, expires="")
    answer = alice.client.post(PAGE, {"name": "one more", "reach": "read", "expires": ""})
    assert "20 tokens already" in answer.content.decode()
    assert len(rows(alice)) == 20
