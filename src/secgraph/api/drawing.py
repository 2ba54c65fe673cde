"""A picture as a caller gets it: the text of the page or SVG, which a notebook shows, and the bytes of its file."""

from __future__ import annotations

from base64 import b64encode
from html import escape
from typing import Final

FORMS: Final = ("html", "svg", "png")
_MEDIA: Final = {"html": "text/html", "svg": "image/svg+xml", "png": "image/png"}


class Drawing(str):
    """A picture: as text its page or SVG (of a PNG, an HTML image of it); `data` is what its file holds.

    >>> Drawing.of(b"<svg/>", "svg"), Drawing.of(b"<svg/>", "svg").form
    ('<svg/>', 'svg')
    """

    __slots__ = ("data", "form")

    data: bytes
    form: str

    @classmethod
    def of(cls, data: bytes, form: str) -> Drawing:
        """Return the picture of a file's bytes in one of the forms html, svg and png."""
        text = f'<img src="data:image/png;base64,{b64encode(data).decode()}">' if form == "png" else data.decode()
        made = cls(text)
        made.data, made.form = data, form
        return made

    def _repr_mimebundle_(self, **_asked: object) -> dict[str, str]:
        """Return what a notebook shows: a picture as it is, a page in a frame, so that its script stays its own."""
        if self.form == "html":
            return {"text/html": f'<iframe srcdoc="{escape(self)}" width="100%" height="700"></iframe>'}
        shown = b64encode(self.data).decode() if self.form == "png" else str(self)
        return {_MEDIA[self.form]: shown}
