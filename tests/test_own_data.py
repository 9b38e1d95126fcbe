"""One account from its opening to its end: the notice is accepted, work is done, everything is downloaded, everything is deleted.

The pieces have tests of their own; this one goes the whole way through pages, rows, files, cache and the queue's server.
"""

import hashlib
import io
import re
import secrets
import zipfile
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.db import connections
from django.test import Client
from django_redis import get_redis_connection

from crowd.canaries import canaries_in
from sessions_app.models import DataExport, Event, User
from sessions_app.privacy import archive, retention
from sessions_app.privacy.notice import current_version
from sessions_app.tests.people import PASSWORD, committed  # noqa: F401 - a fixture
from tests.work import finished_work

READ = {
    b"string": lambda valkey, key: [valkey.get(key)],
    b"list": lambda valkey, key: valkey.lrange(key, 0, -1),
    b"set": lambda valkey, key: list(valkey.smembers(key)),
    b"hash": lambda valkey, key: [part for pair in valkey.hgetall(key).items() for part in pair],
    b"zset": lambda valkey, key: valkey.zrange(key, 0, -1),
    b"stream": lambda valkey, key: [str(entry).encode() for entry in valkey.xrange(key)],
    b"none": lambda valkey, key: [],
}


def in_rows(words: list[str]) -> set[str]:
    """The tables of which any row holds one of the words in any column, seen as their owner."""
    found = set()
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(
                f'SELECT 1 FROM "{table}" t WHERE t::text ~* %s LIMIT 1', ["|".join(map(re.escape, words))]
            )
            if cursor.fetchone():
                found.add(table)
    return found


def in_files(words: list[str]) -> set[str]:
    """Whatever lies in the store under such a name or with such a word in it."""
    marks = [word.encode().lower() for word in words]
    found = set()
    for path in Path(default_storage.location).rglob("*"):
        text = str(path).encode() + (path.read_bytes() if path.is_file() else b"")
        if any(mark in text.lower() for mark in marks):
            found.add(str(path))
    return found


def in_valkey(words: list[str]) -> set[bytes]:
    """Keys of cache, limits, streams and queue that hold such a word, in their name or in what they keep."""
    valkey, marks = get_redis_connection("default"), [word.encode().lower() for word in words]
    found = set()
    for key in valkey.scan_iter(count=1000):
        kept = b" ".join([key, *(part for part in READ[valkey.type(key)](valkey, key) if part)])
        if any(mark in kept.lower() for mark in marks):
            found.add(key)
    return found


@pytest.mark.usefixtures("committed")
def test_from_the_opening_of_an_account_to_nothing_left_of_it():
    email = f"whole-{secrets.token_hex(6)}@example.org"
    browser = Client(REMOTE_ADDR=f"127.99.{secrets.randbelow(250)}.{secrets.randbelow(250)}")
    assert "privacy notice" in browser.get("/accounts/sign-up/").content.decode()
    opened = browser.post("/accounts/sign-up/", {"email": email, "new_password": PASSWORD})
    assert opened.status_code == 302
    user = User.objects.using("owner").get(email=email)
    assert user.privacy_version == current_version()

    work = finished_work(user)
    mine, chat = work.belongings, f"/sessions/{work.session.pk}/chat/"
    assert browser.post(chat, {"text": f"status of {mine.canary}"}).status_code == 302
    browser.post("/accounts/tokens/", {"name": mine.canary, "reach": "full", "expires": ""})
    assert browser.get(f"/sessions/{work.session.pk}/", follow=True).status_code == 200
    who = [str(user.pk), email, mine.canary]
    assert in_rows(who) > {"sessions_app_user", "sessions_app_analysisresult", "assistant_message"}
    assert in_files(who)

    assert browser.post("/accounts/data/").status_code == 302
    export = DataExport.objects.using("owner").get(owner_id=user.pk)
    archive.write(user.pk, export.pk)
    answer = browser.get(f"/accounts/data/{export.pk}/download/")
    data = answer.getvalue() if answer.streaming else answer.content
    with zipfile.ZipFile(io.BytesIO(data)) as opened_copy:
        copy = {name: opened_copy.read(name) for name in opened_copy.namelist()}
    assert copy[f"files/{work.session.pk}/{work.table.pk}/{work.table.name}"] == mine.table
    assert any(name.endswith("/wards.csv") for name in copy), "what was computed is in it"
    assert mine.canary.encode() in copy["rows/assistant_message.json"]
    assert current_version().encode() in copy["rows/sessions_app_user.json"]
    assert canaries_in(b"".join(copy.values())) == {mine.canary}
    assert hashlib.sha256(data).hexdigest() in browser.get("/accounts/data/").content.decode()

    gone = browser.post("/accounts/profile/delete/", {"password": PASSWORD})
    assert "is deleted" in gone.content.decode()
    retention.apply()
    assert in_rows(who) == {"sessions_app_event"}
    left = Event.objects.using("owner").filter(owner_id=user.pk)
    assert [(event.verb, event.data) for event in left] == [("account.deleted", {})]
    assert in_files(who) == set()
    assert in_valkey([email, mine.canary]) == set()
    # No worker runs here; what still waits for one holds ids alone, and finds nothing when it is taken.
    assert in_valkey([str(user.pk)]) <= {b"queue:celery"}

    again = Client(REMOTE_ADDR="127.99.251.1")
    assert again.post("/accounts/sign-in/", {"email": email, "password": PASSWORD}).status_code == 200
    assert browser.get("/sessions/").status_code == 302
