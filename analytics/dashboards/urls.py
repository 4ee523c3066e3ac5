"""Addresses of the staff's dashboards."""

app_name = "dashboards"

urlpatterns: list[object] = []
