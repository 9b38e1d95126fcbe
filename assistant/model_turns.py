"""A turn that a language model answers: claimed by one worker, watched while the model talks, ended once.

The turn's row is the only truth. Whoever stops it marks the row; the worker sees that within a second and drops the
connection to the model. The model's words come after what the tools found, said by our own sentences, and only if
every number in them was found in this turn.
"""

import asyncio
import logging
import uuid
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import override

from assistant import actions, selectors
from assistant.context import build_context, next_chips
from assistant.core.sentences import Sentences, plain_lines
from assistant.language import ledger
from assistant.language.configured import Configured, configured
from assistant.language.counting import Used
from assistant.language.failures import FAILURES, kinds_of, problem_of
from assistant.language.instructions import question_with_state
from assistant.language.rows import rows_thread
from assistant.language.talking import Stopped, Talk
from assistant.language.watching import watched
from assistant.models import Conversation, ModelCall, ModelReservation, Turn
from assistant.streams.log import TurnLog
from assistant.toolbox import Toolbox
from assistant.turns import out_of_date
from assistant.wording import sentences, untraced
from sessions_app.models import User
from sessions_app.problems import Problem, fault
from sessions_app.stored_words import translated

WITHHELD = "The language model's words held a number that your data don't bear out, so they are not shown."
NOTHING_SAID = "The language model found no words for an answer."

log = logging.getLogger(__name__)
Outcome = ModelCall.Outcome


@dataclass
class Said:
    """What came of it: the words, if they may be shown, or why there are none."""

    lines: list[str]
    outcome: str
    problem: Problem | None = None


def answer_claimed(owner_id: uuid.UUID, turn: Turn) -> None:
    """Answer one turn that this worker holds. Call it in the owner's scope and outside a transaction."""
    with transaction.atomic():
        user = User.objects.get(pk=owner_id)
        conversation = Conversation.objects.select_related("session").get(pk=turn.conversation_id)
        question = turn.messages.get(role="user").text
        history = selectors.said_before(turn, settings.LANGUAGE_LIMITS["earlier_turns"])
    told = TurnLog(owner_id, turn.pk)
    told.tell("turn.started", turn_id=str(turn.pk), conversation_id=str(conversation.pk))
    toolbox = Toolbox(by=user, session=conversation.session, turn_key=f"turn-{turn.pk}")
    model = configured(turn.model)
    try:
        if model is None:
            raise Problem("model_not_set_up")
        held = ledger.reserve(
            turn=turn, session_id=conversation.session_id, tokens=settings.LANGUAGE_LIMITS["turn_tokens"]
        )
        said = asyncio.run(_talked(model, held, toolbox, conversation, turn, question, history, told))
    except Problem as refusal:
        said = Said([], Outcome.FAILED, refusal)
    except Stopped:
        _tell_unless_running(turn, told)
        return
    try:
        was_open = _finished(user, conversation, turn, toolbox, said)
    except Exception as error:  # noqa: BLE001 - whatever it was, the turn ends
        # What a tool found could not be said: nothing of it is shown, and the turn ends.
        told_problem = Problem("fault", fault(error, doing="ending a turn")["detail"])
        toolbox.results.clear()
        said = Said([], Outcome.FAILED, told_problem)
        was_open = _finished(user, conversation, turn, toolbox, said)
    if not was_open:
        _tell_unless_running(turn, told)
    elif said.problem:
        told.tell("turn.failed", code=said.problem.code, message=said.problem.detail)
    else:
        told.tell("turn.completed", turn_id=str(turn.pk))


def _tell_unless_running(turn: Turn, told: TurnLog) -> None:
    """That it is over. Nothing when another worker has it by now: its log is that one's, and goes on."""
    with transaction.atomic():
        runs = Turn.objects.filter(pk=turn.pk, status=Turn.Status.RUNNING).exists()
    if not runs:
        told.tell("turn.cancelled")


async def _talked(
    model: Configured, held: ModelReservation, toolbox: Toolbox, conversation: Conversation, turn: Turn,
    question: str, history: list[tuple[str, str]], told: TurnLog,
) -> Said:  # fmt: skip
    """Let the model talk until it is done, fails, or the turn is no longer ours. Its cost is entered in each case."""
    spoken, used, said = Spoken(toolbox, question, told), Used(), Said([], Outcome.CANCELLED)
    wanted = partial(renewed, turn)
    async with rows_thread() as rows, rows_thread() as pulse:
        try:
            prompt, tools = await rows(partial(_prepared, toolbox, conversation, question))
            questions = [*(asked for asked, _ in history), question]
            talk = Talk(model, toolbox, tools, rows, spoken.listen, questions, used=used, wanted=wanted)
            text = await watched(wanted, held, pulse, talk, prompt, history)
            said = _judged(text, toolbox, question)
        except FAILURES as failure:
            # Types alone: what a provider says may repeat what it was sent.
            log.warning("turn %s: the model failed: %s", turn.pk, kinds_of(failure))
            said = Said([], Outcome.FAILED, problem_of(failure))
        finally:
            code = said.problem.code if said.problem else ""
            entered = partial(ledger.enter, held, outcome=said.outcome, used=used.entered(), error_code=code)
            await asyncio.shield(rows(entered))
    return said


