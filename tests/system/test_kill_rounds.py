"""SIGKILL to web processes, workers, Valkey and PostgreSQL while people store, say, rename, revoke and delete things.

What was acknowledged is there, once, byte for byte; every computation comes to one end. What was deleted is gone with its
bytes, what was revoked is refused, a replaced password opens nothing.
"""

import asyncio
from collections import Counter

import pytest

from crowd.__main__ import settle
from crowd.changes import KINDS, Changing
from crowd.endurance import count_everything, endure


@pytest.mark.parametrize("rounds", [10, pytest.param(200, marks=pytest.mark.slow)])
def test_nothing_acknowledged_is_lost_and_nothing_is_done_twice(running, newcomers, tally, rounds):
    made = newcomers(4, first=5_000 + rounds)
    people = {user_id: Changing(person) for user_id, person in made.items()}
    asyncio.run(endure(running, list(people.values()), tally, rounds))
    settle(running)
    count_everything(running, people, tally)
    faults = (tally.failures, tally.lost, tally.twice, tally.left_behind)
    assert faults == ({}, [], [], []), tally.table()
    assert sum(tally.disturbances.values()) == rounds
    assert len(tally.disturbances) == 4
    done = sum((one.done for one in people.values()), Counter())
    assert min(done[kind] for kind in KINDS) >= rounds, (
        f"between two kills each of these was to happen: {done}"
    )
    assert done["password chosen"], done
    assert tally.cleared == done["session deleted"]
