"""The pages on which a course is built. All work as plain forms; with JavaScript they save by themselves."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import staffing
from accounts.models import User
from accounts.requests import MemberRequest
from library import formats, prose
from library.learning import access, building, covers, enrolling, ordering, publishing
from library.learning.models import Course, Enrolment, Lesson, LessonKind, Section, Status, What
from library.learning.teaching import answers, forms, queries
from library.people import access as members
from library.receiving import Incoming

PAGE = 24
LEARNERS = 30
MAX_PREVIEW = Course.MAX_TEXT * 5
DETAILS, ORDER = "details", "order"

View = Callable[..., HttpResponseBase]


def refusable(view: View) -> View:
    """Answer what a course refuses: as problem+json to the page's script, otherwise back on the outline with why.

    404 to who does not build the course, whatever they sent.
    """

    @wraps(view)
    def wrapped(request: MemberRequest, uuid: UUID, *args: Any, **kwargs: Any) -> HttpResponseBase:
        _course(request, uuid)
        try:
            return view(request, uuid, *args, **kwargs)
        except building.Refused as refused:
            if answers.wants_json(request):
                return answers.refusal(refused)
            messages.error(request, refused.detail)
            return redirect("learning:teach-course", uuid)

    return wrapped


@require_safe
@login_required
def courses(request: MemberRequest) -> HttpResponse:
    """What somebody teaches."""
    page = Paginator(queries.courses_of(request.user), PAGE).get_page(request.GET.get("page"))
    return render(request, "learning/teach.html", {"page": page, "cards": queries.cards(page.object_list)})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def course_new(request: MemberRequest) -> HttpResponse:
    """Begin a course."""
    form = forms.NewCourseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        course = building.create(request.user, **form.cleaned_data)
        return redirect("learning:teach-course", course.uuid)
    return render(request, "learning/teach_new.html", {"form": form}, status=400 if form.errors else 200)


# The outline


@require_safe
@login_required
def outline(request: MemberRequest, uuid: UUID) -> HttpResponse:
    """Sections and lessons in their order, and what is missing before the course can go out."""
    course = _course(request, uuid)
    blocks, checks = queries.outline_of(course)
    context = {
        "blocks": blocks,
        "checks": checks,
        "is_incomplete": not all(check.is_met for check in checks),
        "kinds": LessonKind.choices,
        "is_deletable": publishing.is_deletable(course),
    }
    return _page(request, course, "outline", context)


@require_POST
@login_required
@refusable
def section_add(request: MemberRequest, uuid: UUID) -> HttpResponseBase:
    """Add a section."""
    form = forms.SectionForm(request.POST)
    if not form.is_valid():
        return _back(request, uuid, form)
    told = form.told()
    with _editing(request, uuid, form, What.SECTION_ADDED, told["title"], building.ADDING) as course:
        section = building.add_section(course, **told)
    return redirect(f"{reverse('learning:teach-course', args=[uuid])}#s-{section.uuid}")


@require_POST
@login_required
@refusable
def section(request: MemberRequest, uuid: UUID, section: UUID) -> HttpResponseBase:
    """Change a section."""
    form = forms.SectionForm(request.POST)
    if not form.is_valid():
        return _back(request, uuid, form)
    with _editing(request, uuid, form, What.SECTION, form.told()["title"], str(section)) as course:
        building.change_section(_section(course, section), **form.told())
    return _done(request, course, f"#s-{section}")


@require_POST
@login_required
@refusable
def section_remove(request: MemberRequest, uuid: UUID, section: UUID) -> HttpResponseBase:
    """Take a section out, with its lessons."""
    removed = _section(_course(request, uuid), section)
    form = forms.VersionForm(request.POST)
    with _editing(request, uuid, form, What.SECTION_REMOVED, removed.title) as course:
        building.remove_section(_section(course, section))
    messages.success(request, _("“%s” and its lessons are taken out. What people completed is kept.") % removed.title)
    return _done(request, course)


@require_POST
@login_required
@refusable
def lesson_add(request: MemberRequest, uuid: UUID, section: UUID) -> HttpResponseBase:
    """Add a lesson to a section, and go on to write it."""
    form = forms.NewLessonForm(request.POST)
    if not form.is_valid():
        return _back(request, uuid, form)
    told = form.cleaned_data
    with _editing(request, uuid, form, What.LESSON_ADDED, told["title"], building.ADDING) as course:
        lesson = building.add_lesson(_section(course, section), told["kind"], told["title"], by=request.user)
    return redirect("learning:teach-lesson", uuid, lesson.uuid)


@require_POST
@login_required
@refusable
def lesson_remove(request: MemberRequest, uuid: UUID, lesson: UUID) -> HttpResponseBase:
    """Take a lesson out."""
    removed = _lesson(request, uuid, lesson)
    form = forms.VersionForm(request.POST)
    with _editing(request, uuid, form, What.LESSON_REMOVED, removed.title) as course:
        building.remove_lesson(removed)
    messages.success(request, _("“%s” is taken out. Who completed it keeps that.") % removed.title)
    return _done(request, course)


@require_POST
@login_required
@refusable
def order(request: MemberRequest, uuid: UUID) -> HttpResponseBase:
    """Put everything into the order that was dragged."""
    form = forms.OrderForm(request.POST)
    if not form.is_valid():
        return _back(request, uuid, form)
    with _editing(request, uuid, form, What.ORDER, subject=ORDER) as course:
        building.reorder(course, form.cleaned_data["order"])
    return _done(request, course)


@require_POST
@login_required
@refusable
def move(request: MemberRequest, uuid: UUID) -> HttpResponseBase:
    """Put one section or lesson a place further."""
    form = forms.MoveForm(request.POST)
    if not form.is_valid():
        return _back(request, uuid, form)
    one, step = form.cleaned_data["moved"], -1 if form.cleaned_data["to"] == "up" else 1
    with _editing(request, uuid, form, What.ORDER, subject=ORDER) as course:
        building.reorder(course, ordering.moved(queries.order_now(course), one, step))
    return _done(request, course, f"#s-{one}")


# A lesson


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def lesson(request: MemberRequest, uuid: UUID, lesson: UUID) -> HttpResponseBase:
    """Write a lesson."""
    row = _lesson(request, uuid, lesson)
    course = row.section.course
    videos = queries.videos_for(request.user, row)
    now = forms.lesson_as_told(row, course.version)
    form = forms.LessonForm(request.POST or None, initial=now, lesson=row, videos=videos)
    stale = None
    if request.method == "POST" and form.is_valid():
        try:
            with _editing(request, uuid, form, What.LESSON, row.title, str(lesson)) as edited:
                building.change_lesson(row, by=request.user, **form.told())
            return _done(request, edited, url=reverse("learning:teach-lesson", args=[uuid, lesson]))
        except building.Stale as refused:
            stale = refused
            now = forms.lesson_as_told(_lesson(request, uuid, lesson), refused.course.version)
    if request.method == "POST" and answers.wants_json(request):
        return answers.refusal(stale, now) if stale else answers.errors(form)
    context = {
        "lesson": row,
        "form": form,
        "videos": queries.video_choices(videos) if row.kind == LessonKind.VIDEO else [],
        "chosen": str(form["video"].value() or "") if row.kind == LessonKind.VIDEO else "",
        "preview": prose.rendered(str(form["text"].value() or "")),
        "minutes": answers.minutes(str(form["text"].value() or "")),
        "stale": answers.told(stale, form, now) if stale else None,
    }
    return _page(request, course, "lesson", context, status=409 if stale else 400 if form.errors else 200)


@require_POST
@login_required
def preview(request: MemberRequest) -> HttpResponse:
    """Show Markdown as it will look."""
    text = request.POST.get("text", "")
    if len(text) > MAX_PREVIEW:
        return HttpResponse(status=413)
    return JsonResponse({"html": prose.rendered(text), "minutes": answers.minutes(text)})


# What the course page says


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def details(request: MemberRequest, uuid: UUID) -> HttpResponseBase:
    """Write what the page of a course says, and how it is taken."""
    course = _course(request, uuid)
    before = queries.before(request.user, course)
    now = forms.details_of(course)
    form = forms.DetailsForm(request.POST or None, initial=now, before=before)
    stale: building.Refused | None = None
    if request.method == "POST" and form.is_valid():
        try:
            with _editing(request, uuid, form, What.COURSE, subject=DETAILS) as edited:
                building.change(edited, **form.told())
                building.set_prerequisites(edited, form.cleaned_data.get("prerequisites", ()))
            return _done(request, edited, url=reverse("learning:teach-details", args=[uuid]))
        except building.Stale as refused:
            stale, now = refused, forms.details_of(refused.course)
        except building.Refused as refused:
            form.add_error("prerequisites", refused.detail)
    if request.method == "POST" and answers.wants_json(request):
        return answers.refusal(stale, now) if stale else answers.errors(form)
    context = {"form": form, "cover": covers.url(course), "stale": answers.told(stale, form, now) if stale else None}
    return _page(request, course, "details", context, status=409 if stale else 400 if form.errors else 200)


@csrf_exempt
@require_POST
@login_required
def cover(request: MemberRequest, uuid: UUID) -> HttpResponseBase:
    """Take an image as the course's picture. The token is checked once the file has a place to go."""
    incoming = Incoming(request)
    if incoming.is_announced_too_large(request):
        messages.error(request, incoming.refusal.detail if incoming.refusal else "")
        return redirect("learning:teach-details", uuid)
    request.upload_handlers = [incoming]
    try:
        return _cover(request, uuid)
    finally:
        incoming.discard()


