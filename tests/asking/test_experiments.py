"""Experiments made elsewhere: what names them, what they are read from, what is refused before anything is written."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from harness.asking.experiments import read_experiment_files
from harness.asking.wished_experiments import parse_experiment, read_list, wished_experiments
from harness.config import ExperimentSettings
from harness.errors import HarnessError
from harness.store import experiment_folder, held_experiment, list_runs, read_experiments, read_run
from tests.conftest import run_harness
from tests.support.recorded_experiments import QUESTIONS, answers, files, log, main_arguments, seed_list

VARIANTS = {"base": None, "dpo": "dpo", "orpo": "orpo"}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return files(tmp_path_factory.mktemp("given"))


@pytest.fixture(scope="module")
def imported(found: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A working folder with a run of the seed's experiments."""
    folder = tmp_path_factory.mktemp("imported")
    given = found["base"].parent / "experiments.yaml"
    given.write_text(yaml.safe_dump({"experiments": seed_list(found)}), encoding="utf-8")
    done = run_harness(*main_arguments(found, folder), "--experiments", str(given), folder=folder)
    assert done.returncode == 0, done.stderr
    yield folder


def parsed(*parts: Path | str, name: str = "x") -> ExperimentSettings:
    return parse_experiment(f"{name}={','.join(map(str, parts))}")


@pytest.mark.parametrize("order", [("low", "low.log", "low.yaml"), ("low.yaml", "low.log", "low"), ("low.log", "low")])
def test_files_are_told_apart_by_what_they_hold_in_any_order(found: dict[str, Path], order: tuple[str, ...]) -> None:
    item = parsed(*(found[key] for key in order))
    assert (item.answers, item.curves) == (str(found["low"]), str(found["low.log"]))
    assert item.settings == ((str(found["low.yaml"]),) if "low.yaml" in order else None)


