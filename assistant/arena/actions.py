"""Writing: each action is one transaction and leaves events that hold no word, no model and no side."""

import secrets
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.http import Http404
from django.utils import timezone

from assistant.core.arena_matches import CHOICES, Pairing, first_round, line_up, next_round
from assistant.language.configured import Configured, configured
from assistant.models import Battle, Entry, Round, Vote
from sessions_app.events import record
from sessions_app.models import Event, User
from sessions_app.problems import Problem

if TYPE_CHECKING:
    from assistant.arena.starting import Asked

ONE_DAY = timedelta(days=1)
STARTED = "battle.started"
LONGEST_REASON = 500

Status = Battle.Status


class EntryOver(Exception):
    """The answer is another worker's by now, or nobody wants it any more."""


@transaction.atomic
def start_battle(*, by: User, asked: "Asked") -> tuple[Battle, list[uuid.UUID]]:
    """Draw the line-up and store one entry for each model. The caller publishes them."""
    # One at a time per user, or two tabs could both be the last that is let in.
    User.objects.select_for_update().get(pk=by.pk)
    _refuse_too_many(by)
    battle = Battle.objects.create(owner_id=by.pk, seed=secrets.randbits(62), **vars(asked))
    chosen = line_up(list(settings.LANGUAGE_MODELS), battle.seed, settings.ARENA["most_models"])
    entries = [_new_entry(battle, place, configured(name)) for place, name in enumerate(chosen)]
    record(
        owner_id=by.pk, verb=STARTED, of=battle, session_id=battle.session_id, kind=battle.kind,
        models=len(entries), uses_data=battle.uses_data,
    )  # fmt: skip
    return battle, [entry.pk for entry in entries]


def _refuse_too_many(by: User) -> None:
    """The day is counted in events: deleting a battle doesn't give it back."""
    if Battle.objects.filter(owner_id=by.pk, status=Status.ANSWERING).exists():
        raise Problem("battle_under_way")
    since, most = timezone.now() - ONE_DAY, settings.ARENA["battles_per_day"]
    started = Event.objects.filter(owner_id=by.pk, verb=STARTED, at__gt=since)
    newest = list(started.order_by("-at").values_list("at", flat=True)[: most or 1])
    if len(newest) >= most:
        refused = Problem("too_many_battles")
        oldest = newest[-1] if newest else timezone.now()
        # For the header Retry-After.
        refused.wait = (oldest + ONE_DAY - timezone.now()).total_seconds()  # type: ignore[attr-defined]
        raise refused


def _new_entry(battle: Battle, place: int, model: Configured | None) -> Entry:
    if model is None:
        raise Problem("model_not_set_up")
    return Entry.objects.create(
        owner_id=battle.owner_id, battle=battle, place=place, model=model.name, version=model.model,
        lease_until=_lease(),
    )  # fmt: skip


def _lease() -> Any:
    return timezone.now() + timedelta(seconds=settings.LANGUAGE_LIMITS["lease_seconds"])


def _held(battle: Battle) -> Battle:
    """The battle, held until the transaction ends. Another tab may have deleted it since it was found: then 404."""
    row = Battle.objects.select_for_update().filter(pk=battle.pk).first()
    if row is None:
        raise Http404
    return row


def _refuse_without_words(battle: Battle) -> None:
    """A vote on words that are gone says nothing, and models would be asked nothing. Their time counts, so that none comes
    in between while maintenance removes them.
    """
    days = settings.CHAT["words_days"]
    if not battle.question or (days and battle.created_at < timezone.now() - timedelta(days=days)):
        raise Problem("words_removed", where=str(battle.pk))


@transaction.atomic
def finish_entry(*, entry: Entry, **answer: Any) -> Battle:
    """Store one answer, or why there is none, if it is still this worker's; raises `EntryOver` otherwise.

    The last one opens the vote: nobody sees an answer before all are there, so that no waiting tells them apart.
    """
    battle = Battle.objects.select_for_update().filter(pk=entry.battle_id).first()
    held = Entry.objects.filter(pk=entry.pk, status=Entry.Status.RUNNING, attempt=entry.attempt)
    if battle is None or not held.update(**answer):
        raise EntryOver
    found = set(Entry.objects.filter(battle_id=battle.pk).values_list("status", flat=True))
    if Entry.Status.RUNNING in found:
        return battle
    if Entry.Status.FAILED in found:
        _put(battle, Status.FAILED)
    else:
        _put(battle, Status.VOTING)
        _open_round(battle, 1, first_round(battle.seed))
    verb = "battle.failed" if battle.status == Status.FAILED else "battle.answered"
    record(owner_id=battle.owner_id, verb=verb, of=battle, session_id=battle.session_id)
    return battle


