"""What pydantic found wrong, said to an operator: origin, key, what is wrong, and the nearest right name."""

from __future__ import annotations

import difflib
import re

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bisonwatch.config.draft import Draft, Path, Problem, dotted, in_file_order
from bisonwatch.config.shape import suggestion
from bisonwatch.config.values import said

_KINDS = {
    "missing": "is required",
    "int": "write a whole number, not {value}",
    "float": "write a number, not {value}",
    "decimal": "write a number, not {value}",
    "bool": "write true or false, not {value}",
    "tuple": "write a list such as [a, b], not {sort}",
    "model": "write keys and values below it, not {sort}",
    "dict": "write keys and values below it, not {sort}",
    "mapping": "write keys and values below it, not {sort}",
    "greater_than_equal": "must be at least {ge}, not {value}",
    "greater_than": "must be more than {gt}, not {value}",
    "less_than_equal": "must be at most {le}, not {value}",
    "string_too_short": "must not be empty",
    "string_too_long": "must have at most {max_length} characters",
    "string": "write text, not {value}",
}
_PATTERNS = {
    r"^[a-z0-9-]+$": "use small letters, digits and hyphens only, not {value}",
    r"^[a-z_][a-z0-9_]*$": "use small letters, digits and underscores only, not {value}",
    r"^[A-Z]{3}$": "write three capital letters such as USD, not {value}",
}


def problems(error: ValidationError, draft: Draft) -> list[Problem]:
    """One problem for each thing that is wrong, in the order of the file."""
    found = [_problem(detail, draft) for detail in error.errors(include_url=False)]
    return sorted(found, key=lambda problem: in_file_order(problem.origin))


def _problem(detail: ErrorDetails, draft: Draft) -> Problem:
    path = _as_written(detail["loc"], draft)
    return Problem(draft.origin(path), f"{dotted(path)}: {_sentence(detail, path)}")


def _as_written(path: Path, draft: Draft) -> Path:
    """Without the steps that only our shorthands have (`workspaces: [12]` is read as `[{id: 12}]`)."""
    while (
        path
        and path[:-1]
        and not isinstance(draft.at(path[:-1]), list | dict)
        and draft.origins.get(path[:-1])
    ):
        if draft.at(path[:-1]) is None:
            break
        path = path[:-1]
    return path


def _sentence(detail: ErrorDetails, path: Path) -> str:
    kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        near = suggestion(path)
        return f"unknown key; did you mean {near}?" if near else "unknown key"
    if kind == "value_error":
        return str(context["error"])
    if kind == "literal_error":
        return _choices(str(context["expected"]), value)
    if kind == "string_pattern_mismatch":
        return _PATTERNS[str(context["pattern"])].format(value=said(value))
    wording = _KINDS.get(kind) or _KINDS.get(kind.partition("_")[0], detail["msg"])
    sort = said(value) if isinstance(value, list | dict) else "a single value"  # which may be a secret
    return wording.format(value=said(value), sort=sort, **context)


def _choices(expected: str, value: object) -> str:
    words = re.findall(r"'([^']*)'", expected)
    near = difflib.get_close_matches(str(value), words, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"must be one of {', '.join(words)}, not {said(value)}{hint}"
