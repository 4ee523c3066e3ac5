"""What somebody hands in to be checked: a text, an address of ours, or a file, told by its content and not by its name."""

from django.utils.translation import gettext as _

from gamification.credentials import addresses, baking, queries
from gamification.credentials.baking import NotBaked

MOST_BYTES = 2_000_000


class Unreadable(Exception):
    """It is nothing that can be checked; the text says why."""


def of_text(text: str) -> str:
    """Return the credential that a text is, or whose address it is. Raises Unreadable. At most one query."""
    text = text.strip()
    if not text.lower().startswith(("https://", "http://")):
        return text
    uuid = addresses.credential_at(text)
    row = queries.credential(uuid) if uuid else None
    if row is None and uuid is not None:
        raise Unreadable(_("There is no credential at this address."))
    if row is None:
        raise Unreadable(_("This address is not of this site, and nothing is fetched. Paste the credential itself."))
    return row.text


def of_file(content: bytes) -> str:
    """Return the credential in a file: a baked PNG, a JWT, or JSON. Raises Unreadable."""
    if len(content) > MOST_BYTES:
        raise Unreadable(_("This file is larger than 2 MB."))
    if content.startswith(baking.SIGNATURE):
        try:
            return baking.extract(content)
        except NotBaked as refusal:
            raise Unreadable(_("This picture cannot be checked: %s.") % refusal) from refusal
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(_("This file is neither a PNG nor a text.")) from error
