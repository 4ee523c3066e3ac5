"""Addresses of the library: pages and API."""

from django.urls import path, re_path

from library import api, views

app_name = "library"

ITEM = r"^api/library/items/(?P<uuid>[0-9a-fA-F-]{36})"

urlpatterns = [
    path("browse/", views.browse, name="browse"),
    path("upload/", views.upload, name="upload"),
    path("items/", views.mine, name="mine"),
    path("items/<uuid:uuid>/", views.item, name="item"),
    path("items/<uuid:uuid>/edit/", views.item_edit, name="item-edit"),
    path("items/<uuid:uuid>/delete/", views.item_delete, name="item-delete"),
    path("items/<uuid:uuid>/like/", views.like, name="like"),
    path("items/<uuid:uuid>/save/", views.save, name="save"),
    path("items/<uuid:uuid>/share/", views.share, name="share"),
    path("items/<uuid:uuid>/file/", views.file, name="file"),
    path("items/<uuid:uuid>/download/", views.download, name="download"),
    path("items/<uuid:uuid>/thumbnail/", views.thumbnail, name="thumbnail"),
    path("items/<uuid:uuid>/poster/", views.poster, name="poster"),
    re_path(r"^api/library/items/?$", api.ItemsView.as_view(), name="api-items"),
    re_path(r"^api/library/items/bulk/?$", api.BulkView.as_view(), name="api-items-bulk"),
    re_path(ITEM + r"/?$", api.ItemView.as_view(), name="api-item"),
    re_path(ITEM + r"/like/?$", api.LikeView.as_view(), name="api-like"),
    re_path(ITEM + r"/save/?$", api.SaveView.as_view(), name="api-save"),
    re_path(ITEM + r"/share/?$", api.ShareView.as_view(), name="api-share"),
]
