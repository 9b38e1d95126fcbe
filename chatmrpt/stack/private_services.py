"""A private PostgreSQL and Valkey on free loopback ports."""

import contextlib
import os
import signal
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from chatmrpt.stack.binaries import postgres_folder, valkey_server
from chatmrpt.stack.folders import make_private, make_state_folder, service_user, write_private
from chatmrpt.stack.processes import Child, ReservedPort, run_as, wait_for
from chatmrpt.stack.secret_values import load_or_make
from sessions_app.isolation.roles import QUIET_LOG

SUPERUSER = "postgres"
DATABASE = "chatmrpt"

POSTGRES_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "150",
    "shared_buffers": "128MB",
    "max_wal_size": "512MB",
    "timezone": "UTC",
    # What users typed belongs in no log: neither statements nor the values that an error quotes.
    **QUIET_LOG,
}
# A throwaway database is never recovered after a crash, so it needn't wait for the disk.
THROWAWAY_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class ServiceFailed(RuntimeError):
    """A program of the stack didn't start or didn't stay up."""


@dataclass
class Services:
    """Both services of one state folder. Addresses are known before anything is started."""

    state: Path
    throwaway: bool = False
    secrets: dict[str, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        make_state_folder(self.state)
        make_private(self.state / "log")
        self.secrets = load_or_make(self.state)
        self._ports = {"postgresql": ReservedPort(), "valkey": ReservedPort()}
        self.postgres_port = self._ports["postgresql"].number
        self.valkey_port = self._ports["valkey"].number
        self.children: list[Child] = []

    def database_url(self, role: str) -> str:
        password = self.secrets[f"{role}_password"]
        user = SUPERUSER if role == "superuser" else f"chatmrpt_{role}"
        return f"postgresql://{user}:{password}@127.0.0.1:{self.postgres_port}/{DATABASE}"

    def addresses(self) -> dict[str, str]:
        return {
            "DATABASE_URL": self.database_url("web"),
            "DATABASE_OWNER_URL": self.database_url("owner"),
            "DATABASE_STAFF_URL": self.database_url("staff"),
            "DATABASE_SYSTEM_URL": self.database_url("system"),
            "REDIS_URL": f"redis://:{self.secrets['valkey_password']}@127.0.0.1:{self.valkey_port}/0",
        }

    def start(self, *, postgres: bool = True, valkey: bool = True) -> list[Child]:
        if postgres:
            self._start_postgres()
        if valkey:
            self._start_valkey()
        return self.children

    def stop(self) -> None:
        for child in self.children:
            child.ask_to_stop()
        for child in self.children:
            child.stop()
        self.children = []
        for port in self._ports.values():
            port.hand_over()  # where no server was ever started, nobody else has let go of it

    @contextlib.contextmanager
    def superuser(self, database: str = DATABASE):
        with psycopg.connect(
            host="127.0.0.1",
            port=self.postgres_port,
            user=SUPERUSER,
            password=self.secrets["superuser_password"],
            dbname=database,
            autocommit=True,
            connect_timeout=5,
        ) as connection:
            yield connection

    # PostgreSQL -----------------------------------------------------------------------------------
    def _start_postgres(self) -> None:
        user, programs = service_user(), postgres_folder(self.state)
        home = make_private(self.state / "postgresql", user)
        data = home / "data"
        if not (data / "PG_VERSION").exists():
            self._create_cluster(programs, home, data)
        _forget_dead_postmaster(data)
        settings = POSTGRES_SETTINGS | (THROWAWAY_SETTINGS if self.throwaway else {})
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        port = self._ports["postgresql"].hand_over()
        self._start(
            Child(
                name="postgresql",
                command=[str(programs / "postgres"), "-D", str(data), "-p", str(port), *options],
                log=self.state / "log" / "postgresql.log",
                environment=_plain_environment(),
                user=user,
                # SIGINT ends open connections and stops at once; SIGQUIT doesn't even write a checkpoint.
                stop_signals=((signal.SIGINT, 10.0), (signal.SIGQUIT, 3.0)),
                death_signal=signal.SIGINT,
            ),
            self._postgres_answers,
            seconds=60,
        )

    def _create_cluster(self, programs: Path, home: Path, data: Path) -> None:
        user = service_user()
        password = write_private(home / "password", self.secrets["superuser_password"] + "\n", user)
        # An interrupted first start leaves half a cluster; initdb refuses a folder that isn't empty.
        _remove_tree(data)
        arguments = ["-U", SUPERUSER, "--auth=scram-sha-256", f"--pwfile={password}", "-E", "UTF8"]
        arguments += ["--locale=C", "--no-instructions"] + (["--no-sync"] if self.throwaway else [])
        made = run_as(user, [str(programs / "initdb"), "-D", str(data), *arguments])
        password.unlink()
        if made.returncode:
            raise ServiceFailed(f"initdb failed:\n{made.stdout}{made.stderr}")

    def _postgres_answers(self) -> bool:
        try:
            with self.superuser("postgres"):
                return True
        except psycopg.OperationalError:
            return False

    # Valkey ---------------------------------------------------------------------------------------
    def _start_valkey(self) -> None:
        user, program = service_user(), valkey_server(self.state)
        home = make_private(self.state / "valkey", user)
        lines = [
            "bind 127.0.0.1",
            f"port {self._ports['valkey'].number}",
            f"requirepass {self.secrets['valkey_password']}",
            f"dir {home}",
            'save ""',
            # The process list then tells whose server this is.
            "set-proc-title no",
            f"appendonly {'no' if self.throwaway else 'yes'}",
            # Queued tasks have no expiry and are never evicted; cached values have one.
            "maxmemory 256mb",
            "maxmemory-policy volatile-lru",
        ]
        config = write_private(home / "valkey.conf", "\n".join(lines) + "\n", user)
        self._ports["valkey"].hand_over()
        self._start(
            Child(
                name="valkey",
                command=[str(program), str(config)],
                log=self.state / "log" / "valkey.log",
                environment=_plain_environment(),
                user=user,
            ),
            self._valkey_answers,
            seconds=20,
        )

    def _valkey_answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.valkey_port), timeout=1) as connection:
                connection.sendall(f"AUTH {self.secrets['valkey_password']}\r\nQUIT\r\n".encode())
                return connection.recv(100).startswith(b"+OK")
        except OSError:
            return False

    def _start(self, child: Child, answers, seconds: float) -> None:
        child.start()
        self.children.append(child)
        if not wait_for(lambda: answers() or not child.alive(), seconds=seconds) or not child.alive():
            raise ServiceFailed(f"{child.name} didn't start. Its log {child.log} ends:\n{child.last_lines()}")


def _plain_environment() -> Mapping[str, str]:
    """The services need none of our variables, least of all the secrets among them."""
    kept = {name: os.environ[name] for name in ("PATH", "TZDIR", "TMPDIR") if name in os.environ}
    return {**kept, "LC_ALL": "C"}


def _forget_dead_postmaster(data: Path) -> None:
    """Remove a lock file whose process is gone; PostgreSQL takes any process with that number for its own."""
    lock = data / "postmaster.pid"
    if not lock.exists():
        return
    number = lock.read_text().split("\n", 1)[0].strip()

    def still_runs() -> bool:
        command = Path("/proc") / number / "cmdline"
        try:
            return str(data).encode() in command.read_bytes()
        except OSError:
            return False

    # After the supervisor was killed the old server may still be shutting down.
    if not wait_for(lambda: not still_runs(), seconds=15):
        raise ServiceFailed(f"Another PostgreSQL (process {number}) still uses {data}.")
    if Path("/proc").is_dir():
        lock.unlink(missing_ok=True)


def _remove_tree(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True) if folder.exists() else []:
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
