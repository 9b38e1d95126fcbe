"""A client of ChatMRPT's REST API.

::

    from chatmrpt_client import Client

    with Client.sign_in("https://mrpt.example", "me@example.org", "password") as client:
        session = client.create_session("Kano 2024")
        dataset = session.match("wards.csv", "wards.gpkg").wait()
        ranking = session.rank(dataset).wait()
        ranking.wards()  # a pandas DataFrame
"""

from chatmrpt_client.client import Client
from chatmrpt_client.conversations import Conversation
from chatmrpt_client.errors import (
    BadRequest,
    ChatMRPTError,
    ComputationCancelled,
    ComputationFailed,
    Conflict,
    DifferentBytes,
    Forbidden,
    Gone,
    NotFound,
    Problem,
    Refused,
    ServerFault,
    SignedOut,
    TookTooLong,
    TooLarge,
    TooManyRequests,
    Unavailable,
    Unreachable,
)
from chatmrpt_client.results import Dataset, PlanComparison, Result
from chatmrpt_client.rows import ComparisonRow, FileRow, ResultRow, SessionRow, TurnRow
from chatmrpt_client.sessions import Session

__all__ = [
    "BadRequest",
    "ChatMRPTError",
    "Client",
    "ComparisonRow",
    "ComputationCancelled",
    "ComputationFailed",
    "Conflict",
    "Conversation",
    "Dataset",
    "DifferentBytes",
    "FileRow",
    "Forbidden",
    "Gone",
    "NotFound",
    "PlanComparison",
    "Problem",
    "Refused",
    "Result",
    "ResultRow",
    "ServerFault",
    "Session",
    "SessionRow",
    "SignedOut",
    "TooLarge",
    "TooManyRequests",
    "TookTooLong",
    "TurnRow",
    "Unavailable",
    "Unreachable",
]
