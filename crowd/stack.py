"""The real stack, as production runs it, on loopback: web and worker processes, PostgreSQL, Valkey, an S3 server.

Every limit, hasher and policy is the production one. The lease is not: 20 seconds instead of 60, so that a run meets more
results whose worker died. Two things stand in for what a deployment has in front: the clients say X-Forwarded-Proto
themselves, and the mail server's name is one that is never asked.
"""

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
import psutil
import redis
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from chatmrpt.stack import prepare
from chatmrpt.stack.folders import CHECKOUT
from chatmrpt.stack.private_services import Services
from chatmrpt.stack.processes import Child, ReservedPort, wait_for
from chatmrpt.stack.supervise import Supervisor

BUCKET = "chatmrpt"
REGION = "af-south-1"


class CrowdStack(Supervisor):
    """The supervisor's stack with several workers, an S3 server and production settings."""

    def __init__(
        self, state: Path, *, web_processes: int = 2, workers: int = 2, patience_seconds: int = 120
    ) -> None:
        self.web_processes, self.worker_count = web_processes, workers
        self.patience_seconds = patience_seconds
        self._s3_port = ReservedPort()
        self.storage_port = self._s3_port.number
        self._web_port, self._stream_port = ReservedPort(), ReservedPort()
        self.stream_port = self._stream_port.number
        before = os.environ.get("CHATMRPT_STATE")
        os.environ["CHATMRPT_STATE"] = str(state)
        try:
            super().__init__("127.0.0.1", self._web_port.number)
        finally:
            os.environ.pop("CHATMRPT_STATE")
            if before is not None:
                os.environ["CHATMRPT_STATE"] = before
        self._ending = threading.Event()

    def start(self) -> None:
        self.services = Services(self.state)
        self.environment = self._environment(True, True)
        self.services.start()
        prepare.create_database(self.services)
        self.storage = self._s3()
        self.storage.start()
        if not wait_for(self._make_bucket, seconds=20, pause=0.2):
            raise SystemExit(f"The S3 server doesn't answer:\n{self.storage.last_lines()}")
        prepare.run_commands(self.environment, self.state)
        self.workers = [self._numbered_worker(number) for number in range(self.worker_count)]
        for reserved in (self._web_port, self._stream_port):
            reserved.hand_over()
        self.web = self._web()
        self.children = [self.web, self._streams(), *self.workers, self._beat()]
        for child in self.children:
            child.start()
        self._wait_until_healthy()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    def stop(self) -> None:
        self._ending.set()
        # Nobody is being served any more, and how a stack drains is tried elsewhere.
        for child in self.children:
            self._killed(child)
        super().stop()
        if hasattr(self, "storage"):
            self.storage.stop()

    def _environment(self, own_postgres: bool, own_valkey: bool) -> dict[str, str]:
        environment = super()._environment(own_postgres, own_valkey)
        secrets = self.services.secrets
        production = {
            "CHATMRPT_MODE": "production",
            "ALLOWED_HOSTS": "127.0.0.1",
            "PUBLIC_URL": f"https://127.0.0.1:{self.port}",
            "BEHIND_TLS_PROXY": "true",
            "MAIL_HOST": "mail.invalid",
            "MAIL_FROM": "no-reply@mrpt.invalid",
            "STORAGE": "s3",
            "S3_BUCKET": BUCKET,
            "S3_REGION": REGION,
            "S3_ENDPOINT_URL": f"http://127.0.0.1:{self.storage_port}",
            "S3_ACCESS_KEY": "crowd",
            "S3_SECRET_KEY": secrets["superuser_password"],
            "S3_ADDRESSING_STYLE": "path",
            "RESULT_LEASE_SECONDS": "20",
            "RESULT_PATIENCE_SECONDS": str(self.patience_seconds),
            "LOG_LEVEL": "INFO",
            "DATABASE_OWNER_URL": self.services.addresses()["DATABASE_OWNER_URL"],
        }
        return environment | production

    def _s3(self) -> Child:
        folder = self.state / "objects"
        folder.mkdir(exist_ok=True)
        # Quoted: rclone reads a list from the variable and would take the comma for its separator.
        key = f'"crowd,{self.services.secrets["superuser_password"]}"'
        arguments = ["serve", "s3", "--addr", f"127.0.0.1:{self._s3_port.hand_over()}", str(folder)]
        return Child(
            name="s3",
            command=[str(Path(sys.prefix) / "bin" / "rclone"), *arguments, "--log-level", "ERROR"],
            log=self.state / "log" / "s3.log",
            # In the environment and not among the arguments, which every user of the machine can read.
            environment={"PATH": os.environ["PATH"], "HOME": str(self.state), "RCLONE_AUTH_KEY": key},
        )

    @contextmanager
    def fresh_web(self, *, processes: int = 1, cwd: Path | None = None, **variables: str) -> Iterator[int]:
        """One more server, by default with one process that has never answered anything; killed afterwards."""
        reserved = ReservedPort()
        child = self._web(reserved.number, processes=processes)
        if cwd is not None:
            child.cwd = cwd
            variables = {"PYTHONPATH": str(CHECKOUT), **variables}
        child.environment = {**child.environment, **variables}
        reserved.hand_over()
        child.start()
        try:
            if not wait_for(lambda: _listens(reserved.number), seconds=60):
                raise RuntimeError(f"a fresh web process doesn't answer:\n{child.last_lines()}")
            yield reserved.number
        finally:
            self._killed(child)
            child.stop()

    def replace_workers(self) -> None:
        """Kill every worker; the watcher starts fresh ones."""
        for child in self.workers:
            self.kill(child)

    def _web(self, port: int | None = None, processes: int | None = None) -> Child:
        arguments = self._web_arguments(port or self.port, processes or self.web_processes)
        return self._child("web", [*arguments, "chatmrpt.wsgi:application"])

    def _numbered_worker(self, number: int) -> Child:
        child = self._worker()
        child.name = f"worker-{number}"
        child.log = self.state / "log" / f"worker-{number}.log"
        command = [word if word != "2" else "1" for word in child.command]
        child.command = [*command, "-n", f"worker{number}@crowd"]
        return child

    def _watch(self) -> None:
        """Start again what died. All starts after the first are this thread's: a child dies with its thread."""
        while not self._ending.wait(0.2):
            for child in [*self.services.children, *self.children, self.storage]:
                if not self._ending.is_set() and not child.alive():
                    child.stop()
                    child.start()

    # What a crowd has to endure

    def _answering(self) -> list[psutil.Process]:
        if not self.web.alive():
            return []  # it died with its last process, and the watcher is about to start it
        return [process for process in psutil.Process(self._pid(self.web)).children() if _answers(process)]

    def kill_web_process(self) -> int:
        """SIGKILL one of the processes that answer; the server starts another."""
        # Those killed a moment ago may not have been started again yet.
        victims: list[psutil.Process] = []
        wait_for(lambda: victims.extend(self._answering()) or victims, seconds=60)
        victim = victims[int(time.monotonic() * 1000) % len(victims)]
        victim.kill()
        return victim.pid

    def kill(self, child: Child) -> None:
        """SIGKILL a process with all its own; the watcher starts it again."""
        os.killpg(self._pid(child), signal.SIGKILL)

    def _killed(self, child: Child) -> None:
        if child.alive():
            self.kill(child)

    def restart_valkey(self) -> None:
        valkey = self._service("valkey")
        self._replaced(valkey, valkey.ask_to_stop)

    def kill_service(self, name: str) -> None:
        """SIGKILL PostgreSQL or Valkey; the watcher starts it again, as the supervisor would."""
        child = self._service(name)
        self._replaced(child, lambda: os.killpg(self._pid(child), signal.SIGKILL))

    def _service(self, name: str) -> Child:
        return next(child for child in self.services.children if child.name == name)

    def _replaced(self, child: Child, end: Callable[[], object]) -> None:
        before = child.process
        end()
        if not wait_for(lambda: child.process not in (before, None) and child.alive(), seconds=60):
            raise RuntimeError(f"{child.name} was not started again")

    def recycle_connections(self) -> int:
        """End every connection of the web role, as a fail-over of the database does."""
        with self.services.superuser() as connection:
            ended = connection.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'chatmrpt_web'"
            ).fetchone()
        return int(ended[0]) if ended else 0

    def cpu_seconds(self) -> float:
        """What all processes of the stack have used so far, those that ended included."""
        total = 0.0
        for child in [*self.services.children, *self.children, self.storage]:
            if not child.alive():
                continue
            process = psutil.Process(self._pid(child))
            for one in [process, *process.children(recursive=True)]:
                try:
                    times = one.cpu_times()
                except psutil.NoSuchProcess:
                    continue
                total += times.user + times.system + times.children_user + times.children_system
        return total

    @staticmethod
    def _pid(child: Child) -> int:
        if child.process is None:
            raise RuntimeError(f"{child.name} is not running")
        return child.process.pid

    # What there is to search afterwards

    def valkey(self) -> redis.Redis:
        password = self.services.secrets["valkey_password"]
        return redis.Redis(port=self.services.valkey_port, password=password)

    def objects(self):
        return boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{self.storage_port}",
            region_name=REGION,
            aws_access_key_id="crowd",
            aws_secret_access_key=self.services.secrets["superuser_password"],
            config=Config(s3={"addressing_style": "path"}, response_checksum_validation="when_required"),
        )

    def _make_bucket(self) -> bool:
        try:
            self.objects().create_bucket(
                Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
            )
        except BotoCoreError:
            return False
        except ClientError as error:
            return error.response["Error"]["Code"] in ("BucketAlreadyOwnedByYou", "BucketAlreadyExists")
        return True


def _listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


@contextmanager
def crowd_stack(state: Path, **options: int) -> Iterator[CrowdStack]:
    stack = CrowdStack(state, **options)
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()


def _answers(process: psutil.Process) -> bool:
    """Whether it is alive and one of those that answer requests; one that was just killed is still listed."""
    try:
        return "resource_tracker" not in " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return False
