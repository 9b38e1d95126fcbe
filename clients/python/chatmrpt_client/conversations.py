"""Questions to a session in words."""

from __future__ import annotations

import time
import uuid

from chatmrpt_client import contract
from chatmrpt_client.errors import TookTooLong
from chatmrpt_client.rows import ConversationRow, TurnRow, read
from chatmrpt_client.transport import Transport

ASK_AGAIN_SECONDS = 1.0


class Conversation:
    """A conversation about one session. Its answers' numbers come from the session's own tables."""

    def __init__(self, transport: Transport, row: ConversationRow) -> None:
        self._transport = transport
        self.row = row

    def __repr__(self) -> str:
        return f"<Conversation {self.row.id}>"

    def ask(self, text: str, *, timeout: float = 300.0) -> TurnRow:
        """Ask one question and wait for its answer; `status` is done, failed or cancelled then."""
        end = time.monotonic() + timeout
        key = {"Idempotency-Key": str(uuid.uuid4())}
        answer = self._transport.call(
            contract.ASK, json={"text": text}, headers=key, conversation_id=self.row.id
        )
        turn = read(TurnRow, answer.json())
        while turn.status == "running":
            if time.monotonic() + ASK_AGAIN_SECONDS > end:
                raise TookTooLong(f"The question has not been answered in {timeout:.0f} s.")
            self._transport.pause(ASK_AGAIN_SECONDS)
            turn = read(TurnRow, self._transport.call(contract.TURN, turn_id=turn.id).json())
        return turn
