"""Every setting, from the environment only; `.env.example` lists them with what each does.

`DEBUG` has three states: unset is a site on this machine (a secret key is made and kept in `DATA_DIR`, plain http),
1 adds the developer's error pages, 0 is production (nothing is made up: what is missing stops the start).
"""

import contextlib
import logging
import os
import secrets
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from django.urls import reverse_lazy

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()


def flag(name: str, default: bool) -> bool:
    """Read a yes/no setting; anything else than 0, 1, true, false, yes, no, on, off stops the start."""
    text = env.str(name, "1" if default else "0").strip().lower()
    if text not in {"0", "1", "true", "false", "yes", "no", "on", "off"}:
        raise ImproperlyConfigured(f"{name} is 0 or 1, not {text!r}.")
    return text in {"1", "true", "yes", "on"}


def number(name: str, default: int, least: int = 0, most: int = 10**9) -> int:
    """Read a whole number from `least` to `most`."""
    text = env.str(name, str(default)).strip()
    if not text.isascii() or not text.isdigit() or int(text) < least:
        raise ImproperlyConfigured(f"{name} is a whole number of at least {least}, not {text!r}.")
    if len(text) > 18 or int(text) > most:
        raise ImproperlyConfigured(f"{name} is {most} at most, not {text!r}.")
    return int(text)


# Where things are

DATA_DIR = Path(env.str("DATA_DIR", str(BASE_DIR / "var"))).expanduser().resolve()
try:
    DATA_DIR.mkdir(parents=True, exist_ok=True)
except OSError as error:
    raise ImproperlyConfigured(f"DATA_DIR {DATA_DIR} cannot be made: {error.strerror}.") from error

DEBUG = flag("DEBUG", False)
PRODUCTION = env.str("DEBUG", "") != "" and not DEBUG
SITE_URL = env.str("SITE_URL", f"http://127.0.0.1:{number('PORT', 8000, least=1)}").rstrip("/")


def kept_secret_key() -> str:
    """Return the key kept in `DATA_DIR`, made on the first start."""
    path = DATA_DIR / "secret-key"
    if not path.exists():
        new = DATA_DIR / f"secret-key.{secrets.token_hex(8)}"
        new.touch(mode=0o600)
        new.write_text(secrets.token_urlsafe(50))
        with contextlib.suppress(FileExistsError):
            os.link(new, path)
        new.unlink()
    return path.read_text().strip()


SECRET_KEY = env.str("SECRET_KEY", "")
if PRODUCTION and len(SECRET_KEY) < 50:
    raise ImproperlyConfigured("SECRET_KEY must be set to 50 characters or more when DEBUG=0.")
SECRET_KEY = SECRET_KEY or kept_secret_key()
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[] if PRODUCTION else ["localhost", "127.0.0.1", "[::1]"])
if PRODUCTION and (not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS):
    raise ImproperlyConfigured("ALLOWED_HOSTS must name the site's hosts, not '*', when DEBUG=0.")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
TRUSTED_PROXIES = number("TRUSTED_PROXIES", 0)

# Apps, listed from the highest to the lowest layer

INSTALLED_APPS = [
    "analytics",
    "library",
    "gamification",
    "accounts",
    "stats",
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.import_export",
    "import_export",
    "config.apps.AdminSite",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "knox",
    "django_htmx",
    "csp",
]

MIDDLEWARE = [
    "config.middleware.request_id",
    "django.middleware.security.SecurityMiddleware",
    "stats.middleware.ingest",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.content_security_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.middleware.private_answers",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.session_activity",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.view_as",
    "accounts.middleware.actor",
    "accounts.middleware.time_zone",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context.site",
            ],
            "builtins": ["django.templatetags.l10n", "config.templatetags.look"],
        },
    },
]

# What higher apps add to the event log's wings, by dotted path

