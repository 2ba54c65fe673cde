"""The catalogue: one `.rq` file per question, its head, its parameters, and the binding of typed terms.

A head is strict YAML behind `#+ ` on the first lines. Parameters go by their BASIL names in the text
(`?_body_iri`, `?__since_xsd_date`) and by their bare names (`body`, `since`) everywhere else. A value only ever
enters a text as a term inside VALUES, at the lines `# bind ?_body_iri`; nothing is spliced.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

import strictyaml

from secgraph import vocab
from secgraph.errors import NotFoundError, ParameterError, QueryError
from secgraph.queries import gate
from secgraph.values import XSD, Literal, Object, nearest, ntriples_object

VIEWS: Final = ("Table", "Graph", "Map", "Timeline", "BarChart")
Resolve = Callable[[Sequence[str], str], str]

_KINDS: Final = {"_iri": "iri", "_xsd_date": "date", "_integer": "integer", "_number": "number", "_literal": "text"}
_DATATYPES: Final = {
    "date": XSD + "date",
    "integer": XSD + "integer",
    "number": XSD + "decimal",
    "text": XSD + "string",
}
_EXAMPLES: Final = {"date": "2018-10-01", "integer": "30", "number": "0.5", "text": "border", "iri": "pcc-see"}
_SHAPES: Final = {"integer": r"[+-]?[0-9]{1,18}", "number": r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?", "text": r"(?s).*"}
_UCS: Final = "\u00a0-\ud7ff\uf900-\ufdcf\ufdf0-\uffef" + "".join(
    f"{chr(plane << 16)}-{chr((plane << 16) + 0xFFFD)}" for plane in range(1, 15)
)
"""The letters beyond ASCII that RFC 3987 allows in an IRI."""
_IRI: Final = re.compile(rf"[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9._~:/?@!$&'()*+,;={_UCS}#-]|%[0-9A-Fa-f]{{2}})*")
_HEAD_LENGTH: Final = 100_000
_UNPRINTABLE: Final = re.compile("[^\t\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_HEAD: Final = strictyaml.Map(
    {
        "summary": strictyaml.Str(),
        "description": strictyaml.Str(),
        "tags": strictyaml.UniqueSeq(strictyaml.Str()),
        "columns": strictyaml.UniqueSeq(strictyaml.Str()),
        strictyaml.Optional("parameters"): strictyaml.MapPattern(strictyaml.Str(), strictyaml.Str()),
        strictyaml.Optional("kinds"): strictyaml.MapPattern(strictyaml.Str(), strictyaml.UniqueSeq(strictyaml.Str())),
        strictyaml.Optional("defaults"): strictyaml.Seq(
            strictyaml.MapPattern(strictyaml.Str(), strictyaml.Str(), maximum_keys=1)
        ),
        strictyaml.Optional("enumerate"): strictyaml.Seq(
            strictyaml.MapPattern(strictyaml.Str(), strictyaml.UniqueSeq(strictyaml.Str()), maximum_keys=1)
        ),
    }
)


@dataclass(frozen=True)
class Parameter:
    """One parameter of a query: what it takes, and what stands in where nothing is given.

    `kind` is iri, date, integer, number or text; `kinds` are the kinds of thing (or the codelist) that an iri may
    name; `values` are the only ones allowed, where the head lists them; an optional one that is not given means any.
    """

    name: str
    kind: str
    variable: str
    required: bool
    default: str = ""
    values: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    help: str = ""

    @property
    def example(self) -> str:
        """A value that the parameter takes."""
        if self.values:
            return self.values[0]
        return vocab.local(self.default) if self.kind == "iri" and self.default else self.default or self._usual()

    def _usual(self) -> str:
        return "counter-terrorism" if "topic" in self.kinds else _EXAMPLES[self.kind]

    @property
    def takes(self) -> str:
        """What the parameter takes, in words.

        >>> Parameter("since", "date", "__since_xsd_date", False).takes
        'a date YYYY-MM-DD'
        """
        if self.values:
            return "one of " + ", ".join(self.values)
        if self.kind == "iri":
            if len(self.kinds) > 6:
                return "the id or name of a thing"
            return "the id or name of a thing of kind " + " or ".join(self.kinds)
        return {"date": "a date YYYY-MM-DD", "integer": "a whole number", "number": "a number", "text": "a text"}[
            self.kind
        ]


@dataclass(frozen=True)
class Query:
    """One question of the catalogue: its head, its parameters in the order of their use, and its text."""

    name: str
    summary: str
    description: str
    tags: tuple[str, ...]
    view: str
    parameters: tuple[Parameter, ...]
    columns: tuple[str, ...]
    text: str = field(repr=False)

    def parameter(self, name: str) -> Parameter:
        """Return a parameter by its bare name.

        Raises:
            ParameterError: no such parameter; names the nearest.
        """
        for parameter in self.parameters:
            if parameter.name == name:
                return parameter
        names = [parameter.name for parameter in self.parameters]
        near = nearest(name, names) or names
        hint = ("did you mean " if nearest(name, names) else "it takes ") + ", ".join(near) if names else ""
        raise ParameterError(self.name, name, "no such parameter", hint=hint or "it takes none")

    def arguments(self, given: Mapping[str, str], resolve: Resolve | None = None) -> dict[str, Object]:
        """Turn what a person typed into terms, by the kind of each parameter; defaults are left to `bind`.

        An empty text for an optional parameter means that it is not given.

        Args:
            given: the texts by bare parameter name.
            resolve: finds the IRI of an id or name, given the kinds allowed; without it only IRIs and
                `kind/id` are understood.

        Raises:
            ParameterError: an unknown name, or a text that is no value of the parameter's kind.
        """
        terms = {}
        for name, text in given.items():
            parameter = self.parameter(name)
            if text or parameter.required:
                terms[name] = self._term(parameter, text, resolve)
        return terms

    def _term(self, parameter: Parameter, text: str, resolve: Resolve | None) -> Object:
        if parameter.values and text not in parameter.values:
            near = nearest(text, parameter.values)
            hint = "did you mean " + ", ".join(near) + "?" if near else f"give {parameter.takes}"
            raise ParameterError(self.name, parameter.name, f"{text!r} is not allowed", hint=hint)
        if parameter.kind == "iri":
            known = as_iri(parameter.kinds, text)
            term: Object = known or (resolve(parameter.kinds, text) if resolve else "")
            if not term:
                raise self._wrong(parameter, text)
        else:
            term = Literal(text, _DATATYPES[parameter.kind])
        self._check(parameter, term)
        return term

    def bind(self, values: Mapping[str, Object] | None = None) -> str:
        """Return the SPARQL text with these terms, and the defaults of the others, at their markers.

        Args:
            values: an IRI as str or a `Literal` by bare parameter name.

        Raises:
            ParameterError: one that is unknown, missing, or not of its kind; names it, what it takes, an example.
        """
        given = dict(values or {})
        for name in given:
            self.parameter(name)
        texts: dict[str, str] = {}
        for parameter in self.parameters:
            if parameter.name in given:
                term = given[parameter.name]
                self._check(parameter, term)
            elif parameter.default:
                term = self._term(parameter, parameter.default, None)
            elif parameter.required:
                hint = f"give {parameter.name}={parameter.example}: {parameter.takes}"
                raise ParameterError(self.name, parameter.name, "missing", hint=hint)
            else:
                continue
            texts[parameter.variable] = f"VALUES ?{parameter.variable} {{ {ntriples_object(term)} }}"
        return gate.fill(self.text, texts)

    def _check(self, parameter: Parameter, term: Object) -> None:
        if parameter.kind == "iri":
            right = not isinstance(term, Literal) and is_iri(term)
        else:
            right = (
                isinstance(term, Literal)
                and term.datatype == _DATATYPES[parameter.kind]
                and not term.language
                and _is_value(parameter.kind, term.value)
            )
        if not right:
            raise self._wrong(parameter, term.value if isinstance(term, Literal) else str(term))

    def _wrong(self, parameter: Parameter, text: str) -> ParameterError:
        shown = text if len(text) <= 60 else text[:57] + "..."
        hint = f"give {parameter.takes}, such as {parameter.name}={parameter.example}"
        return ParameterError(self.name, parameter.name, f"{shown!a} is not {parameter.takes}", hint=hint)


def is_iri(text: str) -> bool:
    """Tell whether a text is an absolute IRI that can stand between angle brackets.

    >>> is_iri("https://example.org/a"), is_iri("a b"), is_iri("urn:x> } #")
    (True, False, False)
    """
    return bool(_IRI.fullmatch(text)) and text.count("#") <= 1


def as_iri(kinds: Sequence[str], text: str) -> str:
    """Return the IRI that a text is, as it stands (an IRI of ours, `kind/id`, a code of the codelist), else ''.

    >>> as_iri(["organisation"], "organisation/rcc")
    'https://w3id.org/secgraph/id/organisation/rcc'
    >>> as_iri(["membership-role"], "chair")
    'https://w3id.org/secgraph/id/membership-role/chair'
    >>> as_iri(["organisation"], "rcc")
    ''
    """
    if text.startswith(vocab.ID):
        return text if vocab.kind_of(text) in kinds and is_iri(text) else ""
    kind, slash, rest = text.partition("/")
    if slash and kind in kinds and re.fullmatch(r"[A-Za-z0-9-]+", rest):
        return f"{vocab.ID}{kind}/{rest}"
    if len(kinds) == 1 and kinds[0] in vocab.CODELISTS and re.fullmatch(r"[A-Za-z0-9-]+", text):
        return vocab.code(kinds[0], text)
    return ""


def _is_value(kind: str, text: str) -> bool:
    if kind == "date":
        try:
            return bool(re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text)) and bool(date.fromisoformat(text))
        except ValueError:
            return False
    # A lone surrogate is no Unicode text and cannot be sent to a store.
    return bool(re.fullmatch(_SHAPES[kind], text)) and not re.search("[\ud800-\udfff]", text)


def split_arguments(pairs: Sequence[str], query: str = "query") -> dict[str, str]:
    """Return the names and texts of arguments `NAME=VALUE`.

    >>> split_arguments(["body=pcc-see", "date=2018-10-01"])
    {'body': 'pcc-see', 'date': '2018-10-01'}

    Raises:
        ParameterError: no `=`, or a name given twice.
    """
    given: dict[str, str] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not name:
            raise ParameterError(query, pair, "is not NAME=VALUE", hint="write for instance body=pcc-see")
        if name in given:
            raise ParameterError(query, name, "given twice", hint="give it once")
        given[name] = text
    return given


def parse(text: str, name: str, file: str = "") -> Query:
    """Return the query of a `.rq` text.

    Raises:
        QueryError: a head that is not strict YAML or lacks a key, or a text that a gate refuses; names file and line.
    """
    file = file or f"{name}.rq"
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        raise QueryError(f"{file}: the name {name!r} is not kebab-case", hint="name it after its question")
    lines = text.split("\n")
    view = lines[0].removeprefix("#defaultView:")
    if view == lines[0] or view not in VIEWS:
        hint = "start with #defaultView: and one of " + ", ".join(VIEWS)
        raise QueryError(f"{file}: no default view", hint=hint, line=1, column=1)
    head = _head(lines[1:], file)
    shape = _refusals(file, lambda: gate.shape(text))
    parameters = _parameters(shape, head, file)
    query = Query(
        name=name,
        summary=head["summary"],
        description=" ".join(head["description"].split()),
        tags=tuple(head["tags"]),
        view=view,
        parameters=parameters,
        columns=tuple(head["columns"]),
        text=text,
    )
    if query.columns != shape.columns:
        raise QueryError(
            f"{file}: the head declares the columns {', '.join(query.columns)}, "
            f"the query projects {', '.join(shape.columns)}",
            hint="make the two lists equal",
        )
    for parameter in parameters:
        for value in (*parameter.values, *([parameter.default] if parameter.default else [])):
            try:
                query._term(parameter, value, None)
            except ParameterError as wrong:
                raise QueryError(f"{file}: declared value {value!r}: {wrong.message}", hint=wrong.hint) from wrong
    return query


def _refusals(file: str, check: Callable[[], gate.Shape]) -> gate.Shape:
    try:
        return check()
    except QueryError as refused:
        message = refused.message.removesuffix(f" (line {refused.line}, column {refused.column})")
        raise QueryError(f"{file}: {message}", hint=refused.hint, line=refused.line, column=refused.column) from refused


def _head(lines: Sequence[str], file: str) -> dict[str, Any]:
    head: list[str] = []
    for line in lines:
        if not line.startswith("#+"):
            break
        head.append(line[3:] if line.startswith("#+ ") else line[2:])
    if sum(map(len, head)) > _HEAD_LENGTH:
        raise QueryError(f"{file}: the head has more than {_HEAD_LENGTH:,} characters", hint="cut it", line=2, column=1)
    if not head:
        raise QueryError(f"{file}: no head", hint="write #+ summary:, description, tags, columns", line=2, column=1)
    for number, text in enumerate(head, 2):
        # The library stumbles over these itself.
        if sign := _UNPRINTABLE.search(text):
            message = f"{file}: the head holds the character U+{ord(sign[0]):04X}"
            raise QueryError(message, hint="delete it", line=number, column=sign.start() + 4)
    try:
        read = strictyaml.load("\n".join(head) + "\n", _HEAD, label=file).data
    except TypeError as bad:
        # A map as a key, which YAML knows and the library does not.
        raise QueryError(f"{file}: the head is not strict YAML: a key is no text", line=2, column=1) from bad
    except RecursionError as bad:
        raise QueryError(f"{file}: the head is nested too deeply", hint="one key a line", line=2, column=1) from bad
    except strictyaml.YAMLError as bad:
        mark = bad.problem_mark or bad.context_mark
        problem = " ".join(str(bad.problem or bad.context or bad).split())
        raise QueryError(
            f"{file}: the head is not strict YAML: {problem}",
            hint="one key a line, no flow style, no tags, no duplicate; quote a text that holds ': ' or ' #'",
            line=(mark.line if mark else 0) + 2,
            column=(mark.column if mark else 0) + 4,
        ) from bad
    return dict(read)


def _parameters(shape: gate.Shape, head: Mapping[str, Any], file: str) -> tuple[Parameter, ...]:
    defaults = _pairs(head.get("defaults", []))
    values = _pairs(head.get("enumerate", []))
    kinds = dict(head.get("kinds", {}))
    helps = dict(head.get("parameters", {}))
    made = []
    for variable in shape.parameters:
        name, kind = parameter_name(variable)
        required = not variable.startswith("__")
        allowed = tuple(kinds.pop(name, ()))
        made.append(
            Parameter(
                name=name,
                kind=kind,
                variable=variable,
                required=required,
                default=str(defaults.pop(name, "")),
                values=tuple(values.pop(name, ())),
                kinds=allowed,
                help=str(helps.pop(name, "")),
            )
        )
        if (kind == "iri") != bool(allowed):
            raise QueryError(f"{file}: parameter {name}: kinds are for iri parameters, and needed there")
        for unknown in set(allowed) - vocab.KINDS - vocab.CODELISTS:
            raise QueryError(
                f"{file}: parameter {name}: no kind {unknown}", hint=", ".join(nearest(unknown, vocab.KINDS))
            )
        if not required and made[-1].default:
            raise QueryError(f"{file}: parameter {name} is optional and has a default", hint="drop one of the two")
    names = [parameter.name for parameter in made]
    if len(set(names)) != len(names):
        raise QueryError(f"{file}: two parameters of one name: {', '.join(names)}")
    for key, rest in (("defaults", defaults), ("enumerate", values), ("kinds", kinds), ("parameters", helps)):
        for name in rest:
            raise QueryError(
                f"{file}: {key} names {name}, which the query does not use", hint=f"it has {', '.join(names)}"
            )
    for name in [parameter.name for parameter in made if not parameter.help]:
        raise QueryError(f"{file}: parameter {name} is not declared", hint="add it to #+ parameters: with a few words")
    return tuple(made)


def _pairs(items: object) -> dict[str, list[str]]:
    pairs: dict[str, list[str]] = {}
    for item in items if isinstance(items, list) else []:
        pairs.update(item)
    return pairs


def parameter_name(variable: str) -> tuple[str, str]:
    """Return the bare name and the kind of a BASIL variable, without its `?`.

    >>> parameter_name("_body_iri"), parameter_name("__since_xsd_date"), parameter_name("_text")
    (('body', 'iri'), ('since', 'date'), ('text', 'text'))
    """
    bare = variable.lstrip("_")
    for suffix, kind in _KINDS.items():
        if bare.endswith(suffix):
            return bare.removesuffix(suffix), kind
    return bare, "text"


class Catalogue:
    """The questions of one folder, by name; a head is read when its query is asked for."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        self._files = dict(sorted(files.items()))
        self._read: dict[str, Query] = {}

    @classmethod
    def load(cls, directory: Path) -> Catalogue:
        """Return the catalogue of the `.rq` files of a folder.

        Raises:
            QueryError: the folder holds none, or a file of another kind.
        """
        files = {}
        for path in sorted(directory.iterdir()) if directory.is_dir() else []:
            if path.suffix != ".rq":
                raise QueryError(f"{path.name}: not a query file", hint="queries end in .rq, nothing else lies there")
            files[path.stem] = path
        if not files:
            raise QueryError(f"{directory}: no queries")
        return cls(files)

    def names(self) -> list[str]:
        """Return the names, sorted."""
        return list(self._files)

    def get(self, name: str) -> Query:
        """Return one query.

        Raises:
            NotFoundError: no query of that name; its candidates are the nearest.
            QueryError: its file is refused.
        """
        if name not in self._files:
            raise NotFoundError("query", name, nearest(name, self._files))
        if name not in self._read:
            path = self._files[name]
            try:
                text = path.read_bytes().decode("utf-8")
            except UnicodeDecodeError as bad:
                raise QueryError(f"{path.name}: not UTF-8 at byte {bad.start}") from bad
            self._read[name] = parse(text.replace("\r\n", "\n"), name, path.name)
        return self._read[name]

    def __iter__(self) -> Iterator[Query]:
        return (self.get(name) for name in self._files)

    def __len__(self) -> int:
        return len(self._files)

    def __contains__(self, name: object) -> bool:
        return name in self._files
