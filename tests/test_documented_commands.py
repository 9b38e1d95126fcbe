"""Every command of the runbook, and of the page about the API, is run as it stands there, on an embedded stack of its own."""

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import psycopg
import pytest

from chatmrpt.stack.throwaway import ThrowawayStack
from tests.running_stack import ROOT, clean_environment, running

DOCS = ROOT / "docs"
RUNBOOK = sorted((DOCS / "operations" / "runbook").glob("*.md"))
# After key-rotation the stack's own keys are put back, so the order doesn't matter.
PAGES = [*RUNBOOK, DOCS / "howto" / "api.md"]
FENCE = re.compile(r"^( *)```(\S*) ?([^\n]*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
# What is shown and not typed.
NOT_COMMANDS = {"text", "{toctree}"}
MANAGE = 'manage() { .venv/bin/python manage.py "$@"; }\n'
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
    "accounts": "1 account disabled",
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


def ran(script: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", MANAGE + script],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip


@contextmanager
def a_table_in_use(environment: dict[str, str]) -> Iterator[str]:
    """A transaction of the web role that read a table and stays open; what the page must say of it."""
    with psycopg.connect(environment["DATABASE_URL"]) as open_one:
        open_one.execute("SELECT count(*) FROM reference_referenceset")
        yield f"pid {open_one.info.backend_pid} of chatmrpt_web holds reference_referenceset AccessShareLock"


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_commands_of_a_page_do_what_it_says(page, environment):
    if page.stem == "accounts":
        made = ran(
            'manage shell --no-imports -c "from sessions_app.models import User; '
            "User.objects.create_user('lost@example.org', 'lantern lantern lantern')\"",
            environment,
        )
        assert made.returncode == 0, made.stderr
    script = commands(page)
    assert script, "nothing to run"
    with a_table_in_use(environment) if page.stem == "failed-migration" else nullcontext("") as culprit:
        done = ran(script, environment)
    assert culprit in done.stdout
    if page.stem == "key-rotation":
        assert ran("manage install_claim_keys", environment).returncode == 0
    assert done.returncode == 0, done.stdout + done.stderr
    assert SAID[page.stem] in done.stdout


def test_no_command_of_the_runbook_escapes():
    """A block that is neither shown text nor marked to be run would be run by nobody."""
    for page in RUNBOOK:
        for _, language, mark, body in FENCE.findall(page.read_text(encoding="utf-8")):
            assert language in NOT_COMMANDS or (language, mark) == ("sh", "run"), f"{page.name}: {body[:60]}"
    assert set(SAID) == {page.stem for page in PAGES}
