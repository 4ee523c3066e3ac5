"""Addresses of discussions: pages and API."""

from django.urls import path, re_path

from library.discussions import api, views

app_name = "discussions"

PAGES = "courses/<slug:slug>/discussions/"
POST = PAGES + "<uuid:uuid>/posts/<uuid:post>/"
COURSE = r"^api/learning/courses/(?P<course>[0-9a-fA-F-]{36})/discussions"
THREAD = COURSE + r"/(?P<thread>[0-9a-fA-F-]{36})"

urlpatterns = [
    path(PAGES, views.all_of, name="all"),
    path(PAGES + "ask/", views.ask, name="ask"),
    path(PAGES + "<uuid:uuid>/", views.thread, name="thread"),
    path(POST + "edit/", views.edit, name="edit"),
    path(POST + "delete/", views.delete, name="delete"),
    path(POST + "accept/", views.accept, name="accept"),
    re_path(COURSE + r"/?$", api.ThreadsView.as_view(), name="api-threads"),
    re_path(THREAD + r"/?$", api.ThreadView.as_view(), name="api-thread"),
    re_path(THREAD + r"/posts/?$", api.PostsView.as_view(), name="api-posts"),
    re_path(THREAD + r"/posts/(?P<post>[0-9a-fA-F-]{36})/?$", api.PostView.as_view(), name="api-post"),
    re_path(THREAD + r"/accepted/?$", api.AcceptedView.as_view(), name="api-accepted"),
]
