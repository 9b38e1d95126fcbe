"""What processes of one application could share without meaning to."""

import asyncio
from collections import defaultdict

import psutil

from crowd.__main__ import settle
from crowd.journey import Person
from crowd.stack import CrowdStack


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


def test_no_two_processes_share_a_connection(running, newcomers, tally):
    """A connection that was opened before a fork would be used by both sides, and answers would cross over."""
    people: list[Person] = list(newcomers(6, first=8_000).values())

    async def all_of_them() -> None:
        await asyncio.gather(*(person.whole_journey() for person in people))

    asyncio.run(all_of_them())
    settle(running)
    held = connections_of(running)
    assert {pid for pids in held.values() for pid in pids}, "nobody was connected, so nothing was shown"
    assert [(end, pids) for end, pids in held.items() if len(pids) > 1] == []
    assert tally.failures == {}
    assert tally.finished == len(people)
