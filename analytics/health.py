"""Whether the site can serve, for load balancers, supervisors and people."""

import logging
import secrets

from celery import current_app
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from analytics import heartbeats
from stats import inbox

log = logging.getLogger(__name__)


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200: this process serves. Asks nothing of the database."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when the database answers and the ingest backlog is below its bound, 503 otherwise.

    `degraded` names what is down beside it: worker, scheduler, cache, broker. The site serves without them.
    """
    try:
        backlog = inbox.backlog(fresh=True)
        degraded = heartbeats.silent(timezone.now())
    except DatabaseError as error:
        log.warning("Not ready, the database does not answer: %s", error)
        return JsonResponse({"status": "database_down", "backlog": None, "degraded": []}, status=503)
    if not cache_answers():
        degraded.append("cache")
    if not broker_answers():
        degraded.append("broker")
    ready = backlog < settings.INGEST_BACKLOG_LIMIT
    status = "ok" if ready else "backlog_full"
    return JsonResponse({"status": status, "backlog": backlog, "degraded": degraded}, status=200 if ready else 503)


def cache_answers() -> bool:
    """Whether the cache gives back what was put into it."""
    token = secrets.token_hex(8)
    cache.set(f"readyz:{token}", token, 5)
    return cache.get(f"readyz:{token}") == token


def broker_answers(url: str | None = None) -> bool:
    """Whether the task broker, the site's unless given, takes a connection within a second."""
    try:
        with current_app.connection_for_write(url, connect_timeout=1) as connection:
            connection.ensure_connection(max_retries=1, interval_start=0, timeout=1)
            connection.default_channel.close()  # Redis is asked when a channel opens
    except Exception as error:  # noqa: BLE001 (each broker's library has its own)
        log.info("The broker does not answer: %s", error)
        return False
    return True
