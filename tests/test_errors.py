"""Errors: one tree, as it is drawn; lines made of fields that cross processes; and the seams where they arise."""

from __future__ import annotations

import ast
import builtins
import copy
import pickle
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from harness import errors
from harness.errors import (
    BrokenTask,
    ChangesNothing,
    Differs,
    Diverged,
    Failed,
    HarnessError,
    Incomplete,
    Interrupted,
    Malformed,
    NotInstalled,
    OutOfMemory,
    Refused,
    Unknown,
    Unservable,
    refuse_differing,
    unknown,
)
from harness.foreign_errors import EXTRAS, boundary, needed, said
from harness.json_yaml import json_lines, read_mapping, read_yaml
from harness.store import draft_file, draft_folder

ROOT = Path(__file__).parents[1]
ONE_OF_EACH: list[HarnessError] = [
    HarnessError("No."),
    Unknown("adapter", "dop", ("dpo", "orpo"), "Train it."),
    NotInstalled("The PDF", "weasyprint", install="pip install weasyprint", fault="no Pango", otherwise="or HTML"),
    Malformed("a.yaml", "YAML", "no colon", line=3, advice="Give another."),
    Refused("pocket does not load", said="no config.json", advice="Save it again."),
    Differs(place="runs/eval/a", settings=(("seed", 1, 2), ("tasks", [], ["a"])), option="--run"),
    ChangesNothing(("dpo", "orpo"), "runs/train/dpo", asked=4),
    Diverged("The loss is NaN."),
    Unservable("A rank of 512."),
    OutOfMemory("Training 'dpo' stopped", on_gpu=True, asked=2**31, free=2**20, advice="Take less."),
    BrokenTask("arc", 3, "has no answer", "KeyError: 'answer'", "dpo"),
    Failed("The disk is full.", exit_status=130),
    Interrupted("Step 3 is saved."),
    Incomplete("3 answers are missing."),
]


def exceptions() -> set[str]:
    """Every exception class that a module of the package defines, by name."""
    bases = {
        node.name: {ast.unparse(base).rpartition(".")[2] for base in node.bases}
        for path in (ROOT / "harness").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    }

    def raised(name: str) -> bool:
        if name in bases:  # a record may be called as a builtin is
            return any(map(raised, bases[name] - {name}))
        kind = getattr(builtins, name, None)
        return isinstance(kind, type) and issubclass(kind, BaseException)

    return {name for name in bases if raised(name)}


_COUNTED = {"Unusable", "NotRendered"}
"""What is counted, and no refusal."""


def test_every_exception_of_the_package_stands_in_the_tree_that_is_drawn() -> None:
    drawn = re.findall(r"^(?:[├└]── )?(\w+)  ", errors.__doc__ or "", re.M)
    assert sorted(drawn) == sorted(exceptions())
    assert set(drawn) - _COUNTED == {type(error).__name__ for error in ONE_OF_EACH}
    assert issubclass(Incomplete, HarnessError) and all(vars(errors)[name] for name in drawn if name not in _COUNTED)


