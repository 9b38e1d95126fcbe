"""/api/battles/ and /api/leaderboard/: comparing language models blind, from programs."""

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

from assistant import selectors as conversations
from assistant.arena import actions, selectors, starting
from assistant.core.arena_matches import CHOICES
from assistant.models import Battle
from sessions_app.api.pagination import PAGING, NewestFirst, page_of
from sessions_app.api.problems import MEDIA_TYPE
from sessions_app.isolation.lookup import get_own
from sessions_app.params import StrictSerializer
from sessions_app.problems import Problem
from sessions_app.selectors import sessions_of
from sessions_app.throttles import ComputeThrottle, UserThrottle


class BattleIn(StrictSerializer):
    """A question alone; or `turn`, an answered turn of yours; or `session`, whose ranking is then explained."""

    question = serializers.CharField(max_length=settings.CHAT["max_message_characters"], required=False)
    turn = serializers.UUIDField(required=False)
    session = serializers.UUIDField(required=False)

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        if "turn" in said and len(said) > 1:
            raise serializers.ValidationError({"turn": ["A turn brings its own question and session."]})
        if not {"question", "turn", "session"} & set(said):
            raise serializers.ValidationError({"question": ["Send a question, a turn or a session."]})
        return said


class VoteIn(StrictSerializer):
    choice = serializers.ChoiceField(choices=CHOICES)
    reason = serializers.CharField(
        max_length=actions.LONGEST_REASON, required=False, allow_blank=True, default=""
    )


class SideOut(serializers.Serializer):
    text = serializers.CharField()
    withheld = serializers.BooleanField(
        help_text="It held a number that is not in the facts; `text` is empty."
    )
    model = serializers.CharField(required=False, help_text="Only when the battle is over.")
    version = serializers.CharField(required=False, help_text="Only when the battle is over.")


class VoteOut(serializers.Serializer):
    choice = serializers.ChoiceField(choices=CHOICES)
    reason = serializers.CharField()
    at = serializers.DateTimeField()


class RoundOut(serializers.Serializer):
    number = serializers.IntegerField()
    side_a = SideOut()
    side_b = SideOut()
    vote = VoteOut(allow_null=True)


class RankedOut(serializers.Serializer):
    place = serializers.IntegerField()
    model = serializers.CharField()
    version = serializers.CharField()
    milliseconds = serializers.IntegerField()
    input_tokens = serializers.IntegerField()
    output_tokens = serializers.IntegerField()


class BattleOut(serializers.Serializer):
    """`rounds` holds those that were opened so far, `ranking` is empty until the last vote is cast."""

    id = serializers.UUIDField()
    kind = serializers.CharField(
        help_text="`general`, or `results` when the models were told facts of a session."
    )
    question = serializers.CharField()
    status = serializers.CharField(help_text="`answering`, `voting`, `over` or `failed`.")
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    round = serializers.IntegerField(help_text="The number of the newest round; 0 while the models answer.")
    of_rounds = serializers.IntegerField()
    rounds = RoundOut(many=True)
    ranking = RankedOut(many=True)
    problem = serializers.DictField(allow_null=True, help_text="Why there are no answers, when it failed.")


class BattleLine(serializers.ModelSerializer):
    class Meta:
        model = Battle
        fields = ("id", "kind", "question", "status", "created_at", "finished_at")
        read_only_fields = fields
        extra_kwargs = {name: {"help_text": "As in the battle itself."} for name in ("kind", "status")}

    kind = serializers.CharField()
    status = serializers.CharField()


class StandingOut(serializers.Serializer):
    place = serializers.IntegerField()
    model = serializers.CharField()
    group = serializers.IntegerField(
        help_text="Votes connect the models of one group, so that their places compare."
    )
    rating = serializers.IntegerField()
    low = serializers.IntegerField(
        allow_null=True,
        help_text="With `high` the interval at 95 %; null where the voters don't tell how firm it is.",
    )
    high = serializers.IntegerField(allow_null=True)
    comparisons = serializers.IntegerField()
    wins = serializers.IntegerField()
    losses = serializers.IntegerField()
    ties = serializers.IntegerField()
    both_bad = serializers.IntegerField()


class CategoryOut(serializers.Serializer):
    category = serializers.CharField()
    title = serializers.CharField()
    enough = serializers.BooleanField(help_text="Whether enough people voted for the table to be shown.")
    groups = serializers.IntegerField(help_text="Between several groups of models no vote has decided.")
    models = StandingOut(many=True)


class LeaderboardOut(serializers.Serializer):
    computed_at = serializers.DateTimeField(allow_null=True)
    least_voters = serializers.IntegerField()
    categories = CategoryOut(many=True)


