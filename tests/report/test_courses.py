"""What a caption says of a curve is what was logged: every number of it stands in the log, every word follows it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from pathlib import Path
from random import Random

import pytest

from harness.curves import quantity_text
from harness.records import Curve
from harness.report import gather, render_report
from harness.report.assignment.curves import curves
from harness.report.summary import training_section
from harness.report.summary.courses import Course, finding, high_steps
from harness.report.summary.logs import log_source
from harness.store import RunFolder, read_run
from harness.words import words
from tests.support.report_fixture import make_run

REAL = Path(__file__).parents[3] / "shared" / "real" / "assignment"
_DRAW = Random(7)
NOISE = [_DRAW.gauss(0, 1) for _ in range(1000)]
LOSSES: dict[str, tuple[Callable[[int], float], int, str]] = {
    "falls": (lambda n: 0.69 * math.exp(-n / 40), 200, "fell"),
    "falls in noise": (lambda n: 4 + 5 * math.exp(-n / 30) + 0.2 * NOISE[n], 400, "fell"),
    "falls in a line": (lambda n: 9 - 0.02 * n, 300, "fell"),
    "rises": (lambda n: 0.5 + 0.01 * n, 100, "rose"),
    "rises in noise": (lambda n: 0.1 * n + NOISE[n], 100, "rose"),
    "diverges": (lambda n: 0.6 if n < 80 else 0.6 * 1.3 ** (n - 80), 100, "rose"),
    "flat": (lambda n: 0.693, 100, "stayed"),
    "flat in noise": (lambda n: 0.69 + 0.05 * NOISE[n], 300, "stayed"),
    "there and back": (lambda n: math.sin(math.pi * n / 200), 201, "stayed"),
    "a few, falling": (lambda n: 3.0 - n, 3, "fell"),
    "a few, rising": (lambda n: 3.0 + n, 4, "rose"),
    "a few, equal": (lambda n: 3.0, 5, "stayed"),
    "two": (lambda n: 1.0 - 0.5 * n, 2, "fell"),
    "huge": (lambda n: 1e9 / (n + 1), 150, "fell"),
    "tiny": (lambda n: 1e-9 * (n + 1), 150, "rose"),
    "negative": (lambda n: -0.05 * n, 150, "fell"),
}


VERBS = {
    "en": {"fell": "falls", "rose": "rises", "stayed": "stays"},
    "zh-TW": {"fell": "降", "rose": "升", "stayed": "介於"},
}


@pytest.mark.parametrize("shape", LOSSES)
def test_a_course_falls_rises_or_stays_beyond_its_noise(shape: str) -> None:
    of, many, turn = LOSSES[shape]
    course = Course("loss", tuple((float(n), of(n)) for n in range(many)))
    assert course.turn == turn


@pytest.mark.parametrize("lang", ["en", "zh-TW"])
@pytest.mark.parametrize("shape", LOSSES)
def test_a_caption_has_the_first_and_the_last_or_the_ends_of_the_range_as_logged(shape: str, lang: str) -> None:
    of, many, turn = LOSSES[shape]
    say, values = words(lang), [of(n) for n in range(many)]
    points = tuple((float(n), value) for n, value in enumerate(values))
    for quantity, key in (("loss", "loss"), ("margin", "rewards/margins")):
        told = finding(quantity, {"dpo": {key: points}}, say)
        ends = (min(values), max(values)) if turn == "stayed" else (values[0], values[-1])
        for value in ends:
            assert quantity_text(key, value, say) in told
        verbs = {
            "en": {"fell": "falls", "rose": "rises", "stayed": "stays"},
            "zh-TW": {"fell": "降", "rose": "升", "stayed": "介於"},
        }
        said = {name for name, verb in verbs[lang].items() if verb in told}
        assert said == {turn}


REWARDS = [
    ((0, -0.7), (0, -8.3), "both rewards fall, the rejected one further"),
    ((0, 2.0), (0, 1.0), "both rewards rise, the chosen one further"),
    ((0, 1.5), (0, -3.0), "raises the chosen reward (0 → 1.5) and lowers the rejected one (0 → −3)"),
    ((0, -3.0), (0, -1.0), "chosen 0 → −3, rejected 0 → −1"),
    ((0, -2.0), (0, 2.0), "chosen 0 → −2, rejected 0 → 2"),
    ((-0.12, -0.08), (-0.078, -0.087), "raises the chosen reward (−0.12 → −0.08) and lowers the rejected one"),
    ((0, 1.0), (0, 2.0), "chosen 0 → 1, rejected 0 → 2"),
    ((0, 0), (0, -4.0), "chosen 0 → 0, rejected 0 → −4"),
]


@pytest.mark.parametrize(("chosen", "rejected", "said"), REWARDS)
def test_the_caption_of_the_rewards_says_how_the_two_moved(
    chosen: tuple[float, float], rejected: tuple[float, float], said: str
) -> None:
    def line(ends: tuple[float, float]) -> tuple[tuple[float, float], ...]:
        return tuple((float(n), ends[0] + (ends[1] - ends[0]) * n / 99) for n in range(100))

    found = {"rewards/chosen": line(chosen), "rewards/rejected": line(rejected)}
    told = finding("rewards", {"dpo": found}, words("en"))
    assert said in told
    assert "further" not in told or chosen[1] - rejected[1] > chosen[0] - rejected[0]


ACCURACIES: list[tuple[list[float], str, str]] = [
    (
        [0.5, 0.7, 0.95, 0.96, 1.0],
        "at 95\u00a0% or more from step 3 on and ends at 100\u00a0%",
        "at least 95\u00a0% from step 3 of 5 on",
    ),
    ([1.0] * 5, "at 95\u00a0% or more from step 1 on and ends at 100\u00a0%", "from step 1 of 5 on"),
    ([0.95], "from step 1 on and ends at 95\u00a0%", "from step 1 of 1 on"),
    (
        [0.2, 0.4, 0.3],
        "never reaches 95\u00a0%: at most 40\u00a0%, 30\u00a0% at the end",
        "in fewer than half of the pairs",
    ),
    ([0.2, 0.4, 0.9499], "never reaches 95\u00a0%: at most 95.0\u00a0%", "its highest logged value is 95.0\u00a0%"),
    ([0.5, 0.7, 0.6], "never reaches 95\u00a0%: at most 70\u00a0%, 60\u00a0% at the end", "ends at 60\u00a0%"),
    (
        [0.5, *[1.0] * 19, 0.9375, 1.0],
        "first reaches 95\u00a0% at step 2, is there at 20 of 21 logged steps from then on",
        "is at least 95\u00a0% at 20 of the 21 logged steps from there on, and ends at 100\u00a0%",
    ),
    (
        [0.5, *[1.0] * 19, 0.9375],
        "is there at 19 of 20 logged steps from then on, and ends at 93.8\u00a0%",
        "is at least 95\u00a0% at 19 of the 20 logged steps",
    ),
    (
        [0.2, 0.96, 0.3, 0.4],
        "reaches 95\u00a0% at 1 of 3 logged steps from step 2 on, and ends at 40\u00a0%",
        "ends at 40\u00a0%",
    ),
    ([0.2, 0.96, 0.97, 0.4, 0.97], "reaches 95\u00a0% at 3 of 4 logged steps from step 2 on", "ends at 97\u00a0%"),
    ([0.0, 0.0], "never reaches 95\u00a0%: at most 0\u00a0%, 0\u00a0% at the end", "in fewer than half of the pairs"),
    ([0.9499999, 0.95], "from step 2 on and ends at 95\u00a0%", "from step 2 of 2 on"),
]


@pytest.mark.parametrize(("values", "caption", "sentence"), ACCURACIES)
def test_a_reward_accuracy_is_said_to_be_high_only_where_every_logged_step_is(
    values: list[float], caption: str, sentence: str, tmp_path: Path
) -> None:
    points = tuple((float(n), value) for n, value in enumerate(values, start=1))
    told = finding("accuracy", {"dpo": {"rewards/accuracies": points}}, words("en"))
    assert caption in told
    run = make_run(tmp_path / "run", ("base", "dpo"), 1, curves=False, benchmarks=False)
    run.write_curves([Curve("dpo", n, None, "rewards/accuracies", value) for n, value in enumerate(values, start=1)])
    (reading,) = curves(gather(read_run(run), words("en"))).readings
    assert sentence in " ".join(reading.sentences)
    if found := re.search(r"at least 95\u00a0% from step (\d+)", " ".join(reading.sentences)):
        assert all(value >= 0.95 for value in values[int(found[1]) - 1 :])
        assert int(found[1]) == 1 or values[int(found[1]) - 2] < 0.95


def test_where_an_accuracy_is_high_is_counted_from_the_first_step_that_is() -> None:
    values = [0.9, 0.95, 0.2, 1.0, 1.0]
    found = high_steps(tuple((float(10 * n), value) for n, value in enumerate(values)))
    assert found is not None and (found.since, found.count, found.of, found.unbroken) == (10, 3, 4, 30)
    assert high_steps(((0.0, 0.5),)) is None
    last = high_steps(((0.0, 1.0), (1.0, 0.5)))
    assert last is not None and last.unbroken is None


SOURCES: list[tuple[dict[str, object] | None, str, str]] = [
    (
        {"kind": "wandb_file", "file": "run-ab.wandb", "run": "dpo-1", "rows": 401},
        "W&B run dpo-1, 401 rows, offline file run-ab.wandb",
        "",
    ),
    ({"kind": "wandb_file", "file": "D.wandb", "run": "D", "rows": 401}, "W&B run D, 401 rows, offline file", ""),
    ({"kind": "wandb_file", "file": "D.wandb"}, "W&B run D, 150 logged steps, offline file", ""),
    (
        {"kind": "wandb", "url": "https://wandb.ai/t/p/runs/abc", "run": "dpo-1", "rows": 1},
        "W&B run dpo-1, 1 row, online",
        "https://wandb.ai/t/p/runs/abc",
    ),
    (
        {"kind": "wandb", "url": "https://wandb.ai/t/p/runs/abc?x=1"},
        "W&B run abc, 150 logged steps, online",
        "https://wandb.ai/t/p/runs/abc?x=1",
    ),
    ({"kind": "wandb", "url": "javascript:alert(1)", "run": "x", "rows": 12345}, "W&B run x, 12,345 rows, online", ""),
    (
        {"kind": "trainer_state", "file": "trainer_state.json", "rows": 400},
        "the trainer's log trainer_state.json, 400 rows",
        "",
    ),
    ({"kind": "log_history", "file": "log.jsonl", "rows": 3}, "the trainer's log log.jsonl, 3 rows", ""),
    (
        {"kind": "trainer_log", "file": "trainer_log.jsonl", "rows": 9},
        "LLaMA-Factory's log trainer_log.jsonl, 9 rows",
        "",
    ),
    ({"kind": "table", "file": "export.csv", "rows": 40}, "a table exported from W&B, export.csv, 40 rows", ""),
    (
        {"kind": "tensorboard", "file": "events.out.tfevents.1", "rows": 7},
        "TensorBoard's events events.out.tfevents.1, 7 rows",
        "",
    ),
    ({"kind": "trackio", "file": "tuning.db", "rows": 7}, "Trackio's project tuning.db, 7 rows", ""),
    ({"kind": "curves", "file": "curves.jsonl", "rows": 7}, "the harness's log curves.jsonl, 7 rows", ""),
    ({"kind": "later", "file": "other.bin", "rows": 7}, "dpo: other.bin, 7 rows", ""),
    ({"kind": "trainer_state", "file": "訓練 紀錄.json", "rows": 2}, "the trainer's log 訓練 紀錄.json, 2 rows", ""),
    (None, "the harness's own log, 150 logged steps", ""),
]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return make_run(tmp_path_factory.mktemp("courses") / "run", questions=2, benchmarks=False)


@pytest.mark.parametrize("lang", ["en", "zh-TW"])
@pytest.mark.parametrize(("source", "said", "link"), SOURCES)
def test_under_each_figure_stands_where_it_was_logged(
    source: dict[str, object] | None, said: str, link: str, lang: str, run: RunFolder
) -> None:
    whole = gather(read_run(run), words(lang))
    sources = {"dpo": source} if source else None
    material = replace(whole, manifest=replace(whole.manifest, curve_sources=sources))
    found = log_source(material, "dpo")
    assert (found.link or "") == link and "dpo" in found.text
    if lang == "en":
        assert found.text.endswith(said)
    for row in training_section(material).grids[0].rows:
        assert row.sources[0] == found


WANDB: list[tuple[dict[str, object], str, str]] = [
    ({"mode": "offline", "id": "ab12", "url": None}, "dpo: W&B run ab12, 150 logged steps, offline", ""),
    (
        {"mode": "online", "id": "ab12", "url": "https://w/e/p/runs/ab12"},
        "dpo: W&B run ab12, 150 logged steps, online",
        "https://w/e/p/runs/ab12",
    ),
    ({"mode": "disabled", "id": "ab12"}, "dpo: the harness's own log, 150 logged steps", ""),
    ({}, "dpo: the harness's own log, 150 logged steps", ""),
]


@pytest.mark.parametrize(("logged", "said", "link"), WANDB)
def test_a_training_of_our_own_names_the_run_that_it_was_logged_to(
    logged: dict[str, object], said: str, link: str, run: RunFolder
) -> None:
    from harness.store import NOTHING

    whole = gather(read_run(run), words("en"))
    trainings = {"dpo": replace(NOTHING, wandb=logged)}
    found = log_source(replace(whole, manifest=replace(whole.manifest, trainings=trainings)), "dpo")
    assert (found.text, found.link or "") == (said, link)


@pytest.mark.parametrize("lang", ["en", "zh-TW"])
@pytest.mark.parametrize("template", ["summary", "assignment"])
def test_figures_are_numbered_one_behind_the_other_and_each_has_its_caption_and_source(
    template: str, lang: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = make_run(tmp_path / "runs/eval/numbered", questions=4)
    (path,) = render_report(read_run(run), template, lang, ["html"])
    page = path.read_text(encoding="utf-8")
    captions = re.findall(r"<figcaption[^>]*>(.*?)</figcaption>", page, re.S)
    # A picture in the cells of a table has its number in the table's caption.
    numbers = [int(number) for number in re.findall(r"<strong>(?:Figure |圖\W?)(\d+)\W*</strong>", page)]
    assert numbers == list(range(1, len(numbers) + 1)) and len(numbers) >= len(captions) > 5
    assert all(re.search(r"<strong>\D*\d+\D*</strong>", caption) for caption in captions)
    courses = [caption for caption in captions if 'class="log"' in caption]
    assert len(courses) == 5
    section = training_section(gather(read_run(run), words(lang)))
    for row, caption in zip(section.grids[0].rows, courses, strict=True):
        assert row.finding in unescape(caption) and row.sources[0].text in unescape(caption)


def test_a_variant_has_its_colour_in_every_picture(tmp_path: Path) -> None:
    run = make_run(tmp_path / "colours", ("base", "dpo", "orpo", "third"), questions=4)
    (path,) = render_report(read_run(run), formats=["html"])
    page = path.read_text(encoding="utf-8")
    colours = dict(re.findall(r'fill="(var\(--v\d\))"/></svg><bdi>(\w+)</bdi>', page))
    shown = {name: colour for colour, name in colours.items()}
    assert shown == {"base": "var(--v0)", "dpo": "var(--v1)", "orpo": "var(--v2)", "third": "var(--v3)"}
    for name, picture in re.findall(r'<div class="picture" data-column="(\w+)">(.*?)</div>', page, re.S):
        drawn = set(re.findall(r'stroke="(var\(--v\d\))"', picture))
        assert drawn == {shown[name]}, name


@pytest.mark.parametrize(
    "gaps", [{1}, {40}, {39, 40}, {5, 6, 30}, set(range(1, 40)), set(range(1, 41)), {2, *range(4, 41)}]
)
@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_a_gap_in_a_training_of_our_own_too(odd: float, gaps: set[int], tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", ("base", "dpo"), 1, curves=False, benchmarks=False)
    keys = ("loss", "rewards/chosen", "rewards/rejected", "rewards/margins", "rewards/accuracies", "learning_rate")
    run.write_curves([Curve("dpo", n, None, key, odd if n in gaps else n / 40) for n in range(1, 41) for key in keys])
    left = [n / 40 for n in range(1, 41) if n not in gaps]
    section = training_section(gather(read_run(run), words("en")))
    shown = [row for grid in section.grids for row in grid.rows]
    assert bool(shown) == bool(left) and (left or not section.grids)
    assert not re.search(r"\b(nan|inf|None)\b", " ".join(row.finding for row in shown))
    for row in shown:
        key = "rewards/accuracies" if row.title == "Reward accuracy" else "loss"
        assert quantity_text(key, left[-1], words("en")) in row.finding
    assert render_report(read_run(run), formats=["html"])


@pytest.mark.skipif(not REAL.is_dir(), reason="no real logs beside the project")
def test_the_real_logs_are_captioned_as_they_are(tmp_path: Path) -> None:
    from harness.charts import logged
    from harness.curves import read_logged
    from harness.report.summary import by_variant

    files = {"dpo": REAL / "wandb", "orpo": REAL / "trainer_state" / "ORPO_mistral-7b-v0.3-bnb-4bit.json"}
    read = {name: read_logged(path, name) for name, path in files.items()}
    assert (read["dpo"].source["rows"], read["dpo"].source["run"]) == (401, "DPO_mistral-7b-v0.3-bnb-4bit")
    found = by_variant(list(read), logged(curve for one in read.values() for curve in one.curves))
    say = words("en")
    assert (
        finding("margin", found, say) == "dpo's margin rises from 0 to 7.61; orpo's margin rises from −0.05 to 0.00568."
    )
    assert finding("accuracy", found, say) == (
        "dpo first reaches 95\u00a0% at step 6, is there at 374 of 392 logged steps from then on, "
        "and ends at 100\u00a0%; "
        "orpo never reaches 95\u00a0%: at most 65.6\u00a0%, 46.9\u00a0% at the end."
    )
    assert finding("learning_rate", found, say).startswith("dpo: at most 5\u00a0×\u00a010⁻⁶ (step 1), 0 at the end; ")
