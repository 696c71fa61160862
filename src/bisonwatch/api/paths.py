"""The path of a workspace, and how its number is read."""

from __future__ import annotations

from starlette.convertors import IntegerConvertor, register_url_convertor

WORKSPACE = "/workspaces/{instance}/{id:number}"


class _Number(IntegerConvertor):
    """A longer one is no such route: Python reads no number of thousands of digits, and routes are found before a token is looked at."""

    regex = "[0-9]{1,60}"


register_url_convertor("number", _Number())
