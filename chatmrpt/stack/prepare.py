"""Brings a database from empty to served: roles, tables, keys, demo; and static files."""

import hashlib
import json
import shutil
import sys
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import distributions
from pathlib import Path

from psycopg import sql

from chatmrpt.stack.folders import CHECKOUT, write_private
from chatmrpt.stack.private_services import DATABASE, ServiceFailed, Services
from chatmrpt.stack.processes import run
from sessions_app.checksums import sha256_of

ROLES = ("owner", "web", "staff", "system", "backup")


def create_database(services: Services) -> None:
    """Create the database and the login roles. Runs at every start and changes nothing the second time."""
    from sessions_app.isolation.roles import bootstrap_sql

    with services.superuser("postgres") as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if known is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
    passwords = {role: services.secrets[f"{role}_password"] for role in ROLES}
    with services.superuser() as connection:
        for statement in bootstrap_sql(DATABASE, passwords):
            connection.execute(statement)


def migrate() -> None:
    """Create and change tables as their owner; the keys that verify claims are installed with them."""
    from django.core.management import call_command

    call_command("migrate", database="owner", interactive=False, verbosity=0)


def run_commands(environment: Mapping[str, str], state: Path) -> None:
    """What every start repeats; each command does nothing when nothing changed."""
    with ThreadPoolExecutor(max_workers=1) as beside:
        collected = beside.submit(collect_static, environment, state)
        # What the checks look for, the tables' policies among it, is there afterwards: create_demo checks it.
        manage(["migrate", "--skip-checks", "--database", "owner", "--no-input"], environment, state)
        collected.result()
    manage(["create_demo"], environment, state)


def collect_static(environment: Mapping[str, str], state: Path) -> None:
    """Collect and compress into a fresh folder, so that files that are gone don't stay; nothing when nothing changed."""
    target, mark = state / "static", state / "static.sha256"
    wanted = static_fingerprint()
    if (target / "staticfiles.json").exists() and mark.exists() and mark.read_text() == wanted:
        return
    # Gone before the folder is: who is interrupted between the two collects again.
    mark.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(dir=state, prefix="static-") as folder:
        fresh = Path(folder) / "static"
        manage(["collectstatic", "--no-input"], {**environment, "STATIC_ROOT": str(fresh)}, state)
        shutil.rmtree(target, ignore_errors=True)
        fresh.rename(target)
    mark.write_text(wanted)


def static_fingerprint(checkout: Path = CHECKOUT) -> str:
    """What the collected files are made of: our own by content, the packages' by their versions, and what collects."""
    ours = [checkout / "chatmrpt" / name for name in ("settings.py", "static_files.py")]
    for folder in [checkout / "static", *checkout.glob("*/static")]:
        ours += [path for path in folder.rglob("*") if path.is_file()]
    parts = [f"{path.relative_to(checkout)} {sha256_of(path)}" for path in ours]
    parts += [f"{one.name} {one.version}" for one in distributions()]
    return hashlib.sha256("\n".join(sorted(parts)).encode()).hexdigest()


def manage(arguments: list[str], environment: Mapping[str, str], state: Path) -> None:
    log = state / "log" / "prepare.log"
    before = log.stat().st_size if log.exists() else 0
    command = [sys.executable, str(CHECKOUT / "manage.py"), *arguments]
    status = run(command, environment=environment, log=log, cwd=CHECKOUT)
    if status:
        said = log.read_bytes()[before:].decode(errors="replace")
        raise ServiceFailed(f"manage.py {arguments[0]} failed with status {status}:\n{said}")


def remember_environment(state: Path, environment: Mapping[str, str]) -> None:
    write_private(state / "environment.json", json.dumps(dict(environment), indent=2) + "\n")


def remembered_environment(state: Path) -> dict[str, str]:
    file = state / "environment.json"
    if not file.exists():
        raise SystemExit(f"Nothing has been started on {state} yet: make run")
    known: dict[str, str] = json.loads(file.read_text())
    return known
