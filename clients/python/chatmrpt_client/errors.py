"""What can go wrong, as exceptions. What the server says about a refusal is kept whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class ChatMRPTError(Exception):
    """Everything that this package raises on purpose."""


class Unreachable(ChatMRPTError):
    """The server did not answer, or broke off. Whether it did what it was asked is not known."""


class DifferentBytes(ChatMRPTError):
    """A download is not what the server has stored, by its checksum."""


class TookTooLong(ChatMRPTError):
    """A computation has not ended in the time that was given; it goes on, and can be waited for again."""


class Problem(ChatMRPTError):
    """A refusal of the server, as its ``application/problem+json`` tells it.

    Attributes
    ----------
    status : int
        The HTTP status.
    code : str
        Stable name, such as ``"file_too_large"``.
    title, detail, fix : str
        What happened in general, what is wrong in this case, and what can be done.
    where : str
        The culprit: a field, file, row or column.
    examples : tuple of str
        At most 20 of its instances.
    incident : str
        For faults of the server: the number to tell whoever runs it.
    retry_after : float or None
        Seconds after which to ask again, where the server says so.
    """

    def __init__(self, status: int, told: Mapping[str, Any], retry_after: float | None = None) -> None:
        self.status = status
        self.code = str(told.get("code") or f"http_{status}")
        self.title = str(told.get("title") or f"The server answered {status}")
        self.detail = str(told.get("detail") or "")
        self.fix = str(told.get("fix") or "")
        self.where = str(told.get("where") or "")
        examples = told.get("examples")
        self.examples = tuple(map(str, examples)) if isinstance(examples, (list, tuple)) else ()
        self.incident = str(told.get("incident") or "")
        self.retry_after = retry_after
        super().__init__(" ".join(filter(None, (f"{self.title}.", self.detail, self.fix))))


class BadRequest(Problem):
    """400: some fields are not right; `where` names them."""


class SignedOut(Problem):
    """401: the password is wrong, or the token is, has expired or was revoked."""


class Forbidden(Problem):
    """403: this account or token may not do that; a read-only token can't change anything."""


class NotFound(Problem):
    """404: there is no such thing, or it is not yours."""


class Conflict(Problem):
    """409: not as things stand; something else has to end or be deleted first."""


class Gone(Problem):
    """410: it was there, and is no more."""


class TooLarge(Problem):
    """413: the file is larger than the server takes."""


class Refused(Problem):
    """422: a file or choice that can't be used as it is."""


class TooManyRequests(Problem):
    """429, and it stayed so for as long as this client was willing to wait."""


class Unavailable(Problem):
    """503, and it stayed so for as long as this client was willing to wait."""


class ServerFault(Problem):
    """Any other 5xx: a fault on the server's side."""


class ComputationFailed(Problem):
    """A computation ended without a result; `step` is where."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        self.step = str(told.get("step") or "")
        super().__init__(200, told)


class ComputationCancelled(ChatMRPTError):
    """A computation was cancelled, here or on a page."""


_BY_STATUS: Mapping[int, type[Problem]] = {
    400: BadRequest,
    401: SignedOut,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    410: Gone,
    413: TooLarge,
    422: Refused,
    429: TooManyRequests,
    503: Unavailable,
}


def problem_of(status: int, told: Mapping[str, Any], retry_after: float | None = None) -> Problem:
    """Return the exception for a refusal."""
    kind = _BY_STATUS.get(status) or (ServerFault if status >= 500 else Problem)
    return kind(status, told, retry_after)
