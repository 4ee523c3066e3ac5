"""Addresses of what members pay, and of gateways' webhooks."""

app_name = "billing"

urlpatterns: list[object] = []
