import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from harness.config import EXAMPLE, Config, Generation, Serving, checked, load_config, parse_setting, write_example
from harness.errors import HarnessError
from harness.json_yaml import parse_yaml


def written(folder: Path, text: str) -> Path:
    path = folder / "harness.yaml"
    path.write_text(text)
    return path


def test_every_fault_is_reported_at_once_with_its_key(tmp_path: Path) -> None:
    path = written(tmp_path, "adaptors: {}\nlimit: 0\nserving: {dtyp: float32}\nbackend: vlm\n")
    with pytest.raises(HarnessError) as refusal:
        load_config(path)
    line = str(refusal.value)
    assert "adaptors: unknown key, did you mean adapters?" in line
    assert "serving.dtyp: unknown key, did you mean dtype?" in line
    assert "limit" in line and "backend" in line and "\n" not in line


def test_invalid_yaml_is_one_line_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="line 2 is not valid YAML") as refusal:
        load_config(written(tmp_path, "base: x\n  tasks: [\n"))
    assert "\n" not in str(refusal.value)


def test_a_key_that_is_given_twice_is_refused_where_it_stands_again(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"line 3 is not valid YAML \(limit is given twice"):
        load_config(written(tmp_path, "limit: 3\nseed: 1\nlimit: 4\n"))
    merged = "train:\n  arguments:\n    <<: {r: 4, beta: 0.2}\n    r: 8\n"
    assert load_config(written(tmp_path, merged)).train.arguments == {"beta": 0.2, "r": 8}


def test_a_task_limit_is_a_number_of_documents_or_a_share(tmp_path: Path) -> None:
    assert load_config(written(tmp_path, "task_limit: 7")).task_limit == 7
    assert load_config(written(tmp_path, "task_limit: 0.25")).task_limit == 0.25
    for wrong in ("0", "-1", ".nan", ".inf", "few"):
        with pytest.raises(HarnessError, match="task_limit"):
            load_config(written(tmp_path, f"task_limit: {wrong}"))


def test_a_missing_file_names_the_command_that_writes_one(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="harness init"):
        load_config(tmp_path / "none.yaml")


def test_without_a_file_the_defaults_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_config(None) == Config()


def test_the_example_is_valid_and_never_written_over_a_file(tmp_path: Path) -> None:
    path = write_example(tmp_path / "harness.yaml")
    assert load_config(path).suite == "pocket"
    with pytest.raises(HarnessError, match="is there already"):
        write_example(path)


def said(row: object, model: type[BaseModel]) -> Iterator[str]:
    """Keys that the example gives a model, or that it lacks."""
    assert isinstance(row, dict)
    assert set(row) == set(model.model_fields), model
    for key, field in model.model_fields.items():
        inner = Generation if (model, key) == (Config, "generation") else field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from said(row[key], inner)
        yield key


def test_the_example_holds_every_key_that_works_each_with_a_line_on_it() -> None:
    # A key that is commented out has its sign taken away, and what is explained over several lines is left alone.
    lines = [re.sub(r"^( *)# ( *\w+:)", r"\1\2", line) for line in EXAMPLE.splitlines()]
    row = parse_yaml("\n".join(lines))
    keys = set(said(row, Config))
    assert Config.model_validate({**row, "prompt": "chat", "system": ""})
    for line in lines:
        if (found := re.match(r" *(\w+):", line)) and found[1] in keys:
            assert re.search(r"# \w", line), line


def test_prompt_and_system_are_one_decision(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"prompt is 'chat' and train.prompt is 'alpaca'.*leave one of them out"):
        load_config(written(tmp_path, "prompt: chat\ntrain: {prompt: alpaca}\n"))
    with pytest.raises(HarnessError, match=r"system is '' and train.system is 'Be kind.'"):
        load_config(written(tmp_path, "system: ''\ntrain: {system: Be kind.}\n"))
    assert load_config(written(tmp_path, "prompt: chat\ntrain: {prompt: chat}\n")).prompt == "chat"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("system=", ""),
        ('system=""', ""),
        ("system=null", None),
        ("learning_rate=5e-7", 5e-7),
        ("max_steps=24", 24),
        ("lora_dropout=0.1", 0.1),
        ("quantization=nf4", "nf4"),
        ("data=a/b.jsonl", "a/b.jsonl"),
        ("use_rslora=true", True),
        ("loss_type=[sigmoid, sft]", ["sigmoid", "sft"]),
        ("prompt=", None),
    ],
)
def test_a_setting_is_read_as_the_type_that_it_looks_like(text: str, value: object) -> None:
    assert parse_setting(text)[1] == value
    assert type(parse_setting(text)[1]) is type(value)


def test_a_setting_without_an_equals_sign_is_refused() -> None:
    with pytest.raises(HarnessError, match="has no '='"):
        parse_setting("learning_rate")


def test_a_number_with_an_exponent_is_a_number_anywhere(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("train: {arguments: {learning_rate: 5e-7, a: 1E3, b: -2.5e+1, name: e5, v: 1e}}")
    found = load_config(tmp_path / "a.yaml").train.arguments
    assert found == {"learning_rate": 5e-7, "a": 1000.0, "b": -25.0, "name": "e5", "v": "1e"}
    assert parse_setting("lr=[1e-5, 2e-5]") == ("lr", [1e-5, 2e-5])


def test_memory_and_an_unset_length_leave_runs_from_before_as_they_are() -> None:
    before = {"dtype": "auto", "quantization": None, "trust_remote_code": False}
    assert Serving().identity() == Serving(memory=0.4, batch_size=7).identity() == before
    assert Serving().row() == {**before, "batch_size": "auto"}
    assert Serving(max_model_len=512).identity() == {**before, "max_model_len": 512}


@pytest.mark.parametrize("row", [{"memory": 0}, {"memory": 1.2}, {"memory": 85}, {"max_model_len": 1}])
def test_a_share_of_a_card_is_a_share_and_a_length_has_room_for_an_answer(row: dict[str, float]) -> None:
    with pytest.raises(HarnessError, match=next(iter(row))):
        checked(Serving, row, "serving")
