"""What the pages of every kind of finished result share."""

import uuid
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from sessions_app.actions import note_opened
from sessions_app.models import AnalysisResult
from sessions_app.views import own_result

View = Callable[..., HttpResponse]
MakeContext = Callable[[HttpRequest, AnalysisResult], dict[str, Any]]


def result_page(
    kind: str, unfinished: str, make_context: MakeContext, methods: Sequence[str] = ("GET",)
) -> Callable[[View], View]:
    """Make a page of a finished result out of `view(request, result, context, **rest)`.

    The rows are read in one short transaction, so that the view may read the storage with none open. A result
    that is not finished has no pages; its running or failed box stands at the address named `unfinished`.
    """

    def decorate(view: View) -> View:
        @require_http_methods(list(methods))
        @transaction.non_atomic_requests
        @login_required
        @wraps(view)
        def page(
            request: HttpRequest, session_id: uuid.UUID, result_id: uuid.UUID, **rest: Any
        ) -> HttpResponse:
            with transaction.atomic():
                result = own_result(request, session_id, result_id)
                if result.kind != kind:
                    raise Http404
                if result.status != AnalysisResult.Status.SUCCEEDED:
                    return redirect(unfinished, session_id)
                context = make_context(request, result)
                if request.method == "GET":
                    note_opened(result, page=view.__name__)
            return view(request, result, context, **rest)

        return page

    return decorate
