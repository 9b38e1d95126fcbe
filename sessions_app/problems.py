"""What can go wrong outside the analysis itself: one catalogue, one shape.

Every refusal has a code, says what happened and what to do, and names the culprit. Exceptions that bring their
own `problem()` (the analysis has such) are shown in the same way; everything else is a fault, of which the user
learns an incident id and nothing more.
"""

import logging
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol, runtime_checkable

MAX_EXAMPLES = 20

logger = logging.getLogger(__name__)


@runtime_checkable
class Explained(Protocol):
    """An exception that can tell the user what is wrong."""

    def problem(self) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Entry:
    status: int
    title: str
    fix: str


CATALOGUE: Mapping[str, Entry] = MappingProxyType(
    {
        "invalid_request": Entry(
            400,
            "Some fields are not right",
            "Correct the fields named under errors and send the request again.",
        ),
        "malformed_body": Entry(400, "The request could not be read", "Send valid JSON or a complete form."),
        "upload_cut_off": Entry(
            400,
            "The upload ended before the file was complete",
            "Send the file again; nothing of it was kept.",
        ),
        "signed_out": Entry(401, "You are not signed in", "Sign in, or send a valid token with the request."),
        "forbidden": Entry(
            403, "This is not allowed", "Use an account or a token that has the right to do this."
        ),
        "not_found": Entry(
            404, "There is no such thing here", "Check the address; it may have been deleted."
        ),
        "method_not_allowed": Entry(
            405, "This address does not do that", "See /api/docs/ for what it can do."
        ),
        "not_acceptable": Entry(406, "That format is not available", "Ask for application/json."),
        "result_not_finished": Entry(409, "The result is not finished", "Wait until it has succeeded."),
        "result_already_finished": Entry(
            409, "The result is already finished", "There is nothing to cancel."
        ),
        "parent_not_usable": Entry(
            409,
            "A result that this one builds on has not succeeded",
            "Run that step again, then use its result.",
        ),
        "changed_meanwhile": Entry(
            409,
            "This was changed in another window meanwhile",
            "Look at what it is now; if you still want your change, send it again.",
        ),
        "idempotency_key_reused": Entry(
            409, "This Idempotency-Key was used for another request", "Use a new key for a new request."
        ),
        "file_in_use": Entry(
            409,
            "A computation is reading this file",
            "Wait until it has finished, or cancel it, then delete the file.",
        ),
        "file_has_results": Entry(
            409,
            "Results were calculated from this file",
            "Keep it, or send the request again with ?confirm=true: the results stay, but nobody can calculate them again.",
        ),
        "too_many_files": Entry(
            409, "The session holds as many files as it may", "Delete files that are no longer needed."
        ),
        "no_room_left": Entry(
            409,
            "Your storage is full",
            "Delete sessions or files that are no longer needed, discard unfinished uploads, or ask staff for more room.",
        ),
        "notice_changed": Entry(
            409,
            "The privacy notice has another version now",
            "Read the notice at /privacy/ and accept that version.",
        ),
        "export_not_ready": Entry(
            409, "The copy of your data is not ready", "Wait until its status is ready, or ask for a new one."
        ),
        "too_many_results": Entry(
            409, "Too many computations are waiting", "Wait until one has finished, or cancel one."
        ),
        "too_many_conversations": Entry(
            409,
            "The session holds as many conversations as it may",
            "Delete conversations that are no longer needed.",
        ),
        "conversation_full": Entry(
            409, "This conversation has grown to its limit", "Start a new conversation and go on there."
        ),
        "conversation_archived": Entry(
            410, "This conversation is archived", "Take it out of the archive, or start a new one."
        ),
        "conversation_deleted": Entry(
            410, "You have deleted this conversation", "Start a new one; nothing that was said in it is left."
        ),
        "nothing_to_share": Entry(
            409, "There is nothing in this conversation to share yet", "Ask something first."
        ),
        "too_much_to_share": Entry(
            409,
            "This conversation is too large for a link",
            "Share a shorter one, or hand on its transcript.",
        ),
        "too_many_links": Entry(
            409, "As many links of yours are open as may be", "Revoke one that is no longer needed."
        ),
        "link_over": Entry(409, "This link is over", "There is nothing to revoke."),
        "no_answer_yet": Entry(409, "This turn has no answer yet", "Wait until it is answered."),
        "too_many_uploads": Entry(
            409, "Too many uploads are unfinished", "Finish or discard one of them, then begin a new one."
        ),
        "upload_part_differs": Entry(
            409,
            "This part was stored with other content",
            "The file has changed since. Discard the upload and begin anew.",
        ),
        "upload_incomplete": Entry(
            409, "Some parts are still missing", "Send the parts named under examples, then finish again."
        ),
        "upload_finished": Entry(
            409, "This upload is finished", "Read the upload to see which file it became."
        ),
        "upload_expired": Entry(410, "This upload has expired", "Begin a new upload; the parts are gone."),
        "file_gone": Entry(
            410, "The stored file is no longer there", "Upload the file or run the step again."
        ),
        "file_too_large": Entry(
            413, "The file is too large", "Send a smaller file; leave out columns not needed."
        ),
        "unsupported_media_type": Entry(
            415, "This content type is not understood", "Send JSON or multipart form."
        ),
        "file_empty": Entry(422, "The file is empty", "Choose a file that has content."),
        "file_name_unusable": Entry(422, "The file has no usable name", "Rename the file and send it again."),
        "file_type_not_taken": Entry(
            422, "This kind of file is not taken here", "Send one of the types listed."
        ),
        "part_size_wrong": Entry(
            422, "The part does not have the size it must have", "Cut the file into parts of part_bytes."
        ),
        "checksum_differs": Entry(
            422, "The bytes that arrived are not those that were announced", "Send them again."
        ),
        "too_many_requests": Entry(429, "Too many requests", "Wait for the time in Retry-After, then go on."),
        "fault": Entry(
            500, "Something went wrong on our side", "Try again; if it stays, tell us the incident id."
        ),
        "turn_cut": Entry(500, "The answer was cut off before it was finished", "Ask again."),
        "turn_over": Entry(409, "This turn is over", "There is nothing to stop."),
        "turn_under_way": Entry(
            409,
            "This question is still being answered",
            "Wait until it is answered, then compare models on it.",
        ),
        "words_removed": Entry(
            410, "Its words are removed: they are kept for a while only", "Ask the question anew."
        ),
        "words_ending": Entry(
            409,
            "Words of this conversation are about to be removed: they are kept for a while only",
            "Share it again in an hour, when only younger words are in it.",
        ),
        "too_many_turns": Entry(
            409,
            "Other questions of yours are still being answered",
            "Wait until one is answered, or stop one.",
        ),
        "arena_closed": Entry(
            409,
            "There are not enough language models to compare",
            "Two or more must be configured by whoever runs this installation.",
        ),
        "answered_by_a_model": Entry(
            409,
            "This answer was given by a language model, which is named beside it",
            "Compare models on a question of your own.",
        ),
        "battle_under_way": Entry(
            409, "Another comparison of yours is still being answered", "Wait until it is answered."
        ),
        "too_many_battles": Entry(
            429,
            "You have started as many comparisons as one person may in 24 hours",
            "Vote on those that are open, and come back later.",
        ),
        "battle_not_ready": Entry(
            409, "There is nothing to vote on yet", "Wait until all answers are there; votes come after that."
        ),
        "vote_stands": Entry(
            409, "You have voted on this round", "The first vote counts; go on with the next round."
        ),
        "battle_not_failed": Entry(409, "This comparison has not failed", "There is nothing to try again."),
        "battle_tries_used": Entry(
            409, "This comparison was tried often enough", "Delete it, and start another one later."
        ),
        "model_budget_used": Entry(
            429,
            "The language model budget is used up",
            "Commands and buttons work without it; ask freely again tomorrow.",
        ),
        "model_slow": Entry(504, "The language model took too long", "Ask again, or in other words."),
        "model_busy": Entry(503, "The language model is busy", "Ask again in a minute."),
        "model_away": Entry(503, "The language model does not answer", "Ask again in a minute."),
        "model_not_set_up": Entry(
            503, "The language model is not set up correctly", "Tell whoever runs this installation."
        ),
        "model_too_long": Entry(
            502, "The language model did not come to an end", "Ask for less at once, or in other words."
        ),
        "model_broke_off": Entry(
            502, "The language model's answer broke off or could not be read", "Ask again."
        ),
        "out_of_time": Entry(
            500, "The computation took too long", "Use fewer wards or variables, or ask for more time."
        ),
        "worker_lost": Entry(
            500,
            "The computation was interrupted too often",
            "Run it again; if it stays, tell us the result's id.",
        ),
        "large_file_waits": Entry(
            503,
            "Other large files are being read right now",
            "Send it again in half a minute; what was sent in parts is kept.",
        ),
        "service_away": Entry(503, "A service we need does not answer", "Try again in a minute."),
    }
)


