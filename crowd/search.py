"""After the run every row, object, cache entry, queued message, log line and temporary file is searched; Valkey meanwhile, too."""

import io
import re
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
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

UUID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
INCIDENT = re.compile(rb"incident ([0-9a-f]{12})")
USERS, LEDGER = "sessions_app_user", "sessions_app_event"
# What one look into Valkey reads while people work: so many keys, and of lists and streams so many entries.
KEYS_AT_ONCE, ENTRIES = 2_000, 100


def search_everything(stack: CrowdStack, people: dict[str, Person], tally: Tally) -> None:
    """`people` by user id."""
    owners = _canaries(people)
    known = set(owners.values())
    sweep(stack, people, tally)
    with psycopg.connect(stack.services.database_url("owner")) as connection:
        _search_rows(connection, owners, known, _deleted(people), tally)
        _count_results(connection, people, tally)
        keys = _stored_keys(connection)
    _search_objects(stack, owners, keys, tally)
    _search_valkey(stack, owners, tally)
    _search_logs(stack, known, tally)
    _search_temporary_files(owners, tally)


def _canaries(people: dict[str, Person]) -> dict[str, str]:
    return {user_id: person.belongings.canary for user_id, person in people.items()}


def _deleted(people: dict[str, Person]) -> set[str]:
    return {object_id for person in people.values() for object_id in person.deleted}


def sweep(stack: CrowdStack, people: dict[str, Person], tally: Tally) -> None:
    """Killed processes leave objects without a row; the stack's own sweep, told that nothing is young, removes them."""
    before = listed(stack)
    if not tally.disturbances:  # whoever was not killed left nothing of a deleted session to the sweep
        left = _of_deleted(before, people)
        tally.left_behind += [f"object {key} of a deleted session" for key in left]
    prepare.manage(["remove_orphans", "--older-than-hours", "0"], stack.environment, stack.state)
    after = listed(stack)
    tally.swept += len(before) - len(after)
    tally.lost += [f"deletion of object {key}" for key in _of_deleted(after, people)]


def _of_deleted(keys: list[str], people: dict[str, Person]) -> list[str]:
    """Which of these objects stand below a session that is deleted."""
    gone = {(user_id, object_id) for user_id, person in people.items() for object_id in person.deleted}
    return [key for key in keys if tuple(key.split("/")[:2]) in gone]


def listed(stack: CrowdStack, owners: Sequence[str] = ()) -> list[str]:
    """The keys in the bucket, everybody's or only these people's."""
    pages = stack.objects().get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
    keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
    return [key for key in keys if not owners or key.partition("/")[0] in owners]


def _note(tally: Tally, owner: str, known: set[str], found: Iterable[str], where: str) -> None:
    """Words of this run's people with anybody but their owner, others on the same stack included."""
    for canary in (set(found) & known) - {owner}:
        tally.foreign.append(f"{where} of {owner or 'nobody'} holds {canary}")


def _search_rows(
    connection: psycopg.Connection, owners: dict[str, str], known: set[str], deleted: set[str], tally: Tally
) -> None:
    """Every row of every table, with its owner's words alone; a table that is everybody's holds nobody's.

    And no row names what was deleted, but those of the ledger, whose ids stay.
    """
    tables = connection.execute(
        "SELECT c.relname, (SELECT min(a.attname) FROM pg_attribute a WHERE a.attrelid = c.oid AND NOT a.attisdropped "
        "AND a.attname = CASE c.relname WHEN %s THEN 'id' ELSE 'owner_id' END) "
        "FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'",
        [USERS],
    ).fetchall()
    for table, column in tables:
        owner = sql.SQL("{}::text").format(sql.Identifier(column)) if column else sql.SQL("''")
        query = sql.SQL("SELECT {}, row_to_json(t)::text FROM {} t").format(owner, sql.Identifier(table))
        with connection.cursor(name=f"search_{table}") as rows:
            for owner_id, text in rows.execute(query):
                tally.searched["rows"] += 1
                content = text.encode()
                _note(tally, owners.get(owner_id, ""), known, canaries_in(content), f"a row of {table}")
                if table != LEDGER:
                    named = {found.decode() for found in UUID.findall(content)} & deleted
                    tally.lost += [f"deletion of {key}, which a row of {table} names" for key in named]


def _count_results(connection: psycopg.Connection, people: dict[str, Person], tally: Tally) -> None:
    """What was acknowledged is there, once, with one success; what was deleted is gone, and had succeeded once."""
    rows = connection.execute(
        "SELECT id::text, owner_id::text, kind, status, attempt FROM sessions_app_analysisresult"
    ).fetchall()
    told = connection.execute(
        "SELECT object_id::text, count(*) FROM sessions_app_event WHERE verb = 'result.succeeded' GROUP BY 1"
    ).fetchall()
    successes = Counter(dict(told))
    results = {row[0]: row[3] for row in rows}
    kinds = Counter((row[1], row[2]) for row in rows)
    files = {row[0] for row in connection.execute("SELECT id::text FROM sessions_app_storedfile")}
    sessions = {row[0] for row in connection.execute("SELECT id::text FROM sessions_app_analysissession")}
    there = sessions | files | results.keys()
    for user_id, person in people.items():
        for object_id, what in person.acknowledged.items():
            computed = what in ("dataset", "risk")
            if object_id in person.deleted:
                if object_id in there:
                    tally.lost.append(f"deletion of {what} {object_id}")
                elif computed and not successes[object_id]:
                    tally.lost.append(f"{what} {object_id}, before it was deleted")
                tally.computed += computed
            elif computed:
                if results.get(object_id) != "succeeded":
                    tally.lost.append(f"{what} {object_id}")
            elif object_id not in (sessions if what == "session" else files):
                tally.lost.append(f"{what} {object_id}")
        tally.cleared += len({person.lies_in[key] for key in person.deleted if key in person.lies_in})
        if any(kinds[user_id, kind] > 1 for kind in ("dataset", "risk")):
            tally.twice.append(f"{user_id} has more results than asked for")
    for _, _, _, status, attempt in rows:
        tally.computed += status == "succeeded"
        tally.runs_again += max(0, attempt - 1)
    tally.twice += [f"result {key} succeeded {count} times" for key, count in successes.items() if count > 1]


