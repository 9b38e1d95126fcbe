"""Which kinds of file and of result there are.

This app stores and runs them without knowing them: the apps above describe theirs in a `kinds` module, and the
settings list those descriptions by dotted path.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext

from sessions_app.problems import Problem

ARTIFACT = "artifact"
"""The kind of a stored file that a result wrote; all other kinds are uploads."""


PARTS = ("sheet", "layer")

WHICH_PART = frozenset({"several_sheets", "several_layers", "no_such_sheet", "no_such_layer"})
"""Refusals that ask which part of a file is meant; with the answer the same file may be taken."""


@dataclass(frozen=True)
class FileKind:
    """A kind of upload. `inspect(path, filename)` returns the report kept with the file or refuses it.

    `part` is what such a file may hold several of, "sheet" or "layer"; `inspect` takes the one that is meant under this name.

    Without an optional one the session's data are complete.
    """

    name: str
    label: str
    extensions: tuple[str, ...]
    inspect: str
    help: str = ""
    optional: bool = False
    part: str = ""

    def load_inspect(self) -> Callable[..., dict[str, Any]]:
        return import_string(self.inspect)

    @property
    def noun(self) -> str:
        """Inside a sentence of a page: “the ward table”."""
        return gettext(" ".join(("the", self.label)))

    @property
    def accept(self) -> str:
        """Value of the HTML attribute of the same name."""
        return ",".join(self.extensions)


@dataclass(frozen=True)
class ResultKind:
    """A kind of computation.

    `params` is a DRF serializer of the parameters, `run(job)` computes and returns the summary, `steps` are the
    (code, title) pairs it reports, `parents` the kinds of result it builds on, `optional_parents` those it may build
    on (its parameter of the same name says whether it does), `files` the kinds of upload it reads. `step_title` and `url_name` are its place in the bar of steps above a session's pages; with a
    `result_url_name` the finished result is a step of its own. An optional one is no step before its first own file.
    `waits` names the number in the summary that counts what waits for a person's word. Results that are
    `alternatives` stand side by side: a newer one does not replace an older one. One that `describes` others is out
    of date when they are, and is no step. `hands_over` is the kind of upload that the result can be used as; nobody is
    asked for one where the result's own file is there. `optional_files` are (parameter, kind) of uploads that it may read,
    and `replaced(params)` says whether something that is no file of the session has a newer version.
    One that `fetches` brings data in from elsewhere, or asks what there is; its page hangs on the data page, and it is no
    step.
    """

    name: str
    label: str
    params: str
    run: str
    steps: tuple[tuple[str, str], ...]
    parents: tuple[str, ...] = ()
    optional_parents: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    optional_files: tuple[tuple[str, str], ...] = ()
    replaced: str = ""
    step_title: str = ""
    url_name: str = ""
    result_title: str = ""
    result_url_name: str = ""
    optional: bool = False
    waits: str = ""
    hands_over: str = ""
    alternatives: bool = False
    describes: bool = False
    fetches: bool = False

    def load_params(self) -> type:
        return import_string(self.params)

    def load_run(self) -> Callable[..., dict[str, Any]]:
        return import_string(self.run)

    def is_replaced(self, params: Mapping[str, Any]) -> bool:
        return bool(self.replaced) and bool(import_string(self.replaced)(params))


def file_kinds() -> tuple[FileKind, ...]:
    return tuple(import_string(path) for path in settings.FILE_KINDS)


def result_kinds() -> tuple[ResultKind, ...]:
    return tuple(import_string(path) for path in settings.RESULT_KINDS)


def file_kind(name: str) -> FileKind:
    return _named(name, file_kinds(), "kind")


def named_part(kind: FileKind, sent: Mapping[str, str]) -> str:
    """The sheet or layer that was named, if any; refuses one of a kind that has none."""
    named = {part: sent[part] for part in PARTS if sent.get(part)}
    for part in named:
        if part != kind.part:
            raise Problem(
                "invalid_request", f"A file of the kind “{kind.name}” has no {part} to choose.", where=part
            )
    return named.get(kind.part, "")


def result_kind(name: str) -> ResultKind:
    return _named(name, result_kinds(), "kind")


def _named(name: str, known: tuple[Any, ...], where: str) -> Any:
    for kind in known:
        if kind.name == name:
            return kind
    names = ", ".join(kind.name for kind in known)
    raise Problem("invalid_request", f"“{name}” is not one of: {names}.", where=where)
