"""Questions and answers of a course: who takes part, what is accepted, what goes, and what it counts."""

import pytest
from django.utils import timezone

from library.discussions import seats, writing
from library.discussions.models import Post, Thread
from library.learning import enrolling
from library.people.models import Notification
from stats import queries, verify
from tests.factories import (
    api_client,
    make_answer,
    make_course,
    make_enrolment,
    make_lesson,
    make_section,
    make_staff,
    make_thread,
    make_user,
)

pytestmark = pytest.mark.django_db


def page(course, rest=""):
    return f"/courses/{course.slug}/discussions/{rest}"


def on(post, rest):
    return page(post.thread.course, f"{post.thread.uuid}/posts/{post.uuid}/{rest}/")


def api(course, rest=""):
    return f"/api/learning/courses/{course.uuid}/discussions{rest}"


def posts(course):
    return queries.course_counts([course.uuid])[course.uuid].posts


def test_a_learner_asks_a_teacher_answers_and_the_answer_is_accepted(client):
    course = make_course()
    lesson = make_lesson(make_section(course))
    ana = make_enrolment(course)
    client.force_login(ana)

    asked = client.post(page(course, "ask/"), {"title": "Why?", "text": "It *tears*.", "lesson": str(lesson.uuid)})
    thread = Thread.objects.get()
    client.force_login(course.owner)
    client.post(page(course, f"{thread.uuid}/"), {"text": "Let it **rest**."})
    answer = Post.objects.get(is_question=False)
    client.force_login(ana)
    client.post(on(answer, "accept"), {"on": "1"})

    assert asked["Location"] == page(course, f"{thread.uuid}/")
    shown = client.get(page(course, f"{thread.uuid}/")).content.decode()
    for words in ("<em>tears</em>", "<strong>rest</strong>", "Instructor", "Accepted answer", lesson.title, "1 answer"):
        assert words in shown
    assert "Answered" in client.get(page(course)).content.decode()
    told = [
        (one.recipient, one.kind) for one in Notification.objects.filter(kind__in=["question", "answer"]).order_by("pk")
    ]
    assert told == [(course.owner, "question"), (ana, "answer"), (course.owner, "answer")]
    assert posts(course) == 2
    client.post(on(answer, "accept"), {"on": "0"})
    assert "Accepted answer" not in client.get(page(course, f"{thread.uuid}/")).content.decode()
    assert not list(verify.differences())


def test_who_does_not_take_the_course_stays_outside(client):
    course = make_course()
    thread = make_thread(course)
    post = thread.posts.get()

    assert client.get(page(course)).status_code == 302
    client.force_login(make_user())
    assert client.get(page(course)).status_code == 403
    assert client.post(page(course, "ask/"), {"title": "Hi", "text": "Hi"}).status_code == 403
    for path in (page(course, f"{thread.uuid}/"), on(post, "edit"), on(post, "delete"), on(post, "accept")):
        assert client.post(path, {"text": "Hi"}).status_code == 404
    stranger = api_client(make_user())
    assert stranger.get(api(course)).json()["code"] == "not_enrolled"
    assert stranger.post(api(course), {"title": "Hi", "text": "Hi"}, format="json").status_code == 403
    assert api_client().get(api(course)).status_code == 401
    assert (Thread.objects.count(), Post.objects.count()) == (1, 1)


def test_a_course_that_one_may_not_see_is_404(client):
    course = make_course(published=False)
    client.force_login(make_user())

    assert client.get(page(course)).status_code == 404
    assert api_client(make_user()).get(api(course)).status_code == 404


def test_posts_are_changed_by_who_wrote_them_alone(client):
    thread = make_thread(make_course(), title="Wy?")
    question, answer = thread.posts.get(), make_answer(thread)
    client.force_login(thread.author)

    client.post(on(question, "edit"), {"title": "Why?", "text": "Because."})

    thread.refresh_from_db()
    assert thread.title == "Why?"
    assert "edited" in client.get(page(thread.course, f"{thread.uuid}/")).content.decode()
    assert client.post(on(answer, "edit"), {"text": "No"}).status_code == 404
    assert client.post(on(answer, "delete")).status_code == 404
    client.force_login(thread.course.owner)
    assert client.post(on(question, "edit"), {"title": "No", "text": "No"}).status_code == 404


