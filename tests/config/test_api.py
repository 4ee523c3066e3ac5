"""What all endpoints share: slashes, pages of lists, the schema, the browsable pages."""

import json

import pytest
from django.core.management import call_command
from django.urls import URLPattern, get_resolver
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from config.api import Pages
from tests.config.markup import inline_parts
from tests.factories import api_client, make_user


def patterns(resolver=None, prefix: str = "") -> list[str]:
    found = []
    for one in (resolver or get_resolver()).url_patterns:
        route = prefix + str(one.pattern).removeprefix("^")
        found += [route] if isinstance(one, URLPattern) else patterns(one, route)
    return found


@pytest.mark.parametrize("route", [route for route in patterns() if route.startswith(("api", "docs", "redoc"))])
def test_every_api_path_answers_with_and_without_a_final_slash(route):
    assert route.endswith("/?$")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/api", "/api/", "/api/schema", "/api/schema/", "/docs", "/docs/", "/redoc", "/redoc/"]
)
def test_the_entrance_needs_no_log_in_and_never_redirects(client, path):
    assert client.get(path).status_code == 200


@pytest.mark.django_db
def test_the_root_lists_every_endpoint_as_json_and_as_a_page(client):
    listed = client.get("/api/").json()["endpoints"]
    page = client.get("/api/", headers={"Accept": "text/html"}).content.decode()

    assert "/api/users/" in {one["path"] for one in listed}
    assert all(one["path"].startswith("/api/") and one["methods"] and one["about"] for one in listed)
    assert all(one["path"] in page for one in listed)


def test_the_schema_is_valid_and_every_operation_says_how_it_refuses(tmp_path):
    target = tmp_path / "schema.json"
    call_command("spectacular", "--format", "openapi-json", "--file", str(target), "--validate", "--fail-on-warn")

    schema = json.loads(target.read_text())

    assert schema["openapi"] == "3.1.1"
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            refusals = operation["responses"]
            assert "application/problem+json" in refusals["400"]["content"], (method, path)
            assert "{" not in path or "404" in refusals, (method, path)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("page=0", "value_out_of_range"), ("page=-1", "value_out_of_range"), ("page=99999999999999999999", "value_out_of_range"),
        ("page=abc", "invalid_parameter"), ("page=", "invalid_parameter"), ("page=1.5", "invalid_parameter"),
        ("page=²", "invalid_parameter"), ("page=1&page=2", "repeated_parameter"), ("page=4", "value_out_of_range"),
        ("page_size=0", "value_out_of_range"), ("page_size=201", "value_out_of_range"), ("page_size=x", "invalid_parameter"),
    ],
)  # fmt: skip
def test_a_page_that_is_none_is_refused(rf, query, code):
    with pytest.raises(ValidationError) as refusal:
        Pages().paginate_queryset(list(range(120)), Request(rf.get(f"/api/x?{query}")))

    assert [one[0].code for one in refusal.value.detail.values()] == [code]


def test_pages_have_the_size_asked_for(rf):
    assert Pages().paginate_queryset(list(range(120)), Request(rf.get("/api/x"))) == list(range(50))
    assert Pages().paginate_queryset(list(range(120)), Request(rf.get("/api/x?page=3"))) == list(range(100, 120))
    assert Pages().paginate_queryset(list(range(120)), Request(rf.get("/api/x?page_size=7&page=2"))) == list(
        range(7, 14)
    )


@pytest.mark.django_db
def test_an_endpoint_is_a_page_in_the_browser_without_anything_inline(client, django_user_model):
    staff = django_user_model.objects.create_superuser("noa", "noa@example.org", "a short sentence")
    client.force_login(staff)

    answer = client.get("/api/users/", headers={"Accept": "text/html"})

    assert answer["Content-Type"].startswith("text/html")
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert inline_parts(answer.content.decode()) == []
    assert "Send POST" in answer.content.decode()
    assert "&quot;username&quot;" in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("sign", ["[", '{"a":'])
def test_json_that_is_nested_too_deeply_is_refused(sign):
    answer = api_client(make_user()).post("/api/library/playlists", sign * 50_000, content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_json")
