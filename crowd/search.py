"""After the run: every row, object, cache entry, queued message, log line and temporary file is searched."""

import io
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import psycopg
import pyarrow.parquet as pq
import redis
from psycopg import sql

from chatmrpt.stack import prepare
from crowd.canaries import canaries_in
from crowd.journey import Person
from crowd.stack import BUCKET, CrowdStack
from crowd.tally import Tally


def search_everything(stack: CrowdStack, people: dict[str, Person], tally: Tally) -> None:
    """`people` by user id."""
    owners = {user_id: person.belongings.canary for user_id, person in people.items()}
    known = set(owners.values())
    _sweep(stack, tally)
    with psycopg.connect(stack.services.database_url("owner")) as connection:
        _search_rows(connection, owners, known, tally)
        _count_results(connection, people, tally)
        keys = _stored_keys(connection)
    _search_objects(stack, owners, keys, tally)
    _search_valkey(stack, owners, tally)
    _search_logs(stack, known, tally)
    _search_temporary_files(owners, tally)


def _sweep(stack: CrowdStack, tally: Tally) -> None:
    """Killed processes leave objects without a row; the stack's own sweep, told that nothing is young, removes them."""
    before = len(_listed(stack))
    prepare.manage(["remove_orphans", "--older-than-hours", "0"], stack.environment, stack.state)
    tally.swept += before - len(_listed(stack))


def _listed(stack: CrowdStack) -> list[str]:
    pages = stack.objects().get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
    return [entry["Key"] for page in pages for entry in page.get("Contents", [])]


def _note(tally: Tally, owner: str, known: set[str], found: Iterable[str], where: str) -> None:
    """Words of this run's people with anybody but their owner, others on the same stack included."""
    for canary in (set(found) & known) - {owner}:
        tally.foreign.append(f"{where} of {owner or 'nobody'} holds {canary}")


def _search_rows(
    connection: psycopg.Connection, owners: dict[str, str], known: set[str], tally: Tally
) -> None:
    tables = connection.execute(
        "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'owner_id' "
        "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'"
    ).fetchall()
    for (table,) in tables:
        query = sql.SQL("SELECT owner_id::text, row_to_json(t)::text FROM {} t").format(sql.Identifier(table))
        with connection.cursor(name=f"search_{table}") as rows:
            for owner_id, text in rows.execute(query):
                tally.searched["rows"] += 1
                _note(tally, owners.get(owner_id, ""), known, canaries_in(text.encode()), f"a row of {table}")


def _count_results(connection: psycopg.Connection, people: dict[str, Person], tally: Tally) -> None:
    """What was acknowledged is there, once, with one success; what was deleted is gone."""
    rows = connection.execute(
        "SELECT r.id::text, r.owner_id::text, r.kind, r.status, r.attempt, (SELECT count(*) FROM sessions_app_event e "
        "WHERE e.object_id = r.id AND e.verb = 'result.succeeded') FROM sessions_app_analysisresult r"
    ).fetchall()
    results = {row[0]: row for row in rows}
    kinds = Counter((row[1], row[2]) for row in rows)
    files = {row[0] for row in connection.execute("SELECT id::text FROM sessions_app_storedfile")}
    sessions = {row[0] for row in connection.execute("SELECT id::text FROM sessions_app_analysissession")}
    for user_id, person in people.items():
        for object_id, what in person.acknowledged.items():
            if what in ("dataset", "risk"):
                if results.get(object_id, [""] * 4)[3] != "succeeded":
                    tally.lost.append(f"{what} {object_id}")
            elif object_id in person.deleted:
                if object_id in sessions:
                    tally.lost.append(f"deletion of {object_id}")
            elif object_id not in (sessions if what == "session" else files):
                tally.lost.append(f"{what} {object_id}")
        if any(kinds[user_id, kind] > 1 for kind in ("dataset", "risk")):
            tally.twice.append(f"{user_id} has more results than asked for")
    for object_id, _, kind, status, attempt, successes in rows:
        tally.computed += status == "succeeded"
        tally.runs_again += max(0, attempt - 1)
        if successes > 1:
            tally.twice.append(f"{kind} {object_id} succeeded {successes} times")


