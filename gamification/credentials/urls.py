"""Addresses of credentials. Those below `/ob/` stand in signed documents and never change."""

from django.urls import path, re_path

from gamification.credentials import api, views

app_name = "credentials"

API = r"^api/gamification/credentials"

urlpatterns = [
    path("ob/issuer", views.issuer, name="issuer"),
    path("ob/keys", views.keys, name="keys"),
    path("ob/keys/<slug:name>", views.key, name="key"),
    path("ob/revocations", views.revocations, name="revocations"),
    path("ob/achievements/<slug:name>/<int:tier>", views.achievement_json, name="achievement-json"),
    path("ob/achievements/<slug:name>/<int:tier>.png", views.achievement_image, name="achievement-image"),
    path("ob/credentials/<uuid:uuid>", views.credential_jwt, name="credential-jwt"),
    path("ob/credentials/<uuid:uuid>.png", views.credential_png, name="credential-png"),
    path("verify/", views.verify, name="verify"),
    path("verify/<uuid:uuid>/", views.credential, name="credential"),
    path("dashboard/achievements/<slug:key>/badge/", views.achievement, name="achievement"),
    path("dashboard/achievements/<slug:key>/<int:tier>/badge/", views.achievement, name="achievement"),
    re_path(API + r"/?$", api.CredentialsView.as_view(), name="api-credentials"),
    re_path(API + r"/verify/?$", api.CheckView.as_view(), name="api-check"),
]