ITEM_ACCESS = "library.access.may_open"
ITEM_RELEASES = "library.access.not_out"
TITLES = "library.learning.naming.titles"
EVENT_PROJECTIONS = [
    "analytics.platform.touched.TOUCHED",
    "stats.identities.IDENTITIES",
    "stats.streams.STREAMS",
    "stats.plays.PLAYS",
    "stats.states.STATES",
    "stats.counters.ITEMS",
    "stats.counters.ACTORS",
    "stats.history.CLEARED",
    "stats.actions.ACTIONS",
    "stats.daily.DAYS",
    "stats.daily.PARTS_OF_DAYS",
    "stats.daily.KINDS_OF_DAYS",
    "stats.audience.AUDIENCE",
    "stats.follows.FOLLOWS",
    "stats.ratings.RATINGS",
    "stats.courses.COURSES",
    "gamification.game.GAME",
    "analytics.revenue.projecting.REVENUE",
]
TAKES_INVITATIONS = "library.people.access.may_invite"
MEMBERS_SEEN = "library.people.access.visible_to"
ERASERS = [f"{app}.erasing.ERASER" for app in ("analytics", "gamification", "library", "stats")]
ERASERS.append("accounts.erasure.rules.ERASER")
VERIFIERS = ["analytics.platform.verifying.differences"]
TELL_MEMBERS = "library.people.notifications.notify"
DEMO_PARTS = ["accounts.demo.make", "gamification.demo.make"]
EVENT_REACTORS = ["gamification.achievements.evaluating.react"]
EFFECT_LISTENERS = ["gamification.moments.telling.listen"]
PANELS = [
    "analytics.dashboards.panels.overview.FIRST",
    "analytics.revenue.panels.PANELS",
    "analytics.dashboards.panels.overview.LAST",
    "analytics.dashboards.panels.people.PANELS",
    "analytics.dashboards.panels.overview.MEMBERS",
    "analytics.dashboards.panels.engagement.PANELS",
    "analytics.dashboards.panels.content.PANELS",
    "analytics.dashboards.panels.learning.PANELS",
    "analytics.dashboards.panels.game.PANELS",
    "analytics.dashboards.panels.system.PANELS",
]
METRICS = [
    "stats.metrics.METRICS",
    "stats.possible.METRICS",
    "library.possible.METRICS",
    "accounts.possible.METRICS",
    "gamification.possible.METRICS",
]
PLATFORM_FACTS = [
    "stats.possible.facts.FACTS",
    "library.possible.FACTS",
    "accounts.possible.FACTS",
    "gamification.possible.FACTS",
    "analytics.dashboards.facts.FACTS",
]

# Database, cache, broker

SQLITE_URL = f"sqlite:///{DATA_DIR / 'eightpoint.sqlite3'}"
DATABASE_URL = env.str("DATABASE_URL", "") or SQLITE_URL
if not DATABASE_URL.startswith(("postgres://", "postgresql://", "sqlite:///")):
    raise ImproperlyConfigured("DATABASE_URL must begin with postgres:// or sqlite:///.")
try:
    DATABASES = {"default": env.db_url_config(DATABASE_URL)}
except Exception as error:
    raise ImproperlyConfigured(f"DATABASE_URL is no database address: {error}") from error
ON_POSTGRESQL = DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql"
if ON_POSTGRESQL:
    DATABASES["default"]["CONN_MAX_AGE"] = None
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"]["OPTIONS"] = {"connect_timeout": 5, **DATABASES["default"].get("OPTIONS", {})}
else:
    DATABASES["default"]["CONN_MAX_AGE"] = None
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-64000; PRAGMA temp_store=MEMORY;"
            "PRAGMA mmap_size=268435456; PRAGMA journal_size_limit=67108864"
        ),
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", "")
if REDIS_URL and not REDIS_URL.startswith(("redis://", "rediss://", "unix://")):
    raise ImproperlyConfigured("REDIS_URL must begin with redis://, rediss:// or unix://.")
WEB_PROCESSES = number("WEB_PROCESSES", 1, least=1)
WEB_THREADS = number("WEB_THREADS", 16, least=1)
if WEB_PROCESSES > 1 and not REDIS_URL:
    raise ImproperlyConfigured("WEB_PROCESSES above 1 needs REDIS_URL: a memory cache is not shared.")
CACHES = {
    "default": (
        {
            "BACKEND": "config.cache.ForgivingRedisCache",
            "LOCATION": REDIS_URL,
            "OPTIONS": {"socket_timeout": 0.2, "socket_connect_timeout": 0.2},
        }
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    )
}

