"""Who is answered what at every address there is. A new address without a line in url_access.txt fails."""

import logging
import re
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from assistant.streams.tickets import ticket_for
from reference.models import ReferenceSet
from sessions_app.accounts.actions import make_personal_token
from sessions_app.accounts.jwt import issue_pair
from sessions_app.isolation import testing
from sessions_app.isolation.scope import scope
from sessions_app.isolation.shared import shared_key
from sessions_app.isolation.storage import owner_prefix
from sessions_app.models import User
from sessions_app.staff.roles import role_names
from sessions_app.storage import delete_under
from tests import work
from tests.url_access import (
    METHODS,
    PASSWORD,
    PEOPLE,
    REFERENCE,
    STREAMS,
    TABLE,
    Access,
    Walk,
    read_table,
    routes,
    streamed,
    written,
)

SEEN = Path(__file__).resolve().parent.parent / "test-artifacts" / "url_access.txt"
# For everybody, signed in or not.
PUBLIC = {
    "",
    "help/",
    "privacy/",
    "health/live/",
    "health/ready/",
    "stream/health/",
    "metrics/",  # this client comes from the same machine
    "api/schema/",
    "api/docs/",
    "accounts/sign-up/",
    "accounts/sign-up/sent/",
    "accounts/sign-in/",
    "accounts/password/reset/",
    "accounts/password/reset/sent/",
    "accounts/password/reset/new/",
}
# Ids in addresses that are nobody's own; every other one is.
OPEN_IDS = {"reference_id": "for everybody", "user_id": "of a link in a mail, opened by its token alone"}
SAFE_WITHOUT_PAGE = {204, 301, 302, 400, 401, 403, 404, 405, 410, 415, 422}


@pytest.fixture(scope="module")
def walk(django_db_setup, django_db_blocker) -> Iterator[Walk]:
    django_requests = logging.getLogger("django.request")
    django_requests.setLevel(logging.CRITICAL)  # two thousand refusals are what is asked for
    with django_db_blocker.unblock():
        owner, stranger, disabled = (testing.make_user(password=PASSWORD) for _ in range(3))
        staff = testing.make_staff(password=PASSWORD, roles=role_names())
        shared = ReferenceSet.objects.using("owner").create(
            pk=REFERENCE, kind="boundaries", name="Walked", version=1, year="2024", size_bytes=1,
            storage_key=shared_key(REFERENCE, ".gpkg"), facts={"states": []},
        )  # fmt: skip
        yield Walk(owner, stranger, staff, disabled, work.finished_work(owner))
        shared.delete(using="owner")
        testing.forget(owner, stranger, staff, disabled)
        delete_under(owner_prefix(owner.pk))
    django_requests.setLevel(logging.NOTSET)


