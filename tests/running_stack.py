"""A whole stack, started as a person starts it, for the tests that need one."""

import fcntl
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from chatmrpt.stack.folders import make_state_folder
from chatmrpt.stack.processes import ReservedPort

ROOT = Path(__file__).resolve().parent.parent
# Of the demo session, which its first start asks for.
UNDER_WAY = "SELECT count(*) FROM sessions_app_analysisresult WHERE status IN ('queued', 'running')"


def clean_environment(**more: str) -> dict[str, str]:
    """What a person's shell has, without the addresses of this test run."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return kept | more


def eventually(question: Callable[[], object], seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if question():
            return True
        time.sleep(0.1)
    return False


def processes_of(state: Path) -> dict[int, str]:
    """Living processes that have this state folder in their command line or environment."""
    mark, found = str(state).encode(), {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
            known = mark in command or mark in (folder / "environ").read_bytes()
            if known and "Z" not in (folder / "stat").read_text().rpartition(")")[2].split()[:1]:
                found[int(folder.name)] = command.replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
    found.pop(os.getpid(), None)
    return found


def free_port() -> int:
    return ReservedPort().hand_over()


class Running:
    def __init__(self, state: Path, port: int, **variables: str) -> None:
        self.state, self.port = state, port
        self.process = subprocess.Popen(
            [sys.executable, "-m", "chatmrpt.stack", "run"],
            cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=clean_environment(CHATMRPT_STATE=str(state), PORT=str(port), **variables),
        )  # fmt: skip

    def ready_line(self) -> str:
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read()
        return line.strip()

    def health(self) -> dict[str, str]:
        address = f"http://127.0.0.1:{self.port}/health/ready/"
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
                address, timeout=5
            ) as answer:
                return json.load(answer)["dependencies"]
        except OSError:
            return {}

    def all_well(self) -> bool:
        found = self.health()
        return bool(found) and set(found.values()) == {"ok"}


def copy_prepared(state: Path) -> None:
    """The state of a stack that was started once, did what a first start has to do, and was stopped; one for all of a run."""
    prepared = Path(os.environ["CHATMRPT_PREPARED"])
    with prepared.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not prepared.exists():
            draft = make_state_folder(prepared.with_suffix(".draft"))
            with running(draft, fresh=True) as stack:
                stack.ready_line()
                owner = json.loads((draft / "environment.json").read_text())["DATABASE_OWNER_URL"]
                with psycopg.connect(owner, autocommit=True) as connection:
                    assert eventually(lambda: connection.execute(UNDER_WAY).fetchone() == (0,), 180)
            assert stack.process.returncode == 0
            draft.rename(prepared)
    # With the owners of its folders, one of which is the services' own.
    subprocess.run(["cp", "-a", str(prepared), str(state)], check=True)


@contextmanager
def running(state: Path, *, fresh: bool = False, **variables: str) -> Iterator[Running]:
    """A stack on this state folder. If there is none yet it gets a prepared one; a `fresh` one is prepared by its own start."""
    if not fresh and not state.exists() and "CHATMRPT_PREPARED" in os.environ:
        copy_prepared(state)
    stack = Running(state, free_port(), **variables)
    try:
        yield stack
    finally:
        stack.process.terminate()
        try:
            stack.process.wait(30)
        finally:
            stack.process.kill()
            stack.process.wait()
            for stream in (stack.process.stdout, stack.process.stderr):
                if stream is not None:
                    stream.close()
