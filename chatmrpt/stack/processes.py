"""Starts and stops child processes that never outlive their supervisor."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from chatmrpt.stack.folders import ServiceUser

PR_SET_PDEATHSIG = 1
# Under it each child is told its supervisor.
PARENT = "CHATMRPT_PARENT"


@dataclass
class Child:
    """One program of the stack: how it is started, how it is asked to stop."""

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str]
    user: ServiceUser | None = None
    cwd: Path = Path("/")
    # Asked one after the other, each with its patience in seconds; at last the whole group is killed.
    stop_signals: Sequence[tuple[signal.Signals, float]] = ((signal.SIGTERM, 6.0),)
    death_signal: signal.Signals = signal.SIGTERM
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        options: dict[str, object] = {}
        if self.user is not None and self.user.differs:
            options = {"user": self.user.uid, "group": self.user.gid, "extra_groups": []}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                env=dict(self.environment) | {PARENT: str(os.getpid())},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.cwd,
                # Its own group: Ctrl-C reaches the supervisor alone, which then stops all in order.
                start_new_session=True,
                preexec_fn=_die_with_parent(self.death_signal),
                **options,
            )

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def ask_to_stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(self.stop_signals[0][0])

    def stop(self) -> None:
        """Stop it with the patience of `stop_signals`, then leave nothing of its group."""
        if self.process is None:
            return
        for number, (stop_signal, patience) in enumerate(self.stop_signals):
            if number or self.process.poll() is None:
                self.process.send_signal(stop_signal)
            try:
                self.process.wait(patience)
                break
            except subprocess.TimeoutExpired:
                continue
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None

    def last_lines(self, count: int = 25) -> str:
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(f"    {line}" for line in lines[-count:])


def arm_death_signal(death_signal: signal.Signals) -> None:
    """Ask the kernel to send us this signal when our parent dies, however it dies."""
    if sys.platform.startswith("linux"):
        _libc().prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)


def follow_parent(death_signal: signal.Signals, patience: float, pause: float = 2.0) -> None:
    """Watch in a thread that our parent lives; `patience` seconds after its death repeat the signal, and at last kill us.

    A signal that comes while a program is still putting its handlers in place can be lost, and the kernel sends it once. Who
    our parent is stands in the environment: it may be dead before we come to look.
    """
    parent = int(os.environ.get(PARENT, os.getppid()))

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(pause)
        for last in (death_signal, signal.SIGKILL):
            time.sleep(patience)
            os.kill(os.getpid(), last)

    threading.Thread(target=watch, name="follow-parent", daemon=True).start()


def _die_with_parent(death_signal: signal.Signals) -> Callable[[], None]:
    """Return what a child runs before its program."""
    parent, linux = os.getpid(), sys.platform.startswith("linux")
    # Loaded here: between fork and exec another thread's lock on the loader would never be released.
    libc = _libc()

    def arm() -> None:
        if linux:
            libc.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return arm


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def run(command: Sequence[str], *, environment: Mapping[str, str], log: Path, cwd: Path | None = None) -> int:
    """Run a program to its end; its output goes to `log`."""
    with log.open("ab") as out:
        return subprocess.run(
            command,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            preexec_fn=_die_with_parent(signal.SIGKILL),
            check=False,
        ).returncode


def run_as(user: ServiceUser, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a short program as the service user and return its output."""
    options: dict[str, object] = {}
    if user.differs:
        options = {"user": user.uid, "group": user.gid, "extra_groups": []}
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", **options)


class ReservedPort:
    """A port that nobody else is given until its server starts: a free one, or `wanted`, if that is free."""

    def __init__(self, host: str = "127.0.0.1", wanted: int = 0) -> None:
        self._socket = socket.socket()
        if wanted:
            # As its server will: what fades away of an earlier one doesn't count.
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((host, wanted))
        except OSError:
            self._socket.close()
            raise
        self.number: int = self._socket.getsockname()[1]

    def hand_over(self) -> int:
        self._socket.close()
        return self.number


def wait_for(question, *, seconds: float, pause: float = 0.05) -> bool:
    """Ask until the answer is true or the time is over."""
    end = time.monotonic() + seconds
    while not question():
        if time.monotonic() > end:
            return False
        time.sleep(pause)
    return True


def run_here(command: Sequence[str]) -> int:
    """Run a program to its end in our terminal."""
    return subprocess.run(command, preexec_fn=_die_with_parent(signal.SIGTERM), check=False).returncode
