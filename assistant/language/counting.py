"""What an answer has used so far: as the provider told, and estimated where it told nothing.

Each request is counted by the characters that really went out, tools and history among them, and each response by what
of it has come.
"""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from pydantic_ai.exceptions import ModelAPIError, ModelConnectionError, ModelHTTPError, UsageLimitExceeded
from pydantic_ai.messages import BaseToolCallPart, ModelResponsePart, TextPart, ThinkingPart
from pydantic_ai.models import Model, StreamedResponse
from pydantic_ai.models.wrapper import WrapperModel

CHARACTERS_PER_TOKEN = 3


@dataclass
class Asked:
    """One request, and what came of it."""

    characters: int = 0
    response: StreamedResponse | None = None
    refused: bool = False

    def tokens(self) -> tuple[int, int, bool]:
        """Read, written, and whether that is an estimate. Of a response that was cut off, what was told may be a beginning."""
        if self.refused:
            return 0, 0, False
        read, written = self.characters // CHARACTERS_PER_TOKEN, 0
        if self.response is None:
            return read, written, True
        told = self.response.usage
        if self.response.finish_reason is not None and told.input_tokens + told.output_tokens > 0:
            return told.input_tokens, told.output_tokens, False
        written = sum(map(_characters, self.response.get().parts)) // CHARACTERS_PER_TOKEN
        return told.input_tokens or read, max(told.output_tokens, written), True


def _characters(part: ModelResponsePart) -> int:
    if isinstance(part, BaseToolCallPart):
        return len(part.args_as_json_str())
    return len(part.content) if isinstance(part, (TextPart, ThinkingPart)) else 0


@dataclass
class Used:
    """All requests of one answer; right also after it failed."""

    asked: list[Asked] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def sent(self, characters: int) -> None:
        """Called with the length of each request. One that was refused and sent again replaces the first."""
        if self.asked:
            self.asked[-1].characters = characters

    def entered(self) -> dict[str, Any]:
        """What the ledger wants to know."""
        tokens = [one.tokens() for one in self.asked]
        return {
            "requests": len(tokens),
            "input_tokens": sum(read for read, _, _ in tokens),
            "output_tokens": sum(written for _, written, _ in tokens),
            "estimated": any(estimated for _, _, estimated in tokens),
            "milliseconds": round((time.monotonic() - self.began) * 1000),
        }


class Counted(WrapperModel):
    """A model whose requests are counted, and that is asked nothing more once the limit is reached."""

    def __init__(self, wrapped: Model, used: Used, most: int) -> None:
        super().__init__(wrapped)
        self._used, self._most = used, most

    @asynccontextmanager
    async def request_stream(self, *request: Any, **more: Any) -> AsyncIterator[StreamedResponse]:
        before = self._used.entered()
        if before["input_tokens"] + before["output_tokens"] > self._most:
            raise UsageLimitExceeded(f"more than {self._most} tokens")
        asked = Asked()
        self._used.asked.append(asked)
        try:
            async with super().request_stream(*request, **more) as response:
                asked.response = response
                yield response
        except ModelAPIError as error:
            # Refused before it answered anything.
            asked.refused = asked.response is None and _was_refused(error)
            raise


def _was_refused(error: ModelAPIError) -> bool:
    """Whether a provider refused a request, or was never sent it; one that was sent may have been worked on."""
    never_sent = isinstance(error, ModelConnectionError) and error.phase in ("pool", "connect")
    return never_sent or isinstance(error, ModelHTTPError)
