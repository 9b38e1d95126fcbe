"""Which kinds of reference set there are. The apps above describe theirs; the settings list them by dotted path."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from sessions_app.problems import Problem


@dataclass(frozen=True)
class ReferenceKind:
    """A kind of reference set.

    `inspect(path, filename, year, options)` returns the facts kept with the set or refuses the file; `year` is the time
    that staff state. `options` are texts by name; those that the kind knows are in `options`, each with what it means.
    """

    name: str
    label: str
    extensions: tuple[str, ...]
    inspect: str
    options: tuple[tuple[str, str], ...] = ()

    def load_inspect(self) -> Callable[..., dict[str, Any]]:
        return import_string(self.inspect)


def reference_kinds() -> tuple[ReferenceKind, ...]:
    return tuple(import_string(path) for path in settings.REFERENCE_KINDS)


def reference_kind(name: str) -> ReferenceKind:
    for kind in reference_kinds():
        if kind.name == name:
            return kind
    known = ", ".join(kind.name for kind in reference_kinds())
    raise Problem("invalid_request", f"“{name}” is not one of: {known}.", where="kind")
