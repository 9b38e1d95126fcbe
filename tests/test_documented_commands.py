"""Every command of the runbook, and of the page about the API, is run as it stands there, on an embedded stack of its own.

What a page runs in a container gets the variables that compose gives that container, and no other.
"""

import json
import os
import re
import shlex
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import psycopg
import pytest
import yaml
from django.conf import settings

from chatmrpt.stack.throwaway import ThrowawayStack
from tests.running_stack import ROOT, clean_environment, eventually, running

DOCS = ROOT / "docs"
RUNBOOK = sorted((DOCS / "operations" / "runbook").glob("*.md"))
# After key-rotation the stack's own keys are put back, so the order doesn't matter.
PAGES = [*RUNBOOK, DOCS / "howto" / "api.md"]
FENCE = re.compile(r"^( *)```(\S*) ?([^\n]*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
# What is shown and not typed.
NOT_COMMANDS = {"text", "{toctree}"}
# Typed by whoever runs services of their own, with every variable exported; compose has other pages for the same.
OF_ONES_OWN = {"restore-drill", "api"}
# How the runbook's first page says which container a word stands for.
WORD = re.compile(
    r"^([\w-]+)\(\) \{ docker compose -f docker/compose\.yml run --rm (\w+) manage", re.MULTILINE
)
# What only this machine can say: of docker/.env and docker/settings.env, and files in a folder in place of an object store.
OF_THE_MACHINE = {
    "STORAGE": "filesystem", "PUBLIC_URL": "https://mrpt.example", "ALLOWED_HOSTS": "mrpt.example",
    "MAIL_HOST": "127.0.0.1", "MAIL_FROM": "ChatMRPT <no-reply@mrpt.example>", "SECRET_KEY": "0123456789" * 6,
}  # fmt: skip
SETTINGS_ENV = {
    "MAIL_TLS": "false", "PRIVACY_OPERATOR": "Programme", "PRIVACY_CONTACT": "privacy@mrpt.example",
    "PRIVACY_LOCATION": "Kano", "PRIVACY_BACKUPS_DAYS": "30", "PRIVACY_LOGS_DAYS": "30",
}  # fmt: skip
# Works with tables, policies or keys as their owner.
OWNERS = re.compile(r"--database owner|'owner'|install_claim_keys")
SAID = {
    "index": "0 wrong",
    "valkey-down": '"valkey persistence"',
    "lost-worker": "published again",
    "stuck-queue": "[",
    "full-disk": "sign-ins deleted",
    "failed-migration": "all applied",
    "key-rotation": "k2 signs, the database accepts k2, k1",
    "restore-drill": "policies and roles are as in the backup",
    "isolation-alarm": "0 attempts by 0 people",
    "accounts": "disabled; its sign-ins, tokens and password have ended",
    "api": '"composite_rank"',
}


def commands(page: Path) -> str:
    """The blocks of a page that are marked to be run, as one script."""
    parts = []
    for indent, language, mark, body in FENCE.findall(page.read_text(encoding="utf-8")):
        if (language, mark) == ("sh", "run"):
            parts.append("\n".join(line.removeprefix(indent) for line in body.splitlines()))
    return "\n".join(parts)


@pytest.fixture(scope="module")
def environment(tmp_path_factory) -> Iterator[dict[str, str]]:
    """What somebody has who runs services of their own: every variable exported."""
    folders = ThrowawayStack()
    state = folders.folder / "state"
    try:
        with running(state) as stack:
            _, url, email, password = stack.ready_line().split()
            known = json.loads((state / "environment.json").read_text())
            secrets = json.loads((state / "secrets.json").read_text())
            owner = known["DATABASE_OWNER_URL"]

            def address(user: str, key: str) -> str:
                return owner.replace(f"chatmrpt_owner:{secrets['owner_password']}", f"{user}:{secrets[key]}")

            yield clean_environment(**known) | {
                "DATABASE_BACKUP_URL": address("chatmrpt_backup", "backup_password"),
                "DATABASE_SUPERUSER_URL": address("postgres", "superuser_password"),
                # Where it was given from outside the stack doesn't remember it.
                "CHATMRPT_STATE": str(state),
                "BACKUPS": str(tmp_path_factory.mktemp("backups")),
                "FOLDER": str(tmp_path_factory.mktemp("demo")),
                "ACCOUNT": "lost@example.org",
                "URL": url, "EMAIL": email, "PASSWORD": password,
                "PYTHONWARNINGS": "",
            }  # fmt: skip
    finally:
        folders.remove()


class MailServer(socketserver.StreamRequestHandler):
    """As much of one as the doctor asks for."""

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline():
            self.wfile.write(b"221 bye\r\n" if line.upper().startswith(b"QUIT") else b"250 yes\r\n")


@pytest.fixture(scope="module")
def containers(environment, tmp_path_factory) -> Iterator[tuple[Path, dict[str, str]]]:
    """A folder with `docker/.env`, and a shell that knows the words of the runbook and none of the stack's variables."""
    folder = tmp_path_factory.mktemp("machine")
    (folder / "docker").mkdir()
    (folder / "docker" / ".env").write_text(f"CLAIM_KEYS={environment['CLAIM_KEYS']}\n")
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), MailServer)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings_env = SETTINGS_ENV | {"MAIL_PORT": str(server.server_address[1])}
    settings_env |= {name: environment[name] for name in ("CHATMRPT_STATE", "STREAM_URL")}
    services = yaml.safe_load((ROOT / "docker" / "compose.yml").read_text())["services"]
    for word, service in words().items():
        given = container_variables(services[service]["environment"], environment) | settings_env
        tool = folder / "bin" / word
        tool.parent.mkdir(exist_ok=True)
        tool.write_text(in_a_container(given, services[service]["environment"]))
        tool.chmod(0o700)
    # The doctor tells of a stack that was started a moment ago that beat has asked for nothing yet.
    beaten = (
        '.venv/bin/python manage.py shell --no-imports -c "from chatmrpt import health; health.CHECK_BEAT()"'
    )
    assert eventually(lambda: ran(beaten, environment).returncode == 0, 60)
    assert ran(".venv/bin/python manage.py apply_retention", environment).returncode == 0
    known = {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "ACCOUNT": environment["ACCOUNT"]}
    try:
        yield folder, clean_environment(**known)
    finally:
        server.shutdown()
        server.server_close()


