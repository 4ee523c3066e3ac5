"""The pages on which a quiz is written. All work as plain forms; with JavaScript a question saves itself."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import MemberRequest
from library import prose
from library.learning import building, ordering
from library.learning.models import Lesson, What
from library.learning.teaching import answers
from library.learning.teaching.forms import MoveForm, OrderForm, VersionForm
from library.quizzes import attempts, checks, queries, statistics, writing
from library.quizzes.models import Pool, Question, QuestionKind
from library.quizzes.refusals import Refused
from library.quizzes.teaching import forms, outline

PAGE = 30

View = Callable[..., HttpResponseBase]


def refusable(view: View) -> View:
    """Answer what is refused: as problem+json to the page's script, otherwise back on the quiz with why."""

    @wraps(view)
    def wrapped(request: MemberRequest, lesson: UUID, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, lesson, *args, **kwargs)
        except building.Refused as refused:
            if answers.wants_json(request):
                return answers.refusal(refused)
            messages.error(request, refused.detail)
        except writing.NotWritten as refused:
            for fault in refused.faults:
                messages.error(request, fault.detail)
        return redirect("quizzes:build", lesson)

    return wrapped


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def build(request: MemberRequest, lesson: UUID) -> HttpResponseBase:
    """A quiz as its instructor sees it: rules, pools, questions with what is right. POST changes the rules."""
    row = _lesson(request, lesson)
    quiz, course = writing.quiz_of(row), row.section.course
    now = forms.rules_of(quiz, course.version)
    form = forms.RulesForm(request.POST or None, initial=now)
    stale = None
    if request.method == "POST" and form.is_valid():
        try:
            with _editing(request, row, form, subject=f"rules {row.uuid}") as edited:
                writing.change_rules(quiz, **form.told())
            return _done(request, row, edited.version)
        except building.Stale as refused:
            stale = refused
            quiz.refresh_from_db()
            now = forms.rules_of(quiz, refused.course.version)
    if request.method == "POST" and answers.wants_json(request):
        return answers.refusal(stale, now) if stale else answers.errors(form)
    pools = queries.pools_of(quiz)
    context = _context(row) | {
        "quiz": quiz,
        "blocks": outline.blocks_of(pools),
        "kinds": QuestionKind.choices,
        "form": form,
        "stale": answers.told(stale, form, now) if stale else None,
        "problems": checks.problems([row]).get(row.pk, []),
    }
    return render(request, "quizzes/build.html", context, status=409 if stale else 400 if form.errors else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def question_new(request: MemberRequest, lesson: UUID) -> HttpResponseBase:
    """Write a new question."""
    row = _lesson(request, lesson)
    quiz = writing.quiz_of(row)
    kind = request.GET.get("kind", QuestionKind.SINGLE)
    pools = list(quiz.pools.all())
    pool = next((one for one in pools if str(one.uuid) == request.GET.get("pool")), pools[0])
    initial = {
        "kind": kind if kind in QuestionKind.values else QuestionKind.SINGLE,
        "pool": str(pool.uuid),
        "points": 1,
        "tolerance": "0",
        "version": row.section.course.version,
    }
    form = forms.QuestionForm(request.POST or None, initial=initial, quiz=quiz)
    if request.method == "POST" and form.is_valid():
        try:
            with _editing(request, row, form, subject=building.ADDING):
                made = writing.write_question(form.cleaned_data["pool"], form.draft())
            return _after(request, row, made)
        except writing.NotWritten as refused:
            form.refuse(refused.faults)
    return _question_page(request, row, form, None)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: MemberRequest, lesson: UUID, question: UUID) -> HttpResponseBase:
    """Change a question."""
    row = _lesson(request, lesson)
    quiz = writing.quiz_of(row)
    written = _question(row, question)
    now = forms.question_as_told(written, row.section.course.version)
    form = forms.QuestionForm(request.POST or None, initial=now, quiz=quiz)
    stale = None
    if request.method == "POST" and form.is_valid():
        try:
            with _editing(request, row, form, subject=f"question {written.uuid}") as edited:
                kept = writing.write_question(form.cleaned_data["pool"], form.draft(), written)
            if answers.wants_json(request):
                return JsonResponse({"version": edited.version, "options": [str(o.uuid) for o in kept.options.all()]})
            return _after(request, row, kept)
        except building.Stale as refused:
            stale = refused
            now = forms.question_as_told(_question(row, question), refused.course.version)
        except writing.NotWritten as refused:
            form.refuse(refused.faults)
    if request.method == "POST" and answers.wants_json(request):
        return answers.refusal(stale, now) if stale else answers.errors(form)
    return _question_page(request, row, form, written, answers.told(stale, form, now) if stale else None)


@require_POST
@login_required
@refusable
def question_remove(request: MemberRequest, lesson: UUID, question: UUID) -> HttpResponseBase:
    """Take a question out."""
    row = _lesson(request, lesson)
    removed = _question(row, question)
    with _editing(request, row, VersionForm(request.POST), subject=f"question {removed.uuid}"):
        writing.remove_question(removed)
    messages.success(request, _("The question is taken out. Attempts that have it keep it."))
    return redirect("quizzes:build", lesson)


@require_POST
@login_required
@refusable
def pool_add(request: MemberRequest, lesson: UUID) -> HttpResponseBase:
    """Add a pool."""
    row = _lesson(request, lesson)
    form = forms.PoolForm(request.POST)
    if not form.is_valid():
        return _back(request, row, form)
    with _editing(request, row, form, subject=building.ADDING):
        pool = writing.add_pool(writing.quiz_of(row), **form.told())
    return redirect(f"{_url(row)}#{pool.uuid}")


