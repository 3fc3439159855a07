"""The house: rooms stand in an order, each is entered by its door, and no door is heavy."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from harness.resources import named

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "harness"
FLOORS = """
errors out_of_memory foreign_errors json_yaml records resources on_disk task_settings config
words machine store pocket
scorers.matching.numbers scorers.matching.expressions scorers.matching.reading scorers.matching
scorers.thoughts scorers.turns scorers.repeating scorers
models.gguf models data.preferences data.recordings data.suites data generators curves
training.settings training.batches training.memory training.processes training.stopping training
asking.tasks asking pairs
comparing.aggregations comparing.inference comparing comparing.seeds judging judges gate audit scoring
score evaluate until
charts report report.sweep report.summary report.experiments report.lessons report.assignment
watch publish
sweep sweep.local sweep.ray sweep.slurm
doctor
cli.printed cli __main__
""".split()
"""From the ground up: each imports only from those that stand before it."""
HEAVY = ("torch", "transformers", "vllm", "wandb", "lm_eval", "weasyprint", "pandas")
PAST_THE_DOOR = {
    "generators.language_model": "lm_eval at its top",
    "generators.peft_process": "torch and PEFT at its top",
    "generators.transformers_engine": "torch, Transformers and PEFT at its top",
    "generators.vllm_engine": "torch and vLLM at its top",
    "training.trainers": "torch and TRL at its top",
}
"""The only modules that others import by their own name."""


@dataclass(frozen=True)
class Import:
    """One name that one module takes from another."""

    by: str
    source: str
    """The module or room it is taken from."""
    name: str

    def __str__(self) -> str:
        return f"{self.by} takes {self.name} from {self.source}"


def rooms() -> list[str]:
    return [dotted(path.parent) for path in PACKAGE.rglob("__init__.py") if path.parent != PACKAGE]


def dotted(path: Path) -> str:
    parts = (
        path.relative_to(PACKAGE).with_suffix("").parts if path.is_relative_to(PACKAGE) else (f"({path.parent.name})",)
    )
    return ".".join(part for part in parts if part != "__init__")


def room_of(module: str) -> str:
    """The innermost room that the module stands in; a root file is a room by itself."""
    parts = module.split(".")
    ends = [".".join(parts[:count]) for count in range(len(parts), 0, -1)]
    return next((end for end in ends if end in FLOORS), module)


@cache
def imports() -> list[Import]:
    """Every import of ours in the package, its benchmarks and its suites, those inside functions too."""
    paths = [path for folder in ("harness", "perf", "tasks") for path in (ROOT / folder).rglob("*.py")]
    return [found for path in sorted(paths) for found in _imports(path)]


def _imports(path: Path) -> Iterator[Import]:
    by = dotted(path)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.partition(".")[0] == "harness":
            source = node.module.partition(".")[2]
            for alias in node.names:
                inner = f"{source}.{alias.name}".lstrip(".")
                yield Import(by, inner if inner in FLOORS else source, alias.name)
        elif isinstance(node, ast.Import):
            names = [alias.name.partition(".") for alias in node.names]
            yield from (Import(by, name[2], "*") for name in names if name[0] == "harness" and name[2])


@cache
def tables() -> list[Import]:
    """Every "module:name" that a table of the package refers to."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
            if match := re.fullmatch(r"harness\.([a-z_.]+):(\w+)", text):
                found.append(Import(dotted(path), match[1], match[2]))
    return found


def test_every_module_stands_on_a_floor() -> None:
    strangers = {
        room_of(dotted(path)) for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE or path.stem != "__init__"
    }
    assert strangers == set(FLOORS)
    assert set(rooms()) < set(FLOORS)


def test_no_module_imports_one_that_stands_above_it() -> None:
    upward = [
        str(found)
        for found in imports()
        if not found.by.startswith("(")
        and room_of(found.source) != room_of(found.by)
        and FLOORS.index(room_of(found.source)) > FLOORS.index(room_of(found.by))
    ]
    assert not upward


def test_a_table_reaches_its_own_room_or_the_rooms_in_it_and_nothing_else() -> None:
    assert {found.by for found in tables()} >= {"generators.opening", "sweep.executors", "report.rendering"}
    beyond = [
        str(found) for found in tables() if f"{room_of(found.source)}.".startswith(f"{room_of(found.by)}.") is False
    ]
    assert not beyond
    assert all(callable(named(f"harness.{found.source}:{found.name}")) for found in tables() if not past(found.source))


def past(source: str) -> bool:
    return source in PAST_THE_DOOR


def test_others_come_in_by_the_door() -> None:
    past_it = [
        str(found)
        for found in imports()
        if room_of(found.source) != room_of(found.by)
        and found.source != room_of(found.source)
        and not past(found.source)
    ]
    assert not past_it
    used = {found.source for found in (*imports(), *tables()) if room_of(found.source) != room_of(found.by)}
    used |= {found.source for found in tables()}
    used |= {text for path in PACKAGE.rglob("*.py") for text in re.findall(r'"harness\.([a-z_.]+)"', path.read_text())}
    assert set(PAST_THE_DOOR) <= used


@pytest.mark.parametrize("room", rooms())
def test_a_door_offers_exactly_what_others_use(room: str) -> None:
    taken = {found.name for found in imports() if found.source == room and room_of(found.by) != room}
    taken |= {found.name for found in tables() if found.source == room}
    assert sorted(offered(room)) == sorted(taken)


@pytest.mark.parametrize("room", rooms())
def test_a_door_says_what_its_room_takes_from_below(room: str) -> None:
    below = {room_of(found.source) for found in imports() if room_of(found.by) == room} - {room}
    told = ast.get_docstring(ast.parse(door(room).read_text(encoding="utf-8"))) or ""
    line = " ".join(told.partition("From below: ")[2].split())
    assert line == f"{', '.join(name for name in FLOORS if name in below) or 'nothing'}."


def test_no_door_brings_in_what_is_heavy() -> None:
    program = f"import sys, {', '.join(f'harness.{room}' for room in rooms())}; print({_held()})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_command_line_starts_without_what_is_heavy() -> None:
    program = f"import sys, harness.cli.main; print({_held()})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_room_is_crowded_and_no_three_of_its_modules_share_a_prefix() -> None:
    for room in rooms():
        names = [path.stem for path in door(room).parent.glob("*.py") if path.stem != "__init__"]
        assert len(names) <= 16, f"{room} holds {len(names)} modules"
        prefixes = [name.partition("_")[0] for name in names]
        assert max(map(prefixes.count, prefixes)) < 3, f"{room} holds three modules of one prefix"


def door(room: str) -> Path:
    return PACKAGE / room.replace(".", "/") / "__init__.py"


def offered(room: str) -> list[str]:
    for node in ast.parse(door(room).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "__all__":
            names: list[str] = ast.literal_eval(node.value)
            return names
    raise AssertionError(f"{room} has no __all__")


def _held() -> str:
    return f"[name for name in {HEAVY} if name in sys.modules]"


def test_no_two_classes_share_a_name() -> None:
    names = [
        node.name
        for path in sorted(PACKAGE.rglob("*.py"))
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]
    assert [name for name, count in Counter(names).items() if count > 1] == []