@csrf_protect
def _cover(request: MemberRequest, uuid: UUID) -> HttpResponseBase:
    course = _course(request, uuid)
    file = request.FILES.get("picture")
    refusal = request.upload_handlers[0].refusal  # type: ignore[attr-defined]
    form = forms.VersionForm(request.POST)
    try:
        if refusal or not (file or "remove" in request.POST):
            raise refusal or formats.Refused("file_required", _("Choose a picture first."))
        name = covers.prepare(file) if file else ""  # type: ignore[arg-type]
        with _editing(request, course.uuid, form, What.COVER, subject="cover") as edited:
            covers.set_cover(edited, name)
    except (formats.Refused, building.Refused) as refused:
        messages.error(request, refused.detail)
    return redirect("learning:teach-details", uuid)


# Out, away, gone


@require_POST
@login_required
@refusable
def publish(request: MemberRequest, uuid: UUID) -> HttpResponseBase:
    """Let people find the course."""
    with _editing(request, uuid, forms.VersionForm(request.POST), What.PUBLISHED) as course:
        publishing.publish(course)
    messages.success(request, _("“%s” is published. Everybody can find it now.") % course.title)
    return _done(request, course)


@require_POST
@login_required
@refusable
def archive(request: MemberRequest, uuid: UUID) -> HttpResponseBase:
    """Take nobody new."""
    with _editing(request, uuid, forms.VersionForm(request.POST), What.ARCHIVED) as course:
        publishing.archive(course)
    messages.success(request, _("“%s” takes nobody new now. Who is in it goes on.") % course.title)
    return _done(request, course)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@refusable
