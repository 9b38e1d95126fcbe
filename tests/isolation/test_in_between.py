"""What lies between two people without being anybody's: threads of one process, the browser they share, a forked process.

Catalogue: an engine shared by runs, output that crosses over, the browser's session outside its request, a shared
computer, objects made before a fork.
"""

import ast
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.db import connections, transaction

from crowd.canaries import Belongings, canaries_in
from sessions_app.isolation import testing
from sessions_app.isolation.scope import scope
from sessions_app.models import StoredFile, User
from tests import work
from tests.isolation.victims import forget

ROOT = Path(__file__).resolve().parents[2]
AT_ONCE = 3


@pytest.fixture
def people(_database):
    made = [testing.make_user() for _ in range(AT_ONCE)]
    yield made
    forget(*made)


def computed(user: User, mine: Belongings) -> dict[str, bytes]:
    """Every table and picture of one ranking, by name."""
    _, session, table, boundaries = work.prepared(user, mine)
    files = {"ward_table": str(table.pk), "boundaries": str(boundaries.pk)}
    dataset = work.computed(user, work.ask_for(user, session, "dataset", **files))
    asked = work.ask_for(user, session, "risk", dataset=str(dataset.pk), variables=mine.variables)
    risk = work.computed(user, asked)
    assert risk.status == "succeeded", risk.error
    with scope(user.pk), transaction.atomic():
        stored = list(StoredFile.objects.filter(result_id=risk.pk, name__regex=r"\.(csv|svg|geojson)$"))
    kept = {}
    for file in stored:
        with default_storage.open(file.storage_key) as content:
            kept[file.name] = content.read()
    return kept


def test_computations_side_by_side_give_what_each_gives_alone(people, attacker):
    everything = [Belongings() for _ in people]
    alone = [computed(attacker.user, mine) for mine in everything]

    def one(user: User, mine: Belongings) -> dict[str, bytes]:
        try:
            return computed(user, mine)
        finally:
            for connection in connections.all(initialized_only=True):
                connection.close()

    with ThreadPoolExecutor(AT_ONCE) as threads:
        together = list(threads.map(one, people, everything))
    for mine, first, second in zip(everything, alone, together, strict=True):
        assert first.keys() == second.keys()
        # The table of parameters says which result it is of, and these are two.
        assert [name for name in first if first[name] != second[name]] == ["ranking_parameters.csv"]
        assert set().union(*(canaries_in(content) for content in second.values())) == {mine.canary}


def test_a_browsers_session_is_touched_where_people_sign_in_and_nowhere_else():
    """A task, a stream or a tool has no browser; what it needs stands in rows."""
    allowed = {"sessions_app/isolation", "sessions_app/accounts"}
    found = set()
    for app in ("sessions_app", "analysis", "itn", "assistant", "reference", "chatmrpt"):
        for file in (ROOT / app).rglob("*.py"):
            if "tests" in file.parts:
                continue
            for node in ast.walk(ast.parse(file.read_text())):
                of_request = isinstance(node, ast.Attribute) and node.attr == "session"
                if of_request and isinstance(node.value, ast.Name) and node.value.id == "request":
                    found.add(file.relative_to(ROOT).as_posix())
    assert found, "the search itself is awake"
    assert [place for place in found if not any(place.startswith(start) for start in allowed)] == []


def test_scripts_keep_nothing_in_the_browser_but_the_theme():
    keeps = re.compile(
        r"\b(?:localStorage|sessionStorage|indexedDB|caches\.open|document\.cookie|serviceWorker)\b"
    )
    scripts = [*(ROOT / "static").rglob("*.js"), *(ROOT / "templates").rglob("*.html")]
    assert {file.name for file in scripts if keeps.search(file.read_text())} <= {"theme.js"}
    theme = (ROOT / "static" / "js" / "theme.js").read_text()
    assert re.findall(r"setItem\(([^)]*)\)", theme) == ["key, root.dataset.theme"]


LOADED = """
import chatmrpt.wsgi, psutil
from chatmrpt.celery import app
app.loader.import_default_modules()
from django.db import connections
assert [one.alias for one in connections.all(initialized_only=True) if one.connection is not None] == []
open_ones = psutil.Process().net_connections()
assert open_ones == [], open_ones
print("nothing is open", len(app.tasks) > 5)
"""


def test_loading_the_application_opens_no_connection():
    """Whoever forks after loading gives the child nothing to share: pages, tasks and their clients connect when asked."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LOADED],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=120,
    )
    assert done.stdout.strip() == "nothing is open True", done.stderr
