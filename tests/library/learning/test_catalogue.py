"""Courses are found, looked at and reviewed."""

import pytest
from django.test import Client
from django.urls import reverse

from library.learning import enrolling, reviews
from library.learning.building import Refused
from library.learning.models import Review
from library.people.models import Notification
from stats import drain, verify
from stats import queries as numbers
from stats.models import Action
from tests.factories import api_client, make_course, make_lesson, make_section, make_staff, make_user

pytestmark = pytest.mark.django_db


def logged_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def taken(course, user=None):
    user = user or make_user()
    enrolling.enrol(user, course)
    return user


def titles(query: str) -> list[str]:
    answer = api_client().get(f"/api/learning/courses?{query}")
    assert answer.status_code == 200, answer.json()
    return [row["title"] for row in answer.json()["results"]]


def test_courses_are_found_by_words_filters_and_order():
    sea = make_course(title="Reading the sea", category="nature", level="beginner")
    make_course(title="Bread", subtitle="From the sea salt up", category="food", price_minor=2900)
    make_course(title="Hidden sea", published=False)
    reviews.write(taken(sea), sea, 5)

    assert titles("") == ["Bread", "Reading the sea"]
    assert titles("search=SEA") == ["Bread", "Reading the sea"]
    assert titles("search=sea+reading") == ["Reading the sea"]
    assert titles("category=food") == ["Bread"]
    assert titles("level=advanced") == ["Bread"]
    assert titles("price=free") == ["Reading the sea"]
    assert titles("rating=4") == ["Reading the sea"]
    assert titles("order=rated")[0] == titles("order=popular")[0] == titles("order=price")[0] == "Reading the sea"
    page = Client().get("/courses/?q=bread&price=paid&rating=nonsense").content.decode()
    assert "Bread" in page
    assert "Reading the sea" not in page


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("sort=new", "unknown_parameter"),
        ("order=worst", "invalid_choice"),
        ("q=" + "a" * 201, "too_long"),
        ("q=a%00", "invalid_characters"),
        ("order=new&order=new", "repeated_parameter"),
    ],
)
def test_a_list_that_is_asked_for_wrongly_says_what_is_wrong(query, code):
    answer = api_client().get(f"/api/learning/courses?{query}")

    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_a_storm_of_words_and_wildcards_finds_nothing_and_breaks_nothing():
    make_course(title="Bread")

    assert titles("q=" + "%25_" * 60) == []
    assert Client().get("/courses/", {"q": "*(a+)+$ " * 1250}).status_code == 200


def test_a_search_for_courses_is_an_event_with_its_results(client):
    make_course(title="Reading the sea")

    client.get("/courses/", {"q": "sea"})
    client.get("/courses/", {"q": "sea", "price": "free"}, headers={"Referer": "http://testserver/courses/?q=sea"})
    client.get("/courses/")
    api_client(make_user()).get("/api/learning/courses?search=bread")
    while drain.drain_once(drain.Pace()):
        pass

    assert list(Action.objects.filter(kind="search").order_by("at").values_list("label", "amount")) == [
        ("sea", 1),
        ("bread", 0),
    ]


def test_a_draft_is_on_no_list_and_its_page_is_for_who_builds_it():
    course = make_course(published=False)
    pages = [reverse("learning:course", args=[course.slug]), f"/api/learning/courses/{course.uuid}"]

    assert [Client().get(page).status_code for page in pages] == [404, 404]
    assert [logged_in(make_user()).get(page).status_code for page in pages] == [404, 404]
    assert [logged_in(course.owner).get(page).status_code for page in pages] == [200, 200]
    assert titles("") == []


def test_a_review_counts_once_a_person_and_the_numbers_follow_the_reviews():
    course = make_course()
    ana, ben = taken(course), taken(course)

    reviews.write(ana, course, 2, "Hm")
    first = reviews.write(ana, course, 4, "Better now")
    reviews.write(ben, course, 5)
    row = Review.objects.get(author=ben)
    reviews.delete(row, row.author)

    counts = numbers.course_counts([course.uuid])[course.uuid]
    assert first[1] is False
    assert (counts.reviews, counts.stars, counts.enrolled) == (1, 4, 2)
    assert list(Review.objects.values_list("stars", "text")) == [(4, "Better now")]
    assert Notification.objects.filter(recipient=course.owner, kind="review").count() == 2
    assert not list(verify.differences())


def test_only_who_takes_a_course_reviews_it():
    course = make_course(price_minor=100)
    asking = taken(course)

    for user, code in ((make_user(), "not_enrolled"), (asking, "not_enrolled"), (course.owner, "own_course")):
        with pytest.raises(Refused) as refused:
            reviews.write(user, course, 5)
        assert refused.value.code == code


def test_a_review_is_written_corrected_and_taken_away_on_the_page():
    course = make_course()
    ana = taken(course)
    client, address = logged_in(ana), reverse("learning:review", args=[course.slug])

    without_stars = client.post(address, {"text": "No stars"})
    client.post(address, {"stars": 5, "text": "Made me go <b>outside</b>."})
    page = client.get(reverse("learning:course", args=[course.slug])).content.decode()
    review = Review.objects.get()
    delete = reverse("learning:review-delete", args=[course.slug, review.uuid])
    by_a_stranger = logged_in(make_user()).post(delete)
    client.post(delete)

    assert without_stars.status_code == 400
    assert "&lt;b&gt;outside&lt;/b&gt;" in page
    assert "Save the review" in page
    assert by_a_stranger.status_code == 404
    assert not Review.objects.exists()


def test_the_pages_take_a_bounded_number_of_queries(django_assert_max_num_queries):
    course = make_course()
    section = make_section(course)
    for _ in range(3):
        make_lesson(section)
        reviews.write(taken(course), course, 4)
    for number in range(5):
        taken(make_course(title=f"Course {number}"))
    client = logged_in(taken(course))
    page = reverse("learning:course", args=[course.slug])
    client.get(page)

    for address in (page, "/courses/", "/courses/?order=rated&rating=3&q=course"):
        with django_assert_max_num_queries(12):
            assert client.get(address).status_code == 200
    api = api_client(course.owner)
    for address in ("/api/learning/courses", f"/api/learning/courses/{course.uuid}"):
        with django_assert_max_num_queries(12):
            assert api.get(address).status_code == 200


def test_the_api_reviews_and_tells_strangers_nobody_and_bad_input_apart():
    course = make_course()
    ana = taken(course)
    address = f"/api/learning/courses/{course.uuid}/reviews"

    first = api_client(ana).post(address, {"stars": 4, "text": "Good"}, format="json")
    again = api_client(ana).post(address, {"stars": 3}, format="json")
    mine = f"{address}/{first.json()['uuid']}"

    assert (first.status_code, again.status_code) == (201, 200)
    assert [row["stars"] for row in api_client().get(address).json()["results"]] == [3]
    assert api_client().post(address, {"stars": 4}, format="json").status_code == 401
    assert api_client(ana).post(address, {"stars": 6}, format="json").json()["code"] == "value_out_of_range"
    refused = api_client(make_user()).post(address, {"stars": 4}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_enrolled")
    assert api_client(make_user()).delete(mine).status_code == 403
    assert api_client(make_staff()).delete(mine).status_code == 204
    assert api_client(ana).delete(mine).status_code == 404
