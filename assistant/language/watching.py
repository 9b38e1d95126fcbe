"""A model at work under watch: cut off as soon as nobody wants its answer any more, and counted in any case."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Any

from assistant.language import ledger
from assistant.language.failures import FAILURES
from assistant.language.rows import Rows
from assistant.language.talking import Talk

PULSE_SECONDS = 1.0


class Stopped(Exception):
    """The work is over, or another worker's; what this one does no longer counts."""


async def watched(
    renewed: Callable[[], bool], pulse: Rows, talk: Talk, prompt: str, history: list[tuple[str, str]]
) -> str:
    """The model's words. When `renewed` says that the work is no longer ours, the talk is cut off at once."""
    talking = asyncio.create_task(talk.answer(prompt, history))
    try:
        while True:
            done, _ = await asyncio.wait({talking}, timeout=PULSE_SECONDS)
            if done:
                return talking.result()
            if not await pulse(renewed):
                raise Stopped
    finally:
        talking.cancel()
        with contextlib.suppress(asyncio.CancelledError, *FAILURES):
            await talking


def used_by(talk: Talk, began: float) -> dict[str, Any]:
    """What the ledger wants to know, estimated from the characters where the provider told no numbers."""
    usage, per_token = talk.used.usage, ledger.CHARACTERS_PER_TOKEN
    known = usage.input_tokens + usage.output_tokens > 0
    return {
        "requests": usage.requests,
        "input_tokens": usage.input_tokens if known else talk.used.characters_sent // per_token,
        "output_tokens": usage.output_tokens if known else talk.used.characters_received // per_token,
        "estimated": not known,
        "milliseconds": round((time.monotonic() - began) * 1000),
    }
