"""The command line: thin, over `api`. Here errors become text and exit codes, and nowhere else.

Exit 0 fine, 1 findings or failure with one clear message, 2 usage, 130 interrupted. Results go to standard output,
progress and messages to standard error.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from rich.text import Text
from typer.exceptions import TyperException
from typer.main import get_command

from secgraph.cli import commands, fresh, fund, matrices, networks, pictures, resolve
from secgraph.cli.options import app
from secgraph.cli.render import err, safe
from secgraph.errors import SecgraphError
from secgraph.worker import stop_children

__all__ = ["app", "commands", "fresh", "fund", "main", "matrices", "networks", "pictures", "resolve", "run"]

OK, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    raise SystemExit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    told = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in told
    try:
        rest = [part for part in told if part != "--debug"]
        code = get_command(app).main(args=rest, prog_name="secgraph", standalone_mode=False)
        if code == INTERRUPTED:
            # Typer makes this of an interrupt within a command, without a word.
            raise KeyboardInterrupt
        sys.stdout.flush()
    except TyperException as wrong:
        # Typer publishes the base of its errors only; those of usage know how to show themselves.
        show = getattr(wrong, "show", None)
        if show is None:
            _tell(SecgraphError(str(wrong)))
        else:
            show()
        return USAGE
    except SecgraphError as error:
        if debug:
            raise
        _tell(error)
        return FAILED
    except BrokenPipeError:
        # Whoever read the results has gone; nothing more can reach it, and Python must not complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except OSError as error:
        if debug:
            raise
        place = f"{error.filename}: " if error.filename else ""
        _tell(SecgraphError(f"{place}{error.strerror or error}"))
        return FAILED
    except KeyboardInterrupt:
        stop_children()
        _tell(SecgraphError("interrupted"))
        return INTERRUPTED
    return int(code) if isinstance(code, int) else OK


def _tell(error: SecgraphError) -> None:
    line = Text("secgraph: ", style="bold red")
    line.append(safe(str(error)), style="default")
    err().print(line, soft_wrap=True)
