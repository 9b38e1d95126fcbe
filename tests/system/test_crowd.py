"""Many people at once on the real stack, while processes die: nobody sees anything of anybody else."""

import asyncio
import io
import tempfile
import urllib.request
from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import psutil
import psycopg
import pytest
import xlsxwriter

from chatmrpt.stack.processes import wait_for
from crowd.__main__ import settle, together
from crowd.canaries import Belongings
from crowd.disturbance import KINDS
from crowd.search import held_under, look_into_valkey, search_everything
from crowd.stack import CrowdStack
from crowd.tally import Tally


@pytest.mark.parametrize("users", [20, pytest.param(100, marks=pytest.mark.slow)])
def test_nobody_meets_anybody_elses_canary_while_things_die(running, newcomers, tally, users):
    people = newcomers(users, first=1_000 if users == 20 else 2_000)
    asyncio.run(together(running, people, tally, every=6, minutes=12, rounds=1 if users == 20 else 3))
    settle(running)
    # Those that took the place of a killed process may not have been asked anything yet.
    assert wait_for(lambda: many_are_connected(running), seconds=60), "hardly any process was connected"
    shared = {end: pids for end, pids in connections_of(running).items() if len(pids) > 1}
    assert shared == {}, (
        "a connection that was opened before a fork is used by both sides, and answers cross over"
    )
    search_everything(running, people, tally)
    assert tally.good(), tally.table()
    assert set(tally.disturbances) == KINDS, "every kind of disturbance must have happened"
    assert min(tally.searched[what] for what in ("responses", "rows", "objects", "log lines")) > users
    assert tally.searched["cache entries and messages under way"] > 0
    assert tally.cleared == users // 10, "nobody deleted what was computed"
    # The search itself is awake: everybody's own canary is in what was searched.
    assert tally.computed >= 2 * users


def many_are_connected(stack: CrowdStack) -> bool:
    """Whether three processes hold connections, a web process having been asked for something."""
    with suppress(OSError):
        urllib.request.urlopen(f"http://{stack.host}:{stack.port}/health/ready/", timeout=10).close()
    return len(set().union(*connections_of(stack).values())) > 2


def connections_of(stack: CrowdStack) -> dict[tuple[str, int], set[int]]:
    """Which processes hold each connection to the database or the object store, by its own end."""
    found: dict[tuple[str, int], set[int]] = defaultdict(set)
    ports = {stack.services.postgres_port, stack.storage_port}
    for child in stack.children:
        main = psutil.Process(child.process.pid)
        for process in [main, *main.children(recursive=True)]:
            for one in process.net_connections(kind="tcp"):
                if one.raddr and one.raddr.port in ports:
                    found[one.laddr].add(process.pid)
    return found


def workbook(theirs: Belongings) -> bytes:
    """A ward table of somebody else's wards, compressed as workbooks are."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet("wards")
        for row, line in enumerate(theirs.table.decode().splitlines()):
            sheet.write_row(row, 0, line.split(","))
    assert theirs.canary.encode() not in content.getvalue(), "only whoever unpacks it sees the words"
    return content.getvalue()


@pytest.mark.slow
def test_a_planted_canary_is_found(running, newcomers, tally):
    """What the search says if anything of one user holds another's data: each place where something may stand."""
    people = newcomers(2, first=3_000)
    (one, first), (_, second) = people.items()
    if first.kind != "token":
        ((one, first), (_, second)) = reversed(people.items())
    other = second.belongings.canary
    valkey, log = running.valkey(), running.state / "log" / "planted.log"
    keys = {kind: f"cache:1:user:{one}:planted-{kind}" for kind in ("hash", "stream", "list", "string")}

    async def plant() -> str:
        await first.sign_in()
        session = await first.create_session(f"Plan {other}")
        await first.upload(session, "ward_table", "planted.xlsx", workbook(second.belongings))
        first.browser.close()
        return session

    session = asyncio.run(plant())
    assert any(f"{first.belongings.canary} was answered {other}" in found for found in tally.foreign), (
        "the response that named the session"
    )
    valkey.hset(keys["hash"], "field", other)
    valkey.xadd(keys["stream"], {"field": other})
    valkey.rpush(keys["list"], "another", other)
    valkey.set(keys["string"], other)
    log.write_text(f"a line\na line of {other}\n")
    body = Path(tempfile.gettempdir()) / f"tmp{first.belongings.canary}.upload.csv"
    body.write_text(f"{first.belongings.canary},{other}\n")
    try:
        plant_rows(running, one, other)
        tally.foreign.clear()
        look_into_valkey(running, people, tally)
        for key in keys.values():
            assert any(key in words for words in tally.foreign), (key, tally.foreign)
        tally.foreign.clear()
        search_everything(running, people, tally)
        found = list(tally.foreign)
    finally:
        log.unlink()
        body.unlink()
        valkey.delete(*keys.values())
        plant_rows(running, one, "")
        asyncio.run(_removed(first, session))
    assert any(words.startswith("temporary file") and other in words for words in found), found
    for where in ("a row of sessions_app_analysissession", "object ", "planted.log", *PLANTED_ROWS):
        assert any(words.startswith(where) and other in words for words in found), (where, found)
    for key in keys.values():
        assert any(words.startswith("cache entry") and key in words for words in found), (key, found)
    # And once it is gone nothing is said any more.
    tally.foreign.clear()
    search_everything(running, people, tally)
    assert tally.foreign == []
    # Nor is anything left of what was deleted with the session.
    assert (tally.lost, [words for words in tally.left_behind if "deleted" in words]) == ([], [])
    assert tally.cleared == 1


