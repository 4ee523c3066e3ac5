"""Addresses of teams: pages and API."""

from django.urls import path, re_path

from gamification.teams import api, views

app_name = "teams"

TEAM = "teams/<uuid:uuid>/"
API = r"^api/gamification/teams"
ONE = API + r"/(?P<uuid>[0-9a-fA-F-]{36})"
INVITATIONS = r"^api/gamification/invitations"

urlpatterns = [
    path("teams/", views.all_of, name="list"),
    path("teams/new/", views.new, name="new"),
    path("teams/come/<str:token>/", views.come, name="come"),
    path("teams/invitations/<uuid:invitation>/", views.invitation_answer, name="invitation-answer"),
    path(TEAM, views.team, name="team"),
    path(TEAM + "manage/", views.manage, name="manage"),
    path(TEAM + "change/", views.change, name="change"),
    path(TEAM + "close/", views.close, name="close"),
    path(TEAM + "join/", views.join, name="join"),
    path(TEAM + "leave/", views.leave, name="leave"),
    path(TEAM + "members/<uuid:person>/", views.member, name="member"),
    path(TEAM + "links/", views.link_new, name="link-new"),
    path(TEAM + "links/<uuid:link>/withdraw/", views.link_withdraw, name="link-withdraw"),
    path(TEAM + "invitations/<uuid:invitation>/withdraw/", views.invitation_withdraw, name="invitation-withdraw"),
    re_path(API + r"/?$", api.TeamsView.as_view(), name="api-teams"),
    re_path(API + r"/come/?$", api.ComeView.as_view(), name="api-come"),
    re_path(ONE + r"/?$", api.TeamView.as_view(), name="api-team"),
    re_path(ONE + r"/join/?$", api.JoinView.as_view(), name="api-join"),
    re_path(ONE + r"/leave/?$", api.LeaveView.as_view(), name="api-leave"),
    re_path(ONE + r"/members/?$", api.MembersView.as_view(), name="api-members"),
    re_path(ONE + r"/members/(?P<person>[0-9a-fA-F-]{36})/?$", api.MemberView.as_view(), name="api-member"),
    re_path(ONE + r"/invitations/?$", api.TeamInvitationsView.as_view(), name="api-team-invitations"),
    re_path(ONE + r"/links/?$", api.LinksView.as_view(), name="api-links"),
    re_path(ONE + r"/links/(?P<link>[0-9a-fA-F-]{36})/?$", api.LinkView.as_view(), name="api-link"),
    re_path(INVITATIONS + r"/?$", api.InvitationsView.as_view(), name="api-invitations"),
    re_path(INVITATIONS + r"/(?P<uuid>[0-9a-fA-F-]{36})/?$", api.InvitationView.as_view(), name="api-invitation"),
]
