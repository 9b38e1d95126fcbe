"""A few pages for testing the middleware by itself."""

import uuid
from collections.abc import Iterator

from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import path

from sessions_app.isolation import identity
from sessions_app.isolation.lookup import get_own
from sessions_app.isolation.requests import enter
from sessions_app.isolation.scope import current_owner
from sessions_app.models import AnalysisSession


def public(request: HttpRequest) -> HttpResponse:
    return HttpResponse("public")


def whoami(request: HttpRequest) -> JsonResponse:
    names = list(AnalysisSession.objects.values_list("name", flat=True)) if current_owner() else []
    return JsonResponse({"user": str(request.user.pk), "owner": str(current_owner()), "names": names})


def sign_in(request: HttpRequest) -> HttpResponse:
    user = identity.user_by_email(request.GET["email"])
    enter(request, user.pk)
    login(request, user)
    return HttpResponse("in")


def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return HttpResponse("out")


def remember(request: HttpRequest) -> HttpResponse:
    request.session["note"] = request.GET["note"]
    return HttpResponse("noted")


def one(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    return HttpResponse(get_own(AnalysisSession.objects.all(), session_id).name)


def create_then_miss(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    AnalysisSession.objects.create(owner=request.user, name="rolled back")
    return HttpResponse(get_own(AnalysisSession.objects.all(), session_id).name)


def stream(request: HttpRequest) -> StreamingHttpResponse:
    def names() -> Iterator[str]:
        for row in AnalysisSession.objects.all():
            yield row.name

    return StreamingHttpResponse(names())


def nothing(request: HttpRequest, exception: Exception) -> HttpResponse:
    return HttpResponse("nothing here", status=404)


handler404 = nothing


urlpatterns = [
    path("public/", public),
    path("whoami/", whoami),
    path("sign-in/", sign_in),
    path("sign-out/", sign_out),
    path("remember/", remember),
    path("one/<uuid:session_id>/", one),
    path("create-then-miss/<uuid:session_id>/", create_then_miss),
    path("stream/", stream),
]
