"""SIGKILL to web processes, workers, Valkey and PostgreSQL while people store things. What was acknowledged is there,
once, byte for byte; every computation comes to one end.
"""

import asyncio

import pytest

from crowd.__main__ import settle
from crowd.endurance import count_everything, endure


@pytest.mark.parametrize("rounds", [10, pytest.param(200, marks=pytest.mark.slow)])
def test_nothing_acknowledged_is_lost_and_nothing_is_done_twice(running, newcomers, tally, rounds):
    people = newcomers(4, first=5_000 + rounds)
    asyncio.run(endure(running, list(people.values()), tally, rounds))
    settle(running)
    count_everything(running, people, tally)
    assert (tally.failures, tally.lost, tally.twice) == ({}, [], []), tally.table()
    assert sum(tally.disturbances.values()) == rounds
    assert len(tally.disturbances) == 4
    assert sum(len(person.acknowledged) for person in people.values()) > rounds, "hardly anything was stored"
