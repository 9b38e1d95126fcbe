"""What the notice promises, on a whole running stack: sign up, upload, take a copy of everything, delete the account."""

import io
import json
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx2
import psycopg
import pytest
from psycopg import sql

from chatmrpt.stack.throwaway import ThrowawayStack
from tests.running_stack import running

EMAIL, PASSWORD = "amina@example.org", "lantern lantern lantern"
CANARY = "Kanary Ward"
TABLE = f"WardName,tpr\n{CANARY},12.5\nOther Ward,30.1\n".encode()
# One line stays, ids only: that an account was deleted.
WHAT_STAYS = {"sessions_app_event": 1}


@pytest.fixture(scope="module")
def place() -> Iterator[tuple[str, Path]]:
    """The address of a stack with a web server and a worker of its own, and its state folder."""
    folders = ThrowawayStack()
    state = folders.folder / "state"
    try:
        with running(state) as stack:
            _, url, *_ = stack.ready_line().split()
            yield url, state
    finally:
        folders.remove()


@pytest.fixture
def superuser(place) -> Iterator[psycopg.Connection]:
    """Somebody whom no policy holds back: what they don't find isn't there."""
    known = json.loads((place[1] / "environment.json").read_text())
    secrets = json.loads((place[1] / "secrets.json").read_text())
    address = known["DATABASE_OWNER_URL"].replace(
        f"chatmrpt_owner:{secrets['owner_password']}", f"postgres:{secrets['superuser_password']}"
    )
    with psycopg.connect(address, autocommit=True) as connection:
        yield connection


def rows_of(connection: psycopg.Connection, user_id: str) -> dict[str, int]:
    """How many rows of each table name this user as their owner, or are the user."""
    tables = connection.execute(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' "
        "AND (column_name IN ('owner_id', 'user_id') OR (table_name, column_name) = ('sessions_app_user', 'id'))"
    ).fetchall()
    assert len(tables) > 10
    found: dict[str, int] = {}
    for table, column in tables:
        question = sql.SQL("SELECT count(*) FROM {} WHERE {}::text = %s")
        row = connection.execute(
            question.format(sql.Identifier(table), sql.Identifier(column)), [user_id]
        ).fetchone()
        found[table] = found.get(table, 0) + row[0]
    return {table: count for table, count in found.items() if count}


def objects_with(state: Path, words: bytes) -> list[Path]:
    """Stored files that hold these bytes, as they are or in a zip archive."""
    found = []
    for path in (one for one in (state / "files").rglob("*") if one.is_file()):
        content = path.read_bytes()
        if content.startswith(b"PK"):
            archive = zipfile.ZipFile(io.BytesIO(content))
            content = b"".join(archive.read(name) for name in archive.namelist())
        if words in content:
            found.append(path)
    return found


def post(browser: httpx2.Client, path: str, **fields: str) -> httpx2.Response:
    """A form as a page sends it."""
    assert browser.get(path).status_code == 200
    sent = fields | {"csrfmiddlewaretoken": browser.cookies["csrftoken"]}
    return browser.post(path, data=sent, headers={"Referer": str(browser.base_url)})


def test_from_sign_up_to_nothing_left(place, superuser):
    url, state = place
    browser = httpx2.Client(base_url=url, timeout=60, trust_env=False)
    program = httpx2.Client(base_url=url, timeout=60, trust_env=False)

    # Sign up, and upload.
    done = post(browser, "/accounts/sign-up/", email=EMAIL, display_name="Amina", new_password=PASSWORD)
    assert done.status_code == 302, done.text
    found = superuser.execute("SELECT id::text FROM sessions_app_user WHERE email = %s", [EMAIL]).fetchone()
    user_id = found[0]
    token = program.post("/api/token/", json={"email": EMAIL, "password": PASSWORD}).json()["access"]
    program.headers["Authorization"] = f"Bearer {token}"
    session = program.post("/api/sessions/", json={"name": "Kano 2026"}).json()["id"]
    sent = program.post(
        f"/api/sessions/{session}/files/", data={"kind": "ward_table"}, files={"file": ("wards.csv", TABLE)}
    )
    assert sent.status_code == 201, sent.text
    uploaded = objects_with(state, CANARY.encode())
    assert uploaded

    # A copy of everything, made by the worker.
    export = program.post("/api/exports/")
    assert export.status_code == 202, export.text
    address, until = f"/api/exports/{export.json()['id']}/", time.monotonic() + 90
    while (told := program.get(address).json())["status"] != "ready":
        assert told["status"] in ("queued", "running"), told
        assert time.monotonic() < until, told
        time.sleep(0.3)
    copy = program.get(told["download"])
    assert copy.status_code == 200
    archive = zipfile.ZipFile(io.BytesIO(copy.content))
    files = [name for name in archive.namelist() if name.startswith("files/")]
    assert [archive.read(name) for name in files] == [TABLE]
    rows = json.loads(archive.read("rows/sessions_app_analysissession.json"))
    assert "Kano 2026" in json.dumps(rows)
    # The copy is an object of hers as well.
    assert len(objects_with(state, CANARY.encode())) == len(uploaded) + 1
    assert set(rows_of(superuser, user_id)) >= {
        "sessions_app_user", "sessions_app_storedfile", "sessions_app_dataexport", "sessions_app_websession",
    }  # fmt: skip

    # Deleted: whoever held a cookie or a token is out, and nothing is left.
    done = post(browser, "/accounts/profile/delete/", password=PASSWORD)
    assert done.status_code == 200
    assert "is deleted" in done.text
    assert program.get("/api/account/").status_code == 401
    assert program.get(told["download"]).status_code == 401
    del program.headers["Authorization"]
    refused = program.post("/api/token/", json={"email": EMAIL, "password": PASSWORD})
    assert refused.status_code == 401
    assert browser.get("/accounts/profile/").status_code == 302
    assert rows_of(superuser, user_id) == WHAT_STAYS
    assert superuser.execute(
        "SELECT count(*) FROM sessions_app_user WHERE email = %s", [EMAIL]
    ).fetchone() == (0,)
    assert objects_with(state, CANARY.encode()) == []
    assert [path for path in (state / "files").rglob("*") if user_id in str(path)] == []
