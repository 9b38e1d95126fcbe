from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connections, transaction
from django_redis import get_redis_connection

from sessions_app import actions, jobs
from sessions_app.accounts.tests.conftest import PASSWORD, bearer
from sessions_app.isolation.cache import cache_key
from sessions_app.isolation.owned import owned_models
from sessions_app.isolation.scope import scope
from sessions_app.isolation.storage import owner_prefix, storage_key
from sessions_app.models import Event, StoredFile, User
from sessions_app.privacy import archive
from tests.isolation.rows import rows_of as everything_of

# Rows that no page makes for a person who is not staff.
NEVER_OF_PEOPLE = {"django_admin_log", "sessions_app_user_groups", "sessions_app_user_user_permissions"}
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


def test_nothing_is_left_of_any_table_whatever_was_in_it(alice, bob):
    """A row in every owned table: a new table that does not go with its user is seen here."""
    mine, others = everything_of(alice.user), everything_of(bob.user)
    before = rows_of(alice.user.pk)
    written = {type(row)._meta.db_table for row in vars(mine).values() if hasattr(row, "_meta")}
    assert set(before) >= written
    assert {model._meta.db_table for model, _ in owned_models()} - set(before) <= NEVER_OF_PEOPLE
    alice.client.post(PAGE, {"password": PASSWORD})
    assert rows_of(alice.user.pk) == {"sessions_app_event": 1}
    assert set(rows_of(bob.user.pk)) == set(before)
    assert others.canary != mine.canary


def test_no_row_of_any_table_names_who_is_gone(alice):
    """Not only the owner's column: the id, the address and the canary stand in no column of no table any more."""
    mine = everything_of(alice.user)
    alice.client.post(PAGE, {"password": PASSWORD})
    left = []
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            for word in (str(alice.user.pk), alice.email, mine.canary):
                cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE %s', [f"%{word}%"])
                left += [(table, word)] * cursor.fetchone()[0]
    assert left == [("sessions_app_event", str(alice.user.pk))]


def test_parts_and_copies_go_with_it(alice):
    mine = everything_of(alice.user)
    for key in (mine.part.storage_key, mine.export.storage_key, mine.file.storage_key):
        default_storage.save(key, ContentFile(b"abc"))
    assert len(objects_of(alice.user.pk)) == 3
    alice.client.post(PAGE, {"password": PASSWORD})
    assert objects_of(alice.user.pk) == []


def test_cache_entries_go_with_it(alice, bob, tokens):
    connection = get_redis_connection("default")
    for who in (alice, bob):
        cache.set(cache_key(who.user.pk, "something"), 1, 600)
        connection.set(f"stream:{cache_key(who.user.pk, 'turn', 'x')}", "words", ex=600)
    count = {who.user.pk: len(list(connection.scan_iter(match=f"*{who.user.pk}*"))) for who in (alice, bob)}
    assert min(count.values()) >= 2
    alice.client.post(PAGE, {"password": PASSWORD})
    assert list(connection.scan_iter(match=f"*{alice.user.pk}*")) == []
    assert len(list(connection.scan_iter(match=f"*{bob.user.pk}*"))) == count[bob.user.pk]


def test_work_that_is_still_in_the_queue_finds_nothing(alice):
    mine = everything_of(alice.user)
    alice.client.post(PAGE, {"password": PASSWORD})
    with scope(alice.user.pk, kind="task"):
        assert jobs.claim(alice.user.pk, mine.result.pk) is None
    archive.write(alice.user.pk, mine.export.pk)
    assert objects_of(alice.user.pk) == []
    assert rows_of(alice.user.pk) == {"sessions_app_event": 1}


def test_the_page_says_what_happens_to_backups(alice, settings):
    assert "has not said here when that is" in alice.client.get(PAGE).content.decode()
    settings.PRIVACY = dict(settings.PRIVACY) | {"backups_days": 35}
    assert "Older backups hold it for 35 days more" in alice.client.get(PAGE).content.decode()