def _stored_keys(connection: psycopg.Connection) -> dict[str, str]:
    return dict(
        connection.execute("SELECT storage_key, owner_id::text FROM sessions_app_storedfile").fetchall()
    )


def _search_objects(stack: CrowdStack, owners: dict[str, str], keys: dict[str, str], tally: Tally) -> None:
    client, known = stack.objects(), set(owners.values())
    seen = listed(stack)
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


def held_under(client: redis.Redis, key: bytes, most: int | None = None) -> list[bytes]:
    """Everything that stands under a key, whatever its type; nothing if it has ended meanwhile.

    Of what is in line, as messages are, the first `most` if that is given.
    """
    last = -1 if most is None else most - 1
    readers = {
        b"none": lambda: [],
        b"string": lambda: [client.get(key) or b""],
        b"list": lambda: client.lrange(key, 0, last),
        b"set": lambda: list(client.smembers(key)),
        b"zset": lambda: client.zrange(key, 0, last),
        b"hash": lambda: [part for pair in client.hgetall(key).items() for part in pair],
        b"stream": lambda: [
            part for _, fields in client.xrange(key, count=most) for pair in fields.items() for part in pair
        ],
    }
    kind = client.type(key)
    if kind not in readers:
        raise ValueError(f"{key!r} is of a type that is not searched: {kind!r}")
    return readers[kind]()


def _search_valkey(stack: CrowdStack, owners: dict[str, str], tally: Tally) -> None:
    with stack.valkey() as client:
        for key in client.scan_iter(count=1000):
            tally.searched["cache entries and messages"] += 1
            _search_entry(client, key, owners, tally)


def look_into_valkey(stack: CrowdStack, people: dict[str, Person], tally: Tally, cursor: int = 0) -> int:
    """A part of it while people work, from where the last look ended; where this one did is returned."""
    owners, seen = _canaries(people), 0
    # It may be started again at this moment, and an entry may become another: the next look is soon.
    with suppress(redis.RedisError), stack.valkey() as client:
        while seen < KEYS_AT_ONCE:
            cursor, keys = client.scan(cursor, count=500)
            for key in keys:
                tally.searched["cache entries and messages under way"] += 1
                _search_entry(client, key, owners, tally, most=ENTRIES)
            seen += len(keys)
            if cursor == 0:
                break
    return cursor


def _search_entry(
    client: redis.Redis, key: bytes, owners: dict[str, str], tally: Tally, most: int | None = None
) -> None:
    ids = (found.decode() for found in UUID.findall(key))
    owner = next((owners[user_id] for user_id in ids if user_id in owners), "")
    for value in [b"", *held_under(client, key, most)]:
        found = canaries_in(key + b" " + value)
        _note(tally, owner, set(owners.values()), found, f"cache entry {key!r}")


def _search_logs(stack: CrowdStack, known: set[str], tally: Tally) -> None:
    """No canary at all: a log holds nothing that a user typed, not even for that user. And what it says of each fault."""
    incidents = {found for failure in tally.failures for found in INCIDENT.findall(failure.encode())}
    for log in (stack.state / "log").glob("*.log"):
        for line in log.read_bytes().splitlines():
            tally.searched["log lines"] += 1
            for canary in canaries_in(line) & known:
                tally.foreign.append(f"{log.name} holds {canary}: {line[:160]!r}")
            if any(incident in line for incident in incidents):
                tally.logged.append(f"{log.name}: {line.decode(errors='replace')}")


def _search_temporary_files(owners: dict[str, str], tally: Tally) -> None:
    """A killed worker leaves its folder; nothing of another may be in it. A killed web process leaves a body."""
    known = set(owners.values())
    root = Path(tempfile.gettempdir())
    for folder in root.glob("chatmrpt-*"):
        owner = next((user_id for user_id in owners if user_id in folder.name), None)
        if owner is None:
            continue
        for path in folder.rglob("*"):
            if path.is_file():
                tally.searched["temporary files"] += 1
                # Only as bytes: who was killed while writing leaves half a file.
                found = canaries_in(path.read_bytes())
                _note(tally, owners[owner], known, found, f"temporary file {path.name}")
    for path in root.glob("tmp*.upload*"):  # no name says whose: it is one person's, or a bleed
        with suppress(OSError):
            found = canaries_in(path.read_bytes()) & known
            tally.searched["bodies in temporary files"] += 1
            if len(found) > 1:
                tally.foreign.append(f"temporary file {path.name} holds {', '.join(sorted(found))}")
