"""What a check finds, and how a check that can't be made becomes a finding itself."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass

import psycopg
from django.core.exceptions import ImproperlyConfigured

from chatmrpt.causes import chain_of
from chatmrpt.health import FAILURES

OK, WARNING, WRONG = "ok", "warning", "wrong"
# In the order of the exit status.
STATES = (OK, WARNING, WRONG)
# What a dependency that is away or misconfigured raises; anything else is a fault of ours and may be seen as one.
CANNOT_ASK = (*FAILURES, psycopg.Error, ImproperlyConfigured)


@dataclass(frozen=True)
class Finding:
    """One line: what was looked at, how it is, and what to do about it."""

    name: str
    state: str
    told: str
    mend: str = ""

    def line(self, width: int) -> str:
        text = f"{self.state:<7}  {self.name:<{width}}  {self.told}"
        return f"{text}  →  {self.mend}" if self.mend else text

    def as_json(self) -> dict[str, str]:
        return asdict(self)


@dataclass(frozen=True)
class Check:
    """A question. `ask` yields its findings; `mend` says what to do when it can't even be asked."""

    name: str
    ask: Callable[[], Iterable[Finding]]
    mend: str

    def findings(self) -> Iterator[Finding]:
        try:
            yield from self.ask()
        except CANNOT_ASK as error:
            yield Finding(self.name, WRONG, f"can't be asked: {reason(error)}", self.mend)


def ok(name: str, told: str) -> Finding:
    return Finding(name, OK, told)


def warning(name: str, told: str, mend: str) -> Finding:
    return Finding(name, WARNING, told, mend)


def wrong(name: str, told: str, mend: str) -> Finding:
    return Finding(name, WRONG, told, mend)


def worst(findings: Iterable[Finding]) -> str:
    return max((found.state for found in findings), key=STATES.index, default=OK)


def reason(error: BaseException) -> str:
    """The class of the first cause and the first line of what was said, which of a service is no value of a user."""
    first = chain_of(error)[-1]
    said = " ".join(str(error).split())[:160]
    return f"{type(first).__name__}: {said}" if said else type(first).__name__
