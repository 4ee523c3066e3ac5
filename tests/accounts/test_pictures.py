"""Pictures that are broken on purpose."""

import struct
from io import BytesIO

import pytest
from PIL import Image

from accounts import pictures

SHORT, RATIONAL = 3, 5
WIDTH, ORIENTATION = 0x100, 0x112


def test_a_picture_whose_notes_are_of_the_wrong_type_is_refused():
    width = struct.pack("<HHII", WIDTH, RATIONAL, 1, 38)
    turned = struct.pack("<HHIHH", ORIENTATION, SHORT, 1, 6, 0)
    notes = b"Exif\0\0II*\0" + struct.pack("<IH", 8, 2) + width + turned + struct.pack("<III", 0, 1, 3)
    file = BytesIO()
    Image.new("RGB", (8, 4)).save(file, "JPEG", exif=notes)

    with pytest.raises(pictures.UnreadablePicture) as refused:
        pictures.middle(file, 4, 4)

    assert refused.value.code == "unsupported_content"
