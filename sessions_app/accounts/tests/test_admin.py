import secrets

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from sessions_app import actions
from sessions_app.accounts.tests.conftest import PASSWORD, bearer
from sessions_app.accounts.tests.test_tokens_page import make
from sessions_app.isolation.scope import scope
from sessions_app.models import User
from tests.isolation.rows import rows_of

PAGES = [
    "",
    "user/",
    "analysissession/",
    "storedfile/",
    "analysisresult/",
    "personaltoken/",
    "refreshgrant/",
    "event/",
]


def page(name):
    return f"/admin/sessions_app/{name}" if name else "/admin/"


@pytest.fixture
def kano(alice):
    with scope(alice.user.pk):
        return actions.create_session(by=alice.user, name="Kano canary")


@pytest.mark.parametrize("name", PAGES)
def test_who_is_not_staff_finds_no_such_page(bob, browser, name):
    assert bob.client.get(page(name)).status_code == 404
    anonymous = browser().get(page(name), follow=True)
    assert anonymous.redirect_chain[-1][0].startswith("/accounts/sign-in/?next=/admin/")


def test_sign_in_leads_back_to_the_site(staff, browser):
    assert staff.client.get("/admin/login/")["Location"].startswith("/accounts/sign-in/")
    assert browser().post("/admin/login/", {"username": staff.email, "password": PASSWORD}).status_code == 302


@pytest.mark.parametrize("name", PAGES)
def test_staff_see_each_page(staff, alice, kano, name):
    answer = staff.client.get(page(name))
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "private, no-store"


def test_a_change_view_is_an_event_in_the_owners_ledger(staff, alice, kano):
    answer = staff.client.get(f"/admin/sessions_app/analysissession/{kano.pk}/change/")
    assert "Kano canary" in answer.content.decode()
    [event] = alice.events("staff.read")
    assert (event.actor, event.object_type, event.object_id) == (staff.user.pk, "analysissession", kano.pk)


def test_a_list_is_one_event_for_each_owner_on_it(staff, alice, bob, kano):
    with scope(alice.user.pk):
        second = actions.create_session(by=alice.user, name="Kano canary two")
    with scope(bob.user.pk):
        actions.create_session(by=bob.user, name="Niger canary")
    listed = staff.client.get("/admin/sessions_app/analysissession/?q=canary").content.decode()
    assert "Kano canary two" in listed and "Niger canary" in listed
    [hers], [his] = alice.events("staff.listed"), bob.events("staff.listed")
    assert set(hers.data["ids"]) == {str(kano.pk), str(second.pk)}
    assert his.data["rows"] == 1


def test_staff_read_no_more_than_others_outside_the_site(staff, alice, kano, browser, tokens):
    staff.client.get("/admin/sessions_app/analysissession/")
    assert staff.client.get(f"/sessions/{kano.pk}/").status_code == 404
    assert "Kano canary" not in staff.client.get("/sessions/").content.decode()
    api = bearer(tokens(staff))
    assert browser().get(f"/api/sessions/{kano.pk}/", **api).status_code == 404
    assert browser().get("/api/sessions/", **api).json()["results"] == []


LEDGERS = {
    "analysissession": "session", "event": "event", "storedfile": "file", "analysisresult": "result",
    "personaltoken": "token", "refreshgrant": "grant",
}  # fmt: skip


@pytest.mark.parametrize("name", LEDGERS)
def test_ledgers_are_read_only(staff, alice, name):
    row = getattr(rows_of(alice.user), LEDGERS[name])
    stored = type(row)._base_manager.using("owner").filter(pk=row.pk).values()
    before = stored.get()
    assert staff.client.get(f"/admin/sessions_app/{name}/add/").status_code == 403
    base = f"/admin/sessions_app/{name}/{row.pk}/"
    assert staff.client.get(base + "change/").status_code == 200
    assert staff.client.post(base + "change/", {"name": "changed"}).status_code == 403
    assert staff.client.post(base + "delete/", {"post": "yes"}).status_code == 403
    assert stored.get() == before


def test_no_secret_is_shown(staff, alice, tokens):
    tokens(alice)
    alice.client.post("/accounts/tokens/", {"name": "script", "reach": "full", "expires": ""})
    from sessions_app.models import PersonalToken, RefreshGrant

    row = User.objects.using("owner").get(pk=alice.user.pk)
    token = PersonalToken.objects.using("owner").get(owner_id=alice.user.pk)
    grant = RefreshGrant.objects.using("owner").get(owner_id=alice.user.pk)
    shown = "".join(
        staff.client.get(f"/admin/sessions_app/{name}/{pk}/change/").content.decode()
        for name, pk in (("user", row.pk), ("personaltoken", token.pk), ("refreshgrant", grant.pk))
    )
    assert alice.email in shown
    for secret in (row.password, row.password.split("$")[-1], token.secret_hash, grant.jti_hash):
        assert secret not in shown


def act(staff, action, *users):
    return staff.client.post(
        "/admin/sessions_app/user/",
        {"action": action, "_selected_action": [str(user.user.pk) for user in users]},
    )


def test_disable_and_allow_again(staff, alice, bob, browser, tokens, stored):
    pair = tokens(alice)
    assert act(staff, "disable", alice).status_code == 302
    assert not stored(alice).is_active
    assert alice.client.get("/accounts/profile/").status_code == 302
    assert browser().get("/api/sessions/", **bearer(pair)).status_code == 401
    assert len(alice.events("staff.disabled")) == 1
    assert bob.client.get("/accounts/profile/").status_code == 200

    act(staff, "allow_again", alice)
    assert stored(alice).is_active
    # Sign-ins that were ended stay ended.
    assert alice.client.get("/accounts/profile/").status_code == 302
    assert (
        browser().post("/accounts/sign-in/", {"email": alice.email, "password": PASSWORD}).status_code == 302
    )


