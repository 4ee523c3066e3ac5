"""Usernames and addresses: what is refused, and what is the same."""

import unicodedata

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from accounts import names


def code_of(check, text):
    with pytest.raises(ValidationError) as caught:
        check(text)
    return caught.value.code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a", "too_short"),
        ("", "too_short"),
        ("a" * 151, "too_long"),
        ("admin", "reserved_username"),
        ("ADMIN", "reserved_username"),
        ("root", "reserved_username"),
        ("ａｄｍｉｎ", "reserved_username"),
        ("аdmin", "invalid_characters"),  # the first letter is Cyrillic
        ("pаypal", "invalid_characters"),
        ("ali\u200bce", "invalid_characters"),
        ("ali\u202ece", "invalid_characters"),
        ("ali ce", "invalid_characters"),
        ("ali\nce", "invalid_characters"),
        ("ali@ce", "invalid_characters"),
        ("..", "invalid_characters"),
        ("_alice", "invalid_characters"),
        ("<b>", "invalid_characters"),
    ],
)
def test_a_username_is_refused_with_its_code(text, code):
    assert code_of(names.clean_username, text) == code


@pytest.mark.parametrize(
    "text", ["al", "alice", "Alice.B-2_x", "ünïcödé", "Ирина", "李雷", "さくらABC", "हिन्दी", "a" * 150]
)
def test_a_username_of_one_writing_is_taken(text):
    assert names.clean_username(text) == unicodedata.normalize("NFKC", text)


@pytest.mark.parametrize(
    ("one", "other"), [("Alice", "alice"), ("ｌｕｃａ", "luca"), ("ﬁne", "fine"), ("рау", "pay"), ("STRASSE", "straße")]
)
def test_names_that_look_the_same_are_the_same(one, other):
    assert names.key_of(one) == names.key_of(other)


@given(st.text(min_size=1, max_size=40))
def test_the_key_of_a_key_is_itself(text):
    key = names.key_of(text)

    assert names.key_of(key) == key


@given(st.text(min_size=1, max_size=40))
def test_what_is_taken_once_is_taken_again_unchanged(text):
    try:
        username = names.clean_username(text)
    except ValidationError:
        return

    assert names.clean_username(username) == username
    assert names.key_of(username) == names.key_of(text.strip(" "))


@pytest.mark.parametrize(
    "text",
    [
        "a@b",
        "",
        "alice",
        "alice@",
        '"@evil',
        "alice@example.org\n",
        "ali\nce@example.org",
        "alice@example.org\x00",
        "a" * 250 + "@example.org",
        "alice@еxample.org",  # the first letter of the domain is Cyrillic
        "álice@example.org",
        "alice@localhost",
        "alice@example..org",
    ],
)
def test_what_is_no_address_is_refused(text):
    assert code_of(names.clean_email, text) == "invalid_email"


@given(st.emails())
def test_an_address_is_kept_in_lower_case(text):
    try:
        email = names.clean_email(text)
    except ValidationError:
        return

    assert email == text.lower()
    assert names.clean_email(email.upper()) == email