def _put(battle: Battle, status: str) -> None:
    battle.status = status
    battle.save(update_fields=["status"])


def _open_round(battle: Battle, number: int, pairing: Pairing) -> None:
    by_place = {entry.place: entry for entry in Entry.objects.filter(battle_id=battle.pk)}
    Round.objects.create(
        owner_id=battle.owner_id, battle=battle, number=number, stays=pairing.stays,
        side_a=by_place[pairing.side_a], side_b=by_place[pairing.side_b],
    )  # fmt: skip


@transaction.atomic
def cast_vote(*, by: User, battle: Battle, number: int, choice: str, reason: str = "") -> Battle:
    """Store the one vote of a round; the winner meets the next, or the battle is over and tells the names."""
    reason = reason.replace("\x00", "").strip()
    if choice not in CHOICES:
        raise Problem("invalid_request", f"A vote is one of {', '.join(CHOICES)}.", where="choice")
    if len(reason) > LONGEST_REASON:
        raise Problem("invalid_request", f"Write at most {LONGEST_REASON} characters.", where="reason")
    battle = _held(battle)
    if battle.status in (Status.ANSWERING, Status.FAILED):
        raise Problem("battle_not_ready", where=f"round {number}")
    _refuse_without_words(battle)
    rounds = Round.objects.filter(battle_id=battle.pk, number=number).select_related("side_a", "side_b")
    here = rounds.first()
    if here is None:
        raise Http404
    if Vote.objects.filter(round_id=here.pk).exists():
        raise Problem("vote_stands", where=f"round {number}")
    vote = Vote.objects.create(owner_id=by.pk, round=here, choice=choice, reason=reason)
    record(owner_id=by.pk, verb="battle.voted", of=vote, session_id=battle.session_id, round=number)
    size = Entry.objects.filter(battle_id=battle.pk).count()
    following = next_round(battle.seed, number + 1, pairing_of(here), vote.choice, size)  # type: ignore[arg-type]
    if following is not None:
        _open_round(battle, number + 1, following)
        return battle
    battle.status, battle.finished_at = Status.OVER, timezone.now()
    battle.save(update_fields=["status", "finished_at"])
    record(owner_id=by.pk, verb="battle.finished", of=battle, session_id=battle.session_id)
    return battle


def pairing_of(here: Round) -> Pairing:
    return Pairing(here.side_a.place, here.side_b.place, here.stays)  # type: ignore[arg-type]


@transaction.atomic
def ask_again(*, by: User, battle: Battle) -> tuple[Battle, list[uuid.UUID]]:
    """Put the failed entries of a failed battle back into the queue. The caller publishes them."""
    battle = _held(battle)
    if battle.status != Status.FAILED:
        raise Problem("battle_not_failed")
    _refuse_without_words(battle)
    if battle.tries >= settings.ARENA["most_tries"]:
        raise Problem("battle_tries_used")
    failed = Entry.objects.filter(battle_id=battle.pk, status=Entry.Status.FAILED)
    entries = list(failed.values_list("pk", flat=True))
    failed.update(
        status=Entry.Status.RUNNING, error_code="", attempt=0, lease_until=_lease(), asked_at=timezone.now()
    )
    battle.status, battle.tries = Status.ANSWERING, battle.tries + 1
    battle.save(update_fields=["status", "tries"])
    record(owner_id=by.pk, verb="battle.tried_again", of=battle, session_id=battle.session_id)
    return battle, entries


@transaction.atomic
def delete_battle(*, by: User, battle: Battle) -> None:
    """Delete a battle with its answers and votes; workers notice and stop. The next ranking doesn't count it."""
    record(owner_id=by.pk, verb="battle.deleted", of=battle, session_id=battle.session_id)
    Battle.objects.filter(pk=battle.pk).delete()