def test_disable_on_the_form(staff, alice, stored):
    answer = staff.client.post(f"/admin/sessions_app/user/{alice.user.pk}/change/", {"_save": "Save"})
    assert answer.status_code == 302
    assert not stored(alice).is_active
    assert alice.client.get("/accounts/profile/").status_code == 302
    [event] = alice.events("staff.changed")
    assert event.actor == staff.user.pk


def test_sign_out_everywhere(staff, alice, browser, tokens, stored):
    pair = tokens(alice)
    act(staff, "sign_out", alice)
    assert stored(alice).is_active
    assert alice.client.get("/accounts/profile/").status_code == 302
    assert browser().get("/api/sessions/", **bearer(pair)).status_code == 401


def test_sign_out_everywhere_revokes_tokens_of_programs_too(staff, alice, bob, browser):
    hers, his = make(alice), make(bob)
    act(staff, "sign_out", alice)
    assert browser().get("/api/sessions/", HTTP_AUTHORIZATION=f"Token {hers}").status_code == 401
    assert browser().get("/api/sessions/", HTTP_AUTHORIZATION=f"Token {his}").status_code == 200
    [event] = alice.events("staff.token_revoked")
    assert (event.actor, event.object_type) == (staff.user.pk, "personaltoken")
    assert bob.events("staff.token_revoked") == []
    # There is none left to revoke, and so nothing more to tell.
    act(staff, "sign_out", alice)
    assert len(alice.events("staff.token_revoked")) == 1


def test_staff_make_no_staff_and_touch_none(staff, person, alice, stored):
    other = person("musa", staff=True)
    staff.client.post(
        f"/admin/sessions_app/user/{alice.user.pk}/change/",
        {"is_active": "on", "is_staff": "on", "is_superuser": "on", "email": "x@example.org"},
    )
    row = stored(alice)
    assert (row.is_staff, row.is_superuser, row.email) == (False, False, alice.email)
    act(staff, "disable", other, staff)
    assert stored(other).is_active and stored(staff).is_active
    refused = staff.client.post(f"/admin/sessions_app/user/{other.user.pk}/change/", {})
    assert refused.status_code == 403


def test_a_superuser_makes_staff(person, alice, stored):
    chief = person("chief", superuser=True)
    address = f"/admin/sessions_app/user/{alice.user.pk}/change/"
    assert chief.client.post(address, {"is_active": "on", "is_staff": "on"}).status_code == 302
    assert stored(alice).is_staff


def test_staff_whose_right_is_taken_are_out_at_once(staff):
    assert staff.client.get("/admin/").status_code == 200
    User.objects.using("owner").filter(pk=staff.user.pk).update(is_staff=False)
    assert staff.client.get("/admin/").status_code == 404


def queries(client, address):
    with (
        CaptureQueriesContext(connections["staff"]) as seen,
        CaptureQueriesContext(connections["default"]) as web,
    ):
        assert client.get(address).status_code == 200
    return len(seen) + len(web)


def test_queries_do_not_grow_with_rows(staff, person):
    name = f"grow{secrets.token_hex(4)}"
    addresses = {kind: f"/admin/sessions_app/{kind}/?q={name}" for kind in ("user", *LEDGERS)}

    def measured(people):
        for _ in range(people):
            rows_of(person(name, signed_in=False).user)
        found = {}
        for kind, address in addresses.items():
            # What is cached for a process is asked for once.
            shown = len(staff.client.get(address).context_data["cl"].result_list)
            found[kind] = shown, queries(staff.client, address)
        return found

    few, many = measured(people=2), measured(people=6)
    for kind in addresses:
        assert few[kind][0] >= 2 and many[kind][0] >= 8, kind
        assert many[kind][1] <= few[kind][1], kind


def test_csrf(staff, alice, browser, stored):
    strict = browser(enforce_csrf_checks=True)
    strict.cookies["sessionid"] = staff.client.cookies["sessionid"].value
    answer = strict.post(
        "/admin/sessions_app/user/", {"action": "disable", "_selected_action": [str(alice.user.pk)]}
    )
    assert answer.status_code == 403
    assert stored(alice).is_active


def test_a_change_of_ones_own_password_is_on_the_account_page(staff):
    assert staff.client.get("/admin/password_change/")["Location"] == "/accounts/password/change/"


def test_sign_out_in_the_header_signs_out(staff):
    assert staff.client.get("/admin/logout/").status_code == 405
    assert staff.client.post("/admin/logout/").status_code == 302
    assert staff.client.get("/accounts/profile/").status_code == 302


@pytest.mark.parametrize(
    "address",
    [
        "user/?password__startswith=md5",
        "user/?password=x",
        "personaltoken/?secret_hash__startswith=a",
        "personaltoken/?owner__password__startswith=md5",
        "refreshgrant/?jti_hash__gt=a",
        "analysissession/?owner__password__startswith=md5",
        "storedfile/?report__rows=1",
    ],
)
def test_a_secret_cannot_be_told_letter_by_letter(staff, alice, address):
    answer = staff.client.get(f"/admin/sessions_app/{address}")
    assert answer.status_code == 400
    assert alice.email not in answer.content.decode()


def test_rows_cannot_be_listed_without_an_event(staff, alice):
    address = "/admin/autocomplete/?app_label=sessions_app&model_name=analysissession&field_name=owner&term="
    assert staff.client.get(address).status_code == 404
