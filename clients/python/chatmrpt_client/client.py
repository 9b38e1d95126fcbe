"""The way in: sign in, then sessions."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

from chatmrpt_client import contract
from chatmrpt_client.rows import PairRow, SessionRow, read
from chatmrpt_client.sessions import Session, pages
from chatmrpt_client.signing import PersonalToken, SignIn
from chatmrpt_client.transport import Transport


class Client:
    """An account of one ChatMRPT. Use it with ``with``: at the end a sign-in by password is signed out.

    `options`: ``patience`` (seconds for which a server that is busy or away is waited for, 120) and ``timeout``
    (seconds without a byte, 60).
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    @classmethod
    def sign_in(cls, address: str, email: str, password: str, **options: Any) -> Self:
        """Sign in with e-mail and password. Tokens are renewed by themselves; the password is not kept."""
        transport = Transport(address, **options)

        def refresh(token: str) -> PairRow:
            other = Transport(address, **options)
            try:
                return read(PairRow, other.call(contract.REFRESH, json={"refresh": token}).json())
            finally:
                other.close()

        try:
            pair = transport.call(contract.SIGN_IN, json={"email": email, "password": password})
        except BaseException:
            transport.close()
            raise
        transport.signing = SignIn(read(PairRow, pair.json()), refresh)
        return cls(transport)

    @classmethod
    def with_token(cls, address: str, token: str, **options: Any) -> Self:
        """Use a personal access token, made on the account's tokens page."""
        transport = Transport(address, **options)
        transport.signing = PersonalToken(token)
        return cls(transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self.sign_out()
        finally:
            self._transport.close()

    def close(self) -> None:
        """Give back the connections; the sign-in goes on. At the end of ``with`` this happens by itself."""
        self._transport.close()

    def sign_out(self) -> None:
        """End the sign-in: its tokens open nothing any more. A personal token stays."""
        signing = self._transport.signing
        self._transport.signing = None
        if isinstance(signing, SignIn):
            self._transport.call(contract.SIGN_OUT, json={"refresh": signing.refresh_token})

    def create_session(self, name: str, note: str = "") -> Session:
        """Begin a new line of work."""
        answer = self._transport.call(contract.CREATE_SESSION, json={"name": name, "note": note})
        return Session(self._transport, read(SessionRow, answer.json()))

    def sessions(self) -> list[Session]:
        """Return the sessions, newest first."""
        return [
            Session(self._transport, read(SessionRow, one))
            for one in pages(self._transport, contract.SESSIONS)
        ]

    def session(self, session_id: str) -> Session:
        """Return one session by its id."""
        answer = self._transport.call(contract.SESSION, session_id=session_id)
        return Session(self._transport, read(SessionRow, answer.json()))