def delete(request: MemberRequest, uuid: UUID) -> HttpResponseBase:
    """Ask, then delete a draft that nobody takes."""
    course = _own(request, uuid)
    if request.method == "POST":
        publishing.delete(course, request.user)
        messages.success(request, _("“%s” is deleted.") % course.title)
        return redirect("learning:teach")
    return render(
        request, "learning/teach_delete.html", {"course": course, "is_deletable": publishing.is_deletable(course)}
    )


# People


@require_safe
@login_required
def people(request: MemberRequest, uuid: UUID) -> HttpResponse:
    """Who teaches the course, who asks to take it, and how far its learners are."""
    course = _course(request, uuid)
    page = Paginator(enrolling.learners_of(course), LEARNERS).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "learners": queries.learners(course, page.object_list),
        "requests": enrolling.requests_of(course)[:LEARNERS],
        "teachers": enrolling.teachers_of(course),
        "is_own": _is_own(request.user, course),
    }
    return _page(request, course, "people", context)


@require_POST
@login_required
@refusable
def teacher_add(request: MemberRequest, uuid: UUID) -> HttpResponseBase:
    """Let somebody build the course too."""
    _own(request, uuid)
    form = forms.TeacherForm(request.POST)
    form.is_valid()
    person = members.named(form.cleaned_data.get("username", ""), request.user)
    if person is None:
        messages.error(request, _("There is no member of that name."))
    else:
        with _editing(request, uuid, form, What.TEACHERS, person.display_name) as course:
            building.add_teacher(course, person, by=request.user)
    return redirect("learning:teach-people", uuid)


