"""Addresses of members among themselves: their pages, follows, feed, notifications, collaborations, referrals."""

from django.urls import path, re_path

from library.people import api, views

app_name = "people"

API = r"^api/library/"
MEMBER = API + r"members/(?P<username>[^/]{1,150})"
UUID = r"(?P<uuid>[0-9a-fA-F-]{36})"

urlpatterns = [
    path("members/<str:username>/", views.member, name="member"),
    path("members/<str:username>/playlists/", views.member_playlists, name="member-playlists"),
    path("members/<str:username>/courses/", views.member_courses, name="member-courses"),
    path("members/<str:username>/followers/", views.member_followers, name="member-followers"),
    path("members/<str:username>/following/", views.member_following, name="member-following"),
    path("members/<str:username>/follow/", views.follow, name="follow"),
    path("following/", views.following, name="following"),
    path("notifications/", views.notification_list, name="notifications"),
    path("notifications/count/", views.notifications_count, name="notifications-count"),
    path("notifications/read/", views.notifications_read, name="notifications-read"),
    path("notifications/<uuid:uuid>/", views.notification_open, name="notification"),
    path("settings/notifications/", views.settings_notifications, name="settings-notification"),
    path("settings/privacy/", views.settings_privacy, name="settings-privacy"),
    path("collaborations/", views.collaborations, name="collaborations"),
    path("collaborations/<uuid:uuid>/answer/", views.collaboration_answer, name="collaboration-answer"),
    path("collaborations/<uuid:uuid>/end/", views.collaboration_end, name="collaboration-end"),
    path("invite/", views.invite, name="invite"),
    re_path(r"^r/(?P<code>[a-z0-9]{8})/$", views.referral, name="referral"),
    path("items/<uuid:uuid>/people/", views.collaborators, name="collaborators"),
    re_path(MEMBER + r"/?$", api.MemberView.as_view(), name="api-member"),
    re_path(MEMBER + r"/follow/?$", api.FollowView.as_view(), name="api-follow"),
    re_path(MEMBER + r"/followers/?$", api.FollowersView.as_view(), name="api-followers"),
    re_path(MEMBER + r"/following/?$", api.FollowingView.as_view(), name="api-following"),
    re_path(API + r"feed/?$", api.FeedView.as_view(), name="api-feed"),
    re_path(API + r"notifications/?$", api.NotificationsView.as_view(), name="api-notifications"),
    re_path(API + r"notifications/read/?$", api.NotificationsReadView.as_view(), name="api-notifications-read"),
    re_path(API + rf"notifications/{UUID}/read/?$", api.NotificationReadView.as_view(), name="api-notification-read"),
    re_path(API + r"settings/?$", api.SettingsView.as_view(), name="api-settings"),
    re_path(API + rf"items/{UUID}/collaborators/?$", api.CollaboratorsView.as_view(), name="api-collaborators"),
    re_path(API + r"collaborations/?$", api.CollaborationsView.as_view(), name="api-collaborations"),
    re_path(API + rf"collaborations/{UUID}/?$", api.CollaborationView.as_view(), name="api-collaboration"),
    re_path(API + r"invite/?$", api.InviteView.as_view(), name="api-invite"),
]
