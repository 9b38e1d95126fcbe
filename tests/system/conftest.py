"""The real stack in production mode, once for all tests of this folder that need it."""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from chatmrpt.stack import prepare
from chatmrpt.stack.folders import make_state_folder
from chatmrpt.stack.private_services import Services
from crowd.__main__ import people_of
from crowd.accounts import make_accounts
from crowd.journey import Person
from crowd.stack import CrowdStack, crowd_stack
from crowd.tally import Tally


@pytest.fixture(scope="package")
def running() -> Iterator[CrowdStack]:
    with tempfile.TemporaryDirectory(prefix="chatmrpt-system-", ignore_cleanup_errors=True) as folder:
        make_state_folder(Path(folder))
        # What a killed web process or queue forgot is put into the queue again without a long wait.
        with crowd_stack(Path(folder) / "state", patience_seconds=20) as stack:
            yield stack


@pytest.fixture(scope="package")
def two_processes(running: CrowdStack) -> Iterator[list[int]]:
    """The ports of two more web servers beside the stack's own, of one process each."""
    with ExitStack() as stack:
        yield [stack.enter_context(running.fresh_web()) for _ in range(2)]


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


@pytest.fixture(scope="package")
def image_environment(running: CrowdStack, tmp_path_factory) -> dict[str, str]:
    """What compose gives the containers; PATH leads to this Python as it does in the image."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    home = {"PATH": path, "HOME": str(tmp_path_factory.mktemp("home"))}
    own = running.services.addresses() | home
    return running.environment | own | {"STORAGE": "s3", "S3_LINKS": "false"}


@pytest.fixture
def elsewhere() -> Iterator[dict[str, str]]:
    """Another, empty server with its roles, and an empty folder for files."""
    folder = Path(tempfile.mkdtemp(prefix="chatmrpt-restored-"))
    services = Services(make_state_folder(folder) / "state", throwaway=True)
    try:
        services.start(valkey=False)
        prepare.create_database(services)
        backup = {"DATABASE_BACKUP_URL": services.database_url("backup")}
        storage = {"CHATMRPT_MODE": "test", "STORAGE": "filesystem", "STORAGE_FOLDER": str(folder / "files")}
        yield services.addresses() | backup | storage
    finally:
        services.stop()
        shutil.rmtree(folder, ignore_errors=True)
