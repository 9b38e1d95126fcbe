"""The page of settings: what `.env.example` says of each variable, and how the code reads it."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START = ROOT / "docker" / "start"
# The first one that reads a variable says how.
SOURCES = (
    ROOT / "chatmrpt" / "settings.py",
    *sorted((ROOT / "chatmrpt").glob("*_settings.py")),
    *sorted((ROOT / "chatmrpt" / "stack").glob("*.py")),
    ROOT / "conftest.py",
)
# Read where nothing is documented: the tests' own.
NOT_SETTINGS = {"CHATMRPT_BROWSER", "PATH", "HOME", "LANG", "TMPDIR"}
VARIABLE = re.compile(r"[A-Z][A-Z0-9_]+")
KINDS = {
    "text": "text",
    "choice": "one of",
    "flag": "true or false",
    "integer": "whole number",
    "names": "list with commas",
    "secret": "at least 32 characters",
    "keys": "id:secret, …",
    "address": "address",
    "database": "postgresql:// address",
}
# Functions of the settings that read by one of these.
OWN_READERS = {"_role_database": "database", "database_address": "database", "get": "text"}
HEAD = """# Settings

Every environment variable that is read, in the order of `.env.example`. An empty one counts as not set; a wrong one stops
the start and is named. `make run` needs none of them. This page is made from the code.
"""


@dataclass(frozen=True)
class Described:
    name: str
    example: str
    words: str


def described(text: str) -> list[Described]:
    """The variables of `.env.example`, each with the comment above it; those below each other share one."""
    found, comment, used = [], [], False
    for line in text.splitlines():
        if line.startswith("#"):
            comment = [] if used else comment
            comment.append(line.lstrip("# ").rstrip())
            used = False
        elif match := re.match(r"([A-Z][A-Z0-9_]+)=(.*)", line):
            found.append(Described(match[1], match[2], " ".join(comment)))
            used = True
        elif not line.strip():
            comment, used = [], False
    return found


def read_as(source: str) -> dict[str, str]:
    """How the code reads each variable: its kind, and its limits or options."""
    found: dict[str, str] = {}
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and node.args):
            continue
        name, kind = node.args[0], getattr(node.func, "attr", getattr(node.func, "id", ""))
        kind = OWN_READERS.get(kind, kind)
        if kind in KINDS and isinstance(name, ast.Constant) and VARIABLE.fullmatch(str(name.value)):
            found.setdefault(name.value, _kind(kind, node, tree))
    return found


def read_by_start(text: str) -> dict[str, str]:
    """The variables that docker/start itself reads, with what it takes where one isn't set."""
    found: dict[str, str] = {}
    for name, default in re.findall(r"\$\{?([A-Z][A-Z0-9_]+)(?::-(\w*))?", text):
        found[name] = found.get(name) or (f"by docker/start, {default} if not set" if default else "")
    return {name: words or "by docker/start" for name, words in found.items()}


def kinds() -> dict[str, str]:
    """How each variable is read, by the settings, the embedded stack or the start of a container."""
    found: dict[str, str] = {}
    for path in SOURCES:
        found = read_as(path.read_text(encoding="utf-8")) | found
    return read_by_start(START.read_text(encoding="utf-8")) | found


def names_read() -> set[str]:
    return set(kinds()) - NOT_SETTINGS


def _kind(kind: str, call: ast.Call, tree: ast.Module) -> str:
    words = KINDS[kind]
    if kind == "choice":
        return f"{words} {_plain(_looked_up(call.args[1], tree))}"
    limits = {one.arg: _plain(_looked_up(one.value, tree)) for one in call.keywords}
    if kind == "integer" and {"minimum", "maximum"} <= limits.keys():
        return f"{words}, {limits['minimum']} to {limits['maximum']}"
    return words


def _looked_up(value: ast.expr, tree: ast.Module) -> ast.expr:
    """What a name of the module stands for."""
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) and isinstance(value, ast.Name) else []
        if any(isinstance(one, ast.Name) and one.id == value.id for one in targets):
            return node.value
    return value


def _plain(value: ast.expr) -> str:
    try:
        found = ast.literal_eval(value)
    except ValueError:
        return ast.unparse(value)
    return ", ".join(map(str, found)) if isinstance(found, tuple) else f"{found:,}"


def page() -> str:
    known = kinds()
    rows = [
        f"| `{one.name}` | {_cell(one.words)} | {known.get(one.name, '')} | {f'`{one.example}`' if one.example else ''} |"
        for one in described((ROOT / ".env.example").read_text(encoding="utf-8"))
    ]
    return "\n".join([HEAD, "| Variable | Meaning | Read as | Example |", "|---|---|---|---|", *rows, ""])


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")
