"""/api/…/conversations/: talking to a session's results from programs."""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import path
from django.utils.decorators import method_decorator
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from assistant import actions, selectors
from assistant.models import Conversation, Feedback, Turn
from assistant.streams.addresses import events_address
from assistant.turns import take_turn
from sessions_app.api.pagination import NewestFirst, page_of
from sessions_app.api.results import IDEMPOTENCY_KEY, idempotency_key
from sessions_app.api.sessions import IF_MATCH
from sessions_app.isolation.lookup import Missed, get_own
from sessions_app.params import StrictSerializer
from sessions_app.problems import Problem
from sessions_app.selectors import sessions_of
from sessions_app.stored_words import translated
from sessions_app.throttles import ComputeThrottle, UserThrottle
from sessions_app.versions import ChangedMeanwhile, seen_version


class ConversationIn(StrictSerializer):
    title = serializers.CharField(max_length=120, required=False)
    pinned = serializers.BooleanField(required=False)
    archived = serializers.BooleanField(required=False)


class ConversationChange(ConversationIn):
    version = serializers.IntegerField(
        min_value=0, required=False, help_text="The version you saw; 409 with the current state if it is old."
    )


class HistoryQuery(StrictSerializer):
    search = serializers.CharField(
        max_length=200,
        default="",
        allow_blank=True,
        help_text="Words in titles and messages; all must be there.",
    )
    archived = serializers.BooleanField(default=False, help_text="The archive instead of the others.")
    cursor = serializers.CharField(required=False)
    limit = serializers.IntegerField(required=False, min_value=1, max_value=200)


class ConversationOut(serializers.ModelSerializer):
    session = serializers.UUIDField(source="session_id")

    class Meta:
        model = Conversation
        fields = (
            "id", "session", "title", "pinned", "turn_count", "version", "created_at", "updated_at", "archived_at",
        )  # fmt: skip
        read_only_fields = fields


CONVERSATION_PAGE = page_of(ConversationOut)


class FeedbackOut(serializers.ModelSerializer):
    class Meta:
        model = Feedback
        fields = ("verdict", "reason", "updated_at")
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
    feedback = serializers.SerializerMethodField()

    class Meta:
        model = Turn
        fields = (
            "id", "number", "status", "route", "intent", "slots", "question", "answer", "results", "artefacts",
            "next_actions", "model", "error", "events", "feedback", "created_at", "finished_at", "words_removed_at",
        )  # fmt: skip
        read_only_fields = fields

    def get_question(self, turn: Turn) -> str:
        return self._said(turn, "user")

    def get_answer(self, turn: Turn) -> str:
        return "\n".join(map(translated, self._said(turn, "assistant").split("\n")))

    def to_representation(self, turn: Turn) -> dict[str, Any]:
        """Answers, titles and labels are English unless Accept-Language asks for another language; data stay data."""
        told: dict[str, Any] = super().to_representation(turn)
        links, chips = told["artefacts"], told["next_actions"]
        told["artefacts"] = [link | {"title": translated(link["title"])} for link in links]
        told["next_actions"] = [chip | {"label": translated(chip["label"])} for chip in chips]
        return told

    @extend_schema_field(FeedbackOut(allow_null=True))
    def get_feedback(self, turn: Turn) -> Any:
        return next((FeedbackOut(row).data for row in turn.feedback.all()), None)

    def get_events(self, turn: Turn) -> str:
        return events_address(turn)

    def _said(self, turn: Turn, role: str) -> str:
        return next((message.text for message in turn.messages.all() if message.role == role), "")


def own_conversation(request: Request, conversation_id: Any) -> Conversation:
    """The conversation if it is the asker's; 410 if they have deleted it, else 404. In the caller's transaction."""
    try:
        return get_own(selectors.all_conversations_of(request.user), conversation_id)
    except Missed:
        if selectors.was_own(request.user, conversation_id):
            raise Problem("conversation_deleted", where=str(conversation_id)) from None
        raise


def _history(view: APIView, request: Request, session: Any = None) -> Response:
    query = HistoryQuery(data=request.query_params.dict())
    query.is_valid(raise_exception=True)
    asked = query.validated_data
    found = selectors.history_of(request.user, session, search=asked["search"], archived=asked["archived"])
    pages = NewestFirst()
    page = pages.paginate_queryset(found, request, view=view)
    return pages.get_paginated_response(ConversationOut(page, many=True).data)


