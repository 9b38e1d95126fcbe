"""Which events the code can write, and with what data: found in its syntax, so that no page can forget one."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("chatmrpt", "sessions_app", "reference", "analysis", "itn", "reports", "assistant")
PAGE = ROOT / "docs" / "reference" / "events.md"
VERB = re.compile(r"[a-z_]+\.[a-z_]+")
SQL_VERB = re.compile(r"'([a-z_]+\.[a-z_]+)'")
# What every event has beside its data.
COLUMNS = {"owner_id", "of", "session_id", "actor_id", "actor", "verb", "object_type", "object_id", "data"}


def trees() -> Iterator[tuple[str, ast.Module]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if "/tests/" not in name and "/migrations/" not in name:
                yield name, ast.parse(path.read_text(), name)


def takes_a_verb() -> dict[str, set[int]]:
    """Functions with a parameter of that name, and at which places it stands in those of one name."""
    found: dict[str, set[int]] = {}
    for _, tree in trees():
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
        elif isinstance(node, ast.Constant | ast.JoinedStr) and "sessions_app_event" in ast.unparse(node):
            yield from ((verb, set()) for verb in SQL_VERB.findall(ast.unparse(node)))


def written() -> dict[str, set[str]]:
    functions, found = takes_a_verb(), {}
    for _, tree in trees():
        for verb, data in verbs_in(tree, functions):
            found.setdefault(verb, set()).update(data)
    return found


def documented() -> dict[str, set[str]]:
    rows = re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \|[^|]*\|([^|]*)\|$", PAGE.read_text(), re.MULTILINE)
    assert len(rows) == len({verb for verb, _ in rows}), "a verb stands twice"
    return {verb: set(re.findall(r"`(\w+)`", data)) for verb, data in rows}
