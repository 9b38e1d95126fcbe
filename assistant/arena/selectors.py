"""Reading: a user's battles, and what may be told of one. Everything that leaves the server goes through `told`."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db.models import Prefetch, QuerySet

from assistant.arena.actions import pairing_of
from assistant.arena.categories import CATEGORIES
from assistant.core.arena_matches import final_order
from assistant.core.arena_words import masked
from assistant.models import Battle, Entry, Round, Standing, Vote
from sessions_app.models import User
from sessions_app.problems import Problem


def battles_of(user: User) -> QuerySet[Battle]:
    """To be listed, and to be looked up by id."""
    return Battle.objects.filter(owner_id=user.pk).defer("facts").order_by("-created_at")


def told(battle: Battle) -> dict[str, Any]:
    """What its owner may know: answers when all are there, names and numbers when the last vote is cast.

    Until then an answer is `side_a` or `side_b` of a round and nothing else: no id, model, order, time or token count,
    and a model that says its name is covered. Three queries.
    """
    entries = list(Entry.objects.filter(owner_id=battle.owner_id, battle_id=battle.pk).order_by("place"))
    rounds = list(_rounds_of(battle))
    over = battle.status == Battle.Status.OVER
    hidden = () if over else tuple(entry.version for entry in entries)
    return {
        "id": battle.pk,
        "kind": battle.kind,
        "question": battle.question,
        "status": battle.status,
        "created_at": battle.created_at,
        "finished_at": battle.finished_at,
        "round": len(rounds),
        "of_rounds": len(entries) - 1,
        "rounds": [_round_told(one, hidden, over) for one in rounds],
        "ranking": _ranking(rounds, entries) if over else [],
        "problem": _problem(entries) if battle.status == Battle.Status.FAILED else None,
    }


def _rounds_of(battle: Battle) -> QuerySet[Round]:
    votes = Vote.objects.filter(owner_id=battle.owner_id)
    rounds = Round.objects.filter(owner_id=battle.owner_id, battle_id=battle.pk).order_by("number")
    return rounds.select_related("side_a", "side_b").prefetch_related(Prefetch("votes", queryset=votes))


def _round_told(one: Round, hidden: Sequence[str], over: bool) -> dict[str, Any]:
    vote = next(iter(one.votes.all()), None)
    return {
        "number": one.number,
        "side_a": _side_told(one.side_a, hidden, over),
        "side_b": _side_told(one.side_b, hidden, over),
        "vote": {"choice": vote.choice, "reason": vote.reason, "at": vote.created_at} if vote else None,
    }


def _side_told(entry: Entry, hidden: Sequence[str], over: bool) -> dict[str, Any]:
    text = "" if entry.withheld else entry.text
    shown = {"text": text if over else masked(text, hidden), "withheld": entry.withheld}
    return shown | ({"model": entry.model, "version": entry.version} if over else {})


def _ranking(rounds: Sequence[Round], entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """The champion first, then the others, the last to leave first."""
    voted = [(pairing_of(one), next(iter(one.votes.all())).choice) for one in rounds]
    order = final_order(voted)  # type: ignore[arg-type]
    return [
        {
            "place": number,
            "model": entries[place].model,
            "version": entries[place].version,
            "milliseconds": entries[place].milliseconds,
            "seconds": entries[place].milliseconds / 1000,
            "input_tokens": entries[place].input_tokens,
            "output_tokens": entries[place].output_tokens,
        }
        for number, place in enumerate(order, start=1)
    ]


def _problem(entries: Sequence[Entry]) -> dict[str, Any]:
    """Why there is nothing to vote on; not whose fault it was, nor of how many."""
    codes = sorted(entry.error_code for entry in entries if entry.error_code)
    return Problem(codes[0] if codes else "model_broke_off").problem()


def leaderboard() -> dict[str, Any]:
    """The stored tables; a category without one says so. Nothing in them is of anybody."""
    names = ("model", "group", "rating", "low", "high", "comparisons", "wins", "losses", "ties", "both_bad")
    found = Standing.objects.order_by("category", "-rating", "model")
    rows = list(found.values("category", "computed_at", *names))
    return {
        "computed_at": rows[0]["computed_at"] if rows else None,
        "least_voters": settings.ARENA["least_voters"],
        "categories": [_category(code, title, rows) for code, title in CATEGORIES.items()],
    }


def _category(code: str, title: Any, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    mine = [row for row in rows if row["category"] == code]
    models = [
        row | {"place": place} | {name: _rounded(row[name]) for name in ("rating", "low", "high")}
        for place, row in enumerate(mine, start=1)
    ]
    groups = len({row["group"] for row in mine})
    return {
        "category": code,
        "title": str(title),
        "enough": bool(mine),
        "groups": groups,
        "models": models,
    }


def _rounded(points: float | None) -> int | None:
    return None if points is None else round(points)
