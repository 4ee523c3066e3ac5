"""What cannot be done, and why, in words for who asked."""

from typing import Any


class Refused(Exception):
    """Nothing was changed. `code` says why to a program, `detail` to a person; `field` is what was wrong, if one thing was."""

    def __init__(self, code: str, detail: Any, field: str = "") -> None:
        super().__init__(code)
        self.code, self.detail, self.field = code, detail, field
