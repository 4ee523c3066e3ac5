"""Addresses of one's own copy and of leaving for ever."""

from django.urls import path

from accounts.erasure import views

app_name = "erasure"

urlpatterns = [
    path("settings/data/", views.data, name="data"),
    path("settings/data/copy/", views.copy, name="copy"),
    path("settings/data/erase/", views.erase, name="erase"),
]