# Rows that belong to somebody without an owner_id, and to nobody.
PLANTED_ROWS = ("a row of sessions_app_user", "a row of assistant_standing of nobody")


def plant_rows(running: CrowdStack, user_id: str, word: str) -> None:
    """Put another's word into an account and into what is everybody's, or with none take it out."""
    with psycopg.connect(running.services.database_url("owner")) as owner:
        owner.execute("UPDATE sessions_app_user SET display_name = %s WHERE id = %s", [word, user_id])
        owner.execute("DELETE FROM assistant_standing WHERE category = 'planted'")
        if word:
            owner.execute(
                "INSERT INTO assistant_standing (id, category, model, rating, low, high, comparisons, wins, losses, "
                "ties, both_bad, computed_at) VALUES (gen_random_uuid(), 'planted', %s, 1, 1, 1, 0, 0, 0, 0, 0, now())",
                [word],
            )


def test_what_is_said_to_be_deleted_and_is_there_is_told(running, newcomers, tally):
    """The proof of a deletion is awake: rows, objects and names of what was not deleted at all."""
    people = newcomers(1, first=4_000)
    (person,) = people.values()

    async def store() -> None:
        await person.sign_in()
        session = await person.create_session(f"Kept {person.belongings.canary}")
        await person.upload(session, "ward_table", "kept.csv", person.belongings.table)
        person.browser.close()
        person.deleted |= {session, *person.lies_in}

    asyncio.run(store())
    search_everything(running, people, tally)
    for words in ("deletion of session", "deletion of ward_table", "deletion of object", "which a row of"):
        assert any(words in lost for lost in tally.lost), (words, tally.lost)
    assert any("of a deleted session" in left for left in tally.left_behind)
    assert not tally.good()


def test_a_fault_is_told_with_what_the_log_says_of_it(running, tally):
    log = running.state / "log" / "planted.log"
    log.write_text(
        "incident 0123456789ab while answering: KeyError\nincident ba9876543210 of somebody else\n"
    )
    tally.failures["ask for risk: 500 This is incident 0123456789ab."] += 1
    try:
        search_everything(running, {}, tally)
    finally:
        log.unlink()
    assert tally.logged == ["planted.log: incident 0123456789ab while answering: KeyError"]
    assert "while answering: KeyError" in tally.table()


def test_what_people_of_another_count_saw_is_added():
    before, tally = Tally(0, foreign=["one was answered another"]), Tally(0)
    before.searched["responses"] = 3
    tally.add_search(before)
    assert not tally.good()
    assert tally.searched["responses"] == 3


async def _removed(person, session: str) -> None:
    await person.delete(session)
    person.browser.close()


def test_what_cannot_be_read_is_not_passed_over():
    unknown = SimpleNamespace(type=lambda key: b"TSDB-TYPE")
    with pytest.raises(ValueError, match="TSDB-TYPE"):
        held_under(unknown, b"key")


def test_a_run_in_which_something_did_not_happen_is_not_good():
    quiet = Tally(0, expected=KINDS)
    quiet.disturbances.update(sorted(KINDS)[1:])
    assert not quiet.good()
    assert quiet.missing() == sorted(KINDS)[:1]
    assert sorted(KINDS)[0] in quiet.table()
    quiet.disturbances.update(KINDS)
    assert quiet.good()
    assert Tally(0).good(), "where nothing was to be disturbed"