class Conversations(APIView):
    throttle_classes = (UserThrottle,)

    @extend_schema(
        parameters=[HistoryQuery], responses=CONVERSATION_PAGE, operation_id="conversations_history"
    )
    def get(self, request: Request) -> Response:
        """The conversations of all sessions, those begun last first."""
        return _history(self, request)


class SessionConversations(APIView):
    throttle_classes = (UserThrottle,)

    def _session(self, session_id: Any) -> Any:
        return get_own(sessions_of(self.request.user), session_id)

    @extend_schema(parameters=[HistoryQuery], responses=CONVERSATION_PAGE, operation_id="conversations_list")
    def get(self, request: Request, session_id: Any) -> Response:
        return _history(self, request, self._session(session_id))

    @extend_schema(
        request=None,
        responses={201: ConversationOut},
        parameters=[IDEMPOTENCY_KEY],
        operation_id="conversations_start",
    )
    def post(self, request: Request, session_id: Any) -> Response:
        session, key = self._session(session_id), idempotency_key(request)
        conversation = actions.start_conversation(by=request.user, session=session, key=key)
        return Response(ConversationOut(conversation).data, status=201)


class ConversationDetail(APIView):
    throttle_classes = (UserThrottle,)

    @extend_schema(responses=ConversationOut, operation_id="conversations_read")
    def get(self, request: Request, conversation_id: Any) -> Response:
        conversation = own_conversation(request, conversation_id)
        return Response(ConversationOut(conversation).data)

    @extend_schema(
        request=ConversationChange,
        parameters=[IF_MATCH],
        responses=ConversationOut,
        operation_id="conversations_change",
    )
    def patch(self, request: Request, conversation_id: Any) -> Response:
        conversation = own_conversation(request, conversation_id)
        sent = ConversationChange(data=request.data)
        sent.is_valid(raise_exception=True)
        asked = dict(sent.validated_data)
        seen = seen_version(request, asked.pop("version", None))
        try:
            changed = actions.change_conversation(
                by=request.user, conversation=conversation, seen=seen, **asked
            )
        except ChangedMeanwhile as refusal:
            refusal.current = ConversationOut(refusal.row).data
            raise
        return Response(ConversationOut(changed).data)

    @extend_schema(responses={204: None}, operation_id="conversations_delete")
    def delete(self, request: Request, conversation_id: Any) -> Response:
        actions.delete_conversation(by=request.user, conversation=own_conversation(request, conversation_id))
        return Response(status=204)


@method_decorator(transaction.non_atomic_requests, name="dispatch")
class ConversationTurns(APIView):
    """No transaction is open while a question is answered."""

    def get_throttles(self) -> list[Any]:
        throttles = [UserThrottle()]
        return [*throttles, ComputeThrottle()] if self.request.method == "POST" else throttles

    def _conversation(self, conversation_id: Any) -> Conversation:
        with transaction.atomic():
            return own_conversation(self.request, conversation_id)

    @extend_schema(responses=TurnOut(many=True), operation_id="turns_list")
    def get(self, request: Request, conversation_id: Any) -> Response:
        conversation = self._conversation(conversation_id)
        with transaction.atomic():
            return Response(TurnOut(selectors.turns_of(conversation), many=True).data)

    @extend_schema(
        request=TurnIn,
        responses={201: TurnOut, 202: TurnOut},
        parameters=[IDEMPOTENCY_KEY],
        operation_id="turns_take",
    )
    def post(self, request: Request, conversation_id: Any) -> Response:
        """A repeated request with the same key is answered with the turn of the first."""
        conversation = self._conversation(conversation_id)
        sent = TurnIn(data=request.data)
        sent.is_valid(raise_exception=True)
        text, key = sent.validated_data["text"], idempotency_key(request)
        turn = take_turn(by=request.user, conversation=conversation, text=text, key=key)
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
    path("conversations/", Conversations.as_view(), name="api-conversation-history"),
    path(
        "sessions/<uuid:session_id>/conversations/", SessionConversations.as_view(), name="api-conversations"
    ),
    path("conversations/<uuid:conversation_id>/", ConversationDetail.as_view(), name="api-conversation"),
    path("turns/<uuid:turn_id>/", TurnDetail.as_view(), name="api-turn"),
    path("turns/<uuid:turn_id>/stop/", TurnStop.as_view(), name="api-turn-stop"),
    path("conversations/<uuid:conversation_id>/turns/", ConversationTurns.as_view(), name="api-turns"),
]