def test_a_question_with_answers_leaves_its_place_and_a_teacher_takes_all_of_it(client):
    thread = make_thread(make_course(), text="Secret question")
    question, answer = thread.posts.get(), make_answer(thread, text="Good answer")
    client.force_login(thread.author)

    client.post(on(question, "delete"))
    client.post(on(question, "delete"))

    shown = client.get(page(thread.course, f"{thread.uuid}/")).content.decode()
    assert "deleted by who asked it" in shown
    assert "Good answer" in shown
    assert "Secret question" not in shown
    assert posts(thread.course) == 1
    other = make_thread(thread.course)
    make_answer(other)
    client.force_login(thread.course.owner)
    client.post(on(answer, "delete"))
    client.post(on(other.posts.get(is_question=True), "delete"))
    assert client.get(page(thread.course, f"{other.uuid}/")).status_code == 404
    assert posts(thread.course) == 0
    assert not list(verify.differences())


def test_a_lonely_question_goes_with_its_discussion(client):
    thread = make_thread(make_course())
    client.force_login(thread.author)

    gone = client.post(on(thread.posts.get(), "delete"))

    assert gone["Location"] == page(thread.course)
    assert posts(thread.course) == 0
    assert client.get(page(thread.course, f"{thread.uuid}/")).status_code == 404


def test_an_accepted_answer_stands_first_and_counts_no_longer_when_it_goes(client):
    thread = make_thread(make_course())
    make_answer(thread, text="First one")
    second = make_answer(thread, text="Second one")
    client.force_login(thread.author)

    client.post(on(second, "accept"))
    shown = client.get(page(thread.course, f"{thread.uuid}/")).content.decode()
    client.force_login(thread.course.owner)
    client.post(on(second, "delete"))

    assert shown.index("Second one") < shown.index("First one")
    thread.refresh_from_db()
    assert (thread.accepted, thread.answers) == (None, 1)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Yeast", "Dough tears", "Flour"]),
        ("q=tears", ["Dough tears"]),
        ("q=GLUTEN", ["Dough tears"]),
        ("q=100%25", ["Flour"]),
        ("q=%25", ["Flour"]),
        ("q=" + "%25_" * 3000, []),
        ("q=gluten+nonsense", []),
        ("order=unanswered", ["Yeast", "Flour"]),
        ("order=nonsense&lesson=x&page=x", ["Yeast", "Dough tears", "Flour"]),
    ],
)
def test_discussions_are_searched_and_ordered(client, query, found):
    course = make_course()
    make_thread(course, title="Flour", text="Is it 100% wheat?")
    tears = make_thread(course, title="Dough tears")
    make_answer(tears, text="More gluten helps.")
    make_thread(course, title="Yeast")
    make_thread(make_course(), title="Elsewhere tears")
    client.force_login(course.owner)

    response = client.get(page(course, f"?{query}"))

    assert [thread.title for thread in response.context["page"]] == found


def test_lists_cost_a_fixed_number_of_queries(client, django_assert_max_num_queries):
    course = make_course()
    thread = make_thread(course)
    for _ in range(12):
        make_answer(thread)
        make_thread(course)
    ana = make_enrolment(course)
    client.force_login(ana)
    client.get(page(course))

    for path in (page(course), page(course, f"{thread.uuid}/"), api(course), api(course, f"/{thread.uuid}/posts")):
        with django_assert_max_num_queries(12):
            assert client.get(path).status_code == 200


def test_who_posts_too_quickly_is_told_to_wait(client):
    thread = make_thread(make_course())
    client.force_login(thread.author)
    path = page(thread.course, f"{thread.uuid}/")
    Post.objects.update(created_at=timezone.now() - timezone.timedelta(hours=2))
    for number in range(5):
        assert client.post(path, {"text": str(number)}).status_code == 302

    refused = client.post(path, {"text": "Once more"})
    program = api_client(thread.author).post(api(thread.course), {"title": "A", "text": "B"}, format="json")

    assert (refused.status_code, program.status_code) == (429, 429)
    assert int(refused["Retry-After"]) > 50
    assert "Once more" in refused.content.decode()
    assert Post.objects.count() == 6


