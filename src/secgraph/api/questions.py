"""The catalogue of questions, as a table and as JSON, and the parameters that a caller types."""

from __future__ import annotations

import json
from collections.abc import Sequence

from secgraph import resources
from secgraph.api.answers import Answer
from secgraph.queries import Catalogue, Parameter, split_arguments


def catalogue() -> Catalogue:
    """Return the catalogue of questions."""
    return Catalogue.load(resources.queries_dir())


def catalogue_table(found: Catalogue) -> Answer:
    """Return the questions with their parameters; those in brackets may be left out."""

    def told(parameter: Parameter) -> str:
        shown = f"{parameter.name}={parameter.default}" if parameter.default else parameter.name
        return shown if parameter.required else f"[{shown}]"

    rows = ((query.name, query.summary, " ".join(map(told, query.parameters))) for query in found)
    return Answer(("name", "summary", "parameters"), tuple(rows))


def catalogue_json(found: Catalogue) -> str:
    """Return the questions as a JSON list of objects with name, summary, description, tags, columns, parameters."""
    listed = [
        {
            "name": query.name,
            "summary": query.summary,
            "description": query.description,
            "tags": list(query.tags),
            "columns": list(query.columns),
            "parameters": [
                {
                    "name": parameter.name,
                    "type": parameter.kind,
                    "required": parameter.required,
                    "default": parameter.default or None,
                    "kinds": list(parameter.kinds),
                    "values": list(parameter.values),
                }
                for parameter in query.parameters
            ],
        }
        for query in found
    ]
    return json.dumps(listed, ensure_ascii=False, indent=1) + "\n"


def arguments(pairs: Sequence[str], query: str) -> dict[str, str]:
    """Return `NAME=VALUE` pairs as a dictionary.

    Raises:
        ParameterError: a pair without `=`, or a name given twice.
    """
    return split_arguments(pairs, query)