@pytest.mark.parametrize("error", ONE_OF_EACH, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("carried", [lambda error: pickle.loads(pickle.dumps(error)), copy.copy])
def test_an_error_arrives_in_another_process_as_it_was(
    error: HarnessError, carried: Callable[[HarnessError], HarnessError]
) -> None:
    arrived = carried(error)
    assert type(arrived) is type(error) and str(arrived) == str(error) and "\n" not in str(error)
    assert vars(arrived) == vars(error) and arrived.exit_status == error.exit_status


def test_exit_statuses_say_what_kind_of_end_it_is() -> None:
    assert [error.exit_status for error in ONE_OF_EACH] == [2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 130, 130, 3]


def test_a_name_that_nobody_knows_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(Unknown) as refusal:
        unknown("adapter", "dop", ["orpo", "dpo"], "Train it.")
    assert str(refusal.value) == "No adapter named 'dop'. Did you mean 'dpo'? Known: dpo, orpo. Train it."
    assert str(Unknown("run", "x", ())) == "No run named 'x'. Known: none."


def test_settings_that_differ_are_told_as_pairs_and_in_one_wording() -> None:
    before = {"seed": 1, "base": "a" * 64, "tasks": ["b"], "gone": 0}
    with pytest.raises(Differs) as refusal:
        refuse_differing(Path("runs/eval/a"), before, {"seed": 2, "base": "c" * 64, "tasks": ("b",)}, "--run")
    assert refusal.value.settings == (("seed", 1, 2), ("base", "a" * 64, "c" * 64), ("gone", 0, None))
    assert str(refusal.value) == (
        f"runs/eval/a was begun with other settings: seed 1 → 2, base {'a' * 12} → {'c' * 12}, gone 0 → None. "
        "Give another --run, or --fresh to start it anew."
    )
    assert str(Differs("runs/watch/a", (("seed", 1, 2),))).endswith("seed 1 → 2. Give --fresh to start it anew.")
    refuse_differing("a", {"tasks": ["b"]}, {"tasks": ("b",)})


def test_what_a_library_raises_at_a_seam_is_one_line_and_our_own_refusals_pass() -> None:
    with pytest.raises(Refused) as refusal, boundary("x does not load", ValueError, advice="Give another."):
        raise ValueError("\n  no such\tfile.\nand so on")
    assert str(refusal.value) == "x does not load: no such file. Give another."
    assert isinstance(refusal.value.__cause__, ValueError)
    with pytest.raises(TypeError), boundary("x", ValueError):
        raise TypeError
    with pytest.raises(Incomplete), boundary("x", Exception):
        raise Incomplete("3 are missing")
    assert said(KeyError()) == "it said nothing" and said(ValueError("a\n\nb\nc"), 2) == "a b"
    assert said(ValueError("a\nb"), None) == "a b"


def test_a_package_that_is_missing_is_named_with_the_line_that_installs_it() -> None:
    with pytest.raises(NotInstalled) as refusal, needed("ray", "A cluster"):
        raise ModuleNotFoundError("No module named 'ray'", name="ray")
    assert str(refusal.value) == (
        "A cluster needs ray, which is not installed. Install it with: pip install 'preference-harness[ray]'"
    )
    unloadable = r"weasyprint, which does not load \(no Pango\)\. .* — or HTML$"
    with pytest.raises(NotInstalled, match=unloadable), needed("weasyprint", "The PDF", otherwise="or HTML"):
        raise OSError("no Pango")


def test_every_package_of_an_extra_is_known_with_it() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = {
        extra: sorted(re.split("[<>=]", line)[0].replace("-", "_") for line in project["optional-dependencies"][extra])
        for extra in EXTRAS
    }
    assert {extra: sorted(packages) for extra, packages in EXTRAS.items()} == named


def test_every_exception_of_wandb_has_its_advice() -> None:
    wandb_errors = pytest.importorskip("wandb.errors")
    from harness.curves.online_run import ADVICE, advice

    raised = {
        name
        for name, kind in vars(wandb_errors).items()
        if isinstance(kind, type) and issubclass(kind, wandb_errors.Error)
    }
    assert raised == set(ADVICE)
    assert advice(wandb_errors.AuthenticationError("no key"), "a/b/c") == "Next: wandb login"
    assert advice(TimeoutError("late"), "a/b/c").startswith("Is the network there?")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b"a: b: c\n", "line 1 is not valid YAML (mapping values are not allowed here, column 5)."),
        (b"a: 1\nb: 2\na: 3\n", "line 3 is not valid YAML (a is given twice, column 1)."),
        (b"a: \xff\n", "is not valid YAML ('utf-8' codec can't decode byte 0xff in position 3: invalid start byte)."),
        (b"a: \x07\n", "is not valid YAML (unacceptable character"),
        (b"- a\n", "holds no mapping. It takes a."),
    ],
)
def test_yaml_that_is_none_is_refused_with_its_line(tmp_path: Path, text: bytes, line: str) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(text)
    with pytest.raises(HarnessError) as refusal:
        read_mapping(path, "It takes a.")
    assert str(refusal.value).startswith(f"{path} {line}") and "\n" not in str(refusal.value)


def test_yaml_reads_numbers_as_users_write_them_and_an_empty_file_as_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("rate: 5e-7\n", encoding="utf-8")
    assert read_mapping(path, "") == {"rate": 5e-7} and yaml.safe_load("5e-7") == "5e-7"
    path.write_text("", encoding="utf-8")
    assert read_mapping(path, "") == {} and read_yaml(path) is None


def test_json_lines_come_with_their_numbers_and_a_fault_with_its_own() -> None:
    path = Path("a.jsonl")
    assert list(json_lines(path, ["", '{"a": "\u2028"}', " ", "2"])) == [(2, {"a": "\u2028"}), (4, 2)]
    with pytest.raises(Malformed) as refusal:
        list(json_lines(path, [b"1", b"{oops"], advice="Give another."))
    assert refusal.value.line == 2 and str(refusal.value) == (
        "a.jsonl line 2 is not valid JSON (Expecting property name enclosed in double quotes, column 2). Give another."
    )
    with pytest.raises(Malformed, match="line 1 is not valid JSON"):
        list(json_lines(path, ["[" * 100_000]))


def test_a_file_that_fails_half_way_leaves_the_old_one_and_no_draft(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.txt"
    with draft_file(path, sync=True) as draft:
        draft.write_text("old")
    with pytest.raises(ValueError, match="torn"), draft_file(path) as draft:
        draft.write_text("half")
        raise ValueError("torn")
    assert path.read_text() == "old" and list(path.parent.iterdir()) == [path]


def test_a_folder_that_fails_half_way_leaves_the_old_one_and_what_was_left_over_is_cleared(tmp_path: Path) -> None:
    path = tmp_path / "a"
    (tmp_path / ".a.draft").mkdir()
    (tmp_path / ".a.draft" / "left").write_text("by a killed process")
    with draft_folder(path) as draft:
        (draft / "old").write_text("1")
    with pytest.raises(ValueError, match="torn"), draft_folder(path) as draft:
        (draft / "half").write_text("2")
        raise ValueError("torn")
    assert [found.name for found in path.iterdir()] == ["old"] and list(tmp_path.iterdir()) == [path]
    with draft_folder(path) as draft:
        (draft / "new").write_text("3")
    assert [found.name for found in path.iterdir()] == ["new"]
