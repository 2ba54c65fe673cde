"""The options of the lens, which every command that looks at a network, a figure or a matrix takes alike."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, get_type_hints

import typer

_MANY: Final = "may be repeated"


def _options(  # the signature is what counts: each parameter is one option of every such command
    layer: Annotated[list[str] | None, typer.Option(help=f"Only ties of this layer; {_MANY}.", show_default=False)],
    topic: Annotated[list[str] | None, typer.Option(help=f"Only what is about this; {_MANY}.", show_default=False)],
    country: Annotated[list[str] | None, typer.Option(help=f"Only what is of it; {_MANY}.", show_default=False)],
    pillar: Annotated[
        str, typer.Option(help="Only an initiative with its parts, members and events.", show_default=False)
    ],
    since: Annotated[str, typer.Option(metavar="DATE", help="Nothing that ended before.", show_default=False)],
    until: Annotated[str, typer.Option(metavar="DATE", help="Nothing that began after.", show_default=False)],
    as_of: Annotated[
        str, typer.Option(metavar="DATE", help="The situation on a day: certain and possible.", show_default=False)
    ],
    certain: Annotated[bool, typer.Option("--certain", help="Only what is certain then.")],
    known_at: Annotated[
        str, typer.Option(metavar="DATE", help="Only what sources published by then say.", show_default=False)
    ],
    undated_sources: Annotated[
        bool, typer.Option("--undated-sources", help="With --known-at: sources without a date too.")
    ],
    open_ends: Annotated[
        bool, typer.Option("--open-ends/--no-open-ends", help="What a source says goes on.", show_default=False)
    ],
    unknown_ends: Annotated[
        bool, typer.Option("--unknown-ends/--no-unknown-ends", help="What has no known end.", show_default=False)
    ],
    without: Annotated[
        list[str] | None,
        typer.Option(metavar="SOURCE", help=f"As if this source did not exist; {_MANY}.", show_default=False),
    ],
    roll_up: Annotated[
        str, typer.Option(metavar="parent|country", help="Units as their parent, or bodies as their country.")
    ],
) -> None:
    """Stand for its signature: it is never called."""


_DEFAULTS: Final[dict[str, Any]] = {
    "layer": None, "topic": None, "country": None, "pillar": "", "since": "", "until": "", "as_of": "",
    "certain": False, "known_at": "", "undated_sources": False, "open_ends": True, "unknown_ends": True,
    "without": None, "roll_up": "",
}  # fmt: skip


def lensed(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command with the options of the lens in place of its parameter `lens`."""
    return taking(command, "lens", _options, _DEFAULTS)


def taking(
    command: Callable[..., None], into: str, options: Callable[..., None], defaults: Mapping[str, Any]
) -> Callable[..., None]:
    """Return a command with the options that another signature tells in place of one parameter, a dictionary of them.

    Typer reads the options of a command from its signature, and would have fourteen parameters repeated in each.

    Args:
        command: what is run; an option that it has itself is its own.
        into: the name of the parameter that gets those that were given.
        options: whose parameters are the options.
        defaults: each option with its default; one that is None is not passed on.
    """
    told = get_type_hints(command, include_extras=True)
    added = get_type_hints(options, include_extras=True)
    own = [
        # By keyword only, since an option without a default may follow one with a default.
        parameter.replace(annotation=told[name], kind=inspect.Parameter.KEYWORD_ONLY)
        for name, parameter in inspect.signature(command).parameters.items()
        if name != into
    ]
    parameters = own + [
        inspect.Parameter(option, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=added[option])
        for option, default in defaults.items()
        if option not in told
    ]

    def run(**given: Any) -> None:
        taken = {name: given.pop(name) for name in defaults if name in given and name not in told}
        command(**given, **{into: {name: value for name, value in taken.items() if value is not None}})

    run.__name__, run.__doc__, run.__module__ = command.__name__, command.__doc__, command.__module__
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run