def _stored_keys(connection: psycopg.Connection) -> dict[str, str]:
    return dict(
        connection.execute("SELECT storage_key, owner_id::text FROM sessions_app_storedfile").fetchall()
    )


def _search_objects(stack: CrowdStack, owners: dict[str, str], keys: dict[str, str], tally: Tally) -> None:
    client, known = stack.objects(), set(owners.values())
    seen = _listed(stack)
    for key in seen:
        content = client.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        tally.searched["objects"] += 1
        for part in unpacked(key, content):
            _note(tally, owners.get(key.split("/")[0], ""), known, canaries_in(part), f"object {key}")
    tally.lost += [f"object {key}" for key in keys.keys() - set(seen)]
    tally.left_behind += [f"object {key}" for key in seen if key not in keys]


def unpacked(name: str, content: bytes) -> Iterator[bytes]:
    """The content as it is, and what it hides in compressed form."""
    yield content
    if name.endswith((".xlsx", ".zip")):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield from (archive.read(member) for member in archive.namelist())
    elif name.endswith(".parquet"):
        table = pq.read_table(io.BytesIO(content))
        texts = [column for column in table.column_names if "string" in str(table.schema.field(column).type)]
        yield repr(table.select(texts).to_pydict()).encode()
        yield repr(table.column_names).encode()


def held_under(client: redis.Redis, key: bytes) -> list[bytes]:
    """Everything that stands under a key, whatever its type; nothing if it has ended meanwhile."""
    readers = {
        b"none": lambda: [],
        b"string": lambda: [client.get(key) or b""],
        b"list": lambda: client.lrange(key, 0, -1),
        b"set": lambda: list(client.smembers(key)),
        b"zset": lambda: client.zrange(key, 0, -1),
        b"hash": lambda: [part for pair in client.hgetall(key).items() for part in pair],
        b"stream": lambda: [
            part for _, fields in client.xrange(key) for pair in fields.items() for part in pair
        ],
    }
    kind = client.type(key)
    if kind not in readers:
        raise ValueError(f"{key!r} is of a type that is not searched: {kind!r}")
    return readers[kind]()


def _search_valkey(stack: CrowdStack, owners: dict[str, str], tally: Tally) -> None:
    client, known = stack.valkey(), set(owners.values())
    for key in client.scan_iter(count=1000):
        tally.searched["cache entries and messages"] += 1
        owner = next((canary for user_id, canary in owners.items() if user_id.encode() in key), "")
        for value in [b"", *held_under(client, key)]:
            _note(tally, owner, known, canaries_in(key + b" " + value), f"cache entry {key!r}")


def _search_logs(stack: CrowdStack, known: set[str], tally: Tally) -> None:
    """No canary at all: a log holds nothing that a user typed, not even for that user."""
    for log in (stack.state / "log").glob("*.log"):
        for line in log.read_bytes().splitlines():
            tally.searched["log lines"] += 1
            for canary in canaries_in(line) & known:
                tally.foreign.append(f"{log.name} holds {canary}: {line[:160]!r}")


def _search_temporary_files(owners: dict[str, str], tally: Tally) -> None:
    """A killed worker leaves its folder; nothing of another may be in it."""
    known = set(owners.values())
    for folder in Path(tempfile.gettempdir()).glob("chatmrpt-*"):
        owner = next((user_id for user_id in owners if user_id in folder.name), None)
        if owner is None:
            continue
        for path in folder.rglob("*"):
            if path.is_file():
                tally.searched["temporary files"] += 1
                # Only as bytes: who was killed while writing leaves half a file.
                found = canaries_in(path.read_bytes())
                _note(tally, owners[owner], known, found, f"temporary file {path.name}")