@pytest.mark.parametrize("name", ["llama-3-8b", "orpo-1e-6", "dropout-0.01", "a.b", "two words", "方法"])
def test_names_may_hold_dots_and_dashes(found: dict[str, Path], name: str) -> None:
    (one,) = read_experiment_files([parsed(found["low.yaml"], name=name)], None, VARIANTS)
    assert one.name == name


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x", "'x' is no --experiment NAME=ANSWERS"),
        ("x=", "'x=' is no --experiment NAME=ANSWERS"),
        ("=a.json", "'=a.json' is no --experiment NAME=ANSWERS"),
        ("x=nowhere.json", "Experiment 'x': there is no file nowhere.json. .*--experiments FILE.yaml"),
        ("x={low},{orpo}", "gives two files of answers: .* Say which is which: answers=FILE"),
        ("x={low.log},{dpo.log}", "gives two files of curves"),
        ("x=answers={low},method=foo", "method: Input should be 'dpo', 'orpo', 'kto' or 'simpo'"),
        ("x=base={low}", "x has no answers, no curves and no settings"),
        ("x={low.yaml},base={llama}", "x has a base of its own, and no answers to compare with it"),
        ("x={low},base_name=llama", "x names a base_name, and no base"),
    ],
)
def test_what_is_no_experiment_is_refused_in_one_line(found: dict[str, Path], text: str, said: str) -> None:
    for key, path in sorted(found.items(), key=lambda each: -len(each[0])):
        text = text.replace(f"{{{key}}}", str(path))
    with pytest.raises(HarnessError, match=said) as refusal:
        parse_experiment(text)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ([{"name": "dpo"}], "'dpo' is a variant of this run"),
        ([{"name": "base"}], "'base' is a variant of this run"),
        ([{"name": "x"}, {"name": "x"}], "Experiment 'x' is given twice"),
        ([{"name": "../x"}], "'../x' cannot be the name of an experiment"),
        ([{"name": "x", "against": "orop"}], "No variant named 'orop'. Did you mean 'orpo'"),
        ([{"name": "x", "against": "base"}], "base is the base, with which every experiment is compared"),
        ([{"name": "x", "settings": "nowhere.yaml"}], "Experiment 'x': there is no file nowhere.yaml"),
        ([{"name": "x", "curves": "nowhere.json"}], "Experiment 'x': there is no file nowhere.json"),
        ([{"name": "x", "answers": "nowhere.json"}], "Give --suite SUITE"),
        ([{"name": "x", "settings": {}}], "Experiment 'x': its settings hold none"),
    ],
)
def test_what_cannot_stand_beside_a_run_is_refused(items: list[dict[str, object]], said: str) -> None:
    wanted = [ExperimentSettings.model_validate({"settings": {"beta": 0.1}, **item}) for item in items]
    with pytest.raises(HarnessError, match=said) as refusal:
        read_experiment_files(wanted, None, VARIANTS)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\n", "holds no list of experiments"),
        ("- {name: x, answer: a.json}\n", "experiments.0.answer: unknown key, did you mean answers"),
        ("- {name: 1e-6, answers: a.json}\n", "YAML reads 1e-06 as a number: put the name in quotes"),
        ("- {answers: a.json}\n- {name: y}\n", "experiments.0.name: Field required.*1: y has no answers"),
        ("- [\n", "is not valid YAML"),
    ],
)
def test_a_file_of_experiments_is_checked_whole(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "e.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(HarnessError, match=said):
        read_list(tmp_path / "e.yaml")


def test_paths_in_a_file_of_experiments_may_hold_commas_and_are_seen_from_its_folder(tmp_path: Path) -> None:
    place = tmp_path / "a, b"
    place.mkdir()
    answers(place / "one, two.json", 3)
    (place / "e.yaml").write_text('- {name: x, answers: "one, two.json", curves: me/project/run1}\n', encoding="utf-8")
    (item,) = wished_experiments([], place / "e.yaml", ())
    assert (item.answers, item.curves) == (str(place / "one, two.json"), "me/project/run1")
    assert parse_experiment(f"x={place / 'one, two.json'}").answers == str(place / "one, two.json")


@pytest.mark.parametrize(
    ("name", "given", "method"),
    [
        ("x", {"method": "dpo", "settings": {"method": "orpo"}}, "dpo"),
        ("dpo-x", {"settings": {"rl": "orpo"}}, "orpo"),
        ("dpo-x", {"curves": "orpo.log"}, "orpo"),
        ("x", {"curves": "dpo.log"}, "dpo"),
        ("orpo-1e-6", {"settings": {"beta": 1}}, "orpo"),
        ("x", {"settings": {"beta": 1}}, None),
        ("adopt", {"settings": {"beta": 1}}, None),
    ],
)
def test_the_method_is_what_is_said_else_what_settings_curves_and_name_say(
    found: dict[str, Path], name: str, given: dict[str, object], method: str | None
) -> None:
    if "curves" in given:
        given = {**given, "curves": str(found[str(given["curves"])])}
    (one,) = read_experiment_files([ExperimentSettings.model_validate({"name": name, **given})], None, VARIANTS)
    assert (one.method, one.against) == (method, method)
    assert any("set beside the base alone" in line for line in one.told()) is (method is None)


def test_an_experiment_is_a_run_of_base_main_training_and_itself(imported: Path) -> None:
    run = read_run(imported / "runs" / "eval" / "r")
    held = {it.told.name: it for it in read_experiments(run)}
    assert list(held) == ["orpo-1e-6", "dropout-0.01", "dropout-0.1", "llama-3-8b-orpo"]
    assert list(held["orpo-1e-6"].run.variants) == ["base", "orpo", "orpo-1e-6"]
    assert list(held["llama-3-8b-orpo"].run.variants) == ["llama-3-8b", "llama-3-8b-orpo"]
    pairs = {(row.baseline, row.variant) for row in held["orpo-1e-6"].run.summary.comparisons}
    assert pairs == {("base", "orpo"), ("base", "orpo-1e-6"), ("orpo", "orpo-1e-6")}
    mine, theirs = (it.summary.metrics["orpo"]["correct"] for it in (run, held["orpo-1e-6"].run))
    assert mine == theirs and mine.n == QUESTIONS
    assert held["orpo-1e-6"].told.why == "Is the rate too high?"
    assert list_runs(imported / "runs" / "eval") == ["r"]


def test_the_runs_own_summary_is_what_it_is_without_experiments(
    imported: Path, found: dict[str, Path], tmp_path: Path
) -> None:
    assert run_harness(*main_arguments(found, tmp_path), folder=tmp_path).returncode == 0
    plain, with_them = (it / "runs" / "eval" / "r" / "summary.json" for it in (tmp_path, imported))
    assert plain.read_bytes() == with_them.read_bytes()


def test_the_same_command_goes_on_other_files_are_refused_and_fresh_sets_aside(
    imported: Path, found: dict[str, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "w"
    shutil.copytree(imported, folder)
    run = folder / "runs" / "eval" / "r"
    experiment = experiment_folder(run, "orpo-1e-6")
    (experiment.path / "experiment.json").unlink()
    (experiment.path / "summary.json").unlink()
    again = ["import", "--run", "r", "--no-report"]
    low = f"orpo-1e-6={found['low']},{found['low.log']},{found['low.yaml']}"
    assert run_harness(*again, "--experiment", low, folder=folder).returncode == 0
    assert experiment.scored and held_experiment(experiment) is not None
    refused = run_harness(*again, "--experiment", f"orpo-1e-6={found['dpo']}", folder=folder)
    assert refused.returncode == 2 and "orpo-1e-6 was begun with other settings" in refused.stderr
    fresh = run_harness(*again, "--fresh", "--experiment", f"orpo-1e-6={found['dpo']}", folder=folder)
    assert fresh.returncode == 0
    assert [it.told.name for it in read_experiments(read_run(run))].count("orpo-1e-6") == 1
    assert (run / "experiments.aside" / "orpo-1e-6" / "experiment.json").is_file()
    assert len(read_experiments(read_run(run))) == 4


def test_nothing_is_written_where_an_experiment_is_refused(found: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text(json.dumps([{"id": 77, "prompt": "?", "generated_text": "x"}]), encoding="utf-8")
    refused = run_harness(*main_arguments(found, tmp_path), "--experiment", "x=bad.json", folder=tmp_path)
    assert refused.returncode == 2 and refused.stderr.count("\n") == 1
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("given", ["curves", "settings"])
def test_without_answers_it_holds_what_there_is_and_is_no_run(
    imported: Path, found: dict[str, Path], tmp_path: Path, given: str
) -> None:
    folder = tmp_path / "w"
    shutil.copytree(imported, folder)
    path = log(tmp_path / "s.json", orpo=True) if given == "curves" else found["0.1"]
    done = run_harness("import", "--run", "r", "--experiment", f"orpo-y={path}", "--no-report", folder=folder)
    assert done.returncode == 0 and "not given: answers" in done.stderr
    place = folder / "runs" / "eval" / "r" / "experiments" / "orpo-y"
    assert {it.name for it in place.iterdir()} == {"experiment.json"} | (
        {"curves.jsonl"} if given == "curves" else set()
    )
    assert run_harness("score", "r", folder=folder).returncode == 0
    listed = run_harness("runs", folder=folder).stdout
    assert "experiments: orpo-1e-6, dropout-0.01, dropout-0.1, llama-3-8b-orpo, orpo-y" in listed
