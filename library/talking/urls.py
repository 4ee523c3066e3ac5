"""Addresses of what people say about items: pages and API."""

from django.urls import path, re_path

from library.talking import api, views

app_name = "talking"

ITEM = r"^api/library/items/(?P<uuid>[0-9a-fA-F-]{36})"
COMMENT = ITEM + r"/comments/(?P<comment>[0-9a-fA-F-]{36})"

urlpatterns = [
    path("embed/<uuid:uuid>/", views.embed, name="embed"),
    path("items/<uuid:uuid>/qr.svg", views.qr_code, name="qr-code"),
    path("items/<uuid:uuid>/rate/", views.rate, name="rate"),
    path("items/<uuid:uuid>/comments/", views.comment, name="comment"),
    path("items/<uuid:uuid>/comments/<uuid:comment>/reply/", views.reply, name="reply"),
    path("items/<uuid:uuid>/comments/<uuid:comment>/edit/", views.comment_edit, name="comment-edit"),
    path("items/<uuid:uuid>/comments/<uuid:comment>/delete/", views.comment_delete, name="comment-delete"),
    re_path(ITEM + r"/rating/?$", api.RatingView.as_view(), name="api-rating"),
    re_path(ITEM + r"/comments/?$", api.CommentsView.as_view(), name="api-comments"),
    re_path(COMMENT + r"/?$", api.CommentView.as_view(), name="api-comment"),
]
