"""Sources and their keys, and the command that makes one."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from stats import sources
from stats.models import Source
from tests.stats import world

pytestmark = pytest.mark.django_db


def create(*arguments):
    call_command("create_source", *arguments, stdout=(out := io.StringIO()))
    return out.getvalue()


def test_the_command_prints_one_line_with_keys_that_work():
    line = create("app")

    told = json.loads(line)
    assert line.count("\n") == 1
    assert set(told) == {"id", "public_key", "secret_key"}
    assert world.post([{"type": "page_view", "url": "/"}], told["secret_key"]).status_code == 202
    assert (
        world.post(
            [{"type": "page_view", "url": "/"}], told["public_key"], HTTP_ORIGIN="https://any.example"
        ).status_code
        == 202
    )
    assert told["secret_key"] not in str(Source.objects.filter(pk=told["id"]).values())


def test_origins_are_kept_as_browsers_send_them():
    given = ("https://Shop.example/", "http://localhost:8080", "https://shop.example:443", "http://[::1]:80")

    told = json.loads(create("shop", *(part for origin in given for part in ("--origin", origin))))

    assert Source.objects.get(pk=told["id"]).origins == [
        "https://shop.example", "http://localhost:8080", "https://shop.example", "http://[::1]",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "arguments",
    [
        (" ",), ("x" * 101,), ("a", "--origin", "shop.example"), ("a", "--origin", "ftp://shop.example"),
        ("a", "--origin", "https://shop.example/path"), ("a", "--origin", "https://"), ("a", "--origin", "*"),
        ("a", "--origin", "https://user:word@shop.example"), ("a", "--origin", "https://shop.example#a"),
        ("a", "--origin", "https://shop.example:99999"), ("a", "--origin", "https://[::1"),
        ("a", "--origin", "https://münchen.example"),
    ],
)  # fmt: skip
def test_a_bad_name_or_origin_is_one_clear_line_and_makes_nothing(arguments):
    with pytest.raises(CommandError) as error:
        create(*arguments)

    assert "\n" not in str(error.value)
    assert Source.objects.count() == 1


def test_a_replaced_secret_ends_and_the_public_key_stays(source):
    secret = sources.rotate_secret(source.source)

    assert sources.by_secret(source.secret) is None
    assert sources.by_secret(secret) == source.source
    assert sources.by_public(source.public) == source.source


def test_a_key_is_only_what_it_says_it_is(source):
    assert sources.by_public(source.secret) is None
    assert sources.by_secret(source.public) is None
    assert sources.by_secret("") is None
