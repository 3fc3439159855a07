"""JSON and YAML as files hold them: what is none is refused in one line, with the line of the file."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, AnyStr

import yaml

from harness.errors import HarnessError, Malformed
from harness.foreign_errors import said


class _Loader(yaml.SafeLoader):
    """YAML 1.2's numbers (to PyYAML, 5e-7 is a text), and no key twice (PyYAML would take the last)."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys: list[Any] = []
        for key, _ in node.value:
            if key.value in keys and key.value != "<<":
                raise yaml.MarkedYAMLError(problem=f"{key.value} is given twice", problem_mark=key.start_mark)
            keys.append(key.value)
        found: dict[Any, Any] = super().construct_mapping(node, deep)
        return found


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)[eE][-+]?\d+$"), list("-+.0123456789")
)


def parse_yaml(text: str) -> Any:
    """What a YAML text says, by the safe loader, with 5e-7 as the number that it is."""
    return yaml.load(text, Loader=_Loader)


def read_yaml(path: Path) -> Any:
    """What a YAML file says."""
    try:
        return parse_yaml(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        if mark is None:
            raise Malformed(str(path), "YAML", said(error)) from None
        problem = getattr(error, "problem", None) or said(error)
        raise Malformed(str(path), "YAML", f"{problem}, column {mark.column + 1}", mark.line + 1) from None


def read_mapping(path: Path, advice: str) -> dict[str, Any]:
    """The keys and values of a YAML file, {} of an empty one; `advice` is for a file that holds something else."""
    found = read_yaml(path)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise HarnessError(f"{path} holds no mapping. {advice}")
    return found


def json_lines(
    path: Path, lines: Iterable[AnyStr], parse: Callable[[AnyStr], Any] = json.loads, advice: str = ""
) -> Iterator[tuple[int, Any]]:
    """(number, value) of each line that is not blank.

    The caller splits: JSON strings may hold U+2028 and its like, which str.splitlines takes for the end of a line.
    """
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                value = parse(line)
            except (ValueError, RecursionError) as error:
                raise not_json(path, error, number, advice) from None
            yield number, value


def not_json(path: Path, error: Exception, line: int | None = None, advice: str = "") -> Malformed:
    """The refusal for what the parser raised, in a line of that number where it was given one line of many."""
    if isinstance(error, json.JSONDecodeError):
        return Malformed(str(path), "JSON", f"{error.msg}, column {error.colno}", line or error.lineno, advice)
    return Malformed(str(path), "JSON", said(error), line, advice)
