"""Signing in through a provider: against a real one on loopback, the good walk and everything that can be wrong with it."""

import logging
import secrets
from http.cookies import SimpleCookie
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2
import pytest
from django.db import IntegrityError, connections

from sessions_app.accounts import linked_sign_ins
from sessions_app.accounts.oidc import flow as walks
from sessions_app.accounts.oidc.provider import Identity
from sessions_app.accounts.tests.conftest import PASSWORD
from sessions_app.accounts.tests.library_provider import library_provider
from sessions_app.accounts.tests.openid_provider import SECRET, provider_for
from sessions_app.isolation.testing import acting_as
from sessions_app.models import Event, LinkedSignIn, User, WebSession

START, CALLBACK = "/accounts/oidc/local/start/", "/accounts/oidc/local/callback/"
PROFILE = "/accounts/profile/"


@pytest.fixture
def provider(settings):
    with provider_for(settings.PUBLIC_URL.rstrip("/") + CALLBACK) as made:
        made.person |= {"sub": secrets.token_hex(8), "email": f"person-{secrets.token_hex(6)}@example.org"}
        settings.OIDC_PROVIDERS = {"local": made.settings}
        settings.OIDC_SECONDS = 1
        yield made
        emails = [made.person["email"]]
        User.objects.using("owner").filter(email__in=emails)._raw_delete("owner")


def leads_to(answer):
    """Where the page between leads by itself."""
    assert answer.status_code == 200, answer.content
    return answer["Refresh"].removeprefix("0; url=")


def ask(address):
    """The browser at the provider, which sends it back."""
    answer = httpx2.get(address, follow_redirects=False)
    assert answer.status_code == 302, answer.text
    back = urlsplit(answer.headers["Location"])
    return f"{back.path}?{back.query}"


def changed(address, **values):
    parts = urlsplit(address)
    asked = {
        name: value for name, value in (dict(parse_qsl(parts.query)) | values).items() if value is not None
    }
    return parts._replace(query=urlencode(asked)).geturl()


def walk(client, **form):
    return client.get(ask(leads_to(client.post(START, form))))


def refused(answer, status, words):
    assert answer.status_code == status, answer.content
    assert words in answer.content.decode()
    assert "sessionid" not in answer.cookies


def account(provider):
    return User.objects.using("owner").filter(email=provider.person["email"]).first()


def test_without_a_provider_there_is_no_button_and_no_address(browser):
    assert "Continue with" not in browser().get("/accounts/sign-in/").content.decode()
    assert browser().post(START).status_code == 404
    assert browser().get(CALLBACK).status_code == 404


def test_a_new_person_gets_an_account_without_a_password(browser, provider):
    client = browser()
    assert "Continue with Local" in client.get("/accounts/sign-in/").content.decode()
    answer = walk(client, next="/accounts/tokens/")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/tokens/")
    user = account(provider)
    assert (user.display_name, user.has_usable_password()) == ("Person", False)
    assert provider.person["email"] in client.get(PROFILE).content.decode()
    verbs = set(Event.objects.using("owner").filter(owner_id=user.pk).values_list("verb", flat=True))
    assert verbs == {"account.signed_up", "account.signed_in"}


def test_a_provider_that_others_wrote_takes_the_same_walk(browser, settings):
    """Code, verifier, nonce, audience and signature as a library reads the standard."""
    with library_provider(settings.PUBLIC_URL.rstrip("/") + CALLBACK) as other:
        settings.OIDC_PROVIDERS = {"local": other.settings}
        other.person = {
            "sub": secrets.token_hex(8),
            "email": f"person-{secrets.token_hex(6)}@example.org",
            "email_verified": False,
        }
        refused(walk(browser()), 403, "has not verified your e-mail address")
        assert account(other) is None
        other.person["email_verified"] = True
        client = browser()
        assert walk(client).status_code == 302
        assert other.person["email"] in client.get(PROFILE).content.decode()
        assert walk(browser()).status_code == 302, "the second time"
        assert User.objects.using("owner").filter(email=other.person["email"]).count() == 1
        # Another walk's verifier: the library refuses the exchange.
        stolen = dict(parse_qsl(urlsplit(ask(leads_to(browser().post(START)))).query))["code"]
        thief = browser()
        refused(
            thief.get(changed(ask(leads_to(thief.post(START))), code=stolen)), 403, "could not be checked"
        )
        User.objects.using("owner").filter(email=other.person["email"])._raw_delete("owner")


