"""A conversation to take away: plain text, Markdown, a page of its own, or JSON.

What somebody typed or uploaded stays text in each of them: cells that a spreadsheet would take for formulas are marked,
markup is escaped, and JSON holds no character that a browser would take for a tag.
"""

import json
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import gettext

from analysis.writers.text import neutral_text
from assistant import selectors
from assistant.models import Conversation, Turn
from assistant.told import for_page, in_language, told

FORMATS: Mapping[str, str] = MappingProxyType(
    {
        "txt": "text/plain; charset=utf-8",
        "md": "text/markdown; charset=utf-8",
        "html": "text/html; charset=utf-8",
        "json": "application/json",
    }
)
# Characters that mean something to Markdown, at any place or at the beginning of a line.
_MARKS = re.compile(r"([\\`*_\[\]<>|~#&!])")
_LINE_MARKS = re.compile(r"^(\s*)([-+=]|\d+[.)])(?=\s|$)", re.MULTILINE)
_TAGS = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def transcript(conversation: Conversation, form: str) -> str:
    """The whole conversation in one of the forms."""
    turns = list(selectors.turns_of(conversation))
    if form == "json":
        return _json(conversation, turns)
    document = in_language(told(conversation, turns, pictures=form == "html"))
    if form == "html":
        for turn in document["turns"]:
            for table in turn["tables"]:
                table["rows"] = _cells(table)[1:]  # spreadsheets open pages, too
        return render_to_string("assistant/transcript.html", {"document": for_page(document)} | _days())
    return _markdown(document) if form == "md" else _text(document)


def _days() -> dict[str, int]:
    return {"words_days": settings.CHAT["words_days"]}


def removed_words() -> str:
    return gettext("[Words removed after %(days)s days]") % {"days": settings.CHAT["words_days"]}


def _json(conversation: Conversation, turns: Sequence[Turn]) -> str:
    """Numbers as they were found, not as they were shown."""
    document = in_language(told(conversation, turns))
    for shown, turn in zip(document["turns"], turns, strict=True):
        del shown["tables"]
        shown["results"] = [
            {key: found[key] for key in ("tool", "facts", "columns", "rows")} for found in turn.results
        ]
    plain = json.dumps(document, ensure_ascii=False, indent=1)
    return "".join(_TAGS.get(letter, letter) for letter in plain)


def _text(document: dict[str, Any]) -> str:
    lines, you, model = [document["title"], ""], gettext("You:"), gettext("Language model:")
    for turn in document["turns"]:
        if turn["words_removed"]:
            lines += [f"{turn['number']}. {removed_words()}", ""]
            continue
        lines += [f"{you} {turn['question']}", *(f"ChatMRPT: {line}" for line in turn["answer"])]
        lines += [f"{model} {line}" for line in turn["comment"]]
        for table in turn["tables"]:
            lines += ["\t".join(cells) for cells in _cells(table)]
        lines += [gettext("[Figure: %(title)s]") % figure for figure in turn["figures"]] + [""]
    return "\n".join(lines)


def _markdown(document: dict[str, Any]) -> str:
    lines, you = [f"# {_plain(document['title'])}", ""], gettext("You:")
    for turn in document["turns"]:
        lines += [f"## {turn['number']}", ""]
        if turn["words_removed"]:
            lines += [f"*{_plain(removed_words())}*", ""]
            continue
        lines += [f"**{you}** {_plain(turn['question'])}", ""]
        for line in turn["answer"]:
            lines += [_plain(line), ""]
        for line in turn["comment"]:
            lines += [f"> {_plain(line)}", ""]
        for table in turn["tables"]:
            head, *rows = _cells(table)
            rule = ["---:" if column["number"] else "---" for column in table["columns"]]
            lines += [_row(map(_plain, head)), _row(rule), *(_row(map(_plain, row)) for row in rows), ""]
        for figure in turn["figures"]:
            lines += [f"*{_plain(figure['title'])}*: {_plain(figure['alt'])}", ""]
    return "\n".join(lines)


def _cells(table: dict[str, Any]) -> list[list[str]]:
    """Head and rows, each cell on one line and none a formula. Numbers of ours may begin with a minus."""
    columns = table["columns"]
    head = [f"{one['title']} ({one['unit']})" if one["unit"] else str(one["title"]) for one in columns]
    rows = [
        [cell if one["number"] else _flat(cell) for cell, one in zip(row, columns, strict=True)]
        for row in table["rows"]
    ]
    return [[_flat(cell) for cell in head], *rows]


def _flat(cell: str) -> str:
    return neutral_text(" ".join(cell.split()))


def _plain(text: str) -> str:
    return _LINE_MARKS.sub(r"\1\\\2", _MARKS.sub(r"\\\1", text))


def _row(cells: Any) -> str:
    return f"| {' | '.join(cells)} |"
