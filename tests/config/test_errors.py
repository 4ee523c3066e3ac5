"""Errors: pages for people, problem+json for programs, with the request's id."""

import re

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.test import Client, RequestFactory
from rest_framework import exceptions, serializers
from rest_framework.request import Request

from config import errors

FIELDS = {"type", "title", "status", "code", "detail", "request_id", "errors"}
pytestmark = pytest.mark.django_db


@pytest.fixture
def calm_client(settings):
    settings.ROOT_URLCONF = "tests.config.broken_urls"
    return Client(raise_request_exception=False)


def refused(error: Exception) -> dict:
    request = RequestFactory().get("/api/x")
    request.request_id = "01981b7e-4c1a"
    return errors.api_exception(error, {"request": Request(request)}).data


def test_an_unknown_page_is_a_page_with_the_request_id(client):
    answer = client.get("/nothing/", headers={"X-Request-ID": "abcdefgh-1"})

    assert answer.status_code == 404
    assert "abcdefgh-1" in answer.content.decode()
    assert "This page is not here" in answer.content.decode()


@pytest.mark.parametrize("headers", [{}, {"Accept": "application/json"}, {"Accept": "*/*"}])
def test_an_unknown_api_path_is_problem_json(client, headers):
    answer = client.get("/api/nothing", headers=headers)

    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    assert set(answer.json()) == FIELDS
    assert answer.json()["code"] == "not_found"
    assert answer.json()["request_id"] == answer["X-Request-ID"]


def test_who_prefers_json_gets_it_on_pages_too(client):
    answer = client.get("/nothing/", headers={"Accept": "application/json"})

    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path", ["/items/abc/", "/items/../1/", "/items/%00/", f"/items/{2**70}/", "/%00", "/api/users/%00"]
)
def test_an_id_that_is_none_is_not_found(client, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("key", ["abc", "%00", str(2**70)])
def test_an_id_that_is_none_leads_nowhere_in_the_admin(client, django_user_model, key):
    client.force_login(django_user_model.objects.create_superuser("noa", "noa@example.org", "a short sentence"))

    answer = client.get(f"/admin/stats/item/{key}/change/", follow=True)

    assert answer.redirect_chain[-1][0] == "/admin/"


def test_a_foreign_host_is_one_plain_word(client):
    answer = client.get("/", headers={"Host": "evil.example"})

    assert answer.status_code == 400
    assert answer.content == b"bad_host\n"
    assert answer["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize("path", ["/api/", "/api/schema", "/docs", "/redoc"])
def test_another_method_is_405_with_allow(client, path):
    answer = client.put(path, data="{}", content_type="application/json")

    assert answer.status_code == 405
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "method_not_allowed"
    assert "GET" in answer["Allow"]


def test_a_crash_tells_nothing_but_its_request_id(calm_client):
    page, program = calm_client.get("/breaks/"), calm_client.get("/api/breaks")

    assert (page.status_code, program.status_code) == (500, 500)
    assert "secret of the house" not in page.content.decode() + program.content.decode()
    assert page["X-Request-ID"] in page.content.decode()
    assert program.json()["code"] == "internal_error"


def test_what_is_forbidden_is_a_page(calm_client):
    answer = calm_client.get("/forbids/")

    assert answer.status_code == 403
    assert "This is not for you to see" in answer.content.decode()


def test_a_form_without_its_token_is_a_page_or_problem_json():
    strict = Client(enforce_csrf_checks=True)

    page = strict.post("/accounts/login/", {"login": "a", "password": "b"})
    program = strict.post("/accounts/login/", {"login": "a"}, headers={"Accept": "application/json"})

    assert page.status_code == 403
    assert "This form was open too long" in page.content.decode()
    assert program.json()["code"] == "csrf_failed"


def test_too_many_tries_are_429(client):
    answers = [client.post("/accounts/password/reset/", {"email": "noa@example.org"}) for _ in range(30)]

    assert answers[-1].status_code == 429
    assert "Too many tries" in answers[-1].content.decode()


@pytest.mark.parametrize("offered", ["short", "x" * 65, "with space 12", "line\tbreak12", "<script>alert", "ä" * 12])
def test_a_request_id_that_is_not_plain_is_replaced(client, offered):
    answer = client.get("/privacy/", headers={"X-Request-ID": offered})

    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}", answer["X-Request-ID"])


def test_request_ids_differ(client):
    assert len({client.get("/privacy/")["X-Request-ID"] for _ in range(5)}) == 5


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Http404(), 404, "not_found"),
        (PermissionDenied(), 403, "permission_denied"),
        (exceptions.NotAuthenticated(), 401, "authentication_required"),
        (exceptions.ParseError(), 400, "invalid_json"),
        (exceptions.UnsupportedMediaType("text/xml"), 415, "unsupported_media_type"),
        (exceptions.Throttled(wait=7), 429, "rate_limited"),
        (exceptions.PermissionDenied("CSRF Failed: CSRF token missing."), 403, "csrf_failed"),
        (exceptions.ValidationError({"days": "No."}, code="value_out_of_range"), 400, "value_out_of_range"),
    ],
)
def test_every_refusal_has_its_code(error, status, code):
    problem = refused(error)

    assert set(problem) == FIELDS
    assert (problem["status"], problem["code"], problem["request_id"]) == (status, code, "01981b7e-4c1a")


def test_what_nobody_foresaw_is_left_to_the_server():
    assert errors.api_exception(RuntimeError(), {"request": None}) is None


def test_errors_name_the_place_in_nested_bodies():
    class Line(serializers.Serializer):
        days = serializers.IntegerField(min_value=1, max_value=9)

    class Body(serializers.Serializer):
        lines = Line(many=True)
        role = serializers.ChoiceField(["free"])

    form = Body(data={"lines": [{"days": 1}, {"days": 99}], "role": "king"})
    form.is_valid()

    problem = refused(exceptions.ValidationError(form.errors))

    found = {(one["path"], one["code"]) for one in problem["errors"]}
    assert found == {("lines.1.days", "value_out_of_range"), ("role", "invalid_choice")}
    assert problem["code"] == "invalid"
