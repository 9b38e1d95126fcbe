"""A managed PostgreSQL gives out no superuser: roles and walls are made by a master user who may only make roles."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from chatmrpt.stack.folders import make_state_folder
from chatmrpt.stack.private_services import Services

ROOT = Path(__file__).resolve().parents[2]
MASTER = "a password for the master 1"


@pytest.fixture(scope="module")
def managed():
    """Addresses of a server of its own, whose superuser only made a master user and an empty database."""
    folder = Path(tempfile.mkdtemp(prefix="chatmrpt-managed-"))
    services = Services(make_state_folder(folder) / "state", throwaway=True)
    try:
        services.start(valkey=False)
        with services.superuser("postgres") as connection:
            made = sql.SQL("CREATE ROLE master LOGIN CREATEROLE CREATEDB PASSWORD {}").format(MASTER)
            connection.execute(made)
            connection.execute("CREATE DATABASE chatmrpt OWNER master")
        addresses = services.addresses() | {"DATABASE_BACKUP_URL": services.database_url("backup")}
        host = f"127.0.0.1:{services.postgres_port}"
        yield (
            services,
            addresses
            | {"DATABASE_SUPERUSER_URL": f"postgresql://master:{MASTER.replace(' ', '%20')}@{host}/chatmrpt"},
        )
    finally:
        services.stop()
        shutil.rmtree(folder, ignore_errors=True)


def ran(addresses: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | addresses | {"CHATMRPT_MODE": "test"}
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def test_the_walls_stand_without_a_superuser(managed):
    services, addresses = managed
    for _ in range(2):
        done = ran(addresses, "-m", "chatmrpt.stack", "roles", "chatmrpt", "--apply")
        assert done.returncode == 0, done.stderr
        assert "track_activities" in done.stdout
    done = ran(addresses, "manage.py", "migrate", "--database", "owner", "--no-input")
    assert done.returncode == 0, done.stderr
    done = ran(addresses, "manage.py", "check_isolation")
    assert "HOLE: statements of role chatmrpt_web can be read in pg_stat_activity" in done.stdout
    assert "1 holes in the wall." in done.stderr

    # What the parameters of such a service set for the whole server.
    with services.superuser("postgres") as connection:
        connection.execute("ALTER SYSTEM SET track_activities = off")
        connection.execute("SELECT pg_reload_conf()")
    done = ran(addresses, "manage.py", "check_isolation")
    assert done.returncode == 0, done.stdout + done.stderr
    with psycopg.connect(addresses["DATABASE_SUPERUSER_URL"]) as master:
        powerful = master.execute(
            "SELECT rolname FROM pg_roles WHERE rolname LIKE 'chatmrpt%' AND (rolsuper OR rolbypassrls OR rolreplication)"
        ).fetchall()
        assert powerful == []
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            master.execute("SELECT count(*) FROM public.sessions_app_user")