@require_POST
@login_required
@refusable
def pool(request: MemberRequest, lesson: UUID, pool: UUID) -> HttpResponseBase:
    """Change a pool, or with `remove` take it out."""
    row = _lesson(request, lesson)
    changed = get_object_or_404(Pool.objects.select_related("quiz"), quiz__lesson=row, uuid=pool)
    form = forms.PoolForm(request.POST)
    if not form.is_valid():
        return _back(request, row, form)
    with _editing(request, row, form, subject=f"pool {changed.uuid}"):
        if "remove" in request.POST:
            writing.remove_pool(changed)
        else:
            writing.change_pool(changed, **form.told())
    return redirect(f"{_url(row)}#{pool}")


@require_POST
@login_required
@refusable
def move(request: MemberRequest, lesson: UUID) -> HttpResponseBase:
    """Put one pool or question a place further."""
    row = _lesson(request, lesson)
    form = MoveForm(request.POST)
    if not form.is_valid():
        return _back(request, row, form)
    one, step = form.cleaned_data["moved"], -1 if form.cleaned_data["to"] == "up" else 1
    quiz = writing.quiz_of(row)
    with _editing(request, row, form, subject=f"order {row.uuid}"):
        writing.reorder(quiz, ordering.moved(outline.order_of(queries.pools_of(quiz)), one, step))
    return redirect(f"{_url(row)}#{one}")


@require_POST
@login_required
@refusable
def order(request: MemberRequest, lesson: UUID) -> HttpResponseBase:
    """Put everything into the order that was dragged."""
    row = _lesson(request, lesson)
    form = OrderForm(request.POST)
    if not form.is_valid():
        return _back(request, row, form)
    with _editing(request, row, form, subject=f"order {row.uuid}") as edited:
        writing.reorder(writing.quiz_of(row), form.cleaned_data["order"])
    return _done(request, row, edited.version)


# How it goes


@require_safe
@login_required
def results(request: MemberRequest, lesson: UUID) -> HttpResponse:
    """The quiz in numbers, question by question, and the latest attempts."""
    row = _lesson(request, lesson)
    quiz = writing.quiz_of(row)
    page = Paginator(queries.results_of(quiz), PAGE).get_page(request.GET.get("page"))
    context = _context(row) | {
        "quiz": quiz,
        "overview": statistics.overview(quiz),
        "rows": statistics.by_question(quiz),
        "page": page,
    }
    return render(request, "quizzes/results.html", context)


@require_POST
@login_required
def give_back(request: MemberRequest, uuid: UUID) -> HttpResponse:
    """Let an attempt of a learner count nowhere, so that it can be made again."""
    row = get_object_or_404(queries.attempts_taught_by(request.user), uuid=uuid)
    try:
        attempts.give_back(row, request.user)
        messages.success(request, _("%s may make this attempt again.") % row.user.display_name)
    except Refused as refused:
        messages.error(request, refused.detail)
        return redirect("quizzes:attempt", row.uuid)
    return redirect("quizzes:results", row.quiz.lesson.uuid)


def _lesson(request: MemberRequest, uuid: UUID) -> Lesson:
    return get_object_or_404(queries.lessons_built_by(request.user), uuid=uuid)


def _question(lesson: Lesson, uuid: UUID) -> Question:
    rows = Question.objects.filter(pool__quiz__lesson=lesson, deleted_at=None).select_related("pool__quiz")
    return get_object_or_404(rows.prefetch_related("options"), uuid=uuid)


def _editing(request: MemberRequest, lesson: Lesson, form: Any, *, subject: str) -> Any:
    form.is_valid()
    version, course = form.cleaned_data.get("version", 0), lesson.section.course
    return building.editing(course.uuid, request.user, version, What.QUIZ, lesson.title, subject=subject)


def _context(lesson: Lesson) -> dict[str, Any]:
    return {"lesson": lesson, "course": lesson.section.course}


def _url(lesson: Lesson) -> str:
    return reverse("quizzes:build", args=[lesson.uuid])


def _back(request: MemberRequest, lesson: Lesson, form: Any) -> HttpResponseBase:
    """Say what is wrong with a small form: to the script as problem+json, otherwise back on the quiz."""
    if answers.wants_json(request):
        return answers.errors(form)
    for lines in form.errors.values():
        messages.error(request, " ".join(lines))
    return redirect(_url(lesson))


def _done(request: MemberRequest, lesson: Lesson, version: int) -> HttpResponseBase:
    if answers.wants_json(request):
        return JsonResponse({"version": version})
    messages.success(request, _("Saved."))
    return redirect(_url(lesson))


def _after(request: MemberRequest, lesson: Lesson, question: Question) -> HttpResponseBase:
    """Go on with the next question of the kind, or back to the quiz."""
    if "another" in request.POST:
        messages.success(request, _("The question is saved."))
        address = reverse("quizzes:question-new", args=[lesson.uuid])
        return redirect(f"{address}?kind={question.kind}&pool={question.pool.uuid}")
    return redirect(f"{_url(lesson)}#{question.uuid}")


def _question_page(
    request: MemberRequest, lesson: Lesson, form: Any, question: Question | None, stale: Any = None
) -> HttpResponse:
    context = _context(lesson) | {
        "form": form,
        "question": question,
        "rows": list(enumerate(form.shown_rows())),
        "kind": str(form["kind"].value()),
        "preview": prose.rendered(str(form["prompt"].value() or "")),
        "stale": stale,
    }
    return render(request, "quizzes/question.html", context, status=409 if stale else 400 if form.errors else 200)