def test_the_second_time_the_same_account_opens_whatever_the_address_is_now(browser, provider):
    walk(browser())
    user, before = account(provider), provider.person["email"]
    provider.person["email"] = f"moved-{before}"
    client = browser()
    assert walk(client).status_code == 302
    assert before in client.get(PROFILE).content.decode()
    assert LinkedSignIn.objects.using("owner").get(owner_id=user.pk).email == f"moved-{before}"
    provider.person["email"] = before


def test_what_is_asked_of_the_provider(browser, provider, settings):
    asked = dict(
        parse_qsl(
            urlsplit(leads_to(browser().post(START, headers={"X-Forwarded-Host": "evil.example"}))).query
        )
    )
    assert asked["redirect_uri"] == settings.PUBLIC_URL + CALLBACK
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert set(asked["scope"].split()) == {"openid", "email", "profile"}
    assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 43


def test_the_session_key_changes_and_what_was_before_is_dropped(browser, provider):
    client = browser()
    client.cookies["sessionid"] = "k" * 32
    answer = walk(client)
    assert answer.cookies["sessionid"].value != "k" * 32
    assert answer.cookies[walks.COOKIE].value == ""


@pytest.mark.parametrize(
    "fault",
    [
        "wrong nonce", "no nonce", "wrong audience", "several audiences", "wrong issuer", "expired", "unsigned",
        "other key", "secret as key", "another access token",
    ],
)  # fmt: skip
def test_a_token_that_proves_nothing_opens_nothing(browser, provider, fault):
    provider.fault = fault
    refused(walk(browser()), 403, "could not be checked")
    assert account(provider) is None
    # The same walk without the fault works, so it was the fault that was refused.
    provider.fault = ""
    assert walk(browser()).status_code == 302


@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_an_address_that_is_not_verified_opens_nothing(browser, provider, verified):
    provider.person["email_verified"] = verified
    refused(walk(browser()), 403, "has not verified your e-mail address")
    assert account(provider) is None


def test_no_address_at_all_opens_nothing(browser, provider):
    email = provider.person.pop("email")
    refused(walk(browser()), 403, "has not verified")
    provider.person["email"] = email


@pytest.mark.parametrize("state", [None, "", "another", "ü"])
def test_a_wrong_state_opens_nothing(browser, provider, state):
    client = browser()
    back = changed(ask(leads_to(client.post(START))), state=state)
    refused(client.get(back), 400, "Start again")
    assert "/token" not in provider.asked


def test_an_answer_in_another_browser_opens_nothing(browser, provider):
    """Somebody's own answer, sent to a victim, must not sign the victim in as them."""
    back = ask(leads_to(browser().post(START)))
    refused(browser().get(back), 400, "Start again")
    victim = browser()
    victim.post(START)
    refused(victim.get(back), 400, "Start again")
    assert "/token" not in provider.asked


def test_a_forged_cookie_opens_nothing(browser, provider):
    client = browser()
    back = ask(leads_to(client.post(START)))
    value = client.cookies[walks.COOKIE].value
    client.cookies = SimpleCookie({walks.COOKIE: value[:-2] + ("aa" if value[-2:] != "aa" else "bb")})
    refused(client.get(back), 400, "Start again")


def test_a_code_works_once(browser, provider):
    client = browser()
    back = ask(leads_to(client.post(START)))
    kept = client.cookies[walks.COOKIE].value
    assert client.get(back).status_code == 302
    # The same browser with the old cookie: our own mark refuses it before anybody is asked.
    again = browser()
    again.cookies[walks.COOKIE] = kept
    refused(again.get(back), 400, "Start again")
    assert provider.asked.count("/token") == 1
    # And a new walk with the old code: the provider does.
    fresh = browser()
    spent = dict(parse_qsl(urlsplit(back).query))["code"]
    refused(fresh.get(changed(ask(leads_to(fresh.post(START))), code=spent)), 403, "could not be checked")


