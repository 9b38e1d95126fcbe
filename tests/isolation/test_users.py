"""Accounts as rows: who may write what in them, and how they are found before anybody is signed in."""

import uuid
from datetime import timedelta

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import identify_hasher
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connections
from django.utils import timezone

from sessions_app.isolation.identity import load_user, save_web_session, user_by_email
from sessions_app.isolation.testing import PASSWORD, acting_as, forget, make_staff, make_user
from sessions_app.isolation.web_sessions import SessionStore
from sessions_app.models import User, WebSession


def address() -> str:
    return f"{uuid.uuid4().hex}@example.org"


def test_an_administrator_is_made_with_the_owners_connection(_database):
    email = address()
    call_command("createsuperuser", interactive=False, email=email, database="owner", verbosity=0)
    user = user_by_email(email)
    assert (user.is_staff, user.is_superuser) == (True, True)
    with pytest.raises(CommandError, match="already taken"):
        call_command("createsuperuser", interactive=False, email=email, database="owner", verbosity=0)
    forget(user)


def test_an_administrator_cant_be_made_with_the_pages_connection(_database):
    with pytest.raises(DatabaseError, match="nobody makes themselves staff"):
        call_command("createsuperuser", interactive=False, email=address(), verbosity=0)


@pytest.mark.parametrize("field", ["is_staff", "is_superuser"])
def test_rights_can_be_laid_down_but_not_taken_up(_database, field):
    user = make_staff(is_superuser=True)
    with acting_as(user):
        assert User.objects.update(**{field: False}) == 1
    with pytest.raises(DatabaseError), acting_as(user):
        User.objects.update(**{field: True})
    forget(user)


def test_groups_and_permissions_of_others_are_out_of_sight(alice, bob):
    with connections["owner"].cursor() as cursor:
        cursor.execute("INSERT INTO auth_group (name) VALUES (%s) RETURNING id", [address()])
        group_id = cursor.fetchone()[0]
        cursor.execute(
            "INSERT INTO sessions_app_user_groups (user_id, group_id) VALUES (%s, %s)", [alice.pk, group_id]
        )
    try:
        with acting_as(alice):
            assert alice.groups.count() == 1
        with acting_as(bob):
            assert User.groups.through.objects.count() == 0
        with pytest.raises(DatabaseError), acting_as(bob):
            bob.groups.add(group_id)
    finally:
        with connections["owner"].cursor() as cursor:
            cursor.execute("DELETE FROM sessions_app_user_groups WHERE group_id = %s", [group_id])
            cursor.execute("DELETE FROM auth_group WHERE id = %s", [group_id])


def test_an_address_belongs_to_one_account_in_any_spelling(alice):
    with pytest.raises(IntegrityError):
        make_user(alice.email.upper())
    with pytest.raises(IntegrityError, match="lower_case"), acting_as(alice):
        User.objects.update(email="Upper@example.org")


def test_an_account_is_found_by_its_address_or_id_and_no_other(alice):
    assert user_by_email(f"  {alice.email.upper()} ") == alice
    assert user_by_email("%") is None
    assert User.objects.get_by_natural_key(alice.email) == alice
    with pytest.raises(User.DoesNotExist):
        User.objects.get_by_natural_key(address())
    assert load_user(alice.pk) == alice
    assert load_user(uuid.uuid4()) is None


def test_a_password_in_an_old_form_is_stored_anew_when_it_was_right(_database, settings):
    user = make_user(password=PASSWORD)
    old = settings.PASSWORD_HASHERS[0]
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher", old]
    try:
        assert authenticate(email=user.email, password="wrong") is None
        assert identify_hasher(load_user(user.pk).password).algorithm != "scrypt"
        assert authenticate(email=user.email, password=PASSWORD) == user
        assert identify_hasher(load_user(user.pk).password).algorithm == "scrypt"
        assert authenticate(email=user.email, password=PASSWORD) == user
    finally:
        forget(user)


def test_a_browser_session_is_stored_by_its_own_user(alice, bob):
    later = timezone.now() + timedelta(hours=1)
    key = uuid.uuid4().hex
    with acting_as(alice):
        assert save_web_session(key, "alice's", later, alice.pk, create=True)
    with acting_as(bob):
        assert not save_web_session(key, "bob's", later, bob.pk, create=False)
        assert not save_web_session(key, "bob's", later, bob.pk, create=True)
    assert not save_web_session(key, "nobody's", later, None, create=False)
    with pytest.raises(DatabaseError, match="its own user"), acting_as(bob):
        save_web_session(uuid.uuid4().hex, "x", later, alice.pk, create=True)
    with acting_as(alice):
        assert WebSession.objects.get(pk=key).session_data == "alice's"


def test_expired_browser_sessions_are_removed_and_others_stay(alice):
    now, keys = timezone.now(), (uuid.uuid4().hex, uuid.uuid4().hex)
    with acting_as(alice):
        for key, expiry in zip(keys, (now - timedelta(days=1), now + timedelta(days=1)), strict=True):
            save_web_session(key, "x", expiry, alice.pk, create=True)
    SessionStore.clear_expired()
    with acting_as(alice):
        assert list(WebSession.objects.values_list("pk", flat=True)) == [keys[1]]
