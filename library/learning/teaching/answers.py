"""What the editor answers when something is refused: to its script as JSON, and in words for its pages."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _

from library import prose
from library.learning import building, publishing
from library.learning.models import CourseChange

PROBLEM = "application/problem+json"
STATUS = {"not_your_video": 422, "prerequisite_cycle": 422, "too_many": 422}


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody is told whose version is old: what the others did, and their words where these differ."""

    changes: list[CourseChange]
    theirs: list[tuple[str, str]]
    version: int


def wants_json(request: HttpRequest) -> bool:
    """Whether the page's script asks."""
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def status_of(refused: building.Refused) -> int:
    """Return the HTTP status of a refusal."""
    return STATUS.get(refused.code, 409)


def extra_of(refused: building.Refused) -> dict[str, Any]:
    """Return what a refusal says beyond its code: the version and the changes since, or what is missing."""
    if isinstance(refused, building.Stale):
        return {"version": refused.course.version, "changes": [written(change) for change in refused.changes]}
    if isinstance(refused, publishing.NotReady):
        return {"missing": [check.key for check in refused.missing]}
    return {}


def refusal(refused: building.Refused, now: dict[str, Any] | None = None) -> JsonResponse:
    """Answer with a refusal; `now` is what stands there at present, in the words of the form that was sent."""
    body = _problem(status_of(refused), refused.code, refused.detail) | extra_of(refused)
    if now is not None:
        body["now"] = {name: value for name, value in now.items() if isinstance(value, str)}
    return JsonResponse(body, status=body["status"], content_type=PROBLEM)


def errors(form: forms.Form) -> JsonResponse:
    """Answer with what is wrong in a form."""
    found = [
        {"path": name, "code": error.code or "invalid", "detail": " ".join(error.messages)}
        for name, told in form.errors.as_data().items()
        for error in told
    ]
    body = _problem(400, "invalid", " ".join(error["detail"] for error in found)) | {"errors": found}
    return JsonResponse(body, status=400, content_type=PROBLEM)


def told(stale: building.Refused, form: forms.Form, now: dict[str, Any]) -> Told:
    """Return what to show above a form that was refused as old. The form keeps what was typed, as the new version."""
    if not isinstance(stale, building.Stale):
        raise stale
    sent: Any = form.data
    form.data = sent.copy()
    form.data["version"] = str(stale.course.version)  # type: ignore[index]
    theirs = [
        (str(field.label), str(now[name]))
        for name, field in form.fields.items()
        if isinstance(now.get(name), str) and now[name] != form.cleaned_data.get(name) and name != "price"
    ]
    return Told(list(stale.changes), [one for one in theirs if one[1]], stale.course.version)


def written(change: CourseChange) -> dict[str, Any]:
    """Return a change for the script: who did what, when."""
    return {
        "by": change.user.display_name,
        "what": str(change),
        "at": change.made_at,
        "version": change.version,
    }


def minutes(text: str) -> str:
    """Say how long a text takes to read."""
    count = prose.words(text)
    if not count:
        return _("Nothing to read yet")
    time = max(1, round(count / building.WORDS_A_MINUTE))
    return _("%(words)d words, about %(minutes)d min to read") % {"words": count, "minutes": time}


def _problem(status: int, code: str, detail: str) -> dict[str, Any]:
    return {"type": "about:blank", "status": status, "code": code, "detail": detail, "errors": []}
