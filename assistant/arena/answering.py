"""One model's answer in a comparison: claimed by one worker, watched, judged, stored once.

The same limits, budgets and ledger as for turns. Nothing is told to a watcher on the way: what the models say is shown
together, when all have answered.
"""

import asyncio
import logging
import uuid
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from assistant.arena import actions
from assistant.arena.prompts import instructions_for, prompt_for
from assistant.core.sentences import plain_lines
from assistant.language import ledger
from assistant.language.configured import Configured, configured
from assistant.language.counting import CHARACTERS_PER_TOKEN
from assistant.language.failures import FAILURES, kinds_of, problem_of
from assistant.language.rows import rows_thread
from assistant.language.talking import Stopped, Talk
from assistant.language.watching import watched
from assistant.models import Battle, Entry, ModelCall, ModelReservation
from assistant.wording import untraced
from sessions_app.problems import Problem

log = logging.getLogger(__name__)
Outcome = ModelCall.Outcome


def answer_claimed(owner_id: uuid.UUID, entry: Entry) -> None:
    """Answer one entry that this worker holds. Call it in the owner's scope and outside a transaction."""
    with transaction.atomic():
        battle = Battle.objects.get(pk=entry.battle_id)
    model = configured(entry.model)
    try:
        if model is None or model.model != entry.version:
            raise Problem("model_not_set_up")
        held = ledger.reserve(turn=entry, session_id=battle.session_id, tokens=_most_tokens(battle))
        answer = asyncio.run(_talked(model, held, battle, entry))
    except Problem as refusal:
        answer = _failed(refusal)
    except Stopped:
        return
    try:
        actions.finish_entry(entry=entry, **answer)
    except actions.EntryOver:
        log.info("entry %s was over before its answer came", entry.pk)


def _most_tokens(battle: Battle) -> int:
    """What one answer to one request without tools can use."""
    sent = len(instructions_for(battle.facts)) + len(prompt_for(battle.question, battle.facts))
    return sent // CHARACTERS_PER_TOKEN + settings.LANGUAGE_LIMITS["answer_tokens"]


async def _talked(model: Configured, held: ModelReservation, battle: Battle, entry: Entry) -> dict[str, Any]:
    """Let the model talk until it is done, fails, or the entry is no longer ours. Its cost is entered in each case."""
    prompt = prompt_for(battle.question, battle.facts)
    outcome, answer = Outcome.CANCELLED, _failed(Problem("model_broke_off"))
    async with rows_thread() as rows, rows_thread() as pulse:
        talk = Talk(model, None, (), rows, _unheard, instructions=instructions_for(battle.facts))
        try:
            text = await watched(partial(renewed, entry), held, pulse, talk, prompt, [])
            answer = judged(text, battle)
            outcome = Outcome.REFUSED if answer.get("withheld") else Outcome.ANSWERED
        except FAILURES as failure:
            # Types alone: what a provider says may repeat what it was sent.
            log.warning("entry %s: the model failed: %s", entry.pk, kinds_of(failure))
            outcome, answer = Outcome.FAILED, _failed(problem_of(failure))
        finally:
            used, code = talk.used.entered(), answer.get("error_code", "")
            await asyncio.shield(
                rows(partial(ledger.enter, held, outcome=outcome, used=used, error_code=code))
            )
    return answer | {name: used[name] for name in ("milliseconds", "input_tokens", "output_tokens")}


def _unheard(kind: str, text: str) -> None:
    """Answers are not streamed."""


def _failed(problem: Problem) -> dict[str, Any]:
    return {"status": Entry.Status.FAILED, "error_code": problem.code}


def judged(text: str, battle: Battle) -> dict[str, Any]:
    """What is stored of a model's words. About results every number must be what the facts say it is; no words are no answer."""
    lines = plain_lines(text)
    if not lines:
        return _failed(Problem("model_broke_off"))
    invented = battle.kind == Battle.Kind.RESULTS and any(
        untraced(line, battle.facts, (battle.question,)) for line in (*lines, " ".join(lines))
    )
    return {"status": Entry.Status.DONE, "text": "\n".join(lines), "withheld": invented, "error_code": ""}


def claim(entry_id: uuid.UUID) -> Entry | None:
    """Take up an entry that waits, or that a silent worker left; None when there is nothing to do."""
    now = timezone.now()
    with transaction.atomic():
        waiting = Entry.objects.select_for_update().filter(pk=entry_id, status=Entry.Status.RUNNING)
        entry = waiting.first()
        if entry is None or (entry.attempt and entry.lease_until and entry.lease_until > now):
            return None
        entry.attempt += 1
        entry.lease_until = now + timedelta(seconds=settings.LANGUAGE_LIMITS["lease_seconds"])
        entry.save(update_fields=["attempt", "lease_until"])
    return entry


def renewed(entry: Entry) -> bool:
    """Go on holding the entry; False when it is over, deleted or somebody else's."""
    until = timezone.now() + timedelta(seconds=settings.LANGUAGE_LIMITS["lease_seconds"])
    with transaction.atomic():
        held = Entry.objects.filter(pk=entry.pk, status=Entry.Status.RUNNING, attempt=entry.attempt)
        return bool(held.update(lease_until=until))
