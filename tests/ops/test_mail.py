"""Mail without a mail server."""

import email
from email.policy import default
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection


def send(**fields: str) -> None:
    fields = {"subject": "Your code", "body": "The code is ABC-123.\n", **fields}
    message = EmailMultiAlternatives(
        from_email="Eightpoint <site@example.org>",
        to=["ana@example.org"],
        connection=get_connection("config.mail.TerminalBackend"),
        **fields,
    )
    message.attach_alternative("<p>The code is ABC-123.</p>", "text/html")
    assert message.send() == 1


def files(folder: Path, suffix: str) -> list[Path]:
    return sorted(folder.glob(f"*{suffix}"))


def test_a_mail_stands_framed_in_the_terminal(settings, tmp_path, capsys):
    settings.MAIL_DIR = tmp_path

    send()

    shown = capsys.readouterr().out
    assert "| To: ana@example.org" in shown
    assert "| Subject: Your code" in shown
    assert "| The code is ABC-123." in shown
    assert f"| Kept in {files(tmp_path, '.txt')[0]}" in shown


def test_a_mail_is_kept_to_read_and_as_it_would_be_sent(settings, tmp_path):
    settings.MAIL_DIR = tmp_path / "mail"

    send(body="Grüße\n")

    [sent], [text] = files(tmp_path / "mail", ".eml"), files(tmp_path / "mail", ".txt")
    message = email.message_from_bytes(sent.read_bytes(), policy=default)
    assert (message["Subject"], message["To"]) == ("Your code", "ana@example.org")
    assert message.get_body(("plain",)).get_content() == "Grüße\n"
    assert text.read_text() == (
        "From: Eightpoint <site@example.org>\nTo: ana@example.org\nSubject: Your code\n\nGrüße\n"
    )


def test_only_the_owner_reads_kept_mails_as_they_hold_codes(settings, tmp_path):
    settings.MAIL_DIR = tmp_path / "mail"

    send()

    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "mail").iterdir()}
    assert modes == {0o600}
    assert (tmp_path / "mail").stat().st_mode & 0o777 == 0o700


def test_kept_mails_sort_by_time_and_none_replaces_another(settings, tmp_path):
    settings.MAIL_DIR = tmp_path

    for number in range(20):
        send(body=f"Number {number}\n")

    assert [path.read_text().split()[-1] for path in files(tmp_path, ".txt")] == [str(number) for number in range(20)]


def test_a_mail_cannot_steer_the_terminal(settings, tmp_path, capsys):
    settings.MAIL_DIR = tmp_path

    send(body="red \x1b[31m and a bell \x07\n")

    assert "\x1b" not in (shown := capsys.readouterr().out)
    assert "\x07" not in shown


def test_mails_go_to_the_terminal_unless_a_mail_server_is_set():
    assert settings.EMAIL_URL == ""
    assert Path(settings.MAIL_DIR) == Path(settings.DATA_DIR) / "mail"
