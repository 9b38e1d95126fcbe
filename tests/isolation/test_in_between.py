"""What lies between two people without being anybody's: threads of one process, the browser they share, a forked process.

Catalogue: an engine shared by runs, output that crosses over, the browser's session outside its request, a shared
computer, objects made before a fork.
"""

import ast
import json
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
from tests.test_structure import named, nodes, sources

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
    for name, tree in sources():
        for node in nodes(tree):
            # `request.session`, and `self.request.session` of a class.
            if isinstance(node, ast.Attribute) and f".{named(node)}".endswith(".request.session"):
                found.add(name)
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


# A server that loads the application before it forks: nothing is open, and each of its processes answers over connections
# of its own. What its parent has asked the cache before, as a worker's parent does, is not theirs either.
LOADED = """
import chatmrpt.wsgi, json, os, psutil
from wsgiref.util import setup_testing_defaults
from chatmrpt.celery import app
app.loader.import_default_modules()
from django.db import connections
assert [one.alias for one in connections.all(initialized_only=True) if one.connection is not None] == []
open_ones = psutil.Process().net_connections()
assert open_ones == [], open_ones
print("nothing is open", len(app.tasks) > 5, flush=True)

from django.core.cache import cache
def numbers():
    # What the servers call the connections of this process.
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (database,) = cursor.fetchone()
    return [database, cache.client.get_client().client_id()]

def answer(says, waits):
    asked = {"PATH_INFO": "/health/ready/"}
    setup_testing_defaults(asked)
    told = json.loads(b"".join(chatmrpt.wsgi.application(asked, lambda *_: None)))["dependencies"]
    os.write(says, json.dumps([told, *numbers()]).encode())
    os.close(says)
    os.read(waits, 1)

cache.get("anything")
of_the_parent = cache.client.get_client().client_id()
waits, go_on = os.pipe()
told, children = [], []
for _ in range(2):
    hears, says = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(go_on)
        try:
            answer(says, waits)
        finally:
            os._exit(0)
    os.close(says)
    children.append(child)
    told.append(json.loads(os.read(hears, 4096)))
still_there = cache.client.get_client().client_id() == of_the_parent
os.close(go_on)
for child in children:
    os.waitpid(child, 0)
print(json.dumps({"children": told, "parent": of_the_parent, "still there": still_there}))
"""


@pytest.fixture(scope="module")
def loaded(stack) -> list[str]:
    """What a process says that loads the application and forks then."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LOADED],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_loading_the_application_opens_no_connection(loaded):
    """Whoever forks after loading gives the child nothing to share: pages, tasks and their clients connect when asked."""
    assert loaded[0] == "nothing is open True"


def test_processes_that_part_after_loading_answer_over_connections_of_their_own(loaded):
    found = json.loads(loaded[1])
    (told, *first), (also_told, *second) = found["children"]
    for dependencies in (told, also_told):
        assert {name for name, how in dependencies.items() if how == "ok"} >= {"database", "cache", "broker"}
    assert first[0] != second[0], "one connection to PostgreSQL"
    assert len({first[1], second[1], found["parent"]}) == 3, "one connection to Valkey"
    assert found["still there"], "a child closed what its parent had opened"
