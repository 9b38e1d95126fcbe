"""Users and everything that belongs to them."""

from sessions_app.models.events import Event
from sessions_app.models.exports import DataExport
from sessions_app.models.files import StoredFile
from sessions_app.models.results import AnalysisResult, ResultParent
from sessions_app.models.sessions import AnalysisSession
from sessions_app.models.sign_ins import LinkedSignIn
from sessions_app.models.staff import IsolationAttempt, WaitingResult
from sessions_app.models.tokens import PersonalToken, RefreshGrant
from sessions_app.models.uploads import ResumableUpload, UploadPart
from sessions_app.models.users import User
from sessions_app.models.websessions import WebSession

__all__ = [
    "AnalysisResult",
    "AnalysisSession",
    "DataExport",
    "Event",
    "IsolationAttempt",
    "LinkedSignIn",
    "PersonalToken",
    "RefreshGrant",
    "ResultParent",
    "ResumableUpload",
    "StoredFile",
    "UploadPart",
    "User",
    "WaitingResult",
    "WebSession",
]