def words() -> dict[str, str]:
    """Each word of the runbook with the service that it runs in."""
    return dict(WORD.findall((DOCS / "operations" / "runbook" / "index.md").read_text(encoding="utf-8")))


def container_variables(service: dict[str, str], stack: dict[str, str]) -> dict[str, str]:
    """What compose gives a service, with this stack's values and without those of an object store."""
    literal = {name: value for name, value in service.items() if "${" not in value and "://" not in value}
    known = literal | stack | OF_THE_MACHINE | {"CHATMRPT_MODE": service["CHATMRPT_MODE"]}
    return {name: known[name] for name in service if name in known}


def in_a_container(given: dict[str, str], service: dict[str, str]) -> str:
    """`manage` of one service. Compose takes `${NAME}` from the shell first, then from docker/.env."""
    passed = []
    for name, value in given.items():
        from_shell = str(service.get(name, "")).startswith(f"${{{name}")
        passed.append(f'{name}="${{{name}-{value}}}"' if from_shell else f"{name}={shlex.quote(value)}")
    return (
        f"#!/bin/sh\ncd {shlex.quote(str(ROOT))}\n"
        f'exec env -i PATH="$PATH" HOME="$HOME" {" ".join(passed)} .venv/bin/python manage.py "$@"\n'
    )


