"""Addresses of challenges: pages and API."""

from django.urls import path, re_path

from gamification.challenges import api, views

app_name = "challenges"

ONE = "challenges/<uuid:uuid>/"
API = r"^api/gamification/challenges"
API_ONE = API + r"/(?P<uuid>[0-9a-fA-F-]{36})"

urlpatterns = [
    path("challenges/", views.all_of, name="list"),
    path("challenges/new/", views.new, name="new"),
    path(ONE, views.challenge, name="challenge"),
    path(ONE + "change/", views.change, name="change"),
    path(ONE + "enter/", views.enter, name="enter"),
    path(ONE + "leave/", views.leave, name="leave"),
    path(ONE + "cancel/", views.cancel, name="cancel"),
    re_path(API + r"/?$", api.ChallengesView.as_view(), name="api-challenges"),
    re_path(API_ONE + r"/?$", api.ChallengeView.as_view(), name="api-challenge"),
    re_path(API_ONE + r"/standings/?$", api.StandingsView.as_view(), name="api-standings"),
    re_path(API_ONE + r"/me/?$", api.MyPartView.as_view(), name="api-me"),
]
