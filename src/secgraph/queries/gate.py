"""What a catalogue query must be: a plain SELECT whose parameters have a marker in each group that uses them.

Tried on engines: VALUES outside a sub-select that does not project the variable is ignored without a word, and
so is one outside a FILTER of an inner group. So each group that names a parameter carries its marker itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from secgraph.errors import QueryError
from secgraph.queries.lexer import UPDATES, Token, error, service, tokens

_MARKER: Final = re.compile(r"#\s*bind\s+\?(\w+)\s*$")
_REFUSED: Final = {
    "SERVICE": "a catalogue query reaches no other server",
    "GRAPH": "a catalogue query reads the default graph",
    "FROM": "a catalogue query reads the default graph",
}


@dataclass(frozen=True)
class Shape:
    """What a query text projects, and the parameters it uses, in the order of their first use."""

    columns: tuple[str, ...]
    parameters: tuple[str, ...]


@dataclass
class _Group:
    """One pair of braces (or the query around them): what stands directly in it."""

    at: int
    found: list[Token] = field(default_factory=list)
    groups: list[_Group] = field(default_factory=list)
    markers: dict[str, int] = field(default_factory=dict)

    @property
    def select(self) -> bool:
        """Whether a SELECT stands in the braces, so that what is used here belongs to its WHERE group."""
        return any(token.kind == "word" and token.text.upper() == "SELECT" for token in self.found)


def marker(comment: str) -> str:
    """Return the variable of a marker line, or '' for any other comment.

    >>> marker("# bind ?_body_iri"), marker("# binds nothing")
    ('_body_iri', '')
    """
    match = _MARKER.match(comment)
    return match.group(1) if match else ""


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return the text with each marker replaced by the clause of its variable, or dropped where there is none."""
    parts: list[str] = []
    at = 0
    for token in tokens(text):
        name = marker(token.text) if token.kind == "comment" else ""
        if name:
            parts += [text[at : token.at], values.get(name, "")]
            at = token.at + len(token.text)
    return "".join([*parts, text[at:]])


def shape(text: str) -> Shape:
    """Return what a catalogue query projects and takes.

    Raises:
        QueryError: it is no SELECT with named columns, it uses SERVICE, GRAPH, FROM or an update, it has no
            ORDER BY, or a group uses a parameter without its marker or has a marker of a parameter it does not use.
    """
    found = list(tokens(text))
    _refuse(text, found)
    root = _tree(text, found)
    if not root.select or len(root.groups) != 1:
        raise QueryError("a catalogue query is one SELECT", hint="name its columns: SELECT ?a ?b WHERE { ... }")
    _check(text, root)
    columns = _columns(text, found)
    words = [token.text.upper() for token in root.found if token.kind == "word"]
    if "ORDER" not in words:
        raise QueryError("no ORDER BY", hint="order by what a reader looks for, then by id: answers repeat exactly")
    used = [token.text[1:] for token in found if token.kind == "var" and token.text[1] == "_"]
    parameters = tuple(dict.fromkeys(used))
    for name in parameters:
        if not re.fullmatch(r"_{1,2}[a-z][a-z0-9_]*", name):
            raise QueryError(
                f"?{name} is no parameter name", hint="write ?_name or ?__name and a type, as in ?_body_iri"
            )
    return Shape(columns, parameters)


def _refuse(text: str, found: list[Token]) -> None:
    plain = [token for token in found if token.kind != "comment"]
    caller = service(plain)
    if caller is not None:
        raise error(text, caller.at, "SERVICE is refused", _REFUSED["SERVICE"])
    for token in plain:
        word = token.text.upper()
        if token.kind == "word" and (word in _REFUSED or word in UPDATES):
            raise error(text, token.at, f"{word} is refused", _REFUSED.get(word, "a catalogue query only reads"))
        if token.kind == "var" and token.text[0] == "$":
            raise error(text, token.at, f"{token.text} is refused", "write variables with ?")


def _tree(text: str, found: list[Token]) -> _Group:
    root = _Group(0)
    open_groups = [root]
    data = False
    for token in found:
        here = open_groups[-1]
        if token.kind == "comment":
            name = marker(token.text)
            if name:
                if text[text.rfind("\n", 0, token.at) + 1 : token.at].strip():
                    raise error(text, token.at, "a marker stands on a line of its own")
                if name in here.markers:
                    raise error(text, token.at, f"a second marker of ?{name} in one group", "drop it")
                here.markers[name] = token.at
            continue
        if token.text == "{" and not data:
            group = _Group(token.at)
            here.groups.append(group)
            open_groups.append(group)
        elif token.text == "}" and not data:
            if len(open_groups) == 1:
                raise error(text, token.at, "a } without its {")
            open_groups.pop()
        else:
            here.found.append(token)
            # The braces of VALUES hold data, not patterns.
            if token.kind == "word" and token.text.upper() == "VALUES":
                data = True
            elif token.text == "}":
                data = False
    if len(open_groups) != 1:
        raise error(text, open_groups[-1].at, "a { without its }")
    return root


def _check(text: str, group: _Group, inherited: tuple[Token, ...] = ()) -> None:
    own = [token for token in (*inherited, *group.found) if token.kind == "var" and token.text[1] == "_"]
    if group.select:
        if group.markers:
            raise error(text, next(iter(group.markers.values())), "a marker outside the WHERE of its SELECT")
        for index, inner in enumerate(group.groups):
            _check(text, inner, tuple(own) if index == 0 else ())
        return
    used = {token.text[1:]: token for token in reversed(own)}
    for name, token in used.items():
        if name not in group.markers:
            raise error(
                text,
                token.at,
                f"?{name} is used in a group or sub-select without its marker",
                f"add the line `# bind ?{name}` to that group",
            )
    for name, at in group.markers.items():
        if name not in used:
            raise error(text, at, f"a marker of ?{name}, which its group does not use", "drop the line")
    for inner in group.groups:
        _check(text, inner)


def _columns(text: str, found: list[Token]) -> tuple[str, ...]:
    plain = [token for token in found if token.kind != "comment"]
    start = next(i for i, token in enumerate(plain) if token.kind == "word" and token.text.upper() == "SELECT")
    columns: list[str] = []
    depth = 0
    for before, token in zip(plain[start:], plain[start + 1 :], strict=False):
        if token.text == "{":
            break
        depth += (token.text == "(") - (token.text == ")")
        if token.text == "*" and depth == 0:
            raise error(text, token.at, "SELECT * is refused", "name the columns")
        named = token.kind == "var" and (depth == 0 or (depth == 1 and before.text.upper() == "AS"))
        if named:
            if token.text[1] == "_":
                raise error(text, token.at, f"the parameter {token.text} is projected", "bind it to a column")
            columns.append(token.text[1:])
    return tuple(columns)