def test_the_provider_refuses_a_code_without_its_verifier(browser, provider):
    """Somebody who has stolen a code, and begins a walk of their own, has another verifier."""
    stolen = dict(parse_qsl(urlsplit(ask(leads_to(browser().post(START)))).query))["code"]
    thief = browser()
    refused(thief.get(changed(ask(leads_to(thief.post(START))), code=stolen)), 403, "could not be checked")


def test_without_a_challenge_the_provider_sends_no_code(browser, provider):
    client = browser()
    address = changed(leads_to(client.post(START)), code_challenge=None)
    refused(client.get(ask(address)), 403, "did not sign you in")


def test_two_providers_are_not_mixed_up(browser, provider, settings):
    other_callback = "/accounts/oidc/other/callback/"
    with provider_for(settings.PUBLIC_URL + other_callback) as other:
        settings.OIDC_PROVIDERS = {"local": provider.settings, "other": other.settings | {"label": "Other"}}
        # The walk to one ends at the address of the other.
        client = browser()
        back = ask(leads_to(client.post(START)))
        refused(client.get(back.replace(CALLBACK, other_callback)), 400, "Start again")
        # An answer that says that it is the other's, or nobody's.
        for issuer in (other.issuer, None):
            client = browser()
            back = changed(ask(leads_to(client.post(START))), iss=issuer)
            refused(client.get(back), 403, "could not be checked")
        # The same subject at another provider is somebody else.
        walk(browser())
        other.person = provider.person | {"email": f"other-{provider.person['email']}"}
        client = browser()
        client.get(ask(leads_to(client.post("/accounts/oidc/other/start/"))))
        assert other.person["email"] in client.get(PROFILE).content.decode()
        User.objects.using("owner").filter(email=other.person["email"])._raw_delete("owner")
        assert "/token" in other.asked


@pytest.mark.parametrize("fault", ["500", "slow", "no JSON", "far too long", "describes another"])
def test_a_provider_that_is_away_is_told_on_a_page(browser, provider, fault):
    provider.fault = fault
    answer = browser().post(START)
    refused(answer, 503, "Local does not answer now")
    assert answer["Retry-After"] == "30"


@pytest.mark.parametrize(
    "fault",
    [
        "token 500", "slow token", "token is no JSON", "token far too long", "token packed far too long",
        "token byte by byte",
    ],
)  # fmt: skip
def test_a_provider_that_goes_away_in_the_middle_is_told_on_a_page(browser, provider, fault):
    client = browser()
    back = ask(leads_to(client.post(START)))
    provider.fault = fault
    refused(client.get(back), 503, "does not answer now")
    assert account(provider) is None


def test_no_transaction_is_open_while_the_provider_is_asked(browser, provider):
    """A slow provider: meanwhile no connection of the web role is inside a transaction."""
    provider.slow_seconds = 0.6
    client = browser()
    back = ask(leads_to(client.post(START)))
    provider.fault, seen = "slow token", []
    token = provider.token

    def looked(form, authorization):
        with connections["owner"].cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity a JOIN pg_locks l ON l.pid = a.pid "
                "WHERE a.usename = 'chatmrpt_web' AND a.datname = current_database() AND l.locktype = 'relation'"
            )
            seen.append(cursor.fetchone()[0])
        connections["owner"].close()
        return token(form, authorization)

    provider.token = looked
    assert client.get(back).status_code == 302
    assert seen == [0]


def test_keys_that_change_are_asked_for_again(browser, provider):
    walk(browser())
    before = provider.asked.count("/keys")
    walk(browser())
    assert provider.asked.count("/keys") == before == 1
    provider.key = type(provider.key).generate_key(2048, {"kid": "second", "use": "sig"})
    assert walk(browser()).status_code == 302
    assert provider.asked.count("/keys") == 2