def ran(script: str, environment: dict[str, str], folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip


@contextmanager
def a_table_in_use(environment: dict[str, str]) -> Iterator[str]:
    """A transaction of the web role that read a table and stays open; what the page must say of it."""
    with psycopg.connect(environment["DATABASE_URL"]) as open_one:
        open_one.execute("SELECT count(*) FROM reference_referenceset")
        yield f"pid {open_one.info.backend_pid} of chatmrpt_web holds reference_referenceset AccessShareLock"


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_commands_of_a_page_do_what_it_says(page, environment, containers):
    if page.stem == "accounts":
        made = ran(
            '.venv/bin/python manage.py shell --no-imports -c "from sessions_app.models import User; '
            "User.objects.create_user('lost@example.org', 'lantern lantern lantern')\"",
            environment,
        )
        assert made.returncode == 0, made.stderr
    script = commands(page)
    assert script, "nothing to run"
    folder, shell = (ROOT, environment) if page.stem in OF_ONES_OWN else containers
    with a_table_in_use(environment) if page.stem == "failed-migration" else nullcontext("") as culprit:
        done = ran(script, shell, folder)
    assert culprit in done.stdout
    if page.stem == "key-rotation":
        assert ran("owner_manage install_claim_keys", containers[1]).returncode == 0
    assert done.returncode == 0, done.stdout + done.stderr
    assert SAID[page.stem] in done.stdout


@pytest.mark.slow
def test_a_container_has_what_compose_gives_it_and_no_more(containers):
    folder, shell = containers
    refused = ran("manage install_claim_keys", shell, folder)
    assert refused.returncode != 0
    assert "owner" in refused.stderr
    asked = "shell --no-imports -c \"import os; print(os.environ.get('ACCOUNT'))\""
    assert ran(f"export ACCOUNT=a@example.org; manage {asked}", shell, folder).stdout.strip() == "None"


def test_each_command_stands_where_it_can_be_run():
    """Quicker than running it: what only the owner may do, and what reads a variable that no container is given."""
    compose = yaml.safe_load((ROOT / "docker" / "compose.yml").read_text())["services"]
    powerful = {
        word for word, service in words().items() if "DATABASE_OWNER_URL" in compose[service]["environment"]
    }
    assert (set(words()), powerful) == ({"manage", "owner_manage"}, {"owner_manage"})
    for page in RUNBOOK:
        if page.stem in OF_ONES_OWN:
            continue
        for command in re.split(r"^(?=(?:owner_)?manage )", commands(page), flags=re.MULTILINE):
            assert "os.environ" not in command, f"{page.name}: {command}"
            if command.startswith("manage "):
                assert not OWNERS.search(command), f"{page.name}: {command}"


def test_functions_of_the_pages_have_names_that_every_shell_takes():
    named = {
        (page.name, name)
        for page in DOCS.rglob("*.md")
        for name in re.findall(r"^\s*([^\s()]+)\(\) *\{", page.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert ("index.md", "owner_manage") in named
    assert [found for found in sorted(named) if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", found[1])] == []


def test_the_numbers_of_a_stuck_queue_are_those_of_the_settings():
    page = " ".join((DOCS / "operations" / "runbook" / "stuck-queue.md").read_text(encoding="utf-8").split())
    assert f"after {settings.RESULTS['max_attempts']} attempts" in page
    share = settings.CELERY_TASK_SOFT_TIME_LIMIT / settings.TASK_HARD_LIMIT
    assert f"at {share:.0%} of `TASK_HARD_LIMIT_SECONDS`".replace("%", " %") in page


def test_no_command_of_the_runbook_escapes():
    """A block that is neither shown text nor marked to be run would be run by nobody."""
    for page in RUNBOOK:
        for _, language, mark, body in FENCE.findall(page.read_text(encoding="utf-8")):
            assert language in NOT_COMMANDS or (language, mark) == ("sh", "run"), f"{page.name}: {body[:60]}"
    assert set(SAID) == {page.stem for page in PAGES}
