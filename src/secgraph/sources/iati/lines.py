"""The line on which an element stands, in files of any length.

libxml2 keeps the lines of elements up to 65535. Further down it knows those of texts only, and tells for an element
where the first text ends that follows its tag: the line breaks in between are taken off again here.
"""

from __future__ import annotations

from typing import Any, Final

_KEPT: Final = 65535
_DEEPEST: Final = 5
"""How many nodes libxml2 itself looks at before it gives up."""


def line_of(element: Any) -> int:
    """Return the line on which the start tag of an element ends, 0 where it was not read from a file.

    From line 65535 on it is exact where a text is near, as in any file with a line for each element. Elsewhere it is
    that of the nearest element around; and where libxml2 hands out a long text in pieces, it can be too low by the
    line breaks of the later pieces.
    """
    line = element.sourceline or 0
    if line < _KEPT:
        return line
    if line > _KEPT and (text := element.text):  # the common case of a large file, made cheap
        return max(_KEPT, line - int(text.count("\n")))
    while line == _KEPT and (parent := element.getparent()) is not None:
        element = parent
        line = element.sourceline or 0
    return max(_KEPT, line - _breaks(element))


def _breaks(node: Any) -> int:
    """Return how many lines end between a start tag and the end of the text that libxml2 goes by."""
    passed = 0
    for _step in range(_DEEPEST):
        inside = isinstance(node.tag, str)
        if inside and node.text:
            return passed + int(node.text.count("\n"))
        if inside and len(node):
            node = node[0]
            continue
        if not inside:
            passed += (node.text or "").count("\n")
        if node.tail:
            return passed + int(node.tail.count("\n"))
        following = node.getnext()
        if following is None:
            return 0
        node = following
    return 0
