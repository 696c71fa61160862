"""YAML with line numbers. Only `true` and `false` are booleans, and `22:00` and dates stay text, as in YAML 1.2."""

from __future__ import annotations

import re
from collections.abc import Callable

import yaml

from bisonwatch.config.draft import Draft, Path, Problem, Raw, dotted


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:null", re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""]
)
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"^[-+]?[0-9]{1,18}$"), list("-+0123456789")
)
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?$"),
    list("-+0123456789."),
)


class Unreadable(Exception):
    """The text is no YAML; `problems` say where."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("; ".join(map(str, problems)))


def read(text: str, name: str) -> Draft:
    """A file's text as a draft; origins are `name:line`. Raises Unreadable."""
    walk = _Walk(name)
    value = _walked(text, walk)
    if value is not None and not isinstance(value, dict):
        walk.problems.append(Problem(walk.origins[()], "the file must be a mapping of keys and values"))
    if walk.problems:
        raise Unreadable(walk.problems)
    return Draft(value, walk.origins) if isinstance(value, dict) else Draft()


def read_value(text: str) -> Raw:
    """A list or mapping written in one line, as an environment variable holds it. Raises Unreadable."""
    walk = _Walk("")
    value = _walked(text, walk)
    if walk.problems:
        raise Unreadable([Problem("", problem.message) for problem in walk.problems])
    return value


def _walked(text: str, walk: _Walk) -> Raw:
    try:
        node = _compose(text, walk.name)
        return None if node is None else walk.value(node, ())
    except RecursionError:
        raise Unreadable([Problem(walk.name, "not valid YAML: nested too deeply")]) from None


def _compose(text: str, name: str) -> yaml.Node | None:
    loader = _Loader(text)
    try:
        return loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{name}:{mark.line + 1}:{mark.column + 1}" if name and mark else name
        raise Unreadable([Problem(where, f"not valid YAML: {error.problem or error.context}")]) from None
    except yaml.YAMLError:
        raise Unreadable([Problem(name, "not valid YAML: a character that is not allowed")]) from None
    finally:
        loader.dispose()


class _Walk:
    """Turns nodes into plain values, noting the line of each and what is given twice."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.origins: dict[Path, str] = {}
        self.problems: list[Problem] = []
        self._open: list[yaml.Node] = []

    def line(self, node: yaml.Node) -> str:
        return f"{self.name}:{node.start_mark.line + 1}"

    def value(self, node: yaml.Node, path: Path) -> Raw:
        self.origins.setdefault(path, self.line(node))
        if node in self._open:
            self.problems.append(Problem(self.line(node), f"{dotted(path)}: an alias to what holds it"))
            return None
        self._open.append(node)
        try:
            return self._read(node, path)
        finally:
            self._open.pop()

    def _read(self, node: yaml.Node, path: Path) -> Raw:
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
        return self._scalar(node, path)

    def _mapping(self, node: yaml.MappingNode, path: Path) -> Raw:
        found: dict[str, Raw] = {}
        first: dict[str, int] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            here = (*path, str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else "?")
            key = str(here[-1])
            if key in first:
                message = f"{dotted(here)}: given twice, first on line {first[key]}"
                self.problems.append(Problem(f"{self.name}:{line}", message))
                continue
            first[key] = line
            self.origins[here] = f"{self.name}:{line}"
            found[key] = self.value(value_node, here)
        return found

    def _scalar(self, node: yaml.Node, path: Path) -> Raw:
        kind = node.tag.removeprefix("tag:yaml.org,2002:")
        try:
            return _SCALARS[kind](str(node.value))
        except KeyError:
            message = f"{dotted(path)}: the tag {node.tag} is not allowed"
        except ValueError:
            message = f"{dotted(path)}: is not what its tag says"
        self.problems.append(Problem(self.line(node), message))
        return None


_SCALARS: dict[str, Callable[[str], Raw]] = {
    "null": lambda _: None,
    "bool": lambda text: text.lower() == "true",
    "int": int,
    "float": float,
    "str": str,
}