EMBEDDED_BROKER = "filesystem://localhost"
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", "") or REDIS_URL or EMBEDDED_BROKER
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {
        "data_folder_in": str(DATA_DIR / "broker"),
        "data_folder_out": str(DATA_DIR / "broker"),
        "control_folder": str(DATA_DIR / "broker-control"),
        "polling_interval": 0.1,
    }
    if CELERY_BROKER_URL == EMBEDDED_BROKER
    else {"socket_timeout": 1, "socket_connect_timeout": 1}
    if CELERY_BROKER_URL.startswith("redis")
    else {}
)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    "heartbeat": {"task": "analytics.heartbeat", "schedule": timedelta(seconds=15), "options": {"expires": 15}},
    "expire-subscriptions": {"task": "accounts.expire_subscriptions", "schedule": timedelta(minutes=10)},
    "renew-subscriptions": {
        "task": "accounts.renew_subscriptions",
        "schedule": timedelta(minutes=10),
        "options": {"expires": 600},
    },
    "drop-old-salts": {"task": "stats.drop_old_salts", "schedule": timedelta(hours=1)},
    "finish-erasures": {
        "task": "accounts.finish_erasures",
        "schedule": timedelta(minutes=10),
        "options": {"expires": 600},
    },
    "clear-sessions": {"task": "accounts.clear_sessions", "schedule": timedelta(days=1)},
    "refresh-facts": {"task": "stats.refresh_facts", "schedule": timedelta(minutes=1), "options": {"expires": 60}},
    "drop-old-notifications": {"task": "library.drop_old_notifications", "schedule": timedelta(days=1)},
    "announce": {"task": "library.announce", "schedule": timedelta(seconds=15), "options": {"expires": 15}},
    "complete-lessons": {
        "task": "library.complete_lessons",
        "schedule": timedelta(minutes=5),
        "options": {"expires": 300},
    },
    "close-attempts": {"task": "library.close_attempts", "schedule": timedelta(minutes=1), "options": {"expires": 60}},
    "drop-old-moments": {"task": "gamification.drop_old_moments", "schedule": timedelta(days=1)},
    "settle": {"task": "stats.settle", "schedule": timedelta(seconds=10), "options": {"expires": 10}},
    "refresh-trending": {
        "task": "library.refresh_trending",
        "schedule": timedelta(minutes=5),
        "options": {"expires": 300},
    },
    "refresh-recommendations": {
        "task": "library.refresh_recommendations",
        "schedule": timedelta(minutes=5),
        "options": {"expires": 300},
    },
    "rebuild-leaderboards": {
        "task": "gamification.rebuild_leaderboards",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "close-leaderboards": {"task": "gamification.close_leaderboards", "schedule": timedelta(hours=1)},
    "backfill-achievements": {
        "task": "gamification.backfill_achievements",
        "schedule": timedelta(seconds=30),
        "options": {"expires": 30},
    },
    "recheck-achievements": {
        "task": "gamification.recheck_achievements",
        "schedule": timedelta(seconds=30),
        "options": {"expires": 30},
    },
    "queue-rechecks": {"task": "gamification.queue_rechecks", "schedule": timedelta(days=1)},
    "count-holders": {"task": "gamification.count_holders", "schedule": timedelta(minutes=10)},
    "refresh-teams": {
        "task": "gamification.refresh_teams",
        "schedule": timedelta(minutes=5),
        "options": {"expires": 300},
    },
    "count-challenges": {
        "task": "gamification.count_challenges",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "aggregate-platform": {
        "task": "analytics.aggregate_platform",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "judge-days": {"task": "analytics.judge_days", "schedule": timedelta(minutes=10), "options": {"expires": 600}},
    "send-morning-mails": {"task": "analytics.send_morning_mails", "schedule": crontab(minute="*/15", hour="6-11")},
    "sample-system": {"task": "analytics.sample_system", "schedule": timedelta(minutes=1), "options": {"expires": 30}},
    "drop-old-failures": {"task": "analytics.drop_old_failures", "schedule": timedelta(days=1)},
    "work-off-bulk-actions": {
        "task": "analytics.work_off_bulk_actions",
        "schedule": timedelta(seconds=5),
        "options": {"expires": 5},
    },
    "drop-bulk-drafts": {"task": "analytics.drop_bulk_drafts", "schedule": timedelta(hours=6)},
    "aggregate-day": {"task": "stats.aggregate", "args": ["d"], "schedule": crontab(minute=5, hour=0)},
    "aggregate-week": {"task": "stats.aggregate", "args": ["w"], "schedule": crontab(10, 0, day_of_week=1)},
    "aggregate-month": {"task": "stats.aggregate", "args": ["m"], "schedule": crontab(15, 0, day_of_month=1)},
    "aggregate-year": {
        "task": "stats.aggregate",
        "args": ["y"],
        "schedule": crontab(20, 0, day_of_month=1, month_of_year=1),
    },
}

# Events

MAX_WATCH_HISTORY_ENTRIES = number("MAX_WATCH_HISTORY_ENTRIES", 1000, least=1)
ENABLE_USER_ANALYTICS = flag("ENABLE_USER_ANALYTICS", True)
INGEST_BACKLOG_LIMIT = number("INGEST_BACKLOG_LIMIT", 500_000, least=1)
USER_SUBSCRIPTION_DAYS = number("USER_SUBSCRIPTION_DAYS", 365, least=1, most=3650)
GUEST_DAYS = number("GUEST_DAYS", 365, least=1, most=3650)

# Money: the gateway that orders go to, and how long a renewal is waited for; empty means that members ask and staff grant

GATEWAYS = {"manual": "accounts.billing.gateways.manual.MANUAL", "stripe": "accounts.billing.gateways.stripe.STRIPE"}
BILLING_GATEWAY = env.str("BILLING_GATEWAY", "").strip()
if BILLING_GATEWAY and BILLING_GATEWAY not in GATEWAYS:
    raise ImproperlyConfigured(f"BILLING_GATEWAY is empty or one of {', '.join(GATEWAYS)}, not {BILLING_GATEWAY!r}.")
BILLING_GRACE_DAYS = number("BILLING_GRACE_DAYS", 7, least=1, most=90)
COURSES_SOLD = "library.learning.selling"

# Money, by way of Stripe: the account's secret key, and the secret with which it signs its webhooks

STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", "")
STRIPE_WEBHOOK_SECRET = env.str("STRIPE_WEBHOOK_SECRET", "")
if BILLING_GATEWAY == "stripe" and not (STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET):
    raise ImproperlyConfigured("BILLING_GATEWAY=stripe needs STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET.")

# Accounts

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["config.rights.Matrix", "allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "accounts.passwords.MaximumLengthValidator", "OPTIONS": {"max_length": 128}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = 3600
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email", "username"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*"]
ACCOUNT_FORMS = {"signup": "accounts.forms.SignupForm", "login": "accounts.forms.LoginForm"}
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_USERNAME_MIN_LENGTH = 2
ACCOUNT_USERNAME_BLACKLIST: list[str] = []
ACCOUNT_SESSION_REMEMBER = True
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Eightpoint"
USERSESSIONS_TRACK_ACTIVITY = True

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "config.errors.csrf_failure"
if PRODUCTION:
    SESSION_COOKIE_NAME = "__Host-sid"
    CSRF_COOKIE_NAME = "__Host-csrf"
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = flag("SECURE_SSL_REDIRECT", True)
    SECURE_REDIRECT_EXEMPT = [r"^healthz/?$", r"^readyz/?$"]
    SECURE_HSTS_SECONDS = number("SECURE_HSTS_SECONDS", 31_536_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    if TRUSTED_PROXIES:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
X_FRAME_OPTIONS = "DENY"

# Content-Security-Policy of site and API; `config.middleware` has the admin's and the one of /redoc

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "media-src": [SELF, "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF, "blob:"],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
    }
}

# Mail

EMAIL_URL = env.str("EMAIL_URL", "")
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "Eightpoint <eightpoint@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
EMAIL_TIMEOUT = 10
MAIL_DIR = DATA_DIR / "mail"
if EMAIL_URL:
    try:
        vars().update(env.email_url_config(EMAIL_URL))
    except ImproperlyConfigured as error:
        raise ImproperlyConfigured(f"EMAIL_URL is no address of a mail server: {error}.") from error
else:
    EMAIL_BACKEND = "config.mail.TerminalBackend"

# Language, time, files

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
LOCALE_PATHS = [BASE_DIR / "config" / "locale"]
TIME_ZONE = env.str("TIME_ZONE", "UTC")
try:
    ZoneInfo(TIME_ZONE)
except (LookupError, OSError, ValueError) as error:
    raise ImproperlyConfigured(f"TIME_ZONE is a time zone such as Europe/Berlin, not {TIME_ZONE!r}.") from error
CELERY_TIMEZONE = TIME_ZONE
USE_TZ = True
USE_I18N = True
USE_THOUSAND_SEPARATOR = True
FORMAT_MODULE_PATH = "config.formats"

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = DEBUG
MEDIA_ROOT = DATA_DIR / "media"
MAX_UPLOAD_BYTES = number("MAX_UPLOAD_MB", 2000, least=1) * 1_000_000
ACCEL_REDIRECT_PREFIX = env.str("ACCEL_REDIRECT_PREFIX", "")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
FILE_UPLOAD_PERMISSIONS = 0o640
DATA_UPLOAD_MAX_MEMORY_SIZE = 5_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
DATA_UPLOAD_MAX_NUMBER_FILES = 10

# API

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.BearerToken",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": [
        "rest_framework.renderers.JSONRenderer",
        "config.api.BrowsableRenderer",
    ],
    "DEFAULT_PARSER_CLASSES": ["config.api.Json"],
    "DEFAULT_PAGINATION_CLASS": "config.api.Pages",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "config.schema.Schema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "config.errors.api_exception",
    "PAGE_SIZE": 50,
    "NON_FIELD_ERRORS_KEY": "",
}
REST_KNOX = {"TOKEN_PREFIX": "ept_", "TOKEN_TTL": None, "TOKEN_MODEL": "knox.AuthToken"}
SPECTACULAR_SETTINGS = {
    "TITLE": "Eightpoint API",
    "DESCRIPTION": "Events in, exact numbers out.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api",
    "ENUM_NAME_OVERRIDES": {
        "SubscriptionStatusEnum": "accounts.models.Status",
        "GivenAnswerEnum": ["accepted", "declined"],
        "TeamRoleEnum": "gamification.teams.models.Role",
        "TeamInvitationStateEnum": "gamification.teams.models.Invited",
        "ChallengeStateEnum": "gamification.challenges.models.State",
        "QuestionKindEnum": "library.quizzes.models.QuestionKind",
        "LessonKindEnum": "library.learning.models.LessonKind",
        "CourseStatusEnum": "library.learning.models.Status",
        "ItemVisibilityEnum": "stats.models.Visibility",
        "PlaylistRoleEnum": "library.playlists.models.PlaylistRole",
        "PlaylistVisibilityEnum": "library.playlists.models.PlaylistVisibility",
        "ReportReasonEnum": "library.talking.models.Reason",
    },
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "stats.schema.add_ingest"],
}

