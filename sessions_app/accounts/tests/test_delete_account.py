from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connections, transaction

from sessions_app import actions
from sessions_app.accounts.tests.conftest import PASSWORD, bearer
from sessions_app.isolation.owned import owned_models
from sessions_app.isolation.scope import scope
from sessions_app.isolation.storage import owner_prefix, storage_key
from sessions_app.models import Event, StoredFile, User

PAGE = "/accounts/profile/delete/"


def store_something(who):
    """A session with one stored file, in the database and in the storage."""
    with scope(who.user.pk):
        session = actions.create_session(by=who.user, name="Kano 2026")
        with transaction.atomic():
            row = StoredFile(owner=who.user, session=session, kind="ward_table", name="wards.csv")
            row.storage_key = default_storage.save(
                storage_key(who.user.pk, session.pk, row.pk, ".csv"), ContentFile(b"ward,tpr\n")
            )
            row.media_type, row.size_bytes, row.sha256 = "text/csv", 9, "0" * 64
            row.save(force_insert=True)
    return row.storage_key


def rows_of(user_id):
    """How many rows each owned table still holds for this user, seen as the tables' owner."""
    found = {}
    with connections["owner"].cursor() as cursor:
        for model, column in owned_models():
            cursor.execute(f'SELECT count(*) FROM "{model._meta.db_table}" WHERE "{column}" = %s', [user_id])
            found[model._meta.db_table] = cursor.fetchone()[0]
    return {table: count for table, count in found.items() if count}


def objects_of(user_id):
    """Every stored object below the user's prefix."""
    found, folders = [], [owner_prefix(user_id)]
    while folders:
        folder = folders.pop()
        try:
            inner, files = default_storage.listdir(folder)
        except FileNotFoundError:
            continue
        found += [folder + name for name in files]
        folders += [f"{folder}{name}/" for name in inner]
    return found


def test_it_leaves_no_row_and_no_object(alice, bob, tokens, browser):
    key, others = store_something(alice), store_something(bob)
    pair = tokens(alice)
    alice.client.post("/accounts/tokens/", {"name": "script", "reach": "full", "expires": ""})
    assert set(rows_of(alice.user.pk)) >= {
        "sessions_app_user",
        "sessions_app_analysissession",
        "sessions_app_storedfile",
        "sessions_app_event",
        "sessions_app_websession",
        "sessions_app_refreshgrant",
        "sessions_app_personaltoken",
    }
    assert objects_of(alice.user.pk) == [key]

    answer = alice.client.post(PAGE, {"password": PASSWORD})

    assert answer.status_code == 200
    assert "is deleted" in answer.content.decode()
    assert answer["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    # One line stays, ids only: that an account was deleted.
    assert rows_of(alice.user.pk) == {"sessions_app_event": 1}
    [event] = Event.objects.using("owner").filter(owner_id=alice.user.pk)
    assert (event.verb, event.data) == ("account.deleted", {})
    assert objects_of(alice.user.pk) == []
    assert alice.client.get("/accounts/profile/").status_code == 302
    assert browser().get("/api/sessions/", **bearer(pair)).status_code == 401
    # Bob has lost nothing.
    assert objects_of(bob.user.pk) == [others]
    assert rows_of(bob.user.pk)["sessions_app_storedfile"] == 1
    assert bob.client.get("/accounts/profile/").status_code == 200


def test_the_password_is_asked_again(alice):
    answer = alice.client.post(PAGE, {"password": "not this one"})
    assert "not your password" in answer.content.decode()
    assert User.objects.using("owner").filter(pk=alice.user.pk).exists()
    assert alice.client.get("/accounts/profile/").status_code == 200


def test_get_deletes_nothing(alice):
    assert alice.client.get(PAGE).status_code == 200
    assert User.objects.using("owner").filter(pk=alice.user.pk).exists()


def test_csrf(alice, browser):
    strict = browser(enforce_csrf_checks=True)
    strict.cookies["sessionid"] = alice.client.cookies["sessionid"].value
    assert strict.post(PAGE, {"password": PASSWORD}).status_code == 403
    assert User.objects.using("owner").filter(pk=alice.user.pk).exists()


def test_the_address_can_be_used_again(alice, browser):
    alice.client.post(PAGE, {"password": PASSWORD})
    again = browser()
    answer = again.post("/accounts/sign-up/", {"email": alice.email, "new_password": PASSWORD})
    assert answer.status_code == 302
    made = User.objects.using("owner").get(email=alice.email)
    assert made.pk != alice.user.pk
    User.objects.using("owner").filter(pk=made.pk)._raw_delete("owner")
