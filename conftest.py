"""One throwaway PostgreSQL and Valkey for the whole run, started when the first test needs them.

The database is made as a real start makes it, by the same statements and the same migrations, and every test
speaks to it as the web role. Tests of the pure cores never start it.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatmrpt.stack.throwaway import ThrowawayStack

# The settings need the addresses before the first test module is imported, hence here and not in a fixture.
# No service runs yet.
THROWAWAY = ThrowawayStack()
os.environ.update(THROWAWAY.environment())
if "PYTEST_XDIST_WORKER" not in os.environ:
    # Made by whichever process needs it first, and copied by all; see tests/running_stack.py.
    os.environ["CHATMRPT_PREPARED"] = str(THROWAWAY.folder / "prepared")

import django  # noqa: E402

django.setup()


@pytest.fixture(scope="session")
def stack(django_db_blocker) -> Iterator[ThrowawayStack]:
    """The running services of this test run."""
    with django_db_blocker.unblock():
        THROWAWAY.start()
    yield THROWAWAY
    THROWAWAY.remove()


@pytest.fixture(scope="session")
def django_db_setup(stack: ThrowawayStack, django_db_blocker) -> Iterator[None]:
    """Replace pytest-django's: the whole server is a throwaway, so no second database is made in it."""
    yield
    from django.db import connections

    with django_db_blocker.unblock():
        for connection in connections.all(initialized_only=True):
            connection.close()
            if getattr(connection, "pool", None):
                connection.close_pool()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Each process that runs tests makes a stack of its own: it must not inherit the addresses of this one's."""
    for name in THROWAWAY.environment():
        os.environ.pop(name, None)


# Folders whose files share a stack that takes half a minute to start: one process runs all of each.
SHARED_STACKS = ("tests/browser/", "tests/system/", "reports/tests/")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log):
    """A file stays with one process, as with `--dist loadfile`, and so does a folder with a stack of its own."""
    from xdist.scheduler import LoadFileScheduling

    if config.getoption("dist") != "loadfile":
        return None

    class TogetherWhereAStackIsShared(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return next((folder for folder in SHARED_STACKS if nodeid.startswith(folder)), None) or (
                super()._split_scope(nodeid)
            )

    return TogetherWhereAStackIsShared(config, log)


@pytest.fixture(scope="session")
def realdata() -> Path:
    """The folder with published data, if this machine has it."""
    folder = realdata_folder()
    if folder is None:
        pytest.skip("no published data on this machine (CHATMRPT_REALDATA)")
    return folder


def realdata_folder() -> Path | None:
    chosen = os.environ.get("CHATMRPT_REALDATA", "").strip()
    folder = Path(chosen) if chosen else Path(__file__).resolve().parent.parent / "shared" / "data"
    return folder if folder.is_dir() else None


SLOW_SECONDS = 3600


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("slow") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(SLOW_SECONDS))
    if realdata_folder() is not None:
        return
    missing = pytest.mark.skip(reason="no published data on this machine (CHATMRPT_REALDATA)")
    for item in items:
        if item.get_closest_marker("realdata"):
            item.add_marker(missing)


class MustRun:
    """Where what a suite needs can be had, a suite that was skipped, or found no test, fails the run."""

    def __init__(self, marker: str, words: str) -> None:
        self.marker, self.words = marker, words
        self.passed = 0
        self.skipped: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if self.marker not in report.keywords:
            return
        if report.skipped:
            self.skipped.append(report.nodeid)
        elif report.when == "call" and report.passed:
            self.passed += 1

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if exitstatus == 0 and (self.skipped or not self.passed):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter) -> None:
        if self.skipped or not self.passed:
            terminalreporter.write_line(
                f"{self.words} must run here: {self.passed} passed, {len(self.skipped)} skipped.", red=True
            )


MUST_RUN = {
    "CHATMRPT_BROWSER": ("browser", "Browser tests"),
    "CHATMRPT_PGBOUNCER": ("pgbouncer", "Tests through PgBouncer"),
}


def pytest_configure(config: pytest.Config) -> None:
    # The process that hands out the tests sees all their reports; those that run them see a part.
    for variable, (marker, words) in MUST_RUN.items():
        if os.environ.get(variable) == "required" and not hasattr(config, "workerinput"):
            config.pluginmanager.register(MustRun(marker, words))
