"""Addresses of the platform's numbers in the API."""

app_name = "platform"

urlpatterns: list[object] = []
