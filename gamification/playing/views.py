"""The game's pages: the wall of achievements, one's progress, and what one wants of the game."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.requests import MemberRequest
from gamification import queries
from gamification.achievements import queries as achievements
from gamification.models import Entry
from gamification.playing import choosing, pages
from gamification.playing.forms import GameForm, initial

PER_PAGE = 30


@require_safe
@login_required
def wall(request: HttpRequest) -> HttpResponse:
    """All achievements: those one has, and how far the others are."""
    user = cast(MemberRequest, request).user
    if choosing.is_calm(user.uuid):
        return render(request, "game/calm.html")
    shown = achievements.wall(user, timezone.now())
    rarity = request.GET.get("rarity", "")
    rarity = rarity if rarity in pages.RARITIES else ""
    context = {
        "wall": shown,
        "badges": [badge for badge in shown.badges if not rarity or badge.rarity == rarity],
        "rarity": rarity,
        "rarities": pages.RARITIES,
    }
    return render(request, "game/achievements.html", context)


@require_safe
@login_required
def progress(request: HttpRequest) -> HttpResponse:
    """Where one stands: level, streak with its calendar, and every point with what it was for."""
    user, now = cast(MemberRequest, request).user, timezone.now()
    chosen = choosing.of(user.uuid)
    if chosen.is_calm:
        return render(request, "game/calm.html")
    page = _page(queries.entries(user.uuid), request.GET.get("page"))
    stored = queries.state_of(user.uuid)
    card = queries.card(user.uuid, now, chosen, stored)
    calendar = pages.month(user.uuid, card.streak.today, now, chosen, stored)
    context = {
        "card": card,
        "to_next": pages.next_goal(card.level),
        "cells": pages.cells(calendar.days),
        "legend": pages.LEGEND,
        "alive": pages.alive(card.streak, card.streak_ends_at, now),
        "rest_days": pages.rest_words(sorted(chosen.rest_days)),
        "page": page,
        "lines": queries.explained(page.object_list),
        "earning": pages.earning(),
        "study_ms": 1000 * card.study_s,
    }
    return render(request, "game/progress.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def settings(request: HttpRequest) -> HttpResponse:
    """Choose what one wants of the game."""
    user = cast(MemberRequest, request).user
    form = GameForm(request.POST if request.method == "POST" else None, initial=initial(choosing.of(user.uuid)))
    if request.method == "POST" and form.is_valid():
        changed = choosing.change(user, **form.cleaned_data)
        messages.success(request, _("Saved.") if changed else _("Nothing was changed."))
        return redirect("playing:settings")
    context = {"form": form, "rest_from": pages.rest_from(timezone.now())}
    return render(request, "game/settings.html", context, status=400 if form.errors else 200)


def _page(rows: QuerySet[Entry], number: str | None) -> Page:
    """Return a page of the ledger. How many rows there are is only asked where the first page does not hold them all."""
    paginator = Paginator(rows, PER_PAGE)
    if number not in {None, "1"}:
        return paginator.get_page(number)
    first = list(rows[: PER_PAGE + 1])
    if len(first) <= PER_PAGE:
        paginator.count = len(first)
    return Page(first[:PER_PAGE], 1, paginator)
