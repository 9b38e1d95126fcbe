"""One turn: read the rows, decide, call tools, put the answer into words, verify them, store all of it."""

import logging
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import Http404
from django.urls import reverse
from django.utils import translation

from analysis.core.errors import BadInput
from assistant import actions, dialogues, tasks, understanding
from assistant.commands import TOOLS, tool_call
from assistant.context import Context, build_context, next_chips
from assistant.core.following import followed
from assistant.core.net_slots import NET_INTENTS, nets_followed
from assistant.core.reading import Lexicon
from assistant.core.routing import Decision, decide
from assistant.language.configured import first_name
from assistant.models import Conversation, Turn
from assistant.talk_pages import WORDS, talk_links
from assistant.toolbox import Toolbox
from assistant.wording import sentences, unfound
from sessions_app.jobs import TRANSIENT
from sessions_app.models import AnalysisSession, User
from sessions_app.problems import Problem, fault

log = logging.getLogger(__name__)

OUT_OF_DATE = "This is from older data: a file or a result before it has changed since. Run the analysis again for new numbers."
CAN = (
    "I can describe your data, run the risk analysis, name the top wards by any variable, explain a ward's rank, compare "
    "places, correlate variables, share nets, show maps and charts, and hand out the files."
)
SMALL_TALK = {
    "help": CAN,
    "greet": "Hello. Ask me about your wards, or choose one of these.",
    "thanks": "You are welcome.",
    "identity": "I am the assistant of ChatMRPT. I answer from your session's own results, by fixed rules, and invent no numbers.",
    "cancel": "Nothing is waiting for an answer now.",
    "back": "Nothing is waiting for an answer now. The steps are named on the page.",
    "yes": "Nothing is waiting for a yes. Choose one of these.",
    "no": "All right.",
}
# Commands that are pages: kind of result or url name, what to say.
PAGES = {
    "upload": (
        "session_data",
        "Files are uploaded on the data page: a ward table (CSV or Excel) and the ward boundaries.",
    ),
}


@dataclass
class Answer:
    """What a turn says and leaves behind."""

    lines: list[str]
    pending: dict[str, Any] = field(default_factory=dict)
    focus: dict[str, Any] = field(default_factory=dict)
    links: list[dict[str, Any]] = field(default_factory=list)
    error: dict[str, Any] = field(default_factory=dict)
    # The words of a refusal are the checks' own, limits and all; no tool has found them.
    refused: bool = False


# What is stored is English, its numbers too, as they are verified; the page says it in the language of its reader.
@translation.override("en")
def take_turn(*, by: User, conversation: Conversation, text: str, how: str = "", key: str = "") -> Turn:
    """Answer one message. Call it outside a transaction: reads and writes open short ones of their own.

    Sent again with the same key, it is the turn that the first one made.
    """
    said = usable(text)
    try:
        turn = actions.begin_turn(by=by, conversation=conversation, text=said, how=how, key=key)
    except actions.SaidBefore as before:
        return before.turn
    try:
        return _ended(by, turn, said)
    except actions.TurnOver:
        # It took so long that it was given up; what stands there then is the answer.
        with transaction.atomic():
            stored = Turn.objects.select_related("conversation__session").filter(pk=turn.pk).first()
    except (Conversation.DoesNotExist, Turn.DoesNotExist):
        stored = None
    if stored is None:
        raise Problem("conversation_deleted", where=str(conversation.pk))
    return stored


def _ended(by: User, turn: Turn, said: str) -> Turn:
    """Answer a turn that has begun, or end it with the fault that came between."""
    try:
        try:
            return _taken(by, turn, said)
        except TRANSIENT as error:
            log.warning("turn %s is answered once more: %s", turn.pk, type(error).__name__)
            return _once_more(by, turn, said)
    except (actions.TurnOver, Problem, Http404, Conversation.DoesNotExist, Turn.DoesNotExist):
        raise  # over or deleted meanwhile: there is nothing left to end
    except Exception as error:  # noqa: BLE001 - whatever it was, the turn ends
        # What was said is stored; a turn that nobody ends would stand there for good.
        told = fault(error, doing="answering a turn")
        return actions.fail_turn(by=by, turn=turn, told=told)


def _once_more(by: User, turn: Turn, said: str) -> Turn:
    """After a connection broke in the middle. What a tool had asked for is found again by the turn's key."""
    with transaction.atomic():
        turn = Turn.objects.select_related("conversation__session").get(pk=turn.pk)
    return _taken(by, turn, said) if turn.status == Turn.Status.RUNNING else turn


