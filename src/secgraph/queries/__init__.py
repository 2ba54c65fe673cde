"""Questions: the catalogue of `.rq` files, their parameters as typed terms, and the check of a user's own query.

Knows no store: a bound query is a text that any SPARQL 1.1 engine answers the same way.
"""

from secgraph.queries.catalogue import Catalogue, Parameter, Query, as_iri, is_iri, parse, split_arguments
from secgraph.queries.lexer import check_user_query

__all__ = [
    "Catalogue",
    "Parameter",
    "Query",
    "as_iri",
    "check_user_query",
    "is_iri",
    "parse",
    "split_arguments",
]
