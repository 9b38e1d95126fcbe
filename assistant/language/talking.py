"""One answer of a language model: it calls tools until it has something to say. Holds no transaction and no thread.

Whatever touches rows is handed to `rows`, which runs it in a thread with a connection of its own that it gives back
at once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.conf import settings
from pydantic import ValidationError
from pydantic_ai import Agent, AgentRunResultEvent, ModelRetry, Tool, UsageLimits
from pydantic_ai.messages import (
    FunctionToolCallEvent,
    ModelMessage,
    ModelRequest,
    ModelResponse,
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    UserPromptPart,
)
from pydantic_ai.settings import ModelSettings

from analysis.core.errors import BadInput
from assistant.language.arguments import invented
from assistant.language.clients import client_of
from assistant.language.configured import Configured
from assistant.language.counting import Counted, Used
from assistant.language.instructions import INSTRUCTIONS, as_data, result_told
from assistant.language.schemas import arguments_of, checked, told
from assistant.toolbox import Toolbox
from sessions_app.problems import Problem

Rows = Callable[[Callable[[], Any]], Awaitable[Any]]
# Called with the title of a tool that is about to run, and with each piece of text.
Listener = Callable[[str, str], None]


class CutOff(ValueError):
    """The stream ended without saying why: what was heard is a part of an answer."""


class TooMuchText(ValueError):
    """The model writes without end."""


class Stopped(Exception):
    """The work is over, or another worker's; what this one does no longer counts."""


def always() -> bool:
    return True


@dataclass
class Talk:
    """One question to one model, with the tools that the session's state allows; without tools it needs no toolbox."""

    model: Configured
    toolbox: Toolbox | None
    tools: Sequence[str]
    rows: Rows
    listen: Listener
    # What the person said, now and before: the numbers that may be said to a tool.
    questions: Sequence[str] = ()
    instructions: str = INSTRUCTIONS
    used: Used = field(default_factory=Used)
    # Asked before each tool: whether anybody still waits for the answer.
    wanted: Callable[[], bool] = always

    async def answer(self, prompt: str, history: Sequence[tuple[str, str]]) -> str:
        """The words of the last response. Failures come through as they are raised."""
        limits = settings.LANGUAGE_LIMITS
        async with (
            asyncio.timeout(limits["answer_seconds"]),
            client_of(self.model, self.used.sent) as client,
        ):
            agent = Agent(
                Counted(client, self.used, limits["turn_tokens"]), instructions=self.instructions, tools=[self._offered(name) for name in self.tools],
                retries=2, tool_timeout=limits["tool_seconds"],
                model_settings=ModelSettings(max_tokens=limits["answer_tokens"], temperature=0.1),
            )  # fmt: skip
            run = agent.run_stream_events(
                prompt,
                message_history=_messages(history),
                # The limit of tokens is held by `Counted`: it also knows those that the provider doesn't tell.
                usage_limits=UsageLimits(
                    request_limit=limits["requests"], tool_calls_limit=limits["tool_calls"]
                ),
            )
            return await self._heard(run)

    async def _heard(self, run: Any) -> str:
        text = ""
        async with run as events:
            async for event in events:
                if isinstance(event, FunctionToolCallEvent):
                    # What was said before a tool was called is no answer.
                    text = ""
                    self.listen("step", self.toolbox.title(event.part.tool_name) if self.toolbox else "")
                    continue
                if isinstance(event, AgentRunResultEvent) and event.result.response.finish_reason is None:
                    raise CutOff
                piece = _piece(event)
                if piece:
                    text += piece
                    if len(text) > settings.LANGUAGE_LIMITS["answer_characters"]:
                        raise TooMuchText
                    self.listen("delta", piece)
        return text

    def _offered(self, name: str) -> Tool[Any]:
        """A tool as the model sees it; its results come as data."""
        arguments = arguments_of(self.toolbox.function(name))

        async def call(**said: Any) -> str:
            return await self.rows(partial(self._called, name, arguments, said))

        schema = arguments.model_json_schema()
        return Tool.from_schema(call, name, self.toolbox.description(name), schema)

    def _called(self, name: str, arguments: Any, said: dict[str, Any]) -> str:
        if not self.wanted():
            raise Stopped
        try:
            meant = checked(arguments, said)
            if own := invented(said, self.questions, self.toolbox.results, self.toolbox.names()):
                raise ModelRetry(
                    f"{', '.join(own)}: only numbers that the person said or a tool returned may be given to a tool."
                )
            return result_told(self.toolbox.call(name, **meant))
        except ValidationError as wrong:
            raise ModelRetry(told(wrong)) from None
        except (Problem, BadInput) as refusal:
            problem = refusal.problem()
            return as_data({"refused": problem["detail"], "examples": problem["examples"][:10]})


def _piece(event: Any) -> str:
    if isinstance(event, PartStartEvent) and isinstance(event.part, TextPart):
        return event.part.content
    if isinstance(event, PartDeltaEvent) and isinstance(event.delta, TextPartDelta):
        return event.delta.content_delta
    return ""


def _messages(history: Sequence[tuple[str, str]]) -> list[ModelMessage]:
    """Earlier questions, and what was shown in answer."""
    messages: list[ModelMessage] = []
    for question, answer in history:
        messages.append(ModelRequest(parts=[UserPromptPart(content=question)]))
        messages.append(ModelResponse(parts=[TextPart(content=as_data(answer))]))
    return messages