def test_keys_planted_in_the_cache_are_not_believed(browser, provider):
    from django.core import signing
    from django.core.cache import cache
    from joserfc.jwk import KeySet

    from sessions_app.isolation.cache import public_cache_key

    walk(browser())
    forger = type(provider.key).generate_key(2048, {"kid": "first", "use": "sig"})
    planted = signing.dumps(KeySet([forger]).as_dict(private=False), key="somebody else's", salt="any")
    cache.set(public_cache_key("oidc", "keys", provider.issuer), planted, 600)
    real, provider.key = provider.key, forger
    provider.keys = lambda: KeySet([real]).as_dict(private=False)
    refused(walk(browser()), 403, "could not be checked")


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_next_stays_on_this_host(browser, provider, wanted):
    assert walk(browser(), next=wanted)["Location"] == "/sessions/"


def test_an_account_with_that_address_is_not_taken_over(person, browser, provider):
    alice = person("alice")
    provider.person["email"] = alice.email
    client = browser()
    refused(walk(client), 409, "You have an account with a password")
    assert client.get(PROFILE).status_code == 302
    assert not LinkedSignIn.objects.using("owner").filter(owner_id=alice.user.pk).exists()


@pytest.mark.parametrize("rights", ["staff", "superuser"])
def test_a_staff_account_is_not_taken_by_its_address(person, browser, provider, rights):
    sade = person("sade", **{rights: True})
    provider.person["email"] = sade.email
    client = browser()
    refused(walk(client), 409, "You have an account")
    assert client.get("/admin/").status_code == 302


def test_an_account_opened_by_somebody_else_under_ones_address_stays_theirs_alone(browser, provider):
    """Pre-hijack: somebody opens an account under the victim's address and waits for the victim's work to appear in it."""
    attacker = browser()
    attacker.post("/accounts/sign-up/", {"email": provider.person["email"], "new_password": PASSWORD})
    victim = browser()
    refused(walk(victim), 409, "You have an account")
    assert victim.get(PROFILE).status_code == 302
    assert attacker.get(PROFILE).status_code == 200


def test_a_reset_by_mail_drops_sign_ins_under_other_addresses(person, provider, browser):
    """Pre-hijack, the other way: a sign-in linked by whoever had the account before its owner reset the password."""
    alice = person("alice")
    link(alice.client)
    own = Identity("https://own.example", secrets.token_hex(4), alice.email, "")
    linked_sign_ins.link(by=alice.user, identity=own)
    assert linked_sign_ins.drop_foreign_links(by=alice.user) == 1
    with acting_as(alice.user):
        assert [row.email for row in LinkedSignIn.objects.all()] == [alice.email]
    refused_or_new = walk(browser())
    assert refused_or_new.status_code == 302
    assert account(provider).pk != alice.user.pk


def link(client, password=PASSWORD):
    return client.get(ask(leads_to(client.post("/accounts/oidc/local/link/", {"password": password}))))


def test_an_account_is_linked_after_both_were_proved(person, browser, provider):
    alice = person("alice")
    answer = link(alice.client)
    assert (answer.status_code, answer["Location"]) == (302, PROFILE)
    assert "Unlink Local" in alice.client.get(PROFILE).content.decode()
    other = browser()
    assert walk(other).status_code == 302
    assert alice.email in other.get(PROFILE).content.decode()
    assert len(alice.events("account.sign_in_linked")) == 1


def test_the_password_is_asked_before_linking(person, provider):
    alice = person("alice")
    answer = alice.client.post("/accounts/oidc/local/link/", {"password": "not this one"})
    assert "not your password" in answer.content.decode()
    assert walks.COOKIE not in answer.cookies


def test_a_walk_to_link_ends_only_with_whoever_began_it(person, browser, provider):
    alice, bob = person("alice"), person("bob")
    back = ask(leads_to(alice.client.post("/accounts/oidc/local/link/", {"password": PASSWORD})))
    bob.client.cookies[walks.COOKIE] = alice.client.cookies[walks.COOKIE].value
    answer = bob.client.get(back)
    assert answer.status_code == 400
    assert LinkedSignIn.objects.using("owner").filter(owner_id__in=[alice.user.pk, bob.user.pk]).count() == 0


