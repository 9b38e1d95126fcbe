"""`make run`: starts everything, keeps it running, stops it in order."""

import fcntl
import os
import signal
import sys
import time
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chatmrpt.environment import Environment, WrongSetting
from chatmrpt.stack import prepare
from chatmrpt.stack.folders import CHECKOUT, make_private, make_state_folder, state_folder
from chatmrpt.stack.private_services import ServiceFailed, Services
from chatmrpt.stack.processes import Child, ReservedPort, wait_for

DEMO_EMAIL = "demo@chatmrpt.example"
WEB_PROCESSES = 2
# A slow upload holds one thread until its last byte; docs/adr/0004 has the measurement.
WEB_THREADS = 32
# What was begun is finished within this time when the stack is asked to stop; what takes longer is cut or handed back.
DRAIN_SECONDS = 10
MOST_RESTARTS = 5
RESTART_SPAN = 60.0
EXTERNAL = ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_STAFF_URL", "DATABASE_SYSTEM_URL")


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


class Supervisor:
    """One running stack. `start` returns when everything answers; `watch` returns never but by a signal."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self.url = f"http://{host}:{port}/"
        self.state = make_state_folder(state_folder())
        # Mails carry links that open accounts, files are their owners'.
        for name in ("mail", "files"):
            make_private(self.state / name)
        self.children: list[Child] = []
        self._deaths: dict[str, deque[float]] = {}

    def start(self) -> None:
        # Held until their servers start: preparing takes long enough for somebody else to be given one of them.
        held = [reserved(self.host, self.port), stream_port(self.host, self.port)]
        self.stream_port = held[1].number
        self.services = Services(self.state)
        own_postgres, own_valkey = not os.environ.get("DATABASE_URL"), not os.environ.get("REDIS_URL")
        self.environment = self._environment(own_postgres, own_valkey)
        say("Starting services …")
        self.services.start(postgres=own_postgres, valkey=own_valkey)
        if own_postgres:
            prepare.create_database(self.services)
        say("Preparing the database …")
        prepare.run_commands(self.environment, self.state)
        self.children = [self._web(), self._streams(), self._worker(), self._beat()]
        if self.environment.get("LANGUAGE_MODELS", "").strip():
            self.children.append(self._turns())
        for port in held:
            port.hand_over()
        for child in self.children:
            child.start()
        say("Waiting until everything answers …")
        self._wait_until_healthy()

    def watch(self) -> None:
        """Start again what dies, unless it keeps dying."""
        while True:
            for child in [*self.services.children, *self.children]:
                if not child.alive():
                    self._revive(child)
            time.sleep(0.3)

    def stop(self) -> None:
        """Web, worker and beat first, then what they stand on."""
        for child in self.children:
            child.ask_to_stop()
        for child in self.children:
            child.stop()
        if hasattr(self, "services"):
            self.services.stop()

    def _revive(self, child: Child) -> None:
        deaths = self._deaths.setdefault(child.name, deque())
        now = time.monotonic()
        deaths.append(now)
        while now - deaths[0] > RESTART_SPAN:
            deaths.popleft()
        child.stop()
        if len(deaths) > MOST_RESTARTS:
            raise ServiceFailed(
                f"{child.name} died {len(deaths)} times within a minute. Its log {child.log} ends:\n"
                f"{child.last_lines()}"
            )
        say(f"{child.name} stopped unexpectedly; starting it again (its log: {child.log})")
        child.start()

    def _environment(self, own_postgres: bool, own_valkey: bool) -> dict[str, str]:
        known = self.services.secrets
        environment = {
            **os.environ,
            "CHATMRPT_MODE": "embedded",
            "CHATMRPT_STATE": str(self.state),
            "DJANGO_SETTINGS_MODULE": "chatmrpt.settings",
            "PYTHONUNBUFFERED": "1",
            # Threads share two pools of memory; with one each, a busy web process holds twice what it uses.
            "MALLOC_ARENA_MAX": "2",
            "PUBLIC_URL": os.environ.get("PUBLIC_URL") or self.url,
            "STREAM_URL": os.environ.get("STREAM_URL") or f"http://{self.host}:{self.stream_port}",
            "CODE_VERSION": os.environ.get("CODE_VERSION") or code_version(),
            "DEMO_EMAIL": DEMO_EMAIL,
            "DEMO_PASSWORD": known["demo_password"],
        }
        for name, key in (("CLAIM_KEYS", "claim_key"), ("TASK_KEYS", "task_key")):
            environment[name] = os.environ.get(name) or f"k1:{known[key]}"
        environment["SECRET_KEY"] = os.environ.get("SECRET_KEY") or known["secret_key"]
        own = self.services.addresses()
        if own_postgres:
            environment |= {name: own[name] for name in EXTERNAL}
        elif missing := [name for name in EXTERNAL if not os.environ.get(name)]:
            raise SystemExit(
                f"DATABASE_URL is set, so {', '.join(missing)} must be set too: one address for each login "
                "role. `python -m chatmrpt.stack roles NAME` prints the SQL that makes the roles."
            )
        if own_valkey:
            environment["REDIS_URL"] = own["REDIS_URL"]
        # So that `python -m chatmrpt.stack manage …` reaches this stack from another terminal.
        ours = {name: text for name, text in environment.items() if os.environ.get(name) != text}
        prepare.remember_environment(self.state, ours)
        return environment

    def _child(self, name: str, arguments: list[str], **options) -> Child:
        return Child(
            name=name,
            command=[sys.executable, "-m", *arguments],
            log=self.state / "log" / f"{name}.log",
            environment=self.environment,
            cwd=CHECKOUT,
            **options,
        )

    def _web_arguments(self, port: int, processes: int) -> list[str]:
        arguments = ["granian", "--interface", "wsgi", "--host", self.host, "--port", str(port)]
        arguments += ["--workers", str(processes), "--blocking-threads", str(WEB_THREADS)]
        arguments += ["--backlog", "4096", "--no-ws", "--respawn-failed-workers"]
        return [*arguments, "--workers-kill-timeout", str(DRAIN_SECONDS)]

    def _web(self) -> Child:
        arguments = self._web_arguments(self.port, WEB_PROCESSES)
        return self._child(
            "web",
            [*arguments, "chatmrpt.stack.served:application"],
            stop_signals=((signal.SIGTERM, DRAIN_SECONDS + 2.0),),
        )

    def _streams(self) -> Child:
        """Open event streams, apart from the pages: thousands of them wait in one process."""
        arguments = ["granian", "--interface", "asginl", "--host", self.host, "--port", str(self.stream_port)]
        arguments += ["--workers", "1", "--backlog", "2048", "--no-ws", "--respawn-failed-workers"]
        arguments += ["--workers-kill-timeout", "2"]
        return self._child("streams", [*arguments, "chatmrpt.stack.streamed:application"])

    def _turns(self) -> Child:
        """Turns that wait for a language model: threads, for there is little to compute."""
        arguments = [
            "celery",
            "-A",
            "chatmrpt.stack.worked",
            "worker",
            "--queues",
            "turns",
            "--pool",
            "threads",
        ]
        arguments += ["--concurrency", "16", "--loglevel", "INFO", "--without-gossip", "--without-mingle"]
        # The clients of the models are loaded at the start, not by the first question.
        arguments += ["--hostname", "turns@%h", "--include", "assistant.model_turns"]
        return self._child(
            "turns",
            arguments,
            # What is left after this is taken up by the next worker when its lease has run out.
            stop_signals=((signal.SIGTERM, 3.0), (signal.SIGQUIT, 2.0)),
            death_signal=signal.SIGQUIT,
        )

    def _worker(self) -> Child:
        arguments = [
            "celery",
            "-A",
            "chatmrpt.stack.worked",
            "worker",
            "--concurrency",
            "2",
            "--loglevel",
            "INFO",
        ]
        arguments += ["--without-gossip", "--without-mingle", "--max-tasks-per-child", "50"]
        return self._child(
            "worker",
            arguments,
            # The first asks it to finish; the second to hand the task back, which the next worker takes up.
            stop_signals=((signal.SIGTERM, float(DRAIN_SECONDS)), (signal.SIGQUIT, 5.0)),
            death_signal=signal.SIGQUIT,
        )

    def _beat(self) -> Child:
        # The plain scheduler keeps no file; ours holds only short intervals, so nothing is lost.
        arguments = ["celery", "-A", "chatmrpt", "beat", "--scheduler", "celery.beat:Scheduler"]
        return self._child("beat", [*arguments, "--pidfile=", "--loglevel", "WARNING"])

    def _wait_until_healthy(self) -> None:
        def settled() -> bool:
            return self._healthy() or not all(child.alive() for child in self.children)

        # Asked once: on a busy machine a second question can be late although the first was answered.
        if not wait_for(settled, seconds=90, pause=0.2) or not all(child.alive() for child in self.children):
            ends = "\n".join(
                f"{child.name} ({child.log}):\n{child.last_lines(15)}" for child in self.children
            )
            raise ServiceFailed(f"Not everything answers. The logs end:\n{ends}")

    def _healthy(self) -> bool:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(f"http://127.0.0.1:{self.port}/health/ready/", timeout=5) as answer:
                working = b'"worker": "ok"' in answer.read()
            with opener.open(f"http://127.0.0.1:{self.stream_port}/stream/health/", timeout=5) as answer:
                return working and answer.status == 200
        except (urllib.error.URLError, OSError):
            return False


def stream_port(host: str, port: int) -> ReservedPort:
    """STREAM_PORT; else the port after the pages', where that is free, else any."""
    try:
        chosen = Environment().integer("STREAM_PORT", 0, minimum=0, maximum=65_535)
    except WrongSetting as refusal:
        raise SystemExit(str(refusal)) from None
    if chosen:
        return reserved(host, chosen)
    try:
        return ReservedPort(host, min(port + 1, 65_535))
    except OSError:
        return ReservedPort(host)