EVIL = [
    "<script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "![x](https://tracker.example/pixel.gif)",
    "<img src=x onerror=alert(1)>",
    "[x](//evil.example 'a\"onmouseover=alert(1)')",
]


@pytest.mark.parametrize("evil", EVIL)
def test_markdown_of_others_is_harmless(client, evil):
    thread = make_thread(make_course(), title=evil, text=evil)
    client.force_login(thread.course.owner)

    shown = client.get(page(thread.course, f"{thread.uuid}/")).content.decode()

    prose = shown.partition('<div class="prose">')[2].partition("</div>")[0]
    for bad in ("<script", 'href="javascript:', 'href="data:', 'src="https:', "<img src=x", '" onmouseover='):
        assert bad not in prose
    assert "<script>alert" not in shown


def test_the_api_asks_answers_accepts_and_deletes():
    course = make_course()
    lesson, ana = make_lesson(make_section(course)), make_enrolment(course)
    client, teacher = api_client(ana), api_client(course.owner)

    asked = client.post(api(course), {"title": "Why?", "text": "So?", "lesson": str(lesson.uuid)}, format="json")
    thread = asked.json()["uuid"]
    answered = teacher.post(api(course, f"/{thread}/posts"), {"text": "**Rest**"}, format="json")
    post = answered.json()["uuid"]
    accepted = client.put(api(course, f"/{thread}/accepted"), {"post": post}, format="json")

    assert (asked.status_code, asked.json()["lesson"]) == (201, str(lesson.uuid))
    assert (answered.status_code, answered.json()["by_teacher"]) == (201, True)
    assert "<strong>Rest</strong>" in answered.json()["html"]
    assert (accepted.status_code, accepted.json()["is_answered"]) == (200, True)
    listed = client.get(api(course, f"?lesson={lesson.uuid}&search=rest&order=new")).json()
    assert listed["count"] == 1
    assert [row["is_question"] for row in client.get(api(course, f"/{thread}/posts")).json()["results"]] == [
        True,
        False,
    ]
    assert client.patch(api(course, f"/{thread}/posts/{post}"), {"text": "No"}, format="json").status_code == 403
    assert client.delete(api(course, f"/{thread}/posts/{post}")).status_code == 403
    assert teacher.patch(api(course, f"/{thread}/posts/{post}"), {"text": "Yes"}, format="json").json()["text"] == "Yes"
    assert teacher.delete(api(course, f"/{thread}/posts/{post}")).status_code == 204
    assert teacher.delete(api(course, f"/{thread}/posts/{post}")).status_code == 404
    assert client.get(api(course, f"/{thread}")).json()["is_answered"] is False


@pytest.mark.parametrize(
    ("rest", "data", "status"),
    [
        ("", {"title": "Hi"}, 400),
        ("", {"title": " \u200b ", "text": "Hi"}, 400),
        ("", {"title": "Hi", "text": " \n\u202e "}, 400),
        ("", {"title": "Hi", "text": "x" * 10_001}, 400),
        ("", {"title": "x" * 151, "text": "Hi"}, 400),
        ("", {"title": "Hi", "text": "Hi", "lesson": "x"}, 400),
        ("", {"title": "Hi", "text": "Hi", "lesson": "foreign"}, 404),
        ("/0198e1e0-7c3a-7d0f-9c5b-2a6f1d3e4c5b/posts", {"text": "Hi"}, 404),
        ("/thread/posts", {"text": ""}, 400),
    ],
)
def test_bad_input_changes_nothing(rest, data, status):
    thread = make_thread(make_course())
    if data.get("lesson") == "foreign":
        data = data | {"lesson": str(make_lesson().uuid)}

    response = api_client(make_staff()).post(
        api(thread.course, rest.replace("/thread/", f"/{thread.uuid}/")), data, format="json"
    )

    assert response.status_code == status
    assert (Thread.objects.count(), Post.objects.count()) == (1, 1)


def test_an_answer_of_another_discussion_is_not_accepted():
    thread = make_thread(make_course())
    other = make_answer(make_thread(thread.course))
    client = api_client(thread.author)

    for post in (str(other.uuid), str(thread.posts.get().uuid)):
        assert (
            client.put(api(thread.course, f"/{thread.uuid}/accepted"), {"post": post}, format="json").status_code == 404
        )
    stranger = api_client(make_enrolment(thread.course))
    assert (
        stranger.put(api(thread.course, f"/{thread.uuid}/accepted"), {"post": None}, format="json").status_code == 403
    )


def test_an_answer_that_was_taken_away_meanwhile_is_not_accepted():
    thread = make_thread(make_course())
    answer = make_answer(thread)
    owner = thread.course.owner

    writing.delete(answer, owner, seats.of(owner, thread.course))
    writing.accept(thread, answer, owner)

    thread.refresh_from_db()
    assert thread.accepted is None
    assert not Notification.objects.exists()


def test_who_no_longer_takes_the_course_is_told_nothing_of_it():
    course = make_course()
    asker, helper = make_enrolment(course), make_enrolment(course)
    thread = make_thread(course, asker)
    helpful = make_answer(thread, helper)
    for row in course.enrolments.all():
        enrolling.revoke(row, course.owner)
    Notification.objects.all().delete()

    writing.answer(course.owner, thread, "It was the moon.")
    writing.accept(thread, helpful, course.owner)

    assert not Notification.objects.exists()