def test_a_subject_opens_one_account(person, provider):
    alice, bob = person("alice"), person("bob")
    link(alice.client)
    answer = link(bob.client)
    assert answer.status_code == 409
    assert "opens another account already" in answer.content.decode()
    assert LinkedSignIn.objects.using("owner").get().owner_id == alice.user.pk


def test_unlinking_needs_another_way_in(person, browser, provider):
    client = browser()
    walk(client)
    user = account(provider)
    row = LinkedSignIn.objects.using("owner").get(owner_id=user.pk)
    address = f"/accounts/profile/sign-ins/{row.pk}/unlink/"
    assert "Set a password first" in client.post(address, follow=True).content.decode()
    assert LinkedSignIn.objects.using("owner").filter(pk=row.pk).exists()

    alice = person("alice")
    provider.person["sub"] = secrets.token_hex(8)
    link(alice.client)
    row = LinkedSignIn.objects.using("owner").get(owner_id=alice.user.pk)
    # Nobody unlinks another's.
    assert client.post(f"/accounts/profile/sign-ins/{row.pk}/unlink/").status_code == 404
    alice.client.post(f"/accounts/profile/sign-ins/{row.pk}/unlink/")
    assert not LinkedSignIn.objects.using("owner").filter(pk=row.pk).exists()


def test_a_disabled_account_stays_closed(browser, provider):
    client = browser()
    walk(client)
    User.objects.using("owner").filter(email=provider.person["email"]).update(is_active=False)
    refused(walk(browser()), 403, "This account is closed")
    assert client.get(PROFILE).status_code == 302


def test_a_demo_account_is_not_linked(browser, provider):
    client = browser()
    client.post("/demo/")
    assert client.get("/accounts/oidc/local/link/").status_code == 302
    user = User.objects.using("owner").filter(is_demo=True).latest("date_joined")
    User.objects.using("owner").filter(pk=user.pk)._raw_delete("owner")


def test_whoever_has_no_password_deletes_the_account_right_after_signing_in(browser, provider):
    client = browser()
    walk(client)
    user = account(provider)
    session = WebSession.objects.using("owner").get(owner_id=user.pk)
    from sessions_app.isolation.web_sessions import SessionStore

    store = SessionStore(client.cookies["sessionid"].value)
    store["signed_in_at"] = 0
    store.save()
    assert session.pk == store.key_hash
    assert "sign in once more" in client.post("/accounts/profile/delete/").content.decode()
    assert account(provider) is not None
    client.post("/accounts/sign-out/")
    again = browser()
    walk(again)
    assert "is deleted" in again.post("/accounts/profile/delete/").content.decode()
    assert account(provider) is None


def test_csrf(browser, provider):
    assert browser(enforce_csrf_checks=True).post(START).status_code == 403


def test_no_token_code_or_secret_is_logged_or_stored(browser, provider, caplog):
    caplog.set_level(logging.DEBUG)
    client, secret_values = browser(), [SECRET, provider.person["sub"], provider.person["email"]]
    back = ask(leads_to(client.post(START)))
    secret_values.append(dict(parse_qsl(urlsplit(back).query))["code"])
    told = []
    token = provider.token
    provider.token = lambda *asked: told.append(token(*asked)) or told[-1]
    answer = client.get(back)
    secret_values += [told[0][1]["id_token"], told[0][1]["access_token"]]
    assert answer["Location"] == "/sessions/"
    ours = "\n".join(
        r.getMessage() for r in caplog.records if not r.name.startswith(("httpcore", "urllib3", "faker"))
    )
    assert [value for value in secret_values if value in ours] == []
    row = LinkedSignIn.objects.using("owner").get(owner_id=account(provider).pk)
    assert provider.person["sub"] not in " ".join(map(str, vars(row).values()))


def test_the_database_binds_a_subject_once(person):
    alice, bob = person("alice"), person("bob")
    fields = {
        "issuer": "https://one.example",
        "subject_hash": secrets.token_hex(32),
        "email": "a@example.org",
    }
    with acting_as(alice.user):
        LinkedSignIn.objects.create(owner=alice.user, **fields)
    with pytest.raises(IntegrityError), acting_as(bob.user):
        LinkedSignIn.objects.create(owner=bob.user, **fields)
