"""What a username and an e-mail address may be, and when two usernames are the same. Pure."""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext_lazy as _

USERNAME_MIN = 2
USERNAME_MAX = 150
EMAIL_MAX = 254

RESERVED = frozenset({
    "about", "abuse", "account", "accounts", "admin", "administrator", "anonymous", "api", "billing", "blog",
    "browse", "contact", "docs", "eightpoint", "everyone", "features", "guest", "help", "history", "home", "info",
    "items", "login", "logout", "mail", "me", "media", "moderator", "nobody", "noreply", "null", "official",
    "owner", "postmaster", "privacy", "profile", "public", "register", "root", "security", "settings", "signup",
    "site", "staff", "static", "status", "support", "system", "undefined", "upload", "usage", "user", "username",
    "users", "webmaster", "www",
})  # fmt: skip

# Letters of other scripts that look like Latin ones; the rest of Unicode's confusables cannot be typed in one script.
LOOKALIKES = str.maketrans(
    "авеікмнорстухԁһјѕӏԛԝαικνορτυχ",
    "abeikmhopctyxdhjslqwaikvoptux",
)
SCRIPTS_TOGETHER = (
    {"LATIN", "CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"},
    {"LATIN", "CJK", "HANGUL"},
    {"LATIN", "CJK", "BOPOMOFO"},
)
PUNCTUATION = frozenset("._-")
ASCII_EMAIL = re.compile(r"[\x21-\x7e]+@[A-Za-z0-9.-]+")
valid_address = EmailValidator(allowlist=[])


def key_of(username: str) -> str:
    """Return what is compared: usernames with the same key are the same name.

    NFKC, case folded, and letters that look like Latin ones taken for them.
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", username).casefold()).translate(LOOKALIKES)


def clean_username(text: str) -> str:
    """Return the username in NFKC without blanks around it.

    Raises ValidationError: `too_short`, `too_long`, `invalid_characters`, `reserved_username`.
    """
    username = unicodedata.normalize("NFKC", text).strip(" ")
    if len(username) < USERNAME_MIN:
        raise ValidationError(
            _("A username has at least %(least)d characters."), code="too_short", params={"least": USERNAME_MIN}
        )
    if len(username) > USERNAME_MAX:
        raise ValidationError(
            _("A username has at most %(most)d characters."), code="too_long", params={"most": USERNAME_MAX}
        )
    if not all(_is_allowed(character) for character in username) or not username[0].isalnum():
        raise ValidationError(
            _("Use letters, digits, dots, hyphens and underscores, a letter or digit first."), code="invalid_characters"
        )
    if not _in_one_writing(username):
        raise ValidationError(_("Use letters of one script only."), code="invalid_characters")
    if key_of(username) in RESERVED:
        raise ValidationError(_("This name is kept for the site itself."), code="reserved_username")
    return username


def clean_email(text: str) -> str:
    """Return the address in lower case. Raises ValidationError `invalid_email`.

    A domain in other letters than ASCII must be given in its `xn--` form: what looks the same must be the same.
    """
    email = text.strip(" ").lower()
    fits = len(email) <= EMAIL_MAX and ASCII_EMAIL.fullmatch(email)
    try:
        if not fits:
            raise ValidationError("")
        valid_address(email)
    except ValidationError as error:
        raise ValidationError(_("Enter an e-mail address such as you@example.org."), code="invalid_email") from error
    return email


def _is_allowed(character: str) -> bool:
    return character in PUNCTUATION or unicodedata.category(character)[0] in "LM" or character.isdecimal()


def _in_one_writing(username: str) -> bool:
    scripts = {_script(character) for character in username if character.isalpha()}
    return len(scripts) <= 1 or any(scripts <= together for together in SCRIPTS_TOGETHER)


def _script(letter: str) -> str:
    return unicodedata.name(letter, "UNKNOWN").split()[0]
