"""The tokens of a SPARQL text, and the check of a text that a user wrote.

Not a parser: the engine parses. The lexer tells keywords from what stands in IRIs, strings, comments, variables and
prefixed names, so that a refusal never depends on spelling or spacing. Where engines read a text in two ways
(`?a<b:c)` as an IRI or as a comparison), the text is refused rather than guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from secgraph.errors import LimitError, QueryError

MAX_BYTES: Final = 64 * 1024
QUERY_FORMS: Final = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
UPDATES: Final = frozenset("LOAD INSERT DELETE CLEAR DROP CREATE COPY MOVE ADD WITH".split())

# The bound on a prefix keeps the time linear: without it `a.a.a...` is read to its end from each `a`.
_TOKEN = re.compile(
    r"""
      (?P<space>[ \t\r\n]+)
    | (?P<comment>\#[^\r\n]*)
    | (?P<iri><(?:[^<>"{}|^`\\\x00-\x20]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*>)
    | (?P<string>'''(?:'{0,2}(?:[^'\\]|\\.))*''' | \"\"\"(?:"{0,2}(?:[^"\\]|\\.))*\"\"\"
        | '(?:[^'\\\r\n]|\\.)*' | "(?:[^"\\\r\n]|\\.)*")
    | (?P<var>[?$]\w+)
    | (?P<bnode>_:\w(?:[\w.-]{0,200}[\w-])?)
    | (?P<pname>(?:[^\W\d_](?:[\w.-]{0,200}[\w-])?)?:(?:(?:[\w:.-]|%[0-9A-Fa-f]{2}|\\[-_~.!$&'()*+,;=/?\#@%])*
        (?:[\w:-]|%[0-9A-Fa-f]{2}|\\[-_~.!$&'()*+,;=/?\#@%]))?)
    | (?P<tag>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
    | (?P<number>(?:\d+\.\d+|\d+|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<word>[^\W\d]\w*)
    | (?P<open>[({\[])
    | (?P<close>[)}\]])
    | (?P<sign>\^\^|&&|\|\||!=|<=|>=|[-+*/.,;=<>!^|?$@:%&~])
    """,
    re.VERBOSE | re.DOTALL,
)
_OPERANDS = frozenset(("var", "string", "number", "iri", "pname", "word", "tag", "close"))


class Token(NamedTuple):
    """One token: its class (the name of its group above), its text, and where it starts in the query."""

    kind: str
    text: str
    at: int


def place(text: str, at: int) -> tuple[int, int]:
    """Return the line and column, from 1, of an offset in a text.

    >>> place("ab\\ncd", 4)
    (2, 2)
    """
    return text.count("\n", 0, at) + 1, at - (text.rfind("\n", 0, at) + 1) + 1


def error(text: str, at: int, message: str, hint: str = "") -> QueryError:
    """Return the error for one place of a query text."""
    line, column = place(text, at)
    return QueryError(message, hint=hint, line=line, column=column)


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of a SPARQL text, comments included, white space left out.

    Raises:
        QueryError: a string without its end, a codepoint escape outside strings and IRIs, a character that no
            token starts with, or an IRI that could also be read as a comparison.
    """
    at = 0
    brackets: list[str] = []
    before = ""
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _unreadable(text, at)
        kind = match.lastgroup or ""
        token = Token(kind, match.group(), at)
        at = match.end()
        if kind == "space":
            continue
        if kind == "comment" and re.search(r"\\[uU]", token.text):
            # A SPARQL 1.1 server decodes it first, and a line end in it would end the comment.
            raise _unreadable(text, token.at + token.text.index("\\"))
        if kind == "iri" and brackets and brackets[-1] == "(" and before in _OPERANDS and _two_ways(token.text):
            raise error(
                text,
                token.at,
                "this could be an IRI or a comparison",
                "put a space after < of a comparison, or write the IRI with a prefix",
            )
        if kind == "open":
            brackets.append(token.text)
        elif kind == "close" and brackets:
            brackets.pop()
        if kind != "comment":
            before = kind
        yield token


def _two_ways(iri: str) -> bool:
    # `a < http://...` is no expression, so an IRI with an authority can only be an IRI.
    return not re.match(r"<[A-Za-z][A-Za-z0-9+.-]*://", iri) and ("#" in iri or ")" in iri)


def _unreadable(text: str, at: int) -> QueryError:
    if text[at] in "'\"":
        return error(text, at, "a string that does not end", "close the quotes; a line end needs three of them")
    if text[at : at + 2] in ("\\u", "\\U"):
        return error(text, at, "a codepoint escape outside strings and IRIs is refused", "write the character itself")
    return error(text, at, f"unexpected character {text[at]!a}")


def words(found: list[Token]) -> Iterator[tuple[int, str]]:
    """Yield the position in a token list and the upper-case text of each bare word."""
    for index, token in enumerate(found):
        if token.kind == "word":
            yield index, token.text.upper()


def service(found: list[Token]) -> Token | None:
    """Return the token that calls, or that some engine may read as calling, another server; None where none does.

    Engines split `SERVICE:x {`, `ex:o.SERVICE <x> {` and `SERVICESILENT<x>{` where SPARQL's grammar would not, so
    a word that holds SERVICE is refused anywhere, and a prefixed name that holds it before a group.
    """
    for index, token in enumerate(found):
        if "SERVICE" not in token.text.upper():
            continue
        if token.kind == "word":
            return token
        if token.kind in ("pname", "bnode"):
            named = index > 0 and found[index - 1].text.upper() in ("GRAPH", "NAMED", "FROM", "PREFIX")
            ahead = found[index + 1 : index + 3]
            if not named and _starts_group(ahead):
                return token
    return None


def _starts_group(ahead: list[Token]) -> bool:
    if ahead and (ahead[0].text == "{" or ahead[0].text.upper().startswith("SILENT")):
        return True
    return len(ahead) == 2 and ahead[0].kind in ("iri", "var", "pname") and ahead[1].text == "{"


def check_user_query(text: str) -> str:
    """Return the form of a query that a user wrote: select, ask, construct or describe.

    >>> check_user_query("PREFIX a: <urn:a> SELECT * { ?s ?p ?o }")
    'select'

    Raises:
        QueryError: SERVICE in any spelling, an update, a codepoint escape outside strings and IRIs, or no query.
        LimitError: more than 64 kB.
    """
    try:
        size = len(text.encode())
    except UnicodeEncodeError as bad:
        raise error(text, bad.start, "a character that is not Unicode text") from bad
    if size > MAX_BYTES:
        raise LimitError("the query's text", "64 kB", hint="shorten it")
    found = [token for token in tokens(text) if token.kind != "comment"]
    caller = service(found)
    if caller is not None:
        raise error(
            text, caller.at, "SERVICE is refused: a query never reaches another server", "load the data instead"
        )
    form = ""
    for index, word in words(found):
        if word in UPDATES:
            raise error(text, found[index].at, f"{word} is refused: queries only read", "change the tables and build")
        if not form and word in QUERY_FORMS:
            form = word
        elif not form and word not in ("PREFIX", "BASE"):
            raise error(text, found[index].at, f"a query cannot start with {found[index].text[:40]}", _FORMS_HINT)
    if not form:
        raise QueryError("no query", hint=_FORMS_HINT)
    return form.lower()


_FORMS_HINT = "start with SELECT, ASK, CONSTRUCT or DESCRIBE"
