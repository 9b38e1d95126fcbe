"""Addresses of the arena."""

from django.urls import path

from assistant.arena import views

_one = "arena/<uuid:battle_id>/"

urlpatterns = [
    path("arena/", views.arena, name="arena"),
    path("arena/leaderboard/", views.leaderboard, name="leaderboard"),
    path(_one, views.battle_detail, name="battle_detail"),
    path(f"{_one}rounds/<int:number>/vote/", views.battle_vote, name="battle_vote"),
    path(f"{_one}again/", views.battle_again, name="battle_again"),
    path(f"{_one}delete/", views.battle_delete, name="battle_delete"),
]
