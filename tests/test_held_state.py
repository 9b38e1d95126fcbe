"""State that could outlive a request in other places than a module's own names: attributes of classes, objects that a
module makes once, and processes that are started under another name.
"""

import ast
import importlib
from collections.abc import Iterator
from enum import Enum

import pytest

from tests.test_structure import (
    MUTATING,
    PACKAGES,
    PROCESSES,
    at_import,
    is_mutable,
    module_names,
    named,
    nodes,
    sources,
)

STARTS_PROCESSES = {
    "fork", "forkpty", "posix_spawn", "posix_spawnp", "create_subprocess_exec", "create_subprocess_shell",
    "subprocess_exec", "subprocess_shell", "ProcessPoolExecutor",
}  # fmt: skip
# Objects of our own classes that a module makes once although they can change: what they hold, and of whom.
SINGLETONS = {
    "chatmrpt/asgi.py: application": "counts the open streams of each owner, and holds nothing of what is sent",
    "sessions_app/staff/site.py: site": "Django's list of the pages of its admin",
}
# Classes of others whose objects remember what they are given, or belong to one thread or process.
HOLDS_STATE = {
    "Lock", "RLock", "Condition", "Event", "Semaphore", "BoundedSemaphore", "local", "Queue", "SimpleQueue",
    "ThreadPoolExecutor", "Thread", "Session", "Client", "AsyncClient", "Redis", "StrictRedis", "connect",
    "WeakKeyDictionary", "WeakSet", "TTLCache", "LRUCache", "SimpleNamespace", "StringIO", "BytesIO", "Random",
    "default_rng", "count", "cycle", "iter",
}  # fmt: skip


def class_attributes(tree: ast.Module) -> Iterator[tuple[str, str, ast.expr]]:
    for node in nodes(tree):
        # What `Meta` holds is read once by Django and by forms.
        if isinstance(node, ast.ClassDef) and node.name != "Meta":
            for statement in at_import(node.body):
                targets = statement.targets if isinstance(statement, ast.Assign) else []
                if isinstance(statement, ast.AnnAssign) and statement.value is not None:
                    targets = [statement.target]
                for target in targets:
                    if isinstance(target, ast.Name):
                        yield node.name, target.id, statement.value


def changed_attributes() -> set[str]:
    """Names that something changes in place: `x.name.append(…)`, `x.name[…] = …`, `del x.name[…]`."""
    found = set()
    for _, tree in sources():
        for node in nodes(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                if node.func.attr in MUTATING and isinstance(node.func.value, ast.Attribute):
                    found.add(node.func.value.attr)
            elif isinstance(node, (ast.Assign, ast.AugAssign, ast.Delete)):
                targets = [node.target] if isinstance(node, ast.AugAssign) else node.targets
                found |= {
                    target.value.attr
                    for target in targets
                    if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Attribute)
                }
    return found


def test_no_class_holds_state_that_its_objects_share():
    changed = changed_attributes()
    wrong = [
        f"{name}: {owner}.{attribute}"
        for name, tree in sources()
        for owner, attribute, value in class_attributes(tree)
        if is_mutable(value) and attribute in changed
    ]
    assert wrong == []


def is_unchangeable(cls: type) -> bool:
    frozen = getattr(getattr(cls, "__dataclass_params__", None), "frozen", False)
    return frozen or issubclass(cls, (tuple, str, Enum, Exception))


def made_at_import() -> Iterator[tuple[str, str, str]]:
    """Each name of a module that is the object of a class, with the class as it is written there."""
    for name, tree in sources():
        for variable, value in module_names(tree).items():
            if isinstance(value, ast.Call) and named(value.func):
                yield name, variable, named(value.func)


def test_no_module_keeps_an_object_that_remembers():
    wrong = []
    for name, variable, written in made_at_import():
        if written.rpartition(".")[2] in HOLDS_STATE:
            wrong.append(f"{name}: {variable} = {written}()")
            continue
        if name.startswith(PROCESSES) or name == "chatmrpt/settings.py":
            continue
        module = importlib.import_module(name.removesuffix(".py").removesuffix("/__init__").replace("/", "."))
        cls = type(getattr(module, variable))
        ours = cls.__module__.partition(".")[0] in PACKAGES
        if ours and not is_unchangeable(cls) and f"{name}: {variable}" not in SINGLETONS:
            wrong.append(f"{name}: {variable} = {written}(), a {cls.__module__}.{cls.__name__}")
    assert wrong == []


def test_every_singleton_that_is_allowed_is_there():
    assert set(SINGLETONS) <= {f"{name}: {variable}" for name, variable, _ in made_at_import()}


def mentions(node: ast.AST) -> Iterator[str]:
    """The last word of a name, an attribute or an import."""
    if isinstance(node, (ast.Name, ast.Attribute)):
        yield node.id if isinstance(node, ast.Name) else node.attr
    elif isinstance(node, ast.ImportFrom):
        yield from (alias.name for alias in node.names)


def test_no_process_is_started_by_another_name():
    wrong = [
        f"{name}:{node.lineno} {mentioned}"
        for name, tree in sources()
        if not name.startswith(PROCESSES)
        for node in nodes(tree)
        for mentioned in mentions(node)
        if mentioned in STARTS_PROCESSES
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "text",
    [
        "import os\nos.fork()",
        "import asyncio\nasyncio.create_subprocess_exec('ls')",
        "from asyncio import create_subprocess_shell as run\nrun('ls')",
        "from concurrent.futures import ProcessPoolExecutor",
        "import concurrent.futures as f\nf.ProcessPoolExecutor()",
    ],
)
def test_the_search_for_processes_finds_what_is_planted(text):
    assert {word for node in ast.walk(ast.parse(text)) for word in mentions(node)} & STARTS_PROCESSES


def test_the_search_for_attributes_finds_what_is_planted():
    tree = ast.parse("class A:\n    seen = {}\n    if True:\n        more: list = []\n    n = 1\n")
    assert [(owner, name) for owner, name, value in class_attributes(tree) if is_mutable(value)] == [
        ("A", "seen"),
        ("A", "more"),
    ]


def test_what_counts_as_unchangeable():
    from sessions_app.accounts.throttles import Limit

    assert is_unchangeable(Limit)
    assert not is_unchangeable(dict)
