"""Addresses of the staff's desk."""

app_name = "desk"

urlpatterns: list[object] = []
