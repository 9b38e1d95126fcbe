"""/api/…/conversations/: talking to a session's results from programs."""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import path
from django.utils.decorators import method_decorator
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from assistant import actions, selectors
from assistant.models import Conversation, Turn
from assistant.streams.addresses import events_address
from assistant.turns import take_turn
from sessions_app.api.pagination import PAGING, NewestFirst, page_of
from sessions_app.isolation.lookup import get_own
from sessions_app.params import StrictSerializer
from sessions_app.selectors import sessions_of
from sessions_app.throttles import ComputeThrottle, UserThrottle


class ConversationIn(StrictSerializer):
    title = serializers.CharField(max_length=120, required=False)
    pinned = serializers.BooleanField(required=False)
    archived = serializers.BooleanField(required=False)


class ConversationOut(serializers.ModelSerializer):
    session = serializers.UUIDField(source="session_id")

    class Meta:
        model = Conversation
        fields = ("id", "session", "title", "pinned", "turn_count", "created_at", "updated_at", "archived_at")
        read_only_fields = fields


class TurnIn(StrictSerializer):
    text = serializers.CharField(max_length=settings.CHAT["max_message_characters"])


class TurnOut(serializers.ModelSerializer):
    """`results` is what the tools found, as data; the answer's numbers all stand in it.

    A turn with the status `running` is being answered by a language model: `events` is then the address of its event
    stream, good for five minutes; or ask for the turn again.
    """

    question = serializers.SerializerMethodField()
    answer = serializers.SerializerMethodField()
    events = serializers.SerializerMethodField()

    class Meta:
        model = Turn
        fields = (
            "id", "number", "status", "route", "intent", "slots", "question", "answer", "results", "artefacts",
            "next_actions", "model", "error", "events", "created_at", "finished_at",
        )  # fmt: skip
        read_only_fields = fields

    def get_question(self, turn: Turn) -> str:
        return self._said(turn, "user")

    def get_answer(self, turn: Turn) -> str:
        return self._said(turn, "assistant")

    def get_events(self, turn: Turn) -> str:
        return events_address(turn)

    def _said(self, turn: Turn, role: str) -> str:
        return next((message.text for message in turn.messages.all() if message.role == role), "")


class SessionConversations(APIView):
    throttle_classes = (UserThrottle,)

    def _session(self, session_id: Any) -> Any:
        return get_own(sessions_of(self.request.user), session_id)

    @extend_schema(responses=page_of(ConversationOut), parameters=PAGING, operation_id="conversations_list")
    def get(self, request: Request, session_id: Any) -> Response:
        pages = NewestFirst()
        page = pages.paginate_queryset(
            selectors.conversations_of(self._session(session_id)), request, view=self
        )
        return pages.get_paginated_response(ConversationOut(page, many=True).data)

    @extend_schema(request=None, responses={201: ConversationOut}, operation_id="conversations_start")
    def post(self, request: Request, session_id: Any) -> Response:
        conversation = actions.start_conversation(by=request.user, session=self._session(session_id))
        return Response(ConversationOut(conversation).data, status=201)


class ConversationDetail(APIView):
    throttle_classes = (UserThrottle,)

    def _conversation(self, conversation_id: Any) -> Conversation:
        return get_own(selectors.all_conversations_of(self.request.user), conversation_id)

    @extend_schema(responses=ConversationOut, operation_id="conversations_read")
    def get(self, request: Request, conversation_id: Any) -> Response:
        return Response(ConversationOut(self._conversation(conversation_id)).data)

    @extend_schema(request=ConversationIn, responses=ConversationOut, operation_id="conversations_change")
    def patch(self, request: Request, conversation_id: Any) -> Response:
        conversation = self._conversation(conversation_id)
        sent = ConversationIn(data=request.data)
        sent.is_valid(raise_exception=True)
        changed = actions.change_conversation(
            by=request.user, conversation=conversation, **sent.validated_data
        )
        return Response(ConversationOut(changed).data)

    @extend_schema(responses={204: None}, operation_id="conversations_delete")
    def delete(self, request: Request, conversation_id: Any) -> Response:
        actions.delete_conversation(by=request.user, conversation=self._conversation(conversation_id))
        return Response(status=204)


@method_decorator(transaction.non_atomic_requests, name="dispatch")
class ConversationTurns(APIView):
    """No transaction is open while a question is answered."""

    def get_throttles(self) -> list[Any]:
        throttles = [UserThrottle()]
        return [*throttles, ComputeThrottle()] if self.request.method == "POST" else throttles

    def _conversation(self, conversation_id: Any) -> Conversation:
        with transaction.atomic():
            return get_own(selectors.all_conversations_of(self.request.user), conversation_id)

    @extend_schema(responses=TurnOut(many=True), operation_id="turns_list")
    def get(self, request: Request, conversation_id: Any) -> Response:
        conversation = self._conversation(conversation_id)
        with transaction.atomic():
            return Response(TurnOut(selectors.turns_of(conversation), many=True).data)

    @extend_schema(request=TurnIn, responses={201: TurnOut, 202: TurnOut}, operation_id="turns_take")
    def post(self, request: Request, conversation_id: Any) -> Response:
        conversation = self._conversation(conversation_id)
        sent = TurnIn(data=request.data)
        sent.is_valid(raise_exception=True)
        turn = take_turn(by=request.user, conversation=conversation, text=sent.validated_data["text"])
        with transaction.atomic():
            running = turn.status == Turn.Status.RUNNING
            return Response(TurnOut(turn).data, status=202 if running else 201)


class TurnDetail(APIView):
    throttle_classes = (UserThrottle,)

    @extend_schema(responses=TurnOut, operation_id="turns_read")
    def get(self, request: Request, turn_id: Any) -> Response:
        return Response(TurnOut(get_own(selectors.all_turns_of(request.user), turn_id)).data)


class TurnStop(APIView):
    throttle_classes = (UserThrottle,)

    @extend_schema(request=None, responses=TurnOut, operation_id="turns_stop")
    def post(self, request: Request, turn_id: Any) -> Response:
        turn = get_own(selectors.all_turns_of(request.user), turn_id)
        actions.stop_turn(by=request.user, turn=turn)
        return Response(TurnOut(selectors.all_turns_of(request.user).get(pk=turn.pk)).data)


urlpatterns = [
    path(
        "sessions/<uuid:session_id>/conversations/", SessionConversations.as_view(), name="api-conversations"
    ),
    path("conversations/<uuid:conversation_id>/", ConversationDetail.as_view(), name="api-conversation"),
    path("turns/<uuid:turn_id>/", TurnDetail.as_view(), name="api-turn"),
    path("turns/<uuid:turn_id>/stop/", TurnStop.as_view(), name="api-turn-stop"),
    path("conversations/<uuid:conversation_id>/turns/", ConversationTurns.as_view(), name="api-turns"),
]
