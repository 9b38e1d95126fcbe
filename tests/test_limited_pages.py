"""Every address that stores a file or starts a computation is counted, page and API alike.

Found by reading: from the view of each address through whatever functions of ours it names.
"""

import ast
import functools
import inspect
from types import SimpleNamespace
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from tests.test_structure import named, sources
from tests.url_access import read_table

# What stores or starts, and the count that it belongs to.
STARTS = {
    "sessions_app.actions.store_file": "upload",
    "sessions_app.actions.request_result": "compute",
    "sessions_app.privacy.exports.request_export": "compute",
    "assistant.turns.take_turn": "compute",
    "assistant.sharing.share": "compute",
    "assistant.arena.starting.start_on_question": "compute",
    "assistant.arena.starting.start_on_results": "compute",
    "assistant.arena.starting.start_on_turn": "compute",
    "assistant.arena.starting.try_again": "compute",
}
COUNTED_OTHERWISE = {
    "demo/": "there is no user yet: counted by address and for all visitors together, accounts/throttles.py",
}


@functools.cache
def definitions() -> dict[str, set[str]]:
    """Functions and classes of ours by their full name, each with the full names that it mentions."""
    found = {}
    for file, tree in sources():
        module = file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        known = {
            alias.asname or alias.name: f"{node.module}.{alias.name}"
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        tops = [node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
        known |= {node.name: f"{module}.{node.name}" for node in tops}
        for node in tops:
            found[f"{module}.{node.name}"] = {
                ".".join([known[first], *rest])
                for first, *rest in (named(inner).split(".") for inner in ast.walk(node))
                if first in known
            }
    return found


def counts_of(name: str) -> set[str]:
    """The counts that a function belongs to, by what it and the functions that it names start."""
    reached, waiting = set(), [name]
    while waiting:
        here = waiting.pop()
        if here in reached:
            continue
        reached.add(here)
        waiting += definitions().get(here, ())
    return {count for start, count in STARTS.items() if start in reached}


def views() -> dict[str, Any]:
    """The view behind each route."""
    found: dict[str, Any] = {}

    def walk(resolver: URLResolver, prefix: str) -> None:
        for pattern in resolver.url_patterns:
            here = prefix + str(pattern.pattern)
            if isinstance(pattern, URLPattern):
                found[here] = pattern.callback
            else:
                walk(pattern, here)

    walk(get_resolver(), "")
    return {route: view for route, view in found.items() if not route.startswith("admin/")}


def takes_posts(route: str) -> bool:
    return max(read_table()[route, "POST"]) != 405


def full_name(view: Any) -> str:
    inner = getattr(view, "cls", None) or inspect.unwrap(view)
    return f"{inner.__module__}.{inner.__qualname__}"


def carried(view: Any) -> set[str]:
    if cls := getattr(view, "cls", None):
        made = cls()
        made.request = SimpleNamespace(method="POST", GET={})
        return {throttle.scope for throttle in made.get_throttles()}
    return set(getattr(view, "limited_by", ()))


def test_whoever_stores_or_starts_is_counted():
    lacking = {}
    for route, view in views().items():
        if takes_posts(route) and route not in COUNTED_OTHERWISE:
            missing = counts_of(full_name(view)) - carried(view)
            if missing:
                lacking[route] = (full_name(view), missing)
    assert lacking == {}


def test_the_reading_finds_what_is_known():
    found = {
        route: counts_of(full_name(view))
        for route, view in views().items()
        if takes_posts(route) and not route.startswith("api/")
    }
    known = {
        "sessions/<uuid:session_id>/data/upload/": {"upload"},  # through a lambda and a helper
        "sessions/<uuid:session_id>/data/uploads/<uuid:upload_id>/finish/": {"upload"},  # through a partial
        "sessions/<uuid:session_id>/reports/": {"compute"},  # through an action of another app
        "sessions/<uuid:session_id>/chat/": {"compute"},
        "sessions/<uuid:session_id>/facilities/<uuid:result_id>/use/": {"upload", "compute"},
    }
    assert {route: found.get(route) for route in known} == known
    assert sum(1 for counts in found.values() if counts) >= 15


def test_what_is_counted_otherwise_is_there():
    assert set(COUNTED_OTHERWISE) <= set(views())