@require_POST
@login_required
@refusable
def teacher_remove(request: MemberRequest, uuid: UUID, username: str) -> HttpResponseBase:
    """Let somebody build the course no longer; who teaches it may also leave."""
    course = _course(request, uuid)
    if not _is_own(request.user, course) and request.user.username != username:
        raise Http404
    person = get_object_or_404(User, username=username, teaching__course=course)
    with _editing(request, uuid, forms.VersionForm(request.POST), What.TEACHERS, person.display_name) as edited:
        building.remove_teacher(edited, person)
    return redirect("learning:teach") if person == request.user else redirect("learning:teach-people", uuid)


@require_POST
@login_required
def enrolment(request: MemberRequest, uuid: UUID, enrolment: UUID, answer: str) -> HttpResponseBase:
    """Let somebody in, turn them down, or take the course away from them."""
    row = get_object_or_404(
        Enrolment.objects.select_related("user", "course"), course=_course(request, uuid), uuid=enrolment
    )
    try:
        if answer == "grant":
            enrolling.grant(row.course, row.user, request.user)
        elif answer == "refuse":
            enrolling.refuse(row, request.user)
        else:
            enrolling.revoke(row, request.user)
    except enrolling.Refused as refused:
        messages.error(request, refused.detail)
    return redirect("learning:teach-people", uuid)


def _course(request: MemberRequest, uuid: UUID) -> Course:
    return get_object_or_404(access.taught_by(request.user), uuid=uuid)


def _own(request: MemberRequest, uuid: UUID) -> Course:
    course = _course(request, uuid)
    if not _is_own(request.user, course):
        raise Http404
    return course


def _is_own(user: User, course: Course) -> bool:
    return staffing.runs_content(user) or user.pk == course.owner_id


def _section(course: Course, uuid: UUID) -> Section:
    return get_object_or_404(Section.objects.select_related("course"), course=course, uuid=uuid, deleted_at=None)


def _lesson(request: MemberRequest, course: UUID, uuid: UUID) -> Lesson:
    found = queries.lesson_of(request.user, course, uuid)
    if found is None:
        raise Http404
    return found


def _editing(
    request: MemberRequest, uuid: UUID, form: Any, what: What = What.COURSE, about: str = "", subject: str = ""
) -> Any:
    form.is_valid()
    version = form.cleaned_data.get("version", 0)
    return building.editing(uuid, request.user, version, what, about, subject=subject)


def _back(request: MemberRequest, uuid: UUID, form: Any) -> HttpResponseBase:
    """Say what is wrong with a small form: to the script as problem+json, otherwise back on the outline."""
    if answers.wants_json(request):
        return answers.errors(form)
    for lines in form.errors.values():
        messages.error(request, " ".join(lines))
    return redirect("learning:teach-course", uuid)


def _done(request: MemberRequest, course: Course, anchor: str = "", url: str = "") -> HttpResponseBase:
    """Say that it is saved, and as which version; without JavaScript, go back."""
    if answers.wants_json(request):
        return JsonResponse({"version": course.version})
    return redirect((url or reverse("learning:teach-course", args=[course.uuid])) + anchor)


def _page(request: MemberRequest, course: Course, tab: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """Show one of the pages of a course's editor, with what all of them have."""
    context |= {"course": course, "tab": tab, "is_draft": course.status == Status.DRAFT}
    return render(request, f"learning/teach_{tab}.html", context, status=status)
