"""Handing out a stored file, to its owner alone: the caller has found the row through the owner's query set."""

import vl_convert
from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.http import FileResponse, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.http import content_disposition_header

from sessions_app.kinds import ARTIFACT
from sessions_app.models import StoredFile
from sessions_app.problems import Problem

PRESIGNED_SECONDS = 60
PNG_SCALE = 2.0
SVG = "image/svg+xml"


def send(stored: StoredFile, *, as_png: bool = False) -> HttpResponseBase:
    """The file itself, or a redirect to where the object store gives it out for a minute; a drawing as PNG on demand.

    Call it outside a transaction: the response streams. Figures are always sent by us, because pages show them and
    their content policy names no other host.
    """
    if as_png:
        response: HttpResponseBase = _drawn(stored)
    elif not settings.STORAGE_LINKS or stored.media_type.startswith("image/"):
        response = _streamed(stored)
    else:
        response = HttpResponseRedirect(_presigned(stored))
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _opened(stored: StoredFile) -> File:
    try:
        return default_storage.open(stored.storage_key)
    except FileNotFoundError:
        raise Problem("file_gone", where=stored.name) from None


def _drawn(stored: StoredFile) -> HttpResponse:
    if stored.media_type != SVG or stored.kind != ARTIFACT:
        raise Problem("not_acceptable", "Only a figure can be had as PNG.", where=stored.name)
    with _opened(stored) as content:
        png = vl_convert.svg_to_png(content.read().decode(), scale=PNG_SCALE)
    response = HttpResponse(png, content_type="image/png")
    name = f"{stored.name.removesuffix('.svg')}.png"
    response.headers["Content-Disposition"] = content_disposition_header(True, name)
    return response


def _streamed(stored: StoredFile) -> FileResponse:
    content = _opened(stored)
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
