"""Account pages and their API."""

from django.urls import path, re_path

from accounts import views
from accounts.api import activity, guests, metrics, users

app_name = "accounts"

USER = r"^api/users/(?P<user_id>me|[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12})"

urlpatterns = [
    path("", views.front, name="front"),
    path("profile/", views.profile, name="profile"),
    path("settings/", views.settings, name="settings"),
    path("settings/picture/remove/", views.picture_remove, name="picture-remove"),
    re_path(r"^avatars/(?P<name>[0-9a-f]{32})\.webp$", views.picture, name="picture"),
    path("features/", views.features, name="features"),
    path("features/upgrade/", views.upgrade, name="upgrade"),
    path("features/upgrade/withdraw/", views.upgrade_withdraw, name="upgrade-withdraw"),
    path("history/", views.history, name="history"),
    path("history/clear/", views.history_clear, name="history-clear"),
    path("history/hide/", views.history_hide, name="history-hide"),
    re_path(r"^api/guests/?$", guests.GuestsView.as_view(), name="api-guests"),
    re_path(r"^api/users/?$", users.UsersView.as_view(), name="api-users"),
    re_path(r"^api/users/stats/?$", users.AllStatsView.as_view(), name="api-all-stats"),
    re_path(r"^api/users/subscribers/?$", users.SubscribersView.as_view(), name="api-subscribers"),
    re_path(rf"{USER}/?$", users.UserView.as_view(), name="api-user"),
    re_path(rf"{USER}/stats/?$", users.UserStatsView.as_view(), name="api-user-stats"),
    re_path(rf"{USER}/stats/(?P<key>[a-z0-9_]{{1,64}})/?$", metrics.UserStatView.as_view(), name="api-user-stat"),
    re_path(rf"{USER}/history/?$", activity.HistoryView.as_view(), name="api-history"),
    re_path(rf"{USER}/watch/?$", activity.WatchView.as_view(), name="api-watch"),
    re_path(rf"{USER}/upload/?$", activity.UploadView.as_view(), name="api-upload"),
    re_path(rf"{USER}/interaction/?$", activity.InteractionView.as_view(), name="api-interaction"),
    re_path(
        rf"{USER}/features/(?P<feature>[a-z_]{{1,32}})/use/?$",
        activity.UseFeatureView.as_view(),
        name="api-use-feature",
    ),
    re_path(rf"{USER}/upgrade/?$", users.UpgradeView.as_view(), name="api-upgrade"),
]
