"""The page of commands: each of ours as its own parser describes it, and the programs around them."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

from django.core.management import get_commands, load_command_class

ROOT = Path(__file__).resolve().parents[2]
OURS = ("chatmrpt", "sessions_app", "reference", "analysis", "itn", "reports", "assistant")
HEAD = """# Commands

`make` lists the tasks of a checkout; `manage.py COMMAND --help` says what stands here. Inside the stack that `make run`
started: `make manage ARGS="COMMAND …"`. In containers: `docker compose -f docker/compose.yml run --rm worker manage COMMAND …`
(`web` reaches no mail server), or `run --rm migrate manage COMMAND …` for what needs the owner's connection.
This page is made from the code.
"""


def our_commands() -> list[str]:
    return sorted(
        name for name, app in get_commands().items() if isinstance(app, str) and app.split(".")[0] in OURS
    )


def page() -> str:
    parts = [HEAD, "## make", "", *_table("Task", _make_tasks()), ""]
    for name in our_commands():
        parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
        parts += [f"## manage.py {name}", "", _sentence(parser.description or ""), ""]
        if rows := list(_arguments(parser)):
            parts += [*_table("Argument", rows), ""]
    stack = (ROOT / "chatmrpt/stack/__main__.py").read_text(encoding="utf-8").split('"""')[1].strip()
    start = re.findall(r"^#   (.*)$", (ROOT / "docker/start").read_text(encoding="utf-8"), re.MULTILINE)
    parts += ["## python -m chatmrpt.stack", "", "```text", stack, "```", ""]
    parts += ["## docker/start", "", "The programs of the image.", "", "```text", *start, "```", ""]
    return "\n".join(parts)


def _make_tasks() -> Iterator[tuple[str, str]]:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    for name, words in re.findall(r"^([a-z-]+):.*## (.*)$", text, re.MULTILINE):
        yield f"make {name}", words


def _arguments(parser: argparse.ArgumentParser) -> Iterator[tuple[str, str]]:
    """What the command adds to Django's own arguments."""
    common = argparse.ArgumentParser()
    theirs = {
        "help",
        "version",
        "verbosity",
        "settings",
        "pythonpath",
        "traceback",
        "no_color",
        "force_color",
    }
    theirs |= {action.dest for action in common._actions} | {"skip_checks"}
    for action in parser._actions:
        if action.dest in theirs:
            continue
        shown = ", ".join(action.option_strings) or str(action.metavar or action.dest)
        words = [action.help or ""]
        if action.choices:
            words.append("One of: " + ", ".join(map(str, action.choices)) + ".")
        if action.required and action.option_strings:
            words.append("Needed.")
        if action.default not in (None, False, True, argparse.SUPPRESS, [], ()):
            words.append(f"Default: {action.default}.")
        yield shown, " ".join(_sentence(word) for word in words if word)


def _sentence(text: str) -> str:
    text = " ".join(text.replace("%%", "%").split())
    text = text[:1].upper() + text[1:]
    return text if not text or text.endswith((".", "?", ")")) else f"{text}."


def _table(title: str, rows: object) -> list[str]:
    lines = [f"| {title} | What it does |", "|---|---|"]
    return lines + [f"| `{left}` | {_cell(right)} |" for left, right in rows]  # type: ignore[attr-defined]


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")