@pytest.fixture(scope="module")
def seen(walk: Walk) -> Access:
    """Everything asked once. The owner's changes come last and hit things made for them."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    for route in routes():
        for method in METHODS:
            for person in PEOPLE:
                if person != "owner":
                    found.setdefault((route, method), {})[person] = _ask(walk, person, method, route)
    for method in METHODS:
        for route in routes():
            found[route, method]["owner"] = _ask(walk, "owner", method, route)
    access = {place: tuple(statuses[person] for person in PEOPLE) for place, statuses in found.items()}
    SEEN.parent.mkdir(exist_ok=True)
    SEEN.write_text(written(access))
    return access


def _ask(walk: Walk, person: str, method: str, route: str) -> int:
    if route in STREAMS:
        # A ticket is given out with one's own turns; nobody else has one for this turn.
        path = walk.path(route)
        owner = person == "owner" and "<" in route
        return streamed(
            method, path, ticket_for(walk.owner.pk, uuid.UUID(path.split("/")[2])) if owner else ""
        )
    changes = person == "owner" and method in ("POST", "DELETE")
    client = walk.clients[person]
    ends_sign_ins = method != "GET" and re.search(
        "sign-|admin/logout|profile/delete|password/change|demo", route
    )
    if ends_sign_ins:
        client = walk.spare_browser(person)
    answer = client.generic(
        method,
        walk.path(route, fresh=changes and "<" in route),
        "{}" if route.startswith("api/") else "",
        content_type="application/json" if route.startswith("api/") else "application/x-www-form-urlencoded",
    )
    if ends_sign_ins and person not in ("anonymous", "disabled"):
        walk.clients[person] = walk.browser(person)
    if person == "staff" and method != "GET" and route.startswith("admin/sessions_app/user/"):
        walk.open_again()  # staff may close an account, and an empty form does
    content = answer.getvalue() if answer.streaming else answer.content
    where = f"{person} {method} {route}"
    if person != "owner" and not (person == "staff" and route.startswith("admin/")):
        assert walk.kept.belongings.canary.encode() not in content, f"{where} shows the owner's data"
    assert "default-src 'none'" in answer["Content-Security-Policy"], where
    assert answer["X-Content-Type-Options"] == "nosniff", where
    assert answer["X-Frame-Options"] == "DENY", where
    if person == "owner" and "<" in route and answer.status_code < 300:
        assert "no-store" in answer["Cache-Control"], f"{where} may be kept by a cache"
    return answer.status_code


def test_every_route_has_its_line(seen):
    assert set(seen) == set(read_table()), f"compare {SEEN} with {TABLE}"


def test_everybody_is_answered_as_the_table_says(seen):
    table = read_table()
    wrong = {
        f"{method} /{route}": {"seen": seen[route, method], "table": table.get((route, method))}
        for route, method in seen
        if seen[route, method] != table.get((route, method))
    }
    assert not wrong, f"compare {SEEN} with {TABLE}: {wrong}"


def test_no_request_ends_in_a_fault(seen):
    assert {place: statuses for place, statuses in seen.items() if max(statuses) >= 500} == {}


@pytest.mark.parametrize("table", ["recorded", "seen"])
def test_the_table_itself_keeps_the_promise(seen, table):
    """The rule, independent of what was recorded: nobody but its owner gets anything from an address with an id."""
    access = seen if table == "seen" else read_table()
    for (route, method), (anonymous, stranger, owner, staff, disabled) in access.items():
        where = f"{method} /{route}"
        assert disabled == anonymous, f"{where}: a disabled account is treated better than none"
        if route not in PUBLIC and method == "GET":
            assert anonymous in SAFE_WITHOUT_PAGE, f"{where} shows anonymous people {anonymous}"
        if set(re.findall(r"<uuid:(\w+)>", route)) - set(OPEN_IDS):
            # The stream server knows tickets and no rows: whoever has none learns nothing from that.
            refused = {403, 405} if route in STREAMS else {404, 405}
            assert stranger in refused, f"{where} answers a stranger {stranger}"
            assert staff in refused, f"{where} answers staff outside the admin {staff}"
            assert anonymous in {302, 401, *refused}, f"{where} answers nobody in particular {anonymous}"
            assert owner != 404, f"{where}: the owner does not get there, so nothing is proven"
        if route.startswith("admin/"):
            assert stranger == owner == 404, f"{where} answers those who aren't staff {stranger}, {owner}"


def test_every_open_id_is_in_an_address():
    assert set(OPEN_IDS) <= {name for route in routes() for name in re.findall(r"<uuid:(\w+)>", route)}


def test_the_schema_and_the_routes_agree(seen):
    """Every operation that is described exists, and every one that exists below /api/ is described."""
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    described = {
        (re.sub(r"{(\w+)}", r"<\1>", path).lstrip("/"), method.upper())
        for path, operations in paths.items()
        for method in operations
        if method.upper() in METHODS
    }
    exist = {
        (re.sub(r"<\w+:(\w+)>", r"<\1>", route), method)
        for (route, method), statuses in seen.items()
        if route.startswith("api/") and statuses[PEOPLE.index("owner")] != 405
    }
    not_described = {("api/schema/", "GET"), ("api/docs/", "GET")}
    assert exist - not_described == described


# Changes that need no CSRF token, and why nobody can be made to do them.
WITHOUT_CSRF = {
    "api/token/": "takes a password and no cookie",
    "api/token/refresh/": "takes a refresh token and no cookie",
    "api/token/revoke/": "takes a refresh token and no cookie",
}


def strict_browser(walk: Walk, name: str) -> Client:
    """Signed in with a browser that must send the token as a real one does."""
    client = walk.browser(name, enforce_csrf_checks=True)
    sent = {"email": getattr(walk, name).email, "password": PASSWORD}
    sent["csrfmiddlewaretoken"] = token_of(client, "/accounts/sign-in/")
    assert client.post("/accounts/sign-in/", sent).status_code == 302
    return client


def token_of(client: Client, address: str) -> str:
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get(address).content.decode())
    assert token
    return token[1]


def changes_of(person: str, admin: bool) -> list[tuple[str, str]]:
    """Whatever changes something: each method but GET that this person is not told 404 or 405 for."""
    place = PEOPLE.index(person)
    return [
        (route, method)
        for (route, method), statuses in read_table().items()
        if method != "GET" and route.startswith("admin/") == admin and statuses[place] not in (404, 405)
    ]


def sent_to(route: str) -> tuple[str, str]:
    """What an address reads, with its type: one that it does not read is refused for that."""
    if route == "api/sessions/<uuid:session_id>/files/":
        form = 'Content-Disposition: form-data; name="x"\r\n\r\n1'
        return f"--b\r\n{form}\r\n--b--\r\n", "multipart/form-data; boundary=b"
    if route.startswith("api/"):
        return "{}", "application/json"
    return "x=1", "application/x-www-form-urlencoded"


def test_no_change_without_the_csrf_token(walk):
    """With the cookie alone nothing that changes anything is done, on any page, in the API and in the admin."""
    asked = [("owner", *place) for place in changes_of("owner", admin=False)]
    asked += [("staff", *place) for place in changes_of("staff", admin=True)]
    clients = {name: strict_browser(walk, name) for name in ("owner", "staff")}
    answered = {}
    for person, route, method in asked:
        body, kind = sent_to(route)
        answer = clients[person].generic(method, walk.path(route), body, content_type=kind)
        if route not in WITHOUT_CSRF:
            answered[f"{method} /{route} as {person}"] = answer.status_code
    assert len(answered) >= 100
    assert {place: status for place, status in answered.items() if status != 403} == {}


def test_with_the_csrf_token_it_is_done(walk):
    """It is the token that was missing above, and nothing else."""
    client = strict_browser(walk, "owner")
    token = token_of(client, "/sessions/new/")
    assert client.post("/sessions/new/", {"name": "x"}).status_code == 403
    assert client.post("/sessions/new/", {"name": "x", "csrfmiddlewaretoken": token}).status_code == 302
    headers = {"X-CSRFToken": token}
    sent = {"data": {"name": "x"}, "content_type": "application/json"}
    assert client.post("/api/sessions/", **sent).status_code == 403
    assert client.post("/api/sessions/", **sent, headers=headers).status_code == 201


def test_every_address_without_csrf_is_one(seen):
    assert set(WITHOUT_CSRF) <= {route for route, _ in seen}


def keys_of(user: User) -> dict[str, str]:
    """How a program of this user says whose it is."""
    with scope(user.pk):
        _, secret = make_personal_token(by=user, name="walk", read_only=False, expires_at=None)
    return {"access token": f"Bearer {issue_pair(user)['access']}", "personal token": f"Token {secret}"}


def refused_to(walk: Walk, key: str) -> dict[str, int]:
    """Every address of the API with an id, asked for the owner's things with somebody else's key."""
    client = Client(headers={"Authorization": key}, raise_request_exception=False)
    found = {}
    for (route, method), statuses in read_table().items():
        if not route.startswith("api/") or "<" not in route or statuses[PEOPLE.index("owner")] == 405:
            continue
        if "<uuid:reference_id>" in route:
            continue  # for everybody
        answer = client.generic(method, walk.path(route), "{}", content_type="application/json")
        content = answer.getvalue() if answer.streaming else answer.content
        assert walk.kept.belongings.canary.encode() not in content, f"{method} /{route}"
        found[f"{method} /{route}"] = answer.status_code
    assert len(found) >= 40
    return found


@pytest.mark.parametrize("kind", ["access token", "personal token"])
def test_a_program_gets_no_further_than_a_browser(walk, kind):
    stranger = testing.make_user(password=PASSWORD)
    try:
        key = keys_of(stranger)[kind]
        works = Client(headers={"Authorization": key}).get("/api/sessions/")
        assert works.status_code == 200
        refused = refused_to(walk, key)
        if kind == "personal token":  # it manages no tokens, not even its owner's
            assert refused.pop("DELETE /api/tokens/<uuid:token_id>/") == 403
        assert {where: status for where, status in refused.items() if status != 404} == {}
    finally:
        testing.forget(stranger)


@pytest.mark.parametrize("kind", ["access token", "personal token"])
def test_the_key_of_a_closed_account_opens_nothing(walk, kind):
    """Made while it was open; the owner's own things, too."""
    closed = testing.make_user(password=PASSWORD)
    try:
        key = keys_of(closed)[kind]
        User.objects.using("owner").filter(pk=closed.pk).update(is_active=False)
        assert set(refused_to(walk, key).values()) == {401}
        client = Client(headers={"Authorization": key})
        assert {client.get(f"/{route}").status_code for route in ("api/sessions/", "api/account/")} == {401}
    finally:
        testing.forget(closed)


def test_a_disabled_users_tokens_are_refused(walk):
    answer = Client().post(
        "/api/token/", {"email": walk.disabled.email, "password": PASSWORD}, content_type="application/json"
    )
    assert answer.status_code == 401
