"""The doctor on a stack of its own, on which things are really broken: each is told in one line, with how to mend it."""

import json
import os
import resource
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import redis
from django.core.cache import cache

from chatmrpt import health
from chatmrpt.stack import prepare
from chatmrpt.stack.private_services import Services
from chatmrpt.stack.processes import Child
from chatmrpt.stack.throwaway import ThrowawayStack
from sessions_app import due
from sessions_app.isolation.cache import public_cache_key
from tests.running_stack import ROOT, clean_environment, eventually, free_port

STALE = """
INSERT INTO sessions_app_analysisresult (id, owner_id, session_id, kind, params, input_hashes, code_version, status,
    step, percent, steps, attempt, lease_until, summary, error, created_at)
VALUES (%(id)s, %(id)s, %(id)s, 'risk', '{}', '{}', '', 'running', '', 0, '[]', 1, now() - interval '5 minutes',
    '{}', '{}', now() - interval '10 minutes')
"""
APPLIED = str(cache.make_key(public_cache_key("done", due.RETENTION.name)))
APPLYING = str(cache.make_key(public_cache_key("doing", due.RETENTION.name)))
MODELS = {
    "LANGUAGE_MODELS": "local",
    "LANGUAGE_MODEL_LOCAL_PROTOCOL": "openai",
    "LANGUAGE_MODEL_LOCAL_MODEL": "some-model",
}


@dataclass
class Told:
    status: int
    findings: list[dict[str, str]]
    words: str = field(repr=False)

    def about(self, name: str) -> dict[str, str]:
        found = [one for one in self.findings if one["name"] == name]
        return max(found, key=lambda one: ["ok", "warning", "wrong"].index(one["state"]))

    def wrong(self) -> set[str]:
        return {one["name"] for one in self.findings if one["state"] == "wrong"}

    def warned(self) -> set[str]:
        return {one["name"] for one in self.findings if one["state"] == "warning"} - self.wrong()


class Patient:
    """Services of its own, as durable as those of a real start, and a worker with its beat."""

    def __init__(self, state) -> None:
        self.services = Services(state)
        (state / "static").mkdir()
        self.environment = clean_environment(
            **self.services.addresses(), CHATMRPT_MODE="test", CHATMRPT_STATE=str(state), STORAGE="filesystem",
            DJANGO_SETTINGS_MODULE="chatmrpt.settings", SECRET_KEY="s" * 40,
            CLAIM_KEYS=f"k1:{self.services.secrets['claim_key']}", TASK_KEYS=f"k1:{self.services.secrets['task_key']}",
        )  # fmt: skip
        command = [sys.executable, "-m", "celery", "-A", "chatmrpt", "worker", "--beat", "--schedule"]
        self.worker = Child(
            name="worker", command=[*command, str(state / "schedule"), "--concurrency", "1"],
            log=state / "log" / "worker.log", environment=self.environment, cwd=ROOT,
        )  # fmt: skip

    def examined(self, *arguments: str, limits=None, **other: str) -> Told:
        done = subprocess.run(
            [sys.executable, "manage.py", "doctor", "--json", *arguments],
            cwd=ROOT, env=self.environment | other, capture_output=True, text=True, check=False, preexec_fn=limits,
        )  # fmt: skip
        assert "Traceback" not in done.stderr, done.stderr
        told = json.loads(done.stdout)
        assert all(one["told"] and "\n" not in one["told"] for one in told["checks"])
        assert [one for one in told["checks"] if one["state"] != "ok" and not one["mend"]] == []
        return Told(done.returncode, told["checks"], done.stdout + done.stderr)

    @contextmanager
    def changed(self, change: str, back: str, values: object = None) -> Iterator[None]:
        with self.services.superuser() as connection:
            connection.execute(change, values)
            yield
            connection.execute(back, values)


