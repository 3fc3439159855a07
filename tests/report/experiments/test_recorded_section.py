"""The section on recorded experiments: what was changed, curves on shared axes, scores, and only what tests carry."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from harness.charts import Chart, readable
from harness.report import render_report
from harness.report.assignment import build_assignment
from harness.report.assignment.view import Experiments
from harness.report.experiments import RecordedSection
from harness.store import Run, read_run
from harness.words import words
from tests.conftest import run_harness
from tests.support.recorded_experiments import QUESTIONS, answers, files, log, main_arguments, seed_list

NAMES = ["orpo-1e-6", "dropout-0.01", "dropout-0.1", "llama-3-8b-orpo"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    folder = tmp_path_factory.mktemp("seed")
    found = files(folder / "given")
    (folder / "given" / "e.yaml").write_text(yaml.safe_dump(list(seed_list(found))), encoding="utf-8")
    (folder / "given" / "main.json").write_text(json.dumps({"lora_dropout": 0, "r": 4}), encoding="utf-8")
    done = run_harness(
        *main_arguments(found, folder), "--experiments", "given/e.yaml", "--settings", "orpo=given/main.json",
        folder=folder,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    yield read_run(folder / "runs" / "eval" / "r")


def section(run: Run, lang: str = "en") -> RecordedSection:
    found = body(run, lang).recorded
    assert found is not None
    return found


def plain(value: object) -> str:
    """With plain spaces in the place of those that do not break."""
    return re.sub(r"[\u00a0\u202f]", " ", str(value))


def body(run: Run, lang: str = "en") -> Experiments:
    found = next(it for it in build_assignment(run, lang).sections if it.id == "experiments").experiments
    assert found is not None
    return found


def test_what_was_changed_stands_beside_why_in_the_authors_words(run: Run) -> None:
    rows = {row[0]: tuple(map(plain, row[1:])) for row in section(run).changed.rows}
    assert rows["orpo-1e-6 (ORPO)"] == (
        "orpo", "learning_rate 5 × 10⁻⁶ → 1 × 10⁻⁶", "“Is the rate too high?”", "1",
    )  # fmt: skip
    assert rows["dropout-0.1 (ORPO)"][1] == "lora_dropout 0 → 0.1"
    assert rows["llama-3-8b-orpo (ORPO)"][:2] == (
        "its own base llama-3-8b; shown next to orpo", "base not recorded → org/llama-3-8b",
    )  # fmt: skip


def test_settings_stand_side_by_side_with_what_nobody_recorded_told_as_that(run: Run) -> None:
    grid = section(run).settings[0]
    table = {str(row[0]): [plain(cell) for cell in row[1:]] for row in grid.rows}
    assert grid.head[1:] == ("orpo", *NAMES[:3])
    assert [str(cell) for cell in table["lora_dropout"]] == [
        "0", "0", "<strong>0.01</strong>", "<strong>0.1</strong>",
    ]  # fmt: skip
    assert table["learning_rate"][0] == "5 × 10⁻⁶ (log)" and table["learning_rate"][2] == "not recorded"
    assert table["Source"][:2] == [
        "main.json, orpo.trainer_state.json, log",
        "orpo-1e-6.yaml, orpo-1e-6.trainer_state.json",
    ]


def sentences(of: RecordedSection) -> list[str]:
    return [sentence for group in of.said for sentence in group.sentences]


def test_what_may_be_said_stands_by_experiment_then_by_setting_then_of_all(run: Run) -> None:
    groups = section(run).said
    assert [[mark.name for mark in group.marks] for group in groups] == [
        *([name] for name in NAMES), ["dropout-0.01", "dropout-0.1"], ["llama-3-8b-orpo"], [],
    ]  # fmt: skip
    for group in groups[:4]:
        assert all(group.marks[0].name in plain(sentence) for sentence in group.sentences)


def test_a_dropout_that_may_have_been_switched_off_is_said_to_be(run: Run) -> None:
    (note,) = [it for it in section(run).settings_notes if "disable_dropout" in it]
    assert note.startswith("Dropout of dropout-0.01, dropout-0.1 is as configured.")
    assert any("nothing is claimed about their order" in it for it in sentences(section(run)))


def test_curves_of_a_figure_share_their_axes_with_the_main_training_at_the_left(run: Run) -> None:
    (group,) = section(run).curves
    (grid,) = group.grids
    assert [mark.name for mark in grid.marks] == ["orpo", "orpo-1e-6"]
    assert [row.title for row in grid.rows] == ["Loss", "Reward margin", "Reward accuracy", "Learning rate"]
    for row in grid.rows:
        drawn = [_axes(chart) for chart in row.charts if chart]
        assert len(drawn) == 2 and drawn[0] == drawn[1]
    assert any("No curves were given of dropout-0.01, dropout-0.1" in note for note in group.notes)


def _axes(chart: Chart) -> object:
    found = re.search(r'axes&#34;:(\[\[.*?\]\])|axes&quot;:(\[\[.*?\]\])|"axes": ?(\[\[.*?\]\])', readable(chart))
    assert found is not None
    return found.group()


def test_scores_stand_beside_the_main_training_and_the_base_with_intervals(run: Run) -> None:
    groups = section(run).scored
    assert [group.title for group in groups] == [
        "orpo-1e-6, dropout-0.01, dropout-0.1 against orpo", "llama-3-8b-orpo against their base, llama-3-8b",
    ]  # fmt: skip
    table = {str(row[0]): [plain(cell) for cell in row] for row in groups[0].grids[0].rows}
    # 5 of 12 right where the main training has 12 of 12, and the base 4.
    measure = table["Correct"]
    assert (measure[1], measure[2], measure[5]) == ("42 %", "100 %", "33 %")
    assert re.fullmatch(r"−58 \(−\d+ to −\d+\) points", measure[3])
    assert re.fullmatch(r"n = 12, p 0\.0\d+; regressed", measure[4])
    lines = [line.mark.name for panel in groups[0].panels for row in panel.rows for line in row.lines]
    assert set(lines) == set(NAMES[:3])
    assert [panel.title for panel in groups[0].panels][1] == words("en")("changes.relative", base="orpo")


def test_what_is_said_is_what_tests_carry(run: Run) -> None:
    said = [plain(it) for it in sentences(section(run))]
    (changed,) = [it for it in said if it.startswith("orpo-1e-6 against orpo: ")]
    assert "Correct regressed, −58" in changed and f"n = {QUESTIONS}, p " in changed
    assert "10 of 12 answers of dropout-0.01 are identical to orpo's." in said
    (order,) = [it for it in said if it.startswith("lora_dropout (")]
    assert order.startswith("lora_dropout (0, 0.01, 0.1): no value is shown to differ from orpo's")
    assert any("llama-3-8b and the run's model are different models" in it for it in said)
    assert said[-1].startswith("All 4 were trained once, with one seed each")


def test_a_log_that_is_the_main_trainings_own_is_told(run: Run, tmp_path: Path) -> None:
    place = tmp_path / "r"
    shutil.copytree(run.path, place)
    given = run.path.parents[2] / "given"
    done = run_harness(
        "import", "--run", str(place), "--no-report",
        "--experiment", f"orpo-same={given / 'ORPO_model-7b.json'},{given / 'orpo.trainer_state.json'}",
        folder=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = section(read_run(place))
    notes = [note for group in found.curves for note in group.notes]
    assert any(note.startswith("Every logged value of orpo-same is orpo's") for note in notes)
    assert "12 of 12 answers of orpo-same are identical to orpo's." in sentences(found)


@pytest.mark.parametrize("lang", ["en", "zh-TW"])
def test_the_pages_hold_every_experiment_and_its_answers_are_handed_in(run: Run, lang: str, tmp_path: Path) -> None:
    # A run's folder may be moved: nothing else is needed.
    place = tmp_path / "elsewhere"
    shutil.copytree(run.path, place)
    (page,) = render_report(read_run(place), "assignment", lang, ["html"])
    text = page.read_text(encoding="utf-8")
    assert all(name in text for name in NAMES)
    assert words(lang)("assignment.recorded.may_head") in text
    handed = {path.name for path in (place / "submission").glob("*.json")}
    assert handed >= {"ORPO_model-7b_orpo-1e-6.json", "ORPO_model-7b_dropout-0.1.json", "llama-3-8b.json"}
    assert "ORPO_llama-3-8b.json" in handed
    rows = json.loads((place / "submission" / "ORPO_model-7b_orpo-1e-6.json").read_text(encoding="utf-8"))
    assert len(rows) == QUESTIONS


def test_an_experiment_that_was_never_scored_names_the_command(run: Run, tmp_path: Path) -> None:
    place = tmp_path / "r"
    shutil.copytree(run.path, place)
    (place / "experiments" / "orpo-1e-6" / "summary.json").unlink()
    done = run_harness("report", str(place), "--template", "assignment", "--format", "html", folder=tmp_path)
    assert done.returncode == 2 and "orpo-1e-6 was never scored. Next: harness score r" in done.stderr
    assert run_harness("score", str(place), folder=tmp_path).returncode == 0
    assert read_run(place / "experiments" / "orpo-1e-6").folder.scored


def test_what_is_proposed_where_nothing_was_tried_can_be_trained(tmp_path: Path) -> None:
    found = files(tmp_path / "given")
    settings = {"base": "pocket", "learning_rate": 2.5e-4, "r": 16, "lora_alpha": 32, "max_length": 384}
    (tmp_path / "own.json").write_text(json.dumps(settings), encoding="utf-8")
    done = run_harness(*main_arguments(found, tmp_path), "--settings", "dpo=own.json", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    commands = body(read_run(tmp_path / "runs" / "eval" / "r")).commands
    assert sum("harness train dpo" in command for command in commands) == 5
    (faster,) = [command for command in commands if "--name dpo-lr" in command]
    assert "--set base=pocket --set data=DATA --set learning_rate=0.0005 --set r=16" in faster
    words_ = shlex.split(faster)[1:]
    place = words_.index("data=DATA")
    dry = run_harness(*words_[: place - 1], *words_[place + 1 :], "--dry-run", folder=tmp_path)
    assert dry.returncode == 0 and "parameters" in dry.stdout


def test_an_experiment_with_curves_alone_claims_nothing_of_answers(run: Run, tmp_path: Path) -> None:
    place = tmp_path / "r"
    shutil.copytree(run.path, place)
    state = log(tmp_path / "s.json", orpo=True, shift=0.5)
    short = answers(tmp_path / "a.json", 2)
    for name, path in (("orpo-curves", state), ("nameless", short)):
        arguments = ["import", "--run", str(place), "--experiment", f"{name}={path}", "--no-report"]
        assert run_harness(*arguments, folder=tmp_path).returncode == 0
    found = section(read_run(place))
    assert "orpo-curves: no answers were given, so nothing is said of what it did to them." in sentences(found)
    assert "orpo-curves" in found.curves[0].title
    assert found.scored[-1].title == "nameless against base"
    changed = {str(row[0]): row[2] for row in found.changed.rows}
    assert changed["nameless"] == "no training of its method in this run"
