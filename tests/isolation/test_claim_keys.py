"""Keys rotate without a moment in which nobody can work."""

import secrets
from io import StringIO

import psycopg
import pytest
from django.core.management import call_command
from django.db import connections

from sessions_app.isolation import claims
from sessions_app.isolation.installation import install_claim_keys
from sessions_app.isolation.testing import raw_connection


@pytest.fixture
def keys(settings, _database):
    """The keys of this run; whatever a test installs, they are back afterwards."""
    before = dict(settings.CLAIM_KEYS)
    yield before
    settings.CLAIM_KEYS = before
    install_claim_keys()


def accepted(claim: str) -> bool:
    with raw_connection() as connection:
        connection.execute("SELECT set_config('app.claims', %s, true)", [claim])
        try:
            return connection.execute("SELECT app.current_user_id()").fetchone()[0] is not None
        except psycopg.errors.InvalidAuthorizationSpecification:
            return False


def test_two_keys_are_valid_while_one_replaces_the_other(settings, keys, alice):
    old, new = keys, {"k2": secrets.token_urlsafe(48)}
    with_old = claims.sign(alice.pk)
    settings.CLAIM_KEYS = new
    with_new = claims.sign(alice.pk)
    assert (accepted(with_old), accepted(with_new)) == (True, False)

    settings.CLAIM_KEYS = old | new
    out = StringIO()
    call_command("install_claim_keys", stdout=out)
    assert "k1 signs" in out.getvalue()
    assert (accepted(with_old), accepted(with_new)) == (True, True)

    settings.CLAIM_KEYS = new
    install_claim_keys()
    assert (accepted(with_old), accepted(with_new)) == (False, True)


def test_the_database_agrees_with_the_standard_librarys_hmac_for_keys_of_any_length(settings, keys, alice):
    for length in (32, 63, 64, 65, 200):
        settings.CLAIM_KEYS = {"long": secrets.token_bytes(length)}
        install_claim_keys()
        assert accepted(claims.sign(alice.pk))


def test_the_database_keeps_no_key_as_it_was_given(keys):
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT inner_pad, outer_pad FROM app_private.claim_keys")
        stored = [bytes(pad) for row in cursor.fetchall() for pad in row]
    assert stored
    assert not any(key in pad for key in claims.signing_keys().values() for pad in stored)