@pytest.fixture(scope="module")
def patient() -> Iterator[Patient]:
    folders = ThrowawayStack()
    patient = Patient(folders.folder / "state")
    try:
        patient.services.start()
        prepare.create_database(patient.services)
        prepare.manage(
            ["migrate", "--database", "owner", "--no-input"], patient.environment, patient.services.state
        )
        patient.worker.start()
        marks = [str(cache.make_key(mark)) for mark in (health.WORKER_MARK, health.BEAT_MARK)]
        with redis.Redis.from_url(patient.environment["REDIS_URL"]) as valkey:
            # Beat sends its first task after ten seconds.
            assert eventually(lambda: valkey.exists(*marks) == len(marks), 60)
            # It asks for the retention a minute later only.
            valkey.set(APPLIED, str(time.time()))
        yield patient
    finally:
        patient.worker.stop()
        patient.services.stop()
        folders.remove()


def test_a_sound_stack_is_all_well(patient):
    told = patient.examined()
    assert told.status == 0, [one for one in told.findings if one["state"] != "ok"]
    names = {one["name"] for one in told.findings}
    assert {"settings", "database default", "isolation", "migrations", "claim keys", "clocks", "valkey", "worker", "beat"} <= names  # fmt: skip
    assert "1 answer at once" in told.about("worker")["told"]
    assert "none of ours is known" in told.about("backup")["told"]
    secrets = patient.services.secrets
    assert [name for name, value in secrets.items() if value in told.words] == []


def test_wrong_roles_and_wrong_mail_are_named(patient):
    told = patient.examined(
        CHATMRPT_MODE="production",
        ALLOWED_HOSTS="mrpt.example",
        PUBLIC_URL="https://mrpt.example",
        MAIL_HOST="127.0.0.1",
        MAIL_FROM="ChatMRPT <no-reply@mrpt.example>",
        MAIL_PORT=str(free_port()),
        STATIC_ROOT=str(patient.services.state / "nothing"),
        DATABASE_URL=patient.services.database_url("owner"),
        DATABASE_STAFF_URL=patient.services.database_url("superuser"),
        DATABASE_SYSTEM_URL=patient.services.database_url("system").replace("127.0.0.1", "127.0.0.2"),
        DATABASE_OWNER_URL="",
    )
    assert told.status == 2
    assert "connects as chatmrpt_owner, which is an owner of tables" in told.about("database default")["told"]
    assert "let DATABASE_URL name chatmrpt_web" in told.about("database default")["mend"]
    assert "a superuser" in told.about("database staff")["told"]
    assert "no connection" in told.about("database system")["told"]
    assert "database owner" not in {one["name"] for one in told.findings}
    assert "ConnectionRefusedError" in told.about("mail")["told"]
    assert "MAIL_HOST" in told.about("mail")["mend"]
    assert told.about("static files")["state"] == "wrong"
    assert told.about("valkey")["state"] == "ok"


def test_a_hole_a_missing_migration_and_an_unknown_key_are_named(patient):
    gone = "DELETE FROM django_migrations WHERE app = 'assistant' AND name = '0004_language_models_wall'"
    again = "INSERT INTO django_migrations (app, name, applied) VALUES ('assistant', '0004_language_models_wall', now())"
    open_up = "ALTER TABLE sessions_app_event NO FORCE ROW LEVEL SECURITY"
    close = "ALTER TABLE sessions_app_event FORCE ROW LEVEL SECURITY"
    # Laid by the statements that make the roles, whatever the server's own settings are.
    loud, quiet = (
        f"ALTER ROLE chatmrpt_web SET log_min_error_statement = {level}" for level in ("error", "panic")
    )
    with patient.services.superuser() as connection:
        carried = connection.execute(
            "SELECT setconfig FROM pg_db_role_setting WHERE setdatabase = 0"
        ).fetchall()
    assert (
        sum(
            "log_min_error_statement=panic" in one and "log_error_verbosity=terse" in one
            for (one,) in carried
        )
        == 5
    )
    with patient.changed(gone, again), patient.changed(open_up, close), patient.changed(loud, quiet):
        told = patient.examined(CLAIM_KEYS=f"k2:{'c' * 40},{patient.environment['CLAIM_KEYS']}")
    assert told.wrong() == {"isolation", "migrations", "claim keys", "database log"}
    assert "log_min_error_statement = error" in told.about("database log")["told"]
    assert "sessions_app_event" in told.about("isolation")["told"]
    assert "assistant.0004_language_models_wall first" in told.about("migrations")["told"]
    assert "refuses k2, with which claims are signed" in told.about("claim keys")["told"]
    # The new key not yet signing is what a rotation looks like half-way.
    told = patient.examined(CLAIM_KEYS=f"{patient.environment['CLAIM_KEYS']},k2:{'c' * 40}")
    assert (told.status, told.warned()) == (1, {"claim keys"})


