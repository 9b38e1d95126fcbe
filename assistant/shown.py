"""A stored turn as the page shows it: sentences, tables of ten rows, pictures, links, chips."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.utils.translation import gettext

from assistant import selectors
from assistant.models import Message, Turn
from assistant.streams.addresses import events_address
from assistant.wording import number
from sessions_app.stored_words import own_words, translated

ROWS_SHOWN = 10
# Columns whose cells are words of ours; in all others stand numbers, or names of wards, files and columns.
OURS = frozenset(
    {"composite_tier", "outcome", "how", "way", "used", "recommended", "level", "age_group", "method", "place", "unit", "label", "choice", "spot"}
)  # fmt: skip
# Tools that tell a variable by its label and not by the name of its column.
LABELLED = frozenset({"explain_ward", "compare_places", "correlate_all"})
# Columns that are headed by the name of a place.
PLACES = frozenset({"first", "second"})


def shown_turns(turns: Sequence[Turn]) -> list[dict[str, Any]]:
    """The template context of each turn: out of its rows, so that an old turn looks as it did.

    Only what a turn has started is looked up, to tell how far it is and what came of it.
    """
    wanted = {link["result"] for turn in turns for link in turn.artefacts if link["kind"] == "result"}
    started = selectors.started_results(turns[0].owner_id, wanted) if wanted else {}
    return [_shown(turn, started) for turn in turns]


def shown_turn(turn: Turn) -> dict[str, Any]:
    return shown_turns([turn])[0]


def _shown(turn: Turn, started: dict[str, Any]) -> dict[str, Any]:
    said = turn.fresh_words
    verdicts = [] if said is not None else list(turn.feedback.all())
    if said is None:
        said = {message.role: message.text for message in turn.messages.all()}
    lines = said.get(Message.Role.ASSISTANT, "").splitlines()
    # Of a language model's turn the first lines are what was found, in our sentences.
    ours = turn.slots.get("found_lines", 0) if turn.route == "model" else len(lines)
    commented = turn.status == Turn.Status.DONE and not turn.slots.get("withheld")
    return {
        "turn": turn,
        "question": said.get(Message.Role.USER, ""),
        "lines": lines[:ours] if commented else lines,
        "comment": lines[ours:] if commented else [],
        "running": turn.status == Turn.Status.RUNNING,
        "events": events_address(turn),
        "tables": [_table(found) for found in turn.results if found["rows"]],
        "pictures": [picture for found in turn.results for picture in found["pictures"]],
        "links": [link for link in turn.artefacts if link["kind"] != "result"],
        "started": [
            link | started[link["result"]]
            for link in turn.artefacts
            if link["kind"] == "result" and link["result"] in started
        ],
        "chips": turn.next_actions,
        "words_removed": turn.words_removed_at is not None,
        "words_days": settings.CHAT["words_days"],
        "feedback": verdicts[0] if verdicts else None,
    }


def _table(found: dict[str, Any]) -> dict[str, Any]:
    columns = [_column(found, column) for column in found["columns"]]
    rows = [
        [
            {"value": _cell(row.get(column["key"]), column), "number": column["number"], "title": column["title"]}
            for column in columns
        ]
        for row in found["rows"]
    ]  # fmt: skip
    return {"columns": columns, "first": rows[:ROWS_SHOWN], "rest": rows[ROWS_SHOWN:], "count": len(rows)}


def _column(found: dict[str, Any], column: dict[str, Any]) -> dict[str, Any]:
    """A column as it is headed on this page, whether its cells are words of ours, and whether a place's name heads it."""
    key, title = column["key"], column["title"]
    return column | {
        "title": title if key in PLACES else translated(title),
        "named": key in PLACES,
        "unit": own_words(column["unit"]),
        "ours": key in OURS or (key == "variable" and found["say"] in LABELLED),
    }


def _cell(value: Any, column: dict[str, Any]) -> str:
    if value is None or value == "":
        return gettext("no data") if column["number"] else "–"
    if column["number"] and not isinstance(value, str):
        return number(value)
    return own_words(str(value)) if column["ours"] else str(value)
