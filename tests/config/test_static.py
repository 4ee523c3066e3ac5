"""Static files as production serves them: hashed, with everything that they name."""

import re
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from django.test import Client

VENDOR = Path(settings.BASE_DIR) / "static" / "vendor"


def test_every_file_that_a_file_names_is_there(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
    }

    call_command("collectstatic", "--noinput", verbosity=0)

    assert re.fullmatch(r"/static/css/site\.[0-9a-f]{12}\.css", staticfiles_storage.url("css/site.css"))


def test_every_client_is_served_the_files():
    for _ in range(2):
        response = Client().get("/static/css/site.css")

        assert response.status_code == 200
        assert b"".join(response.streaming_content) == (VENDOR.parent / "css" / "site.css").read_bytes()


def test_vendored_files_name_no_maps_and_are_listed_with_their_licence():
    listed = (VENDOR / "README.md").read_text()

    for path in set(VENDOR.iterdir()) - {VENDOR / "README.md"}:
        assert path.name in listed
        assert b"sourceMappingURL" not in path.read_bytes()


def test_our_styles_have_colours_in_the_token_block_only():
    text = (Path(settings.BASE_DIR) / "static" / "css" / "site.css").read_text()
    rules = text.partition("\n}\n")[2]

    on_pictures = ("player", "thumb", "qr", "bigplay", "backdrop", "legendary", "week")
    coloured = [line for line in rules.splitlines() if re.search(r"#[0-9a-fA-F]{3,8}\b(?! \{)|rgb\(", line)]

    assert [line for line in coloured if not any(word in line for word in on_pictures)] == []
