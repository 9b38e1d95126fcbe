"""Each command of the image, started as the container would start it, on production settings and real services."""

import os
import re
import subprocess
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from chatmrpt.stack.processes import ReservedPort
from tests.system.image import START, becomes_healthy, ran


@pytest.fixture
def environment(image_environment) -> dict[str, str]:
    return image_environment


@contextmanager
def started(environment: dict[str, str], log: Path, *command: str) -> Iterator[subprocess.Popen]:
    with log.open("wb") as out:
        process = subprocess.Popen([START, *command], env=environment, stdout=out, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


def test_web_answers_and_stops_when_asked(environment, tmp_path):
    port = ReservedPort()
    token = "a scraper's own long word"
    own = {**environment, "WEB_PORT": str(port.number), "WEB_PROCESSES": "1", "METRICS_TOKEN": token}
    # What a killed process left in a folder for temporary files that the next container takes over.
    left = tmp_path / "tmp" / f"chatmrpt-{uuid.uuid4()}-{uuid.uuid4()}-abc"
    left.mkdir(parents=True)
    os.utime(left, (time.time() - 3_600, time.time() - 3_600))
    own["TMPDIR"] = str(left.parent)
    assert ran(own, "healthy").returncode == 1
    port.hand_over()
    with started(own, tmp_path / "log", "web") as process:
        assert becomes_healthy(own)
        assert not left.exists()
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"http://127.0.0.1:{port.number}/health/ready/", timeout=10) as answer:
            assert answer.status == 200
        # As Prometheus asks in compose's network, without a proxy: another host's name, no TLS.
        asked = urllib.request.Request(
            f"http://127.0.0.1:{port.number}/metrics/",
            headers={"Host": "web:8000", "Authorization": f"Bearer {token}"},
        )
        with opener.open(asked, timeout=10) as answer:
            assert b"chatmrpt_database_up 1" in answer.read()
    assert process.returncode in (0, -15, 143)


@pytest.mark.slow
def test_a_worker_gives_signs_of_life(environment, tmp_path):
    own = {**environment, "WORKER_HEARTBEAT_FILE": str(tmp_path / "beat"), "WORKER_PROCESSES": "1"}
    assert ran(own, "healthy").returncode == 1
    with started(own, tmp_path / "log", "worker"):
        assert becomes_healthy(own)
    os.utime(tmp_path / "beat", (time.time() - 100, time.time() - 100))
    assert ran(own, "healthy").returncode == 1


def test_streams_answer(environment, tmp_path):
    port = ReservedPort()
    own = {**environment, "STREAMS_PORT": str(port.number)}
    assert ran(own, "healthy", "streams").returncode == 1
    port.hand_over()
    with started(own, tmp_path / "log", "streams"):
        assert becomes_healthy(own, "streams")


@pytest.mark.slow
def test_the_worker_of_turns_gives_signs_of_life(environment, tmp_path):
    own = {**environment, "WORKER_HEARTBEAT_FILE": str(tmp_path / "beat"), "TURNS_AT_ONCE": "2"}
    with started(own, tmp_path / "log", "turns"):
        assert becomes_healthy(own)


@pytest.mark.slow
def test_beat_stays_and_gives_signs_of_life(environment, tmp_path):
    own = {**environment, "WORKER_HEARTBEAT_FILE": str(tmp_path / "beat")}
    assert ran(own, "healthy").returncode == 1
    with started(own, tmp_path / "log", "beat") as process:
        assert becomes_healthy(own)
        assert process.poll() is None, (tmp_path / "log").read_text()


@pytest.mark.slow
def test_roles_and_migration_can_be_repeated(environment, running):
    database = environment["DATABASE_OWNER_URL"].rsplit("/", 1)[1].partition("?")[0]
    powerful = environment | {
        "DATABASE_SUPERUSER_URL": running.services.database_url("superuser"),
        "DATABASE_BACKUP_URL": running.services.database_url("backup"),
    }
    done = ran(powerful, "roles", database)
    assert (done.returncode, done.stdout) == (0, f"5 roles are ready in {database}.\n"), done.stderr
    done = ran(powerful, "migrate")
    assert done.returncode == 0, done.stderr
    assert re.search(r"tables with users' rows, no hole found\.\n$", done.stdout)


def test_roles_refuse_an_address_that_belongs_to_another_role(environment, running):
    done = ran(
        environment
        | {
            "DATABASE_SUPERUSER_URL": running.services.database_url("superuser"),
            "DATABASE_BACKUP_URL": environment["DATABASE_STAFF_URL"],
        },
        "roles",
        "chatmrpt",
    )
    assert done.returncode == 1
    assert "DATABASE_BACKUP_URL: expected the role chatmrpt_backup" in done.stderr


def test_every_command_of_the_image_is_started():
    """Here, and `backup` and `restore` in the drill."""
    arms = re.findall(r"^    ([a-z]+(?: \| [a-z]+)*)\)$", START.read_text(), re.MULTILINE)
    commands = {command for arm in arms for command in arm.split(" | ")}
    assert {"web", "worker", "backup", "restore", "healthy"} <= commands
    tests = "".join(
        Path(__file__).with_name(f"test_{name}.py").read_text() for name in ("image_commands", "backup_drill")
    )
    started_here = set(re.findall(r'(?:ran\(\w+|started\(\w+, tmp_path / "log"), "([a-z]+)"', tests))
    assert commands - started_here == set()


@pytest.mark.slow
def test_the_bucket_is_made_once(environment):
    fresh = environment | {"S3_BUCKET": "fresh"}
    assert ran(fresh, "manage", "make_bucket").stdout == "fresh was made.\n"
    done = ran(fresh, "manage", "make_bucket")
    assert done.returncode == 0, done.stderr


# One line of docker/start looks for both commands: each is asked once, and each fault is met once.
@pytest.mark.parametrize(
    ("command", "role"), [("web", "superuser"), pytest.param("worker", "owner", marks=pytest.mark.slow)]
)
def test_a_role_that_policies_dont_hold_starts_nothing(environment, running, command, role):
    done = ran(environment | {"DATABASE_URL": running.services.database_url(role)}, command)
    assert done.returncode != 0
    assert "policies would not hold for it. Connect as chatmrpt_web." in done.stderr
    assert "System check identified 1 issue" in done.stderr


@pytest.mark.parametrize(
    ("command", "seconds"), [pytest.param("web", -60, marks=pytest.mark.slow), ("worker", 60)]
)
def test_a_wrong_clock_starts_nothing(environment, tmp_path, command, seconds):
    """Claims are signed with this machine's clock and judged by the database's."""
    shifted = f"import time\nreal = time.time\ntime.time = lambda: real() + {seconds}\n"
    (tmp_path / "sitecustomize.py").write_text(shifted)
    done = ran(environment | {"PYTHONPATH": str(tmp_path)}, command)
    assert done.returncode != 0
    assert "The clocks of this machine and of database 'default' differ by" in done.stderr
    assert "isolation.E005" in done.stderr
