"""What the source itself must not contain: state that outlives a request, caches of users' data, pickle, processes,
keys that were put together by hand. Each exception stands in a list with its reason.
"""

import ast
import functools
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest
from django.apps import apps
from django.core.checks import run_checks
from django.db import connections

from sessions_app.isolation import testing
from sessions_app.isolation.inspection import inspect
from sessions_app.isolation.owned import OwnedModel, owned_models

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("chatmrpt", "sessions_app", "reference", "analysis", "itn", "reports", "assistant")

# Built once, read ever after, the same for everybody.
MAY_BE_MODULE_LEVEL = {
    "chatmrpt/settings.py": "Django reads its settings from module-level names; frozen once loaded",
}
# Names that Django or Python itself asks to be a list or dict at module or class level.
ASKED_FOR_BY_FRAMES = {"urlpatterns", "__all__"}
# Memory that outlives a request: each must say why it can't hold a user's data.
CACHES_ALLOWED = {
    "assistant/core": "the vocabulary and the weights of the package itself; nothing that anybody said",
    "sessions_app/stored_words.py": "patterns of our own catalogue, by language",
    "assistant/language/clients.py": "the authorities of TLS, of this machine; no key and no connection",
    "analysis/queries/execution.py": "an empty DuckDB without tables; what is asked about belongs to one connection",
}
PROCESSES = "chatmrpt/stack/"
KEY_MAKERS = (
    "sessions_app/isolation/cache.py",
    "sessions_app/isolation/storage.py",
    "sessions_app/isolation/shared.py",
)
# Cache keys that are about no user.
PLAIN_KEYS = {
    ("chatmrpt/health.py", "set"): "the health probe's own key",
    ("chatmrpt/health.py", "get"): "the health probe's own key and the worker's mark",
    ("chatmrpt/celery.py", "set"): "the marks of worker and beat",
    ("chatmrpt/staff_numbers.py", "get"): "the worker's mark",
    ("chatmrpt/doctor/running.py", "get"): "the marks of worker, beat and backup",
    ("chatmrpt/stack/backup.py", "set"): "the mark of a backup",
}
CACHE_METHODS = {
    "get", "set", "add", "incr", "decr", "delete", "get_or_set", "touch", "has_key", "get_many", "set_many", "delete_many"
}  # fmt: skip
MUTABLE_CALLS = {
    "dict",
    "list",
    "set",
    "defaultdict",
    "deque",
    "Counter",
    "OrderedDict",
    "WeakValueDictionary",
}
MUTABLE = (ast.Dict, ast.List, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
MUTATING = {
    "append", "add", "update", "setdefault", "pop", "clear", "extend", "insert", "remove", "discard", "popitem"
}  # fmt: skip


def sources(*, tests: bool = False) -> Iterator[tuple[str, ast.Module]]:
    for name, tree in parsed():
        if tests or not ("/tests/" in name or "/migrations/" in name):
            yield name, tree


@functools.cache
def parsed() -> tuple[tuple[str, ast.Module], ...]:
    return tuple(_parsed())


def _parsed() -> Iterator[tuple[str, ast.Module]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            yield name, ast.parse(path.read_text(), name)


@functools.cache
def nodes(tree: ast.Module) -> tuple[ast.AST, ...]:
    """Every node of a module, walked once for all tests that look at each of them."""
    return tuple(ast.walk(tree))


def named(node: ast.AST) -> str:
    """`a.b.c` of an expression made of names."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{named(node.value)}.{node.attr}"
    return ""


def at_import(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that run when a module is loaded, those under `if`, `try`, `with` and `for` included."""
    for node in body:
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            for part in ("body", "orelse", "finalbody"):
                yield from at_import(getattr(node, part, []))
            for handler in getattr(node, "handlers", []):
                yield from at_import(handler.body)


def module_names(tree: ast.Module) -> dict[str, ast.expr]:
    found = {}
    for node in at_import(tree.body):
        if isinstance(node, ast.Assign):
            found |= {target.id: node.value for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            found[node.target.id] = node.value
    return found


def is_mutable(value: ast.expr) -> bool:
    if isinstance(value, MUTABLE):
        return True
    return isinstance(value, ast.Call) and named(value.func).rpartition(".")[2] in MUTABLE_CALLS


def is_constant_table(name: str, tree: ast.Module) -> bool:
    """A table in capitals that no line of its module changes."""
    if name != name.upper():
        return False
    for node in nodes(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if named(node.func.value) == name and node.func.attr in MUTATING:
                return False
        elif isinstance(node, (ast.Assign, ast.AugAssign, ast.Delete)):
            targets = [node.target] if isinstance(node, ast.AugAssign) else node.targets
            if any(isinstance(target, ast.Subscript) and named(target.value) == name for target in targets):
                return False
    return True


def changing_state(tree: ast.Module) -> Iterator[str]:
    for variable, value in module_names(tree).items():
        if (
            variable not in ASKED_FOR_BY_FRAMES
            and is_mutable(value)
            and not is_constant_table(variable, tree)
        ):
            yield variable


def test_no_module_holds_state_that_can_change():
    found = {(name, variable) for name, tree in sources() for variable in changing_state(tree)}
    assert {f"{name}: {variable}" for name, variable in found if name not in MAY_BE_MODULE_LEVEL} == set()
    assert not_needed(MAY_BE_MODULE_LEVEL, [name for name, _ in found]) == set()


def not_needed(excused: Iterable[str], met: Iterable[str]) -> set[str]:
    """Exceptions that nothing needs any more: each is a place where something could hide."""
    places = list(met)
    return {one for one in excused if not any(place.startswith(one) for place in places)}


def test_no_function_changes_a_name_of_its_module():
    wrong = [
        f"{name}:{node.lineno} global {', '.join(node.names)}"
        for name, tree in sources()
        for node in nodes(tree)
        if isinstance(node, ast.Global)
    ]
    assert wrong == []


def test_nothing_changes_a_table_of_another_module():
    """No `module.TABLE[...] = …` and no `module.TABLE.append(…)` from outside either."""
    wrong = []
    for name, tree in sources():
        imported = {
            alias.asname or alias.name
            for node in nodes(tree)
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in PACKAGES
            for alias in node.names
        }
        for node in nodes(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                owner = named(node.func.value).split(".")[0]
                target = named(node.func.value).rpartition(".")[2]
                if node.func.attr in MUTATING and owner in imported and target.isupper():
                    wrong.append(f"{name}:{node.lineno} {named(node.func)}")
    assert wrong == []


def remembering(tree: ast.Module) -> Iterator[str]:
    """Everything that keeps an answer for the next call."""
    known = imported_as(tree)
    for node in nodes(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "functools":
            kept = [one.name for one in node.names if one.name in ("cache", "lru_cache")]
            yield from (f"{node.lineno} {name}" for name in kept)
        if not isinstance(node, (ast.Name, ast.Attribute)):
            continue
        mentioned = named(node).rpartition(".")[2]
        if mentioned in {"lru_cache", "cache_page", "cached", "memoize"} or (
            isinstance(node, ast.Attribute) and full_name(node, known) == "functools.cache"
        ):
            yield f"{node.lineno} {mentioned}"


def test_no_function_remembers_what_it_answered():
    found = [(name, words) for name, tree in sources() for words in remembering(tree)]
    wrong = [f"{name}:{words}" for name, words in found if not name.startswith(tuple(CACHES_ALLOWED))]
    assert wrong == []
    assert not_needed(CACHES_ALLOWED, [name for name, _ in found]) == set()


def imported_as(tree: ast.Module) -> dict[str, str]:
    """What each imported name stands for, in full."""
    found = {}
    for node in nodes(tree):
        if isinstance(node, ast.Import):
            found |= {one.asname: one.name for one in node.names if one.asname}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {one.asname or one.name: f"{node.module}.{one.name}" for one in node.names}
    return found


def full_name(node: ast.AST, known: Mapping[str, str]) -> str:
    first, dot, rest = named(node).partition(".")
    return f"{known.get(first, first)}{dot}{rest}"


def test_nothing_is_unpickled():
    assert list(imports("pickle", "cPickle", "dill", "shelve", "marshal", "joblib", "cloudpickle")) == []
    for name, tree in sources():
        for node in nodes(tree):
            if isinstance(node, ast.Attribute) and node.attr in ("read_pickle", "to_pickle"):
                raise AssertionError(f"{name}:{node.lineno} {node.attr}")
            if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
                raise AssertionError(f"{name} allows pickle")


def test_processes_are_started_by_the_stack_alone():
    found = list(imports("subprocess", "multiprocessing", "pty", "popen2", "sh", "paramiko", "fabric"))
    assert any(place.startswith(PROCESSES) for place in found), "the search is awake"
    assert [place for place in found if not place.startswith(PROCESSES)] == []


def test_no_shell_and_no_code_from_text():
    wrong = []
    for name, tree in sources():
        for node in nodes(tree):
            if not isinstance(node, ast.Call):
                continue
            called = named(node.func)
            if called in {"eval", "exec", "compile", "os.system", "os.popen"} or called.startswith(
                "os.spawn"
            ):
                wrong.append(f"{name}:{node.lineno} {called}")
            if called.startswith("os.exec") and not name.startswith(PROCESSES):
                wrong.append(f"{name}:{node.lineno} {called}")
            if any(keyword.arg == "shell" for keyword in node.keywords):
                wrong.append(f"{name}:{node.lineno} shell=")
    assert wrong == []


def imports(*modules: str) -> Iterator[str]:
    """Where one of these, or a part of it, is imported."""
    for name, tree in sources():
        for node in nodes(tree):
            found = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                found = [node.module or ""]
            if any(f"{one}.".startswith(f"{module}.") for one in found for module in modules):
                yield f"{name}:{node.lineno}"


def cache_uses(tree: ast.Module) -> Iterator[tuple[int, str, ast.expr | None]]:
    """Each call of a method of Django's caches with its line, its method and its key, whatever the cache is called."""
    known, held = imported_as(tree), {"cache"}

    def is_cache(node: ast.AST) -> bool:
        if isinstance(node, ast.Subscript):
            return full_name(node.value, known).endswith("caches")
        return named(node) in held or full_name(node, known) == "django.core.cache.cache"

    assigned = [
        (target, node.value)
        for node in nodes(tree)
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.NamedExpr)) and node.value is not None
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
    ]
    for _ in range(3):  # a name for a name for a name
        held |= {named(target) for target, value in assigned if is_cache(value)} - {""}
    for node in nodes(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        method = node.func.attr
        if is_cache(node.func.value) and {method, method.removeprefix("a")} & CACHE_METHODS:
            keywords = [one.value for one in node.keywords if one.arg in ("key", "keys")]
            yield node.lineno, method, next(iter([*node.args, *keywords]), None)


def test_cache_keys_come_from_their_maker():
    """The key of a cache call is made by cache_key or public_cache_key, directly or through a name."""
    wrong, excused = [], set()
    for name, tree in sources():
        for line, method, key in cache_uses(tree):
            if key is not None and comes_from(key, tree, {"cache_key", "public_cache_key"}):
                continue
            if name not in KEY_MAKERS and (name, method) not in PLAIN_KEYS:
                wrong.append(f"{name}:{line}")
            excused.add((name, method))
    assert wrong == []
    assert set(PLAIN_KEYS) <= excused, "an exception that nothing needs any more"


def comes_from(value: ast.expr, tree: ast.Module, makers: set[str]) -> bool:
    if isinstance(value, ast.Call):
        return named(value.func).rpartition(".")[2] in makers
    if isinstance(value, ast.Name):
        assigned = [
            node.value
            for node in nodes(tree)
            if isinstance(node, ast.Assign)
            and any(isinstance(target, ast.Name) and target.id == value.id for target in node.targets)
        ]
        return bool(assigned) and all(comes_from(one, tree, makers) for one in assigned)
    return False


MAKES_TEMPORARY_FOLDERS = {
    "sessions_app/isolation/tempfolders.py": "the one place for users' folders",
    "chatmrpt/stack/throwaway.py": "the stack of a test run",
    "chatmrpt/stack/restore.py": "logs of a restore, which knows no user",
}


def temporary_paths(tree: ast.Module) -> Iterator[str]:
    for node in nodes(tree):
        if isinstance(node, ast.Call):
            given = {keyword.arg for keyword in node.keywords}
            if named(node.func).startswith("tempfile.") and "dir" not in given:
                yield f"{node.lineno} {named(node.func)} without dir="
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("/tmp"):
            yield f"{node.lineno} {node.value}"


def test_no_path_into_the_temporary_folder_is_made_by_hand():
    found = [(name, words) for name, tree in sources() for words in temporary_paths(tree)]
    assert [f"{name}:{words}" for name, words in found if name not in MAKES_TEMPORARY_FOLDERS] == []
    assert not_needed(MAKES_TEMPORARY_FOLDERS, [name for name, _ in found]) == set()


def test_claims_are_set_in_one_place():
    wrong = []
    for name, tree in sources():
        if name.startswith("sessions_app/isolation/"):
            continue
        for node in nodes(tree):
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and "app.claims" in text:
                wrong.append(f"{name}:{node.lineno}")
    assert wrong == []


PLANTED = {
    "a dict that is filled": ("SEEN = {}\ndef f(user):\n    SEEN[user] = 1\n", False),
    "a list that is appended to": ("SEEN = []\ndef f(user):\n    SEEN.append(user)\n", False),
    "a set under a small name": ("seen = set()\n", False),
    "a table that is only read": ("KINDS = {'a': 1}\ndef f(k):\n    return KINDS[k]\n", True),
    "a dict under a condition": ("if True:\n    SEEN = {}\ndef f(user):\n    SEEN[user] = 1\n", False),
    "a dict in an attempt": (
        "try:\n    import x\nexcept ImportError:\n    SEEN = {}\ndef f(u):\n    SEEN[u] = 1\n",
        False,
    ),
}


@pytest.mark.parametrize("kind", PLANTED)
def test_the_search_for_state_finds_what_is_planted(kind):
    text, allowed = PLANTED[kind]
    tree = ast.parse(text)
    ((name, value),) = module_names(tree).items()
    assert is_mutable(value)
    assert is_constant_table(name, tree) is allowed


def test_the_search_for_keys_finds_what_is_planted():
    tree = ast.parse(
        "key = f'user-{name}'\nother = cache_key(owner, 'x')\ncache.set(key, 1)\ncache.set(other, 1)"
    )
    (_, _, first), (_, _, second) = cache_uses(tree)
    assert not comes_from(first, tree, {"cache_key"})
    assert comes_from(second, tree, {"cache_key"})


@pytest.mark.parametrize(
    "text",
    [
        "from django.core.cache import cache\ncache.get('mine')",
        "from django.core.cache import cache as c\nc.get('mine')",
        "from django.core.cache import caches\ncaches['default'].get('mine')",
        "from django.core.cache import caches as many\nmany['default'].get('mine')",
        "from django.core.cache import caches\nstore = caches['default']\nstore.get('mine')",
        "from django.core.cache import cache\nself.store = cache\nself.store.get(key='mine')",
        "from django.core import cache as module\nmodule.cache.get('mine')",
        "import django.core.cache\ndjango.core.cache.caches['default'].aget('mine')",
        "import django.core.cache as module\n(kept := module.cache)\nkept.get_many(keys='mine')",
    ],
)
def test_the_search_for_caches_knows_them_by_every_name(text):
    ((_, _, key),) = cache_uses(ast.parse(text))
    assert isinstance(key, ast.Constant)
    assert key.value == "mine"


def test_the_search_for_caches_passes_over_what_is_none():
    assert list(cache_uses(ast.parse("import shelf\nwords = {}\nwords.get('mine')\nshelf.get('mine')"))) == []


@pytest.mark.parametrize(
    "text",
    [
        "from functools import lru_cache as kept\n@kept\ndef f(user): ...",
        "import functools as f\n@f.cache\ndef g(user): ...",
        "import functools\nh = functools.lru_cache(maxsize=1)(g)",
        "from django.views.decorators.cache import cache_page\n@cache_page(60)\ndef page(request): ...",
    ],
)
def test_the_search_for_remembered_answers_finds_what_is_planted(text):
    assert list(remembering(ast.parse(text)))


def test_an_exception_that_nothing_needs_is_told():
    assert not_needed({"a/b", "c.py"}, ["a/b/d.py"]) == {"c.py"}


@pytest.fixture
def database(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        yield
        for connection in connections.all(initialized_only=True):
            connection.close()


def test_the_wall_of_every_owned_table_has_no_hole(database):
    """Policies, FORCE, checks, composite keys, unique keys led by the owner, indexes: read from the catalogue."""
    with connections["owner"].cursor() as cursor:
        report = inspect(cursor)
    assert report.holes() == []
    assert {entry.table for entry in report.tables} >= {model._meta.db_table for model, _ in owned_models()}
    assert [
        message for message in run_checks(databases=["default"]) if message.id.startswith("isolation")
    ] == []


NOT_OWNED = {
    "User": "is its own owner",
    "WebSession": "has an owner once somebody signs in",
    "ReferenceSet": "is shared by all, under a policy of its own",
    "Standing": "is computed over all and holds nobody, under a policy of its own",
}


def test_every_model_of_ours_is_owned_or_says_why_not():
    """In each of our packages that has models."""
    ours = [model for model in apps.get_models() if model.__module__.partition(".")[0] in PACKAGES]
    assert {model._meta.app_label for model in ours} >= {"sessions_app", "reference", "analysis", "assistant"}
    assert {model.__name__ for model in ours if not issubclass(model, OwnedModel)} == set(NOT_OWNED)


def test_the_owner_index_serves_every_list(database):
    """EXPLAIN as the web role, with enough rows of enough people that a sequential scan would be dearer."""
    users = [testing.make_user() for _ in range(30)]
    try:
        with connections["owner"].cursor() as cursor:
            cursor.execute(
                "INSERT INTO sessions_app_analysissession (id, owner_id, name, note, settings, is_demo, created_at, "
                "updated_at) SELECT gen_random_uuid(), u.id, 'n' || g, '', '{}', false, now(), now() "
                "FROM sessions_app_user u, generate_series(1, 300) g WHERE u.id = ANY (%s)",
                [[user.pk for user in users]],
            )
            cursor.execute("ANALYZE sessions_app_analysissession")
        with testing.acting_as(users[0]), connections["default"].cursor() as cursor:
            cursor.execute(
                "EXPLAIN SELECT * FROM sessions_app_analysissession ORDER BY updated_at DESC LIMIT 50"
            )
            plan = "\n".join(line for (line,) in cursor.fetchall())
        assert "session_owner_newest" in plan, plan
        assert "InitPlan" in plan, f"the claim is verified once for the statement, not for each row:\n{plan}"
        assert "Seq Scan" not in plan, plan
    finally:
        testing.forget(*users)