def test_a_retention_that_is_applied_no_more_is_told(patient):
    with redis.Redis.from_url(patient.environment["REDIS_URL"]) as valkey:
        # The stack's own beat would apply it within the minute.
        valkey.set(APPLYING, "1", ex=600)
        valkey.set(APPLIED, str(time.time() - 3 * 86_400))
        old = patient.examined()
        valkey.delete(APPLIED)
        never = patient.examined()
        valkey.set(APPLIED, str(time.time()))
        valkey.delete(APPLYING)
    assert (old.status, old.warned(), never.warned()) == (1, {"retention"}, {"retention"})
    assert "last applied 3 days ago" in old.about("retention")["told"]
    assert "no mark says that it was applied" in never.about("retention")["told"]


@pytest.mark.slow
def test_a_valkey_that_throws_out_work_is_named(patient):
    with redis.Redis.from_url(patient.environment["REDIS_URL"]) as valkey:
        valkey.config_set("maxmemory-policy", "allkeys-lru")
        valkey.config_set("appendonly", "no")
        told = patient.examined()
        valkey.config_set("maxmemory-policy", "volatile-lru")
        valkey.config_set("appendonly", "yes")
    assert told.wrong() == {"valkey eviction"}
    assert told.warned() == {"valkey persistence"}


@pytest.mark.slow
def test_a_full_disk_is_named(patient):
    def no_byte_more() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))

    told = patient.examined(limits=no_byte_more)
    # Where not even a temporary folder can be used, that is told, too.
    assert {"storage"} <= told.wrong() <= {"storage", "disks"}
    assert "File too large" in told.about("storage")["told"]
    assert "full disk" in told.about("storage")["mend"]


def test_no_worker_a_held_lease_newer_tables_and_an_attempt_are_told(patient):
    names = {"id": uuid.uuid4()}
    newer = "INSERT INTO django_migrations (app, name, applied) VALUES ('analysis', '9999_later', now())"
    not_newer = "DELETE FROM django_migrations WHERE name = '9999_later'"
    attempt = (
        "INSERT INTO sessions_app_event (id, owner_id, verb, object_type, data, at) "
        "VALUES (%(id)s, %(id)s, 'isolation.attempt', '', '{}', now())"
    )
    patient.worker.stop()
    with redis.Redis.from_url(patient.environment["REDIS_URL"]) as valkey:
        valkey.flushdb()  # the last signs of life, which would take half a minute to fade
    with patient.services.superuser() as connection:
        # Rows of nobody, which only a superuser can write: keys and triggers are off for this connection.
        connection.execute("SET session_replication_role = replica")
        connection.execute(STALE, names)
        connection.execute(attempt, names)
        connection.execute(newer)
        told = patient.examined()
        connection.execute("DELETE FROM sessions_app_analysisresult")
        connection.execute("DELETE FROM sessions_app_event WHERE owner_id = %(id)s", names)
        connection.execute(not_newer)
    assert "1 results are held by nobody" in told.about("leases")["told"]
    assert "1 attempts" in told.about("attempts")["told"]
    assert "analysis.9999_later" in told.about("migrations")["told"]
    assert told.wrong() == {"leases", "worker", "beat"}
    assert "docker/start worker" in told.about("worker")["mend"]


