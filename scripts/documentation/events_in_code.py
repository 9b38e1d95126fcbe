"""Which events the code can write, and with what data: found in its syntax, so that no page can forget one."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("chatmrpt", "sessions_app", "reference", "analysis", "itn", "reports", "assistant")
PAGE = ROOT / "docs" / "reference" / "events.md"
VERB = re.compile(r"[a-z_]+\.[a-z_]+")
SQL_VERB = re.compile(r"'([a-z_]+\.[a-z_]+)'")
# What every event has beside its data.
COLUMNS = {"owner_id", "of", "session_id", "actor_id", "actor", "verb", "object_type", "object_id", "data"}


def sources() -> dict[str, str]:
    files = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    names = {path.relative_to(ROOT).as_posix(): path for path in files}
    return {
        name: path.read_text()
        for name, path in names.items()
        if "/tests/" not in name and "/migrations/" not in name
    }


def takes_a_verb(parsed: list[ast.Module]) -> dict[str, set[int]]:
    """Functions with a parameter of that name, and at which places it stands in those of one name."""
    found: dict[str, set[int]] = {}
    for tree in parsed:
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                names = [argument.arg for argument in node.args.args if argument.arg != "self"]
                if "verb" in names:
                    found.setdefault(node.name, set()).add(names.index("verb"))
    return found


def named_texts(tree: ast.Module) -> dict[str, object]:
    """The constants that a module gives a name of its own."""
    return {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def constants(node: ast.AST | None, named: dict[str, object]) -> set[str]:
    """The verbs in an expression, both of `a if b else c`, and what a name of the module stands for."""
    parts = list(ast.walk(node)) if node else []
    texts = {one.value for one in parts if isinstance(one, ast.Constant)}
    texts |= {named.get(one.id) for one in parts if isinstance(one, ast.Name)}
    return {text for text in texts if isinstance(text, str) and VERB.fullmatch(text)}


def verbs_in(tree: ast.Module, functions: dict[str, set[int]]) -> Iterator[tuple[str, set[str]]]:
    """Each verb with the names of the data that are written beside it there."""
    named = named_texts(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            given = [word.value for word in node.keywords if word.arg == "verb"]
            given += [node.args[place] for place in functions.get(called, ()) if place < len(node.args)]
            data = {word.arg for word in node.keywords if word.arg} - COLUMNS
            data = data if called in ("record", "note") else set()
            yield from ((verb, data) for one in given for verb in constants(one, named))
        elif isinstance(node, ast.Assign):
            if any(isinstance(target, ast.Name) and target.id == "verb" for target in node.targets):
                yield from ((verb, set()) for verb in constants(node.value, named))
        elif isinstance(node, ast.FunctionDef):
            arguments = node.args
            pairs = [
                *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
                *zip(reversed(arguments.args), reversed(arguments.defaults), strict=False),
            ]
            for argument, default in pairs:
                if argument.arg == "verb":
                    yield from ((verb, set()) for verb in constants(default, named))
        elif isinstance(node, ast.Constant | ast.JoinedStr):
            # To write a node out again is slow, and hardly any is SQL.
            texts = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant)]
            if any(isinstance(text, str) and "sessions_app_event" in text for text in texts):
                yield from ((verb, set()) for verb in SQL_VERB.findall(ast.unparse(node)))


@cache
def written() -> dict[str, set[str]]:
    texts = sources()
    functions = takes_a_verb([ast.parse(text, name) for name, text in texts.items() if "verb" in text])
    # Parsing all takes seconds; where none of these words stands there is nothing to find.
    words = ("verb", "sessions_app_event", *(f"{function}(" for function in functions))
    found: dict[str, set[str]] = {}
    for tree in (ast.parse(text, name) for name, text in texts.items() if any(map(text.__contains__, words))):
        for verb, data in verbs_in(tree, functions):
            found.setdefault(verb, set()).update(data)
    return found


def documented() -> dict[str, set[str]]:
    rows = re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \|[^|]*\|([^|]*)\|$", PAGE.read_text(), re.MULTILINE)
    assert len(rows) == len({verb for verb, _ in rows}), "a verb stands twice"
    return {verb: set(re.findall(r"`(\w+)`", data)) for verb, data in rows}
