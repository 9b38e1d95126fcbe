"""Runs a whole stack, or a command inside one.

run                 everything on PORT (8000) of HOST (127.0.0.1), until it is stopped
manage ARGUMENTS    manage.py inside the stack that `run` started
throwaway COMMAND   a command inside a fresh stack that vanishes afterwards
roles DATABASE      print the SQL that makes the login roles on a PostgreSQL of your own; with --apply run it
                    as DATABASE_SUPERUSER_URL, with the passwords that stand in the roles' own addresses
backup FOLDER       rows and objects of this moment, as DATABASE_BACKUP_URL, into a new folder
restore FOLDER      a backup into an empty database and store whose roles are made, and compare both
clean               remove the state folder: database, files, secrets
"""

import fcntl
import os
import secrets
import shutil
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from chatmrpt.stack.folders import CHECKOUT, state_folder


def main(arguments: Sequence[str]) -> int:
    match list(arguments):
        case ["run"]:
            from chatmrpt.environment import Environment, WrongSetting
            from chatmrpt.stack.supervise import run

            try:
                port = Environment().integer("PORT", 8000, minimum=1, maximum=65_535)
            except WrongSetting as refusal:
                raise SystemExit(str(refusal)) from None
            return run(os.environ.get("HOST") or "127.0.0.1", port)
        case ["manage", *rest]:
            from chatmrpt.stack.prepare import remembered_environment

            environment = {**os.environ, **remembered_environment(state_folder())}
            os.execve(sys.executable, [sys.executable, str(CHECKOUT / "manage.py"), *rest], environment)
        case ["throwaway", *command] if command:
            return throwaway(command)
        case ["roles", database]:
            return print_roles(database)
        case ["roles", database, "--apply"]:
            return apply_roles(database)
        case ["backup", folder]:
            from chatmrpt.stack.backup import backup

            backup(Path(folder))
            return 0
        case ["restore", folder]:
            from chatmrpt.stack.restore import restore

            restore(Path(folder))
            return 0
        case ["clean"]:
            return clean()
    print(__doc__, file=sys.stderr)
    return 2


def throwaway(command: list[str]) -> int:
    from chatmrpt.stack.processes import run_here
    from chatmrpt.stack.throwaway import ThrowawayStack

    # So that the folder is removed then too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    stack = ThrowawayStack()
    os.environ.update(stack.environment())
    import django

    django.setup()
    stack.start()
    return run_here(command)


def print_roles(database: str) -> int:
    from sessions_app.isolation.roles import SHORT_NAMES, bootstrap_sql

    passwords = {short: secrets.token_urlsafe(24) for short in SHORT_NAMES}
    print("-- Run as a superuser, connected to the database. The passwords are fresh and stand nowhere else.")
    for statement in bootstrap_sql(database, passwords):
        print(f"{statement.strip()};")
    return 0


def apply_roles(database: str) -> int:
    import psycopg

    from chatmrpt.environment import Environment, WrongSetting
    from sessions_app.isolation.roles import LOGIN_ROLES, QUIET_LOG, SHORT_NAMES, bootstrap_sql

    env = Environment()
    try:
        superuser = env.address("DATABASE_SUPERUSER_URL", ("postgresql", "postgres"))
        passwords = {}
        for short, role in SHORT_NAMES.items():
            name = "DATABASE_URL" if short == "web" else f"DATABASE_{short.upper()}_URL"
            address = env.database(name)
            if address["USER"] != role:
                raise WrongSetting(name, f"expected the role {role}")
            if not address["PASSWORD"]:
                raise WrongSetting(name, "expected a password in it")
            passwords[short] = str(address["PASSWORD"])
    except WrongSetting as refusal:
        raise SystemExit(str(refusal)) from None
    with psycopg.connect(superuser, dbname=database, autocommit=True) as connection:
        found = connection.execute(
            "SELECT NOT rolsuper FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        managed = bool(found and found[0])
        for statement in bootstrap_sql(database, passwords, managed=managed):
            connection.execute(statement)
    if managed:
        quiet = ", ".join(f"{name} = {value}" for name, value in QUIET_LOG.items())
        print(
            f"No superuser: set track_activities = off, {quiet} for the whole server (docs/reference/isolation.md)."
        )
    print(f"{len(LOGIN_ROLES)} roles are ready in {database}.")
    return 0


def clean() -> int:
    state = state_folder()
    if not state.exists():
        return 0
    with (state / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SystemExit(f"ChatMRPT runs on {state}; stop it first.") from None
        shutil.rmtree(state)
    print(f"removed {state}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
