"""The tools of one turn, bound to one session. Whoever calls them can name neither a session nor an owner."""

import inspect
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any, Literal, get_args, get_origin, get_type_hints

from django.conf import settings
from django.utils.module_loading import import_string

from analysis.core.errors import BadInput
from analysis.queries.execution import Limits
from analysis.tools.desk import Desk, Found, Tool
from assistant.context import Context
from sessions_app.models import AnalysisSession, User
from sessions_app.problems import Problem


class Toolbox:
    """Gathers the lists that the settings name. `results` holds all that was found in this turn."""

    def __init__(self, *, by: User, session: AnalysisSession, turn_key: str) -> None:
        limits = Limits(settings.CHAT["query_memory_mb"], settings.CHAT["query_seconds"])
        self._desk = Desk(by, session, limits, turn_key)
        self._tools: dict[str, Tool] = {
            tool.name: tool for path in settings.ASSISTANT_TOOLS for tool in import_string(path)
        }
        self.results: list[dict[str, Any]] = []
        # What was called, how long it took and how it failed; the ledger's, without a word of what was said.
        self.calls: list[dict[str, Any]] = []

    @property
    def desk(self) -> Desk:
        return self._desk

    @property
    def has_started(self) -> bool:
        """Whether a tool began a computation, so that the session's rows are others than the desk has read."""
        return any(link["kind"] == "result" for found in self.results for link in found["links"])

    @property
    def has_read_tables(self) -> bool:
        """Whether something of the matched wards or of their ranking was told, without saying itself how old it is."""
        return any(
            self._tools[found["tool"]].needs in ("dataset", "risk") and "stale" not in found["facts"]
            for found in self.results
        )

    def names(self) -> list[str]:
        """The names of the session's columns, wards and LGAs, and the words that signatures list; all may hold digits."""
        wards, lgas = self._desk.place_names()
        columns = self._desk.wards.column_names if self._desk.dataset is not None else []
        return [*columns, *wards, *lgas, *self._listed]

    @cached_property
    def _listed(self) -> set[str]:
        """What can be chosen from where a signature names all choices."""
        hints = [hint for tool in self._tools.values() for hint in get_type_hints(tool.run).values()]
        listed = (one for hint in hints if get_origin(hint) is Literal for one in get_args(hint))
        return {one for one in listed if isinstance(one, str)}

    def signatures(self) -> dict[str, tuple[str, ...]]:
        """What may be said to each tool: its arguments without the desk."""
        return {name: self.arguments(name) for name in self._tools}

    def arguments(self, name: str) -> tuple[str, ...]:
        """What may be said to one of them."""
        return tuple(inspect.signature(self._tools[name].run).parameters)[1:]

    def offered(self, context: Context) -> list[str]:
        """The tools that have something to work on in a session that has come this far."""
        return [name for name, tool in self._tools.items() if not tool.needs or tool.needs in context.done]

    def function(self, name: str) -> Callable[..., Found]:
        return self._tools[name].run

    def title(self, name: str) -> str:
        """What a person is told about a tool that is running, whatever name was asked for."""
        return self._tools[name].title if name in self._tools else "Looking it up"

    def description(self, name: str) -> str:
        tool = self._tools[name]
        return ". ".join(part for part in (tool.title, inspect.getdoc(tool.run)) if part)

    def call(self, name: str, **said: Any) -> dict[str, Any]:
        """Run one tool; arguments that it doesn't have are refused, ids of sessions and owners among them."""
        tool = self._tools.get(name)
        if tool is None:
            raise Problem("invalid_request", f"There is no tool “{name}”.", where="tool")
        unknown = set(said) - set(self.arguments(name))
        if unknown:
            raise Problem("invalid_request", f"“{name}” takes no {', '.join(sorted(unknown))}.", where=name)
        with self._timed(name):
            found = tool.run(self._desk, **said).plain() | {"tool": name}
        self.results.append(found)
        return found

    @contextmanager
    def _timed(self, name: str) -> Iterator[None]:
        began, code = time.monotonic(), "fault"
        try:
            yield
            code = ""
        except (Problem, BadInput) as refusal:
            code = refusal.problem()["code"]
            raise
        finally:
            milliseconds = round((time.monotonic() - began) * 1000)
            self.calls.append({"tool": name, "milliseconds": milliseconds, "code": code})
