"""A small kind of file and of result, so that this app can be tested without the apps above it."""

import time
from pathlib import Path
from typing import Any

from django.db import OperationalError, connection
from rest_framework import serializers

from sessions_app.jobs import Job
from sessions_app.kinds import FileKind, ResultKind
from sessions_app.params import FileField, ParentField, StrictSerializer
from sessions_app.problems import Problem

HERE = "sessions_app.tests.counting"
WORDS = FileKind("words", "words", (".txt", ".csv"), f"{HERE}.inspect", "Plain words.")
COUNT = ResultKind(
    "count",
    "Word count",
    f"{HERE}.CountParams",
    f"{HERE}.run_count",
    steps=(("read", "Reading"), ("count", "Counting"), ("store", "Storing")),
    files=("words",),
    step_title="Count",
    url_name="session_check",
)
DOUBLE = ResultKind(
    "double",
    "Doubled count",
    f"{HERE}.DoubleParams",
    f"{HERE}.run_double",
    steps=(("double", "Doubling"),),
    parents=("count",),
    step_title="Double",
    url_name="session_variables",
    result_title="Doubled",
    result_url_name="result_detail",
)
TROUBLES = ("", "refused", "fault", "away_once", "slow", "slow_once", "brief", "unhurried")


class CountParams(StrictSerializer):
    words = FileField(kind="words")
    trouble = serializers.ChoiceField(choices=TROUBLES, default="")


class DoubleParams(StrictSerializer):
    count = ParentField(kind="count")


def inspect(path: Path, filename: str) -> dict[str, Any]:
    _no_transaction()
    text = path.read_text()
    if "\x00" in text:
        raise Problem("file_type_not_taken", "The file holds NUL bytes.", where=filename)
    return {"words": len(text.split())}


def run_count(job: Job) -> dict[str, Any]:
    job.progress("read", 0)
    with job.local_copy(job.params["words"]) as path:
        _no_transaction()
        words = path.read_text().split()
    job.progress("count", 40)
    _be_in_trouble(job)
    job.progress("store", 80)
    listed = job.folder / "words.csv"
    listed.write_text("\n".join(["word", *words, f"attempt {job.attempt}"]))
    job.save_artifact("words.csv", listed)
    return {"words": len(words)}


def run_double(job: Job) -> dict[str, Any]:
    job.progress("double", 10)
    with job.artifact_path(job.params["count"], "words.csv") as path:
        return {"words": 2 * (len(path.read_text().splitlines()) - 2)}


def _be_in_trouble(job: Job) -> None:
    trouble = job.params["trouble"]
    if trouble == "refused":
        raise Problem("file_type_not_taken", "Line 2 is not a word.", where="words.txt", examples=["§"])
    if trouble == "fault":
        raise ZeroDivisionError("a secret path /srv/data")
    if trouble == "away_once" and job.attempt == 1:
        raise OperationalError("the connection is lost")
    if trouble == "slow" or (trouble == "slow_once" and job.attempt == 1):
        _take(job, seconds=30)
    if trouble == "brief":
        _take(job, seconds=0.5)
    if trouble == "unhurried":
        _take(job, seconds=3)


def _take(job: Job, seconds: float) -> None:
    for turn in range(int(seconds * 10)):
        time.sleep(0.1)
        job.progress("count", 40 + min(turn / 10, 39))


def _no_transaction() -> None:
    if connection.in_atomic_block:
        raise AssertionError("a transaction is open while a file is read")