def reserved(host: str, port: int) -> ReservedPort:
    try:
        return ReservedPort(host, port)
    except OSError as refusal:
        raise SystemExit(
            f"PORT: {host}:{port} can't be used ({refusal.strerror}). Choose another: make run PORT={port + 1}"
        ) from None


def code_version() -> str:
    """The commit of this checkout, read without running git."""
    head = CHECKOUT / ".git" / "HEAD"
    if not head.exists():
        return "unknown"
    text = head.read_text().strip()
    if text.startswith("ref: "):
        reference = CHECKOUT / ".git" / text.removeprefix("ref: ")
        text = reference.read_text().strip() if reference.exists() else "unknown"
    return text[:12]


@contextmanager
def only_one(state: Path) -> Iterator[None]:
    """Refuse a second supervisor on the same state. The kernel frees the lock however the first one ends."""
    make_state_folder(state)
    with (state / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SystemExit(f"ChatMRPT already runs on {state}. Stop it, or set CHATMRPT_STATE.") from None
        yield


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def run(host: str, port: int) -> int:
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, _interrupt)
    with only_one(state_folder()):
        supervisor = Supervisor(host, port)
        try:
            supervisor.start()
            password = supervisor.services.secrets["demo_password"]
            print(f"READY {supervisor.url} {DEMO_EMAIL} {password}", flush=True)
            supervisor.watch()
        except KeyboardInterrupt:
            say("Stopping …")
            return 0
        except ServiceFailed as failure:
            say(str(failure))
            return 1
        finally:
            for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
                signal.signal(number, signal.SIG_IGN)
            supervisor.stop()
    return 0