def _prepared(toolbox: Toolbox, conversation: Conversation, question: str) -> tuple[str, list[str]]:
    with transaction.atomic():
        context = build_context(conversation.session)
    variables = toolbox.desk.variables if "dataset" in context.done else []
    return question_with_state(question, context, variables), toolbox.offered(context)


class Spoken:
    """Tells watchers what happens; of the model's words only sentences whose numbers were all found."""

    def __init__(self, toolbox: Toolbox, question: str, told: TurnLog) -> None:
        self._toolbox, self._question, self._told = toolbox, question, told
        self._sentences = Sentences()
        self._doubtful = False

    def listen(self, kind: str, text: str) -> None:
        if kind == "step":
            self._sentences.rest()
            # A worker serves no page: the account's language is the best guess of its reader's.
            with override(self._toolbox.desk.by.language or "en"):
                self._told.tell("step", label=translated(text))
            return
        for sentence in self._sentences.feed(text):
            lines = plain_lines(sentence)
            self._doubtful = self._doubtful or any(
                _invented(line, self._toolbox, self._question) for line in lines
            )
            if lines and not self._doubtful:
                self._told.tell("delta", text=" ".join(lines))


def _invented(line: str, toolbox: Toolbox, question: str) -> list[str]:
    return untraced(line, list(toolbox.results), (question,))


def _judged(text: str, toolbox: Toolbox, question: str) -> Said:
    lines = plain_lines(text)
    if any(_invented(line, toolbox, question) for line in (*lines, " ".join(lines))):
        return Said([WITHHELD], Outcome.REFUSED)
    return Said(lines or [NOTHING_SAID], Outcome.ANSWERED)


def _finished(user: User, conversation: Conversation, turn: Turn, toolbox: Toolbox, said: Said) -> bool:
    """What the tools found in our own sentences, then the model's words or why there are none.

    False when the turn was over before.
    """
    found = [line for result in toolbox.results for line in sentences(result)]
    found = list(dict.fromkeys(line for line in found if not _invented(line, toolbox, "")))
    if said.problem:
        said.lines = [f"{said.problem.detail} {said.problem.fix}"]
    with transaction.atomic():
        context = build_context(conversation.session)
        chips = next_chips(conversation.session, context)
    found += out_of_date(context, toolbox)
    # What a question still open waits for; else what a tool asked back, said in full so that it can be asked anew.
    choices = conversation.pending.get("choices", ()) or [
        one for result in toolbox.results for one in result["choices"]
    ]
    waiting = [{"label": one["label"], "text": one["label"]} for one in choices]
    try:
        actions.finish_model_turn(
            by=user, turn=turn, text="\n".join([*found, *said.lines]), calls=toolbox.calls,
            # How many lines are ours; what follows was said by the model.
            slots={"found_lines": len(found), "withheld": said.outcome == Outcome.REFUSED},
            results=toolbox.results, artefacts=[link for one in toolbox.results for link in one["links"]],
            next_actions=[*waiting, *chips], error=said.problem.problem() if said.problem else {},
        )  # fmt: skip
    except actions.TurnOver:
        return False
    return True


def claim(turn_id: uuid.UUID) -> Turn | None:
    """Take up a turn that waits, or that a silent worker left; None when there is nothing to do."""
    now = timezone.now()
    with transaction.atomic():
        open_turns = Turn.objects.select_for_update(no_key=True).filter(
            pk=turn_id, status=Turn.Status.RUNNING, route="model"
        )
        turn = open_turns.first()
        if turn is None or (turn.attempt and turn.lease_until and turn.lease_until > now):
            return None
        turn.attempt += 1
        turn.lease_until = now + timedelta(seconds=settings.LANGUAGE_LIMITS["lease_seconds"])
        turn.save(update_fields=["attempt", "lease_until"])
    return turn


def renewed(turn: Turn) -> bool:
    """Go on holding the turn; False when it is over or somebody else's."""
    until = timezone.now() + timedelta(seconds=settings.LANGUAGE_LIMITS["lease_seconds"])
    with transaction.atomic():
        held = Turn.objects.filter(pk=turn.pk, status=Turn.Status.RUNNING, attempt=turn.attempt)
        return bool(held.update(lease_until=until))
