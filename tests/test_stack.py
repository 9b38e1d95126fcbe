"""The supervisor's life: it starts, answers, revives what dies, ends after the last answer, and leaves nothing behind however it ends."""

import contextlib
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest

from chatmrpt.stack.folders import write_private
from tests.running_stack import ROOT, Running, clean_environment, eventually, free_port, processes_of, running
from tests.slow_upload import served_to_the_end


def child_of(stack: Running, part: str) -> int | None:
    """The supervisor's own child whose command line holds `part`."""
    for number, command in processes_of(stack.state).items():
        with contextlib.suppress(OSError):
            status = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
            if part in command and int(status[1]) == stack.process.pid:
                return number
    return None


def test_a_stack_lives_dies_and_lives_again(state):
    with running(state) as stack:
        line = stack.ready_line()
        ready = re.fullmatch(rf"READY http://127\.0\.0\.1:{stack.port}/ (\S+@\S+) (\S+)", line)
        assert ready, line
        assert stack.health() == dict.fromkeys(("database", "cache", "broker", "storage", "worker"), "ok")

        # The supervisor starts each again. First what the others stand on, which reconnect by themselves; then those.
        for parts in (
            ("bin/postgres -D", "valkey-server"),
            ("stack.served", "stack.streamed", "stack.worked worker"),
        ):
            victims = {part: child_of(stack, part) for part in parts}
            for victim in victims.values():
                os.kill(victim, signal.SIGKILL)
            for part, victim in victims.items():
                assert eventually(
                    lambda part=part, victim=victim: child_of(stack, part) not in (None, victim)
                ), part
            assert eventually(stack.all_well, 60), f"{parts}: {stack.health()}"

        # Killed itself, just after its web server was, it leaves nothing behind.
        os.kill(child_of(stack, "granian"), signal.SIGKILL)
        stack.process.kill()
        stack.process.wait()
        assert eventually(lambda: not processes_of(state), 60), processes_of(state)

    with running(state, ACCOUNTS_CONFIRM_EMAIL="true") as stack:
        again = stack.ready_line()
        assert again.split()[2:] == line.split()[2:], "the demo login must survive"
        signs_up_and_resets_a_password(stack)
        begun = time.monotonic()
        served_to_the_end(stack, *line.split()[2:])
        assert stack.process.wait(30) == 0
        assert time.monotonic() - begun < 20
        assert eventually(lambda: not processes_of(state), 2), processes_of(state)


def signs_up_and_resets_a_password(stack: Running) -> None:
    """As in production: a page asks, a worker writes, and the mail lies in the state folder."""
    email, here = f"new-{secrets.token_hex(6)}@example.org", f"http://127.0.0.1:{stack.port}"

    def send(browser: httpx2.Client, place: str, **fields: str) -> httpx2.Response:
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', browser.get(place).text)
        return browser.post(place, data=fields | {"csrfmiddlewaretoken": token[1]})

    def mailed(place: str) -> str:
        def found() -> list[str]:
            texts = [path.read_text() for path in (stack.state / "mail").glob("*")]
            return [
                link for text in texts if email in text for link in re.findall(rf"{here}{place}\S+", text)
            ]

        assert eventually(found)
        return found()[0]

    with httpx2.Client(base_url=here, follow_redirects=True, timeout=30) as browser:
        asked = send(browser, "/accounts/sign-up/", email=email, display_name="Ada")
        assert (asked.status_code, asked.url.path) == (200, "/accounts/sign-up/sent/")
        link = mailed("/accounts/sign-up/link/")
        assert browser.get(link).url.path == "/accounts/sign-up/password/"
        opened = send(browser, "/accounts/sign-up/password/", new_password="seven green bicycles 9")
        assert (opened.status_code, opened.url.path) == (200, "/sessions/")
        assert email in browser.get("/accounts/profile/").text
    with httpx2.Client(base_url=here, follow_redirects=True, timeout=30) as browser:
        assert send(browser, "/accounts/password/reset/", email=email).status_code == 200
        mailed("/accounts/password/reset/link/")


def test_a_taken_port_is_told_before_anything_starts(state):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "chatmrpt.stack", "run"],
            cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
            env=clean_environment(CHATMRPT_STATE=str(state), PORT=str(port)),
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith(f"PORT: 127.0.0.1:{port} can't be used")
    assert not (state / "postgresql").exists()


@pytest.mark.parametrize("port", ["0", "70000", "http", "-1"])
def test_a_wrong_port_is_refused(state, port):
    done = subprocess.run(
        [sys.executable, "-m", "chatmrpt.stack", "run"],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
        env=clean_environment(CHATMRPT_STATE=str(state), PORT=port),
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("PORT: expected a whole number from 1 to 65535")


def test_an_outside_database_needs_an_address_for_every_role(state):
    done = subprocess.run(
        [sys.executable, "-m", "chatmrpt.stack", "run"],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
        env=clean_environment(
            CHATMRPT_STATE=str(state), PORT=str(free_port()), DATABASE_URL="postgresql://web:pw@127.0.0.1:1/x"
        ),
    )  # fmt: skip
    assert done.returncode == 1
    assert "DATABASE_OWNER_URL, DATABASE_STAFF_URL, DATABASE_SYSTEM_URL must be set too" in done.stderr


def test_secrets_are_readable_by_us_alone(stack):
    folder = stack.folder
    assert (folder / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert (folder / "valkey" / "valkey.conf").stat().st_mode & 0o777 == 0o600
    assert (folder / "postgresql").stat().st_mode & 0o777 == 0o700
    assert (folder / "log").stat().st_mode & 0o777 == 0o700
    assert not (folder / "postgresql" / "password").exists()


def test_a_private_file_is_private_whatever_the_umask(tmp_path):
    before = os.umask(0)
    try:
        file = write_private(tmp_path / "secret", "text")
    finally:
        os.umask(before)
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("looks", ["before", "after"])
def test_who_missed_the_signal_of_its_parents_death_leaves_all_the_same(tmp_path, looks):
    """As a worker that is still being set up may; it heeds none of the signals here. It may look after its parent's death only."""
    orphaned = "parent = int(os.environ['CHATMRPT_PARENT'])\nwhile os.getppid() == parent: time.sleep(0.05)\n"
    deaf = (
        "import os, signal, sys, time; from pathlib import Path; from chatmrpt.stack.processes import follow_parent\n"
        "signal.signal(signal.SIGQUIT, lambda *_: Path(sys.argv[1]).touch()); print('ready', flush=True)\n"
        f"{orphaned if looks == 'after' else ''}"
        "follow_parent(signal.SIGQUIT, patience=0.3, pause=0.1); time.sleep(300)"
    )
    heard = tmp_path / "heard"
    parent = (
        "import os, subprocess, sys; told = os.environ | {'CHATMRPT_PARENT': str(os.getpid())}; "
        "child = subprocess.Popen([sys.executable, '-c', *sys.argv[1:]], env=told, stdout=subprocess.PIPE); "
        "child.stdout.readline(); print(child.pid)"
    )
    subprocess.run(
        [sys.executable, "-c", parent, deaf, str(heard)],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert eventually(lambda: not processes_of(heard), 10)
    assert heard.exists(), "asked once more before it is killed"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root steps down")
def test_no_service_runs_as_root(stack):
    owners = {Path(f"/proc/{child.process.pid}").stat().st_uid for child in stack.services.children}
    assert owners == {65534}


def test_no_secret_stands_in_a_command_line(stack):
    lines = " ".join(processes_of(stack.folder).values())
    assert "postgres" in lines
    assert [name for name, value in stack.services.secrets.items() if value in lines] == []
