"""A conversation as a document of its own: words, tables and pictures, and no address that leads into the session.

Transcripts and shared links are made of it. All of it is plain JSON in English, so that what was frozen once is rendered
the same for ever; `in_language` says it in that of its reader.
"""

import base64
from collections.abc import Iterable
from typing import Any

from django.core.files.storage import default_storage
from django.urls import Resolver404, resolve
from django.utils import translation
from django.utils.translation import get_language

from assistant.models import Conversation, Turn
from assistant.shown import shown_turn
from sessions_app.models import StoredFile
from sessions_app.stored_words import own_words, translated

MOST_PICTURE_BYTES = 4_000_000
SVG = "image/svg+xml"


@translation.override("en")
def told(conversation: Conversation, turns: Iterable[Turn], *, pictures: bool = False) -> dict[str, Any]:
    """The document. With `pictures` the drawings stand in it as data, up to a limit; without, by name alone."""
    shown = [_turn(turn) for turn in turns]
    if pictures:
        _put_in(conversation, [figure for turn in shown for figure in turn["figures"]])
    for turn in shown:
        for figure in turn["figures"]:
            del figure["file"]
    return {
        "title": conversation.title,
        "started": conversation.created_at.isoformat(),
        "turns": shown,
    }


def in_language(document: dict[str, Any]) -> dict[str, Any]:
    """The document in the language of the page; what people typed, their names and a model's words stay as they are."""
    if (get_language() or "en").partition("-")[0] == "en":
        return document
    return document | {"turns": [_said_turn(turn) for turn in document["turns"]]}


def _said_turn(turn: dict[str, Any]) -> dict[str, Any]:
    figures = [
        one | {"title": translated(one["title"]), "alt": translated(one["alt"])} for one in turn["figures"]
    ]
    tables = [_said_table(table) for table in turn["tables"]]
    return turn | {"answer": [*map(translated, turn["answer"])], "tables": tables, "figures": figures}


def _said_table(table: dict[str, Any]) -> dict[str, Any]:
    """Copies that were frozen earlier don't know which of their columns hold words of ours: theirs stay English."""
    columns = table["columns"]
    told_columns = [
        one
        | {
            "title": one["title"] if one.get("named") else translated(one["title"]),
            "unit": own_words(one["unit"]),
        }
        for one in columns
    ]
    rows = [
        [
            own_words(cell) if one["number"] or one.get("ours") else cell
            for cell, one in zip(row, columns, strict=True)
        ]
        for row in table["rows"]
    ]
    return {"columns": told_columns, "rows": rows}


def for_page(document: dict[str, Any]) -> dict[str, Any]:
    """The document with each cell beside its column, as the template wants them."""
    turns = [
        turn
        | {
            "tables": [
                table | {"rows": [list(zip(row, table["columns"], strict=True)) for row in table["rows"]]}
                for table in turn["tables"]
            ]
        }
        for turn in document["turns"]
    ]
    return document | {"turns": turns}


def _turn(turn: Turn) -> dict[str, Any]:
    shown = shown_turn(turn)
    return {
        "number": turn.number,
        "asked_at": turn.created_at.isoformat(),
        "status": turn.status,
        "question": shown["question"],
        "answer": shown["lines"],
        "comment": shown["comment"],
        "words_removed": turn.words_removed_at is not None,
        "tables": [
            {
                "columns": [{key: column[key] for key in ("title", "unit", "number", "ours", "named")} for column in table["columns"]],
                "rows": [[cell["value"] for cell in row] for row in (*table["first"], *table["rest"])],
            }
            for table in shown["tables"]
        ],
        "figures": [
            {"title": one["title"], "alt": one["alt"], "width": one["width"], "height": one["height"],
             "file": one["svg_file"], "data": ""}
            for one in shown["pictures"]
        ],
    }  # fmt: skip


def _put_in(conversation: Conversation, figures: list[dict[str, Any]]) -> None:
    """Read each drawing once. One whose file is gone, or that is more than the limit has room for, stays a name."""
    wanted = {figure["file"]: _file_id(figure["file"]) for figure in figures}
    rows = StoredFile.objects.filter(
        owner_id=conversation.owner_id,
        session_id=conversation.session_id,
        media_type=SVG,
        pk__in=[pk for pk in wanted.values() if pk],
    )
    files = {stored.pk: stored for stored in rows.defer("report")}
    left, read = MOST_PICTURE_BYTES, {}
    for address, file_id in wanted.items():
        stored = files.get(file_id)
        if stored is None or stored.size_bytes > left:
            continue
        try:
            with default_storage.open(stored.storage_key) as content:
                drawing = content.read()
        except FileNotFoundError:
            continue
        left -= len(drawing)
        read[address] = f"data:{SVG};base64,{base64.b64encode(drawing).decode()}"
    for figure in figures:
        figure["data"] = read.get(figure["file"], "")


def _file_id(address: str) -> Any:
    """The id of the stored file behind the address that a turn remembers."""
    try:
        return resolve(address.split("?")[0]).kwargs.get("file_id")
    except Resolver404:
        return None
