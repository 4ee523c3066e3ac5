"""The pages of who takes a quiz. They work as plain forms; with JavaScript answers save themselves and the clock runs."""

import contextlib
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.requests import MemberRequest
from library.learning import access
from library.quizzes import attempts, pages, queries
from library.quizzes.models import Answer, Attempt
from library.quizzes.refusals import Refused, WrongAnswers
from library.quizzes.responses import CHOICES, Given

FIELD = "q-"


@require_POST
@login_required
def start(request: MemberRequest, lesson: UUID) -> HttpResponse:
    """Begin a quiz, or go on with the attempt that runs."""
    about = get_object_or_404(queries.lessons_for(request.user), uuid=lesson)
    if not hasattr(about, "quiz"):
        raise Http404
    course = about.section.course
    preview = access.enrolment_of(request.user, course) is None and access.teaches(request.user, course)
    try:
        attempt, _is_new = attempts.start(about.quiz, request.user, preview=preview)
    except Refused as refused:
        messages.error(request, refused.detail)
        return (
            redirect("quizzes:build", about.uuid) if preview else redirect("learning:lesson", course.slug, about.uuid)
        )
    return redirect("quizzes:attempt", attempt.uuid)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def attempt(request: MemberRequest, uuid: UUID) -> HttpResponse:
    """An attempt: its questions while it runs, its result once it is submitted. POST keeps the answers or submits."""
    row = get_object_or_404(queries.attempts_for(request.user), uuid=uuid)
    if request.method == "POST":
        return _answer(request, row)
    if row.submitted_at is None and attempts.is_overdue(row, timezone.now()):
        attempts.close_overdue(Attempt.objects.filter(pk=row.pk))
        row.refresh_from_db(fields=["submitted_at", "earned", "percent", "passed"])
    if row.submitted_at is None:
        return render(request, "quizzes/attempt.html", pages.taking_context(row))
    return render(request, "quizzes/result.html", pages.result_context(request.user, row))


def _answer(request: MemberRequest, row: Attempt) -> HttpResponse:
    if row.user_id != request.user.pk:
        raise Http404
    given = sent(request, attempts.answers_of(row))
    try:
        if "later" in request.POST:
            attempts.save(row, given)
            return redirect("learning:lesson", row.quiz.lesson.section.course.slug, row.quiz.lesson.uuid)
        attempts.submit(row, given)
    except Refused as refused:
        messages.warning(request, refused.detail)
    except WrongAnswers as wrong:
        faults = {fault.path: fault.detail for fault in wrong.faults}
        with contextlib.suppress(Refused):  # the time is up just now; the page says so
            attempts.save(row, [one for one in given if one.path not in faults])
        told = {path.removeprefix(FIELD): detail for path, detail in faults.items()}
        return render(request, "quizzes/attempt.html", pages.taking_context(row, told), status=400)
    return redirect("quizzes:attempt", row.uuid)


def sent(request: HttpRequest, answers: list[Answer]) -> list[Given]:
    """Return what a form answers: each question of the attempt, and whatever else it names."""
    kinds = {f"{FIELD}{answer.question.uuid}": answer.kind for answer in answers}
    names = list(kinds) + [name for name in request.POST if name.startswith(FIELD) and name not in kinds]
    return [
        Given(name.removeprefix(FIELD), tuple(request.POST.getlist(name)), path=name)
        if kinds.get(name) in CHOICES
        else Given(name.removeprefix(FIELD), value=request.POST.get(name, ""), path=name)
        for name in names
    ]