def _taken(by: User, turn: Turn, said: str) -> Turn:
    # As it was read under the lock: another tab may have answered the open question.
    conversation = turn.conversation
    session = conversation.session
    toolbox = Toolbox(by=by, session=session, turn_key=f"turn-{turn.pk}")
    with transaction.atomic():  # whether a report is out of date is looked up
        context = build_context(session, toolbox.desk.newest)
    decision = decide(said, _lexicon(toolbox), dialogues.options(conversation.pending))
    refused = dialogues.is_refused(conversation.pending, said)
    answer = None
    if not decision.is_beyond_doubt and first_name() and not refused:
        try:
            return _handed_over(by, turn)
        except Problem as refusal:
            if decision.intent == "cant":
                told = refusal.problem()
                answer = Answer([told["detail"], told["fix"]], pending=conversation.pending, error=told)
    answer = answer or _answered(decision, conversation, context, toolbox)
    # The words of the question that stays open were found when it was asked.
    known = (said, *dialogues.still_open(answer.pending))
    lines = answer.lines
    if not answer.refused:
        # What was understood, and what was left aside, is said in the user's own words.
        lines = [*understanding.told(decision), *_verified(lines, toolbox, known)]
    lines += out_of_date(context, toolbox)
    if toolbox.has_started:
        with transaction.atomic():
            context = build_context(session)
    return actions.finish_turn(
        by=by,
        turn=turn,
        text="\n".join(lines),
        pending=answer.pending,
        focus=answer.focus or conversation.focus,
        calls=toolbox.calls,
        route=decision.route,
        intent=decision.intent,
        slots=dict(decision.slots),
        results=toolbox.results,
        artefacts=[*answer.links, *(link for found in toolbox.results for link in found["links"])],
        next_actions=_chips(session, context, decision, answer),
        error=answer.error,
    )


def out_of_date(context: Context, toolbox: Toolbox) -> list[str]:
    """Said behind every answer out of tables that something newer has overtaken."""
    return [OUT_OF_DATE] if context.stale & {"dataset", "risk"} and toolbox.has_read_tables else []


def _handed_over(by: User, turn: Turn) -> Turn:
    """Leave what no command means to the language model; the turn runs on in a worker."""
    turn = actions.hand_over_turn(by=by, turn=turn, model=first_name())
    tasks.publish(by.pk, turn.pk)
    return turn


def usable(text: str) -> str:
    """The message without what no database stores; raises the problem when it is empty or too long."""
    said, limit = text.replace("\x00", "").strip(), settings.CHAT["max_message_characters"]
    if not 1 <= len(said) <= limit:
        raise Problem("invalid_request", f"Write between 1 and {limit:,} characters.", where="text")
    return said


def _lexicon(toolbox: Toolbox) -> Lexicon:
    """The names in the session's own table, when there is one."""
    desk = toolbox.desk
    wards, lgas = desk.place_names()
    if desk.dataset is None:
        return Lexicon(tuple(wards), tuple(lgas))
    states = desk.matched().summary["states"]
    state = states[0] if len(states) == 1 else ""
    return Lexicon(tuple(wards), tuple(lgas), tuple(desk.variables), state)


def _answered(decision: Decision, conversation: Conversation, context: Context, toolbox: Toolbox) -> Answer:
    try:
        return _answer(decision, conversation, context, toolbox)
    except (Problem, BadInput) as refusal:
        told = refusal.problem()
        fix = "" if told["code"] == "invalid_request" else told["fix"]
        examples = f"For example: {', '.join(told['examples'][:5])}." if told["examples"] else ""
        return Answer(
            [line for line in (told["detail"], fix, examples) if line],
            pending=conversation.pending,
            refused=True,
        )


