"""Many people at once on the real stack, while processes die: nobody sees anything of anybody else."""

import asyncio

import pytest

from crowd.__main__ import settle, together
from crowd.search import search_everything


@pytest.mark.parametrize("users", [20, pytest.param(100, marks=pytest.mark.slow)])
def test_nobody_meets_anybody_elses_canary_while_things_die(running, newcomers, tally, users):
    people = newcomers(users, first=1_000 if users == 20 else 2_000)
    asyncio.run(together(running, people, tally, every=6, minutes=12, rounds=1 if users == 20 else 3))
    settle(running)
    search_everything(running, people, tally)
    assert tally.good(), tally.table()
    assert len(tally.disturbances) == 4, "every kind of disturbance must have happened"
    assert min(tally.searched[what] for what in ("responses", "rows", "objects", "log lines")) > users
    # The search itself is awake: everybody's own canary is in what was searched.
    assert tally.computed >= 2 * users


def test_a_planted_canary_is_found(running, newcomers, tally):
    """What the search would say if one user's row held another's data."""
    import psycopg

    (one, first), (other, second) = newcomers(2, first=3_000).items()
    with psycopg.connect(running.services.database_url("owner")) as connection:
        connection.execute(
            "INSERT INTO sessions_app_analysissession (id, owner_id, name, note, settings, is_demo, created_at, "
            "updated_at) VALUES (gen_random_uuid(), %s, %s, '', '{}', false, now(), now())",
            [one, second.belongings.canary],
        )
    try:
        search_everything(running, {one: first, other: second}, tally)
        assert any(second.belongings.canary in found for found in tally.foreign)
    finally:
        with psycopg.connect(running.services.database_url("owner")) as connection:
            connection.execute("DELETE FROM sessions_app_analysissession WHERE owner_id = %s", [one])
