"""Handing out a stored file, to its owner alone: the caller has found the row through the owner's query set."""

from django.core.files.storage import FileSystemStorage, default_storage
from django.http import FileResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.http import content_disposition_header

from sessions_app.models import StoredFile
from sessions_app.problems import Problem

PRESIGNED_SECONDS = 60


def send(stored: StoredFile) -> HttpResponseBase:
    """The file itself, or a redirect to where the object store gives it out for a minute.

    Call it outside a transaction: the response streams. Figures are always sent by us, because pages show them and
    their content policy names no other host.
    """
    if isinstance(default_storage, FileSystemStorage) or stored.media_type.startswith("image/"):
        response: HttpResponseBase = _streamed(stored)
    else:
        response = HttpResponseRedirect(_presigned(stored))
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _streamed(stored: StoredFile) -> FileResponse:
    try:
        content = default_storage.open(stored.storage_key)
    except FileNotFoundError:
        raise Problem("file_gone", where=stored.name) from None
    return FileResponse(content, as_attachment=True, filename=stored.name, content_type=stored.media_type)


def _presigned(stored: StoredFile) -> str:
    return default_storage.url(
        stored.storage_key,
        parameters={
            "ResponseContentDisposition": content_disposition_header(True, stored.name),
            "ResponseContentType": stored.media_type,
            "ResponseCacheControl": "private, no-store",
        },
        expire=PRESIGNED_SECONDS,
    )