class Outside(BaseHTTPRequestHandler):
    """An event-stream server and a provider of sign-in, as far as the doctor asks."""

    def do_GET(self) -> None:
        here = f"http://{self.headers['Host']}"
        names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        told = json.dumps({"issuer": here} | {name: f"{here}/{name}" for name in names}).encode()
        known = self.path in ("/stream/health/", "/.well-known/openid-configuration")
        self.send_response(200 if known else 404)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, *_: object) -> None:
        pass


def outside_at(port: int) -> dict[str, str]:
    here = f"http://127.0.0.1:{port}"
    return {
        "STREAM_URL": here, "OIDC_PROVIDERS": "local", "OIDC_LOCAL_ISSUER": here, "OIDC_LOCAL_CLIENT_ID": "chatmrpt",
        "SENTRY_DSN": f"http://secret-key@127.0.0.1:{port}/1", "TRACES_URL": f"{here}/v1/traces",
    }  # fmt: skip


@pytest.mark.slow
def test_what_lies_outside_is_asked_for(patient):
    names = ("event streams", "sign-in local", "traces", "faults")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Outside)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        told = patient.examined(**outside_at(server.server_port))
    finally:
        server.shutdown()
        server.server_close()
    assert {told.about(name)["state"] for name in names} == {"ok"}
    told = patient.examined(**outside_at(free_port()))
    assert [told.about(name)["state"] for name in names] == ["warning", "wrong", "warning", "warning"]
    assert "OIDC_LOCAL_ISSUER" in told.about("sign-in local")["mend"]
    assert "SENTRY_DSN" in told.about("faults")["mend"]
    assert "secret-key" not in told.words


@pytest.mark.slow
def test_an_old_backup_and_a_silent_privacy_notice_are_told(patient):
    with redis.Redis.from_url(patient.environment["REDIS_URL"]) as valkey:
        mark = str(cache.make_key(health.BACKUP_MARK))
        valkey.set(mark, str(time.time() - 9 * 86_400))
        told = patient.examined(
            CHATMRPT_MODE="production", ALLOWED_HOSTS="mrpt.example", PUBLIC_URL="https://mrpt.example",
            STREAM_URL=f"http://127.0.0.1:{free_port()}", MAIL_HOST="127.0.0.1", MAIL_FROM="mrpt@mrpt.example", PRIVACY_OPERATOR="Malaria programme", PRIVACY_LOGS_DAYS="30",
        )  # fmt: skip
        valkey.delete(mark)
    assert told.about("backup")["state"] == "warning"
    assert "9 days old" in told.about("backup")["told"]
    silent = told.about("privacy notice")
    assert silent["state"] == "warning"
    assert "PRIVACY_CONTACT, PRIVACY_LOCATION, PRIVACY_BACKUPS_DAYS" in silent["told"]
    assert "PRIVACY_OPERATOR" not in silent["told"]


@pytest.mark.slow
def test_when_everything_is_down_each_is_one_line(patient):
    patient.services.stop()
    occupied = patient.services.state / "occupied"
    occupied.write_text("no folder")
    port = free_port()
    told = patient.examined(
        "--ask",
        STORAGE_FOLDER=str(occupied),
        **MODELS,
        LANGUAGE_MODEL_LOCAL_URL=f"http://127.0.0.1:{port}/v1",
    )
    assert told.status == 2
    down = {"database default", "database staff", "database system", "database owner", "clocks", "isolation"}
    down |= {"migrations", "claim keys", "valkey", "cache", "queue", "storage", "worker", "beat", "leases"}
    down |= {"backup", "database log", "retention"}
    assert told.wrong() == down | {"language model local"}
    assert "language models" in told.warned(), "no prices were given"


@pytest.mark.parametrize(
    ("variables", "status", "says"),
    [
        ({}, 1, "warning  mode"),
        ({"CHATMRPT_MODE": "production"}, 2, "wrong    settings                  SECRET_KEY: must be set"),
        ({"CHATMRPT_MODE": "prod"}, 2, "CHATMRPT_MODE: expected one of"),
    ],
)
def test_without_services_or_with_wrong_settings_it_says_so(variables, status, says):
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "manage.py", "doctor"],
        cwd=ROOT, env=kept | variables, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (status, "")
    assert says in done.stdout