UNFOLD = {
    "SITE_TITLE": "Eightpoint",
    "SITE_HEADER": "Eightpoint",
    "SITE_URL": "/",
    "SITE_SYMBOL": "scatter_plot",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "COLORS": {
        "primary": {
            "50": "#edf7f7",
            "100": "#d3e7e7",
            "200": "#b3d8d9",
            "300": "#97c8ca",
            "400": "#66c9cc",
            "500": "#3a9ba3",
            "600": "#0c6570",
            "700": "#0b5761",
            "800": "#0a4850",
            "900": "#163a3e",
            "950": "#05282c",
        },
        "base": {
            "50": "#f8f7f4",
            "100": "#f1efea",
            "200": "#e6e2da",
            "300": "#d3cfc6",
            "400": "#9fb0b1",
            "500": "#616e71",
            "600": "#5b6669",
            "700": "#2f3e41",
            "800": "#1e2a2d",
            "900": "#172124",
            "950": "#10181a",
        },
    },
    "STYLES": [lambda request: static("css/shell.css")],
    "SCRIPTS": [lambda request: static("js/shell.js")],
    "SIDEBAR": {"navigation": "config.admin.navigation"},
    "LOGIN": {"redirect_after": lambda request: reverse_lazy("admin:index")},
}

LOG_LEVEL = env.str("LOG_LEVEL", "WARNING").upper()
if LOG_LEVEL not in {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}:
    raise ImproperlyConfigured(f"LOG_LEVEL is DEBUG, INFO, WARNING, ERROR or CRITICAL, not {LOG_LEVEL!r}.")
logging.captureWarnings(True)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "config.logs.OneLine"}},
    "handlers": {"terminal": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["terminal"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": ["terminal"], "level": LOG_LEVEL, "propagate": False},
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}
