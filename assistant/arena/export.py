"""Preferences of general questions as a table: for staff, without anybody in it.

What may be in it was decided when the battle started (`uses_data`). Reasons are left out: they are written later, and may
hold anything.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.crypto import salted_hmac

from analysis.writers.text import neutral_text
from assistant.arena.ranking import counted_votes
from assistant.models import Battle, Vote

SCORES = {"left": 1.0, "right": 0.0, "tie": 0.5, "both_bad": None}
FIELDS = (
    "question", "answer_a", "answer_b", "model_a", "model_b", "choice", "score_a", "voter", "voted_on",
)  # fmt: skip


def exported_votes(alias: str) -> QuerySet[Vote]:
    """Votes of finished battles on general questions that repeat nothing of anybody's data, while there are words."""
    return counted_votes(alias).filter(
        round__battle__uses_data=False, round__battle__kind=Battle.Kind.GENERAL,
        round__side_a__withheld=False, round__side_b__withheld=False,
    ).exclude(round__battle__question="")  # fmt: skip


def line_of(vote: Vote) -> dict[str, Any]:
    """One preference: 1 for the left answer, 0 for the right one, half for a tie; none when both were bad."""
    left, right = vote.round.side_a, vote.round.side_b
    return {
        "question": vote.round.battle.question,
        "answer_a": left.text,
        "answer_b": right.text,
        "model_a": left.label,
        "model_b": right.label,
        "choice": vote.choice,
        "score_a": SCORES[vote.choice],
        "voter": pseudonym(vote.owner_id),
        "voted_on": vote.created_at.date().isoformat(),
    }


def pseudonym(user_id: UUID) -> str:
    """The same for one voter in each export, another than in the log; not to be turned back without the secret key."""
    return salted_hmac("assistant.arena.export", str(user_id), algorithm="sha256").hexdigest()[:12]


def as_jsonl(votes: Sequence[Vote]) -> str:
    return "".join(json.dumps(line_of(vote), ensure_ascii=False) + "\n" for vote in votes)


def as_csv(votes: Iterable[Vote]) -> str:
    """Texts that a spreadsheet would run get a leading apostrophe."""
    text = io.StringIO()
    table = csv.DictWriter(text, FIELDS, lineterminator="\n")
    table.writeheader()
    for vote in votes:
        line = line_of(vote)
        table.writerow(
            {name: neutral_text(value) if isinstance(value, str) else value for name, value in line.items()}
        )
    return text.getvalue()


FORMS: Mapping[str, Callable[[Sequence[Vote]], str]] = MappingProxyType({"csv": as_csv, "jsonl": as_jsonl})
MEDIA_TYPES: Mapping[str, str] = MappingProxyType(
    {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl; charset=utf-8"}
)