class Problem(Exception):
    """A refusal out of the catalogue.

    `where` names the culprit (a field, a file, a row); `examples` holds at most 20 of its instances.
    """

    def __init__(
        self, code: str, detail: str = "", *, fix: str = "", where: str = "", examples: Sequence[str] = ()
    ) -> None:
        entry = CATALOGUE[code]
        self.code = code
        self.status = entry.status
        self.title = entry.title
        self.detail = detail or f"{entry.title}."
        self.fix = fix or entry.fix
        self.where = where
        self.examples = tuple(str(example) for example in examples)[:MAX_EXAMPLES]
        super().__init__(self.detail)

    def problem(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "title": self.title,
            "detail": self.detail,
            "fix": self.fix,
            "where": self.where,
            "examples": list(self.examples),
        }


_incidents: ContextVar[list[str] | None] = ContextVar("chatmrpt_incidents", default=None)


@contextmanager
def collecting_incidents() -> Iterator[list[str]]:
    """Gather the numbers of the faults that are shown until the block ends."""
    noted: list[str] = []
    token = _incidents.set(noted)
    try:
        yield noted
    finally:
        _incidents.reset(token)


def note_incident(incident: str) -> None:
    """Remember a number that somebody is shown; where nobody gathers them nothing happens."""
    noted = _incidents.get()
    if noted is not None:
        noted.append(incident)


def fault(error: BaseException, *, doing: str) -> dict[str, Any]:
    """Log an unforeseen error under a new incident id and return the problem that the user may see."""
    incident = uuid.uuid4().hex[:12]
    logger.error("incident %s while %s", incident, doing, exc_info=error)
    note_incident(incident)
    return Problem("fault", f"This is incident {incident}.").problem() | {"incident": incident}