def _answer(decision: Decision, conversation: Conversation, context: Context, toolbox: Toolbox) -> Answer:
    intent, slots, waiting = decision.intent, dict(decision.slots), conversation.pending
    if intent == "answer":
        return _called(*dialogues.answered(waiting, slots["option"]), conversation, toolbox)
    if intent == "back" and waiting.get("trail"):
        return _called(*dialogues.one_step_back(waiting), conversation, toolbox)
    if dialogues.goes_on(waiting, intent, slots):
        trail = [*waiting.get("trail", ()), *slots]
        return _called(intent, waiting["slots"] | slots, trail, conversation, toolbox)
    if intent == "cancel" and waiting:
        return Answer(["The question is dropped."], pending=waiting.get("under", {}))
    if intent == "status":
        return Answer([*_status(context), *dialogues.still_open(waiting)], pending=waiting)
    if intent in SMALL_TALK or intent == "new_chat":
        words = SMALL_TALK.get(intent, "A new conversation is one button away; this one stays in the list.")
        if waiting and intent in ("back", "yes", "no"):
            words = "That is the first question." if intent == "back" else "Choose one of these."
        return Answer([words, *dialogues.still_open(waiting)], pending=waiting)
    if intent in WORDS:
        return Answer([WORDS[intent]], pending=waiting, links=talk_links(intent, conversation))
    if intent in PAGES:
        return _page(intent, conversation.session)
    if intent == "cant":
        return _cant(decision, waiting)
    if intent in NET_INTENTS:
        # A plan that still waits for an answer is what is spoken of, else the last one that was told.
        spoken = (one for one in (waiting, conversation.focus) if one.get("intent") in NET_INTENTS)
        last: dict[str, Any] = next(spoken, {})
        slots = nets_followed(slots, last.get("slots", {}), intent)
    else:
        intent, slots = followed(intent, slots, conversation.focus)
    if intent not in TOOLS:
        return Answer(["I don't know what that goes on from.", CAN], pending=waiting)
    return _called(intent, slots, [], conversation, toolbox)


def _called(
    intent: str, slots: dict[str, Any], trail: list[str], conversation: Conversation, toolbox: Toolbox
) -> Answer:
    """Call a command's tool. What it asks back stays open; a dialogue that was open before comes after it."""
    name, said = tool_call(intent, slots, toolbox)
    found = toolbox.call(name, **said)
    lines, waiting = sentences(found), conversation.pending
    aside = dialogues.is_dialogue(waiting) and waiting["intent"] != intent
    under = waiting if aside else waiting.get("under", {})
    if found["choices"]:
        return Answer(lines, pending=dialogues.opened(found, intent, slots, trail, lines, under))
    return Answer(
        [*lines, *dialogues.still_open(under)], pending=under, focus={"intent": intent, "slots": slots}
    )


def _cant(decision: Decision, waiting: dict[str, Any]) -> Answer:
    if waiting:
        return Answer(
            ["I can't answer that, and nothing was chosen by it.", *dialogues.still_open(waiting)],
            pending=waiting,
        )
    # It names the words that were not understood, numbers among them; nothing was found.
    lines = [understanding.not_known(decision), *understanding.offer(decision), CAN]
    return Answer(lines, refused=True)


def _status(context: Context) -> list[str]:
    if not {"ward_table", "boundaries"} <= context.files:
        return ["Files are still missing: a ward table and the ward boundaries."]
    if context.active:
        return ["A computation is running."]
    if "dataset" not in context.done:
        return ["Both files are here. Next, the wards are matched."]
    if "risk" not in context.done:
        return ["The wards are matched. Next, run the risk analysis."]
    if context.stale:
        return ["The ranking is done. Something before it has changed since, so it is out of date."]
    return ["The ranking is done."]


def _page(intent: str, session: AnalysisSession) -> Answer:
    name, words = PAGES[intent]
    link = {"kind": "page", "title": "Open the page", "url": reverse(name, args=[session.pk])}
    return Answer([words], links=[link])


def _verified(lines: list[str], toolbox: Toolbox, known: tuple[str, ...]) -> list[str]:
    """The lines whose numbers all come from this turn's tools; the user's own words may be repeated."""
    # A line break stands in no number, so all of them are read at once.
    if unfound("\n".join(lines), toolbox.results, known):
        fault(ValueError("an answer held a number that no tool found"), doing="answering a turn")
        return ["I had an answer, but a number in it could not be traced to your data, so it is not shown."]
    return lines


def _chips(
    session: AnalysisSession, context: Context, decision: Decision, answer: Answer
) -> list[dict[str, Any]]:
    open_options = [
        {"label": one["label"], "text": one["label"]} for one in answer.pending.get("choices", ())
    ]
    if open_options:
        back = [{"label": "Back", "text": "Back"}] if answer.pending.get("trail") else []
        return [*open_options, *back, {"label": "Cancel", "text": "Cancel"}]
    return [*understanding.chips(decision), *next_chips(session, context, decision.intent)]
