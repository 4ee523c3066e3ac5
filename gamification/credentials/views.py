"""Documents for verifiers, a member's own badges to take along, and the page where anybody checks a credential."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from accounts.requests import ActorRequest, MemberRequest
from gamification.credentials import addresses, baking, checking, documents, drawing, issuing, pacing, queries
from gamification.credentials.documents import Described
from gamification.credentials.forms import CheckForm
from gamification.credentials.models import Credential

FOR_ALL = {"Access-Control-Allow-Origin": "*"}
BRIEFLY = FOR_ALL | {"Cache-Control": "public, max-age=60"}

# For verifiers


@require_safe
def issuer(request: ActorRequest) -> HttpResponse:
    """Who issues: the profile of this site."""
    return JsonResponse(documents.profile(), headers=BRIEFLY)


@require_safe
def keys(request: ActorRequest) -> HttpResponse:
    """All public keys whose word counts, as a JWK set."""
    shown = [_jwk(row.name, row.public) for row in queries.public_keys()]
    return JsonResponse({"keys": shown}, headers=BRIEFLY)


@require_safe
def key(request: ActorRequest, name: str) -> HttpResponse:
    """One public key as a JWK; 404 once its word was taken back."""
    row = queries.public_keys().filter(name=name).first()
    if row is None:
        raise Http404
    return JsonResponse(_jwk(row.name, row.public), content_type="application/jwk+json", headers=BRIEFLY)


@require_safe
def revocations(request: ActorRequest) -> HttpResponse:
    """Which credentials were taken back (1EdTech Revocation List Status Method 1.0)."""
    rows = [{"id": addresses.credential(row.uuid), "revoked": True} for row in queries.revoked().only("uuid")]
    listed = {"id": addresses.revocations(), "issuer": addresses.issuer(), "revokedCredentials": rows}
    return JsonResponse(listed, headers=BRIEFLY)


@require_safe
def achievement_json(request: ActorRequest, name: str, tier: int) -> HttpResponse:
    """An achievement, as credentials name it."""
    described = _told(request, name, tier)
    return JsonResponse({"@context": documents.CONTEXTS, **documents.achievement(described)}, headers=FOR_ALL)


@require_safe
def achievement_image(request: ActorRequest, name: str, tier: int) -> HttpResponse:
    """An achievement's picture, without a credential in it."""
    return HttpResponse(_picture(_told(request, name, tier)), content_type="image/png", headers=FOR_ALL)


@require_safe
def credential_jwt(request: ActorRequest, uuid: UUID) -> HttpResponse:
    """A credential as it was signed, for everybody who has its address."""
    return HttpResponse(_credential(uuid).text, content_type="text/plain; charset=utf-8", headers=FOR_ALL)


@require_safe
def credential_png(request: ActorRequest, uuid: UUID) -> HttpResponse:
    """A credential inside its picture."""
    row = _credential(uuid)
    described = queries.describe(row.name, row.tier, row.version)
    if described is None:
        raise Http404
    return HttpResponse(baking.bake(_picture(described), row.text), content_type="image/png", headers=FOR_ALL)


# For people


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def achievement(request: MemberRequest, key: str, tier: int = 1) -> HttpResponse:
    """One's own achievement to take along: make the badge, download it, hand on its address."""
    if request.method == "POST":
        try:
            issuing.issue(request.user, key, tier)
        except issuing.NotUnlocked:
            raise Http404 from None
        return redirect(request.path)
    own = queries.own(request.user, key, tier)
    if own is None:
        raise Http404
    context: dict[str, Any] = {"own": own, "described": own.described, "tier": tier}
    if own.credential is not None:
        context |= {"credential": own.credential, "link": addresses.page(own.credential.uuid)}
        context["is_stale"] = not issuing.is_current(own.credential, request.user)
    return render(request, "credentials/achievement.html", context)


@require_safe
@never_cache
def credential(request: ActorRequest, uuid: UUID) -> HttpResponse:
    """A credential of this site and what its check comes to, for everybody who has the address."""
    row = _credential(uuid)
    report = checking.check(row.text, timezone.now())
    context = {"report": report, "credential": row, "is_own": row.user_id == request.user.pk}
    return render(request, "credentials/credential.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def verify(request: ActorRequest) -> HttpResponse:
    """Check a credential that somebody hands in; 429 for an address that has handed in very many."""
    if request.method != "POST":
        return render(request, "credentials/verify.html", {"form": CheckForm()})
    try:
        pacing.check(request)
    except pacing.TooFast as wait:
        form = CheckForm(request.POST, too_fast=wait)
        response = render(request, "credentials/verify.html", {"form": form}, status=429)
        response["Retry-After"] = str(wait.wait_s)
        return response
    form, report = CheckForm(request.POST, request.FILES), None
    if form.is_valid():
        report = checking.check(form.cleaned_data["credential"], timezone.now(), email=form.cleaned_data["email"])
    context = {"form": form, "report": report}
    return render(request, "credentials/verify.html", context, status=200 if report else 400)


def _credential(uuid: UUID) -> Credential:
    """Return a credential, or answer 404."""
    row = queries.credential(uuid)
    if row is None:
        raise Http404
    return row


def _told(request: ActorRequest, name: str, tier: int) -> Described:
    """Return an achievement that may be shown: a hidden one to who has it, or once somebody has taken it along."""
    described = queries.told(name, tier, request.user.uuid if isinstance(request.user, User) else None)
    if described is None:
        raise Http404
    return described


def _picture(described: Described) -> bytes:
    """Return an achievement's picture."""
    return drawing.badge(described.rarity, described.icon, described.numeral, described.color)


def _jwk(name: str, public: dict[str, str]) -> dict[str, str]:
    """Return a public key as verifiers want it."""
    return {"kid": addresses.key(name), "alg": "RS256", "use": "sig", **public}
