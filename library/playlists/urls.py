"""Addresses of playlists: pages and API."""

from django.urls import path, re_path

from library.playlists import api, views

app_name = "playlists"

ID = r"[0-9a-fA-F-]{36}"
ONE = rf"^api/library/playlists/(?P<uuid>{ID})"

urlpatterns = [
    path("playlists/", views.overview, name="all"),
    path("playlists/new/", views.new, name="new"),
    path("playlists/<uuid:uuid>/", views.one, name="one"),
    path("playlists/<uuid:uuid>/edit/", views.edit, name="edit"),
    path("playlists/<uuid:uuid>/delete/", views.delete, name="delete"),
    path("playlists/<uuid:uuid>/move/", views.move, name="move"),
    path("playlists/<uuid:uuid>/items/<uuid:item>/remove/", views.remove, name="remove"),
    path("playlists/<uuid:uuid>/people/", views.people, name="people"),
    path("playlists/<uuid:uuid>/people/<str:username>/drop/", views.drop, name="drop"),
    path("playlists/<uuid:uuid>/join/", views.join, name="join"),
    path("playlists/<uuid:uuid>/leave/", views.leave, name="leave"),
    path("items/<uuid:uuid>/playlists/", views.save, name="save"),
    path("watch-later/", views.later, name="watch-later"),
    re_path(r"^api/library/playlists/?$", api.PlaylistsView.as_view(), name="api-playlists"),
    re_path(ONE + r"/?$", api.PlaylistView.as_view(), name="api-playlist"),
    re_path(ONE + r"/items/?$", api.PlaylistItemsView.as_view(), name="api-items"),
    re_path(ONE + rf"/items/(?P<item>{ID})/?$", api.PlaylistItemView.as_view(), name="api-item"),
    re_path(ONE + r"/order/?$", api.PlaylistOrderView.as_view(), name="api-order"),
    re_path(ONE + r"/members/?$", api.PlaylistMembersView.as_view(), name="api-members"),
    re_path(ONE + rf"/members/(?P<user>{ID})/?$", api.PlaylistMemberView.as_view(), name="api-member"),
    re_path(ONE + r"/membership/?$", api.PlaylistMembershipView.as_view(), name="api-membership"),
    re_path(r"^api/library/watch-later/?$", api.WatchLaterView.as_view(), name="api-watch-later"),
]
