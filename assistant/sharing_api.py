"""/api/…: shared links of conversations, their transcripts, and verdicts on answers."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.urls import path, reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from assistant import feedback, selectors, sharing
from assistant.api import FeedbackOut, own_conversation
from assistant.models import Feedback, SharedLink, Turn
from assistant.transcripts import FORMATS
from assistant.views.transcript import sent as transcript_sent
from sessions_app.api.pagination import PAGING, NewestFirst, page_of
from sessions_app.isolation.lookup import get_own
from sessions_app.params import StrictSerializer
from sessions_app.problems import Problem
from sessions_app.throttles import ComputeThrottle, UserThrottle


class LinkIn(StrictSerializer):
    days = serializers.ChoiceField(
        choices=sharing.DAYS, default=7,
        help_text="How long the link works, at most until the oldest words in it are removed: `expires_at` says when.",
    )  # fmt: skip


class LinkOut(serializers.ModelSerializer):
    conversation = serializers.UUIDField(source="conversation_id")

    class Meta:
        model = SharedLink
        fields = (
            "id", "conversation", "title", "turn_count", "created_at", "expires_at", "revoked_at", "is_open",
            "opened_count", "last_opened_at",
        )  # fmt: skip
        read_only_fields = fields


class LinkMade(LinkOut):
    url = serializers.SerializerMethodField(help_text="The link. It is told in this one answer.")

    class Meta(LinkOut.Meta):
        fields = (*LinkOut.Meta.fields, "url")
        read_only_fields = fields

    def get_url(self, link: SharedLink) -> str:
        place = reverse("shared_conversation", args=[self.context["secret"]])
        return f"{settings.PUBLIC_URL.rstrip('/')}{place}"


class FeedbackIn(StrictSerializer):
    verdict = serializers.ChoiceField(choices=Feedback.Verdict.choices)
    reason = serializers.CharField(max_length=500, required=False, allow_blank=True)


class ConversationLinks(APIView):
    throttle_classes = (UserThrottle, ComputeThrottle)

    @extend_schema(request=LinkIn, responses={201: LinkMade}, operation_id="shared_links_make")
    def post(self, request: Request, conversation_id: Any) -> Response:
        """Freezes the conversation behind a link that needs no account."""
        conversation = own_conversation(request, conversation_id)
        asked = LinkIn(data=request.data)
        asked.is_valid(raise_exception=True)
        link, secret = sharing.share(
            by=request.user, conversation=conversation, days=asked.validated_data["days"]
        )
        return Response(LinkMade(link, context={"secret": secret}).data, status=201)


class SharedLinks(APIView):
    throttle_classes = (UserThrottle,)

    @extend_schema(parameters=PAGING, responses=page_of(LinkOut), operation_id="shared_links_list")
    def get(self, request: Request) -> Response:
        pages = NewestFirst()
        page = pages.paginate_queryset(sharing.links_of(request.user), request, view=self)
        return pages.get_paginated_response(LinkOut(page, many=True).data)


class SharedLinkRevoke(APIView):
    throttle_classes = (UserThrottle,)

    @extend_schema(request=None, responses=LinkOut, operation_id="shared_links_revoke")
    def post(self, request: Request, link_id: Any) -> Response:
        link = get_own(sharing.links_of(request.user), link_id)
        return Response(LinkOut(sharing.revoke(by=request.user, link=link)).data)


class TurnFeedback(APIView):
    throttle_classes = (UserThrottle,)

    def _turn(self, turn_id: Any) -> Turn:
        return get_own(selectors.all_turns_of(self.request.user), turn_id)

    @extend_schema(request=FeedbackIn, responses=FeedbackOut, operation_id="turns_judge")
    def put(self, request: Request, turn_id: Any) -> Response:
        turn = self._turn(turn_id)
        asked = FeedbackIn(data=request.data)
        asked.is_valid(raise_exception=True)
        return Response(FeedbackOut(feedback.judge(by=request.user, turn=turn, **asked.validated_data)).data)

    @extend_schema(responses={204: None}, operation_id="turns_take_verdict_back")
    def delete(self, request: Request, turn_id: Any) -> Response:
        feedback.take_back(by=request.user, turn=self._turn(turn_id))
        return Response(status=204)


class ConversationTranscript(APIView):
    throttle_classes = (UserThrottle, ComputeThrottle)

    @extend_schema(
        parameters=[OpenApiParameter("as", str, enum=list(FORMATS), description="The form; txt without it.")],
        responses={
            (200, "application/json"): OpenApiTypes.OBJECT,
            **{(200, f"text/{kind}"): OpenApiTypes.STR for kind in ("plain", "markdown", "html")},
        },
        operation_id="conversations_transcript",
    )
    def get(self, request: Request, conversation_id: Any) -> HttpResponse:
        conversation = own_conversation(request, conversation_id)
        form = request.query_params.get("as", "txt")
        if form not in FORMATS:
            raise Problem("invalid_request", f"as is one of {', '.join(FORMATS)}.", where="as")
        return transcript_sent(conversation, form)


urlpatterns = [
    path(
        "conversations/<uuid:conversation_id>/links/",
        ConversationLinks.as_view(),
        name="api-conversation-links",
    ),
    path(
        "conversations/<uuid:conversation_id>/transcript/",
        ConversationTranscript.as_view(),
        name="api-transcript",
    ),
    path("shared-links/", SharedLinks.as_view(), name="api-shared-links"),
    path("shared-links/<uuid:link_id>/revoke/", SharedLinkRevoke.as_view(), name="api-shared-link-revoke"),
    path("turns/<uuid:turn_id>/feedback/", TurnFeedback.as_view(), name="api-turn-feedback"),
]