def shown(battle: Battle, status: int = 200) -> Response:
    return Response(BattleOut(selectors.told(battle)).data, status=status)


class _OwnBattle(APIView):
    throttle_classes = (UserThrottle,)

    def battle(self, battle_id: Any) -> Battle:
        return get_own(selectors.battles_of(self.request.user), battle_id)


@method_decorator(transaction.non_atomic_requests, name="dispatch")
class Battles(APIView):
    """No transaction is open while facts are computed."""

    def get_throttles(self) -> list[Any]:
        throttles = [UserThrottle()]
        return [*throttles, ComputeThrottle()] if self.request.method == "POST" else throttles

    @extend_schema(responses=page_of(BattleLine), parameters=PAGING, operation_id="battles_list")
    def get(self, request: Request) -> Response:
        pages = NewestFirst()
        with transaction.atomic():
            page = pages.paginate_queryset(selectors.battles_of(request.user), request, view=self)
            return pages.get_paginated_response(BattleLine(page, many=True).data)

    @extend_schema(request=BattleIn, responses={202: BattleOut}, operation_id="battles_start")
    def post(self, request: Request) -> Response:
        sent = BattleIn(data=request.data)
        sent.is_valid(raise_exception=True)
        battle = self._started(sent.validated_data)
        with transaction.atomic():
            return shown(battle, 202)

    def _started(self, said: dict[str, Any]) -> Battle:
        by = self.request.user
        if "turn" in said:
            with transaction.atomic():
                turn = get_own(conversations.all_turns_of(by), said["turn"])
            return starting.start_on_turn(by=by, turn=turn)
        if "session" in said:
            with transaction.atomic():
                session = get_own(sessions_of(by), said["session"])
            question = said.get("question", starting.ABOUT_RESULTS)
            return starting.start_on_results(by=by, session=session, question=question)
        return starting.start_on_question(by=by, question=said["question"])


class BattleDetail(_OwnBattle):
    @extend_schema(responses=BattleOut, operation_id="battles_read")
    def get(self, request: Request, battle_id: Any) -> Response:
        return shown(self.battle(battle_id))

    @extend_schema(responses={204: None}, operation_id="battles_delete")
    def delete(self, request: Request, battle_id: Any) -> Response:
        actions.delete_battle(by=request.user, battle=self.battle(battle_id))
        return Response(status=204)


class RoundVote(_OwnBattle):
    @extend_schema(
        request=VoteIn, responses=BattleOut, operation_id="battles_vote",
        description="One vote a round. A second one changes nothing: 409, with the battle as it stands under `battle`.",
    )  # fmt: skip
    def post(self, request: Request, battle_id: Any, number: int) -> Response:
        battle = self.battle(battle_id)
        sent = VoteIn(data=request.data)
        sent.is_valid(raise_exception=True)
        try:
            return shown(
                actions.cast_vote(by=request.user, battle=battle, number=number, **sent.validated_data)
            )
        except Problem as refusal:
            if refusal.code != "vote_stands":
                raise
            stored = BattleOut(selectors.told(self.battle(battle_id))).data
            body = {"type": "about:blank", "status": refusal.status, **refusal.problem(), "battle": stored}
            return Response(body, status=refusal.status, content_type=MEDIA_TYPE)


@method_decorator(transaction.non_atomic_requests, name="dispatch")
class BattleAgain(APIView):
    throttle_classes = (UserThrottle, ComputeThrottle)

    @extend_schema(request=None, responses={202: BattleOut}, operation_id="battles_try_again")
    def post(self, request: Request, battle_id: Any) -> Response:
        with transaction.atomic():
            battle = get_own(selectors.battles_of(request.user), battle_id)
        battle = starting.try_again(by=request.user, battle=battle)
        with transaction.atomic():
            return shown(battle, 202)


class Leaderboard(APIView):
    throttle_classes = (UserThrottle,)

    @extend_schema(responses=LeaderboardOut, operation_id="leaderboard_read")
    def get(self, request: Request) -> Response:
        return Response(LeaderboardOut(selectors.leaderboard()).data)


_one = "battles/<uuid:battle_id>/"

urlpatterns = [
    path("battles/", Battles.as_view(), name="api-battles"),
    path(_one, BattleDetail.as_view(), name="api-battle"),
    path(f"{_one}again/", BattleAgain.as_view(), name="api-battle-again"),
    path(f"{_one}rounds/<int:number>/vote/", RoundVote.as_view(), name="api-battle-vote"),
    path("leaderboard/", Leaderboard.as_view(), name="api-leaderboard"),
]
