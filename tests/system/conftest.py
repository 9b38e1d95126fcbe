"""The real stack in production mode, once for all tests of this folder that need it."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chatmrpt.stack.folders import make_state_folder
from crowd.__main__ import people_of
from crowd.accounts import make_accounts
from crowd.journey import Person
from crowd.stack import CrowdStack, crowd_stack
from crowd.tally import Tally


@pytest.fixture(scope="session")
def running() -> Iterator[CrowdStack]:
    with tempfile.TemporaryDirectory(prefix="chatmrpt-system-", ignore_cleanup_errors=True) as folder:
        make_state_folder(Path(folder))
        # What a killed web process or queue forgot is put into the queue again without a long wait.
        with crowd_stack(Path(folder) / "state", patience_seconds=20) as stack:
            yield stack


@pytest.fixture
def tally() -> Tally:
    return Tally(0)


@pytest.fixture
def newcomers(running: CrowdStack, tally: Tally) -> Callable[[int], dict[str, Person]]:
    """People with accounts and addresses of their own, by user id."""

    def make(count: int, first: int = 1) -> dict[str, Person]:
        tally.users += count
        accounts = make_accounts(running.services.database_url("owner"), count)
        return people_of(running, accounts, tally, first=first)

    return make
