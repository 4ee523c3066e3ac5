"""What every template knows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, Any]:
    """Return the site's zone, the member's theme, and where mails lie while there is no mail server.

    `mail_dir` is empty when mails really leave the house; a production site does not tell its paths.
    """
    user = getattr(request, "user", None)
    mails_stay = settings.EMAIL_BACKEND == "config.mail.TerminalBackend"
    return {
        "site_name": "Eightpoint",
        "site_time_zone": settings.TIME_ZONE,
        "theme": user.theme if user is not None and user.is_authenticated else "",
        "mail_dir": ("DATA_DIR/mail" if settings.PRODUCTION else str(settings.MAIL_DIR)) if mails_stay else "",
        "request_id": getattr(request, "request_id", ""),
    }
