"""Seeds against questions: the plan's counts show the effect as often as they promise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harness.comparing.seeds import Components
from harness.comparing.seeds.crossed import crossed_against
from harness.comparing.seeds.sheets import Sheet
from harness.gate.seed_plan import SeedPlan, needed_questions, plan_seeds, seeds_table
from harness.store import read_run, write_json
from tests.support.report_fixture import make_run

VARIES = Components(seed=0.0003, question=0.06, rest=0.04, sampling=None, seeds=3, questions=100, samples=1.0)


@pytest.mark.parametrize("seeds", [3, 5])
def test_so_many_questions_show_the_effect_four_times_in_five(seeds: int) -> None:
    questions = needed_questions(VARIES, seeds, 0.06)
    assert questions is not None
    rng, shown = np.random.default_rng(seeds), 0
    for _ in range(1500):
        values = (
            0.06
            + 0.0003**0.5 * rng.standard_normal((seeds, 1))
            + 0.06**0.5 * rng.standard_normal(questions)
            + 0.04**0.5 * rng.standard_normal((seeds, questions))
        )
        found = crossed_against(Sheet(values, np.ones_like(values)), np.inf)
        assert found is not None and found.low is not None
        shown += found.low > 0
    assert 0.77 <= shown / 1500 <= 0.9


def test_more_seeds_need_fewer_questions_and_too_varied_seeds_none_that_would_do() -> None:
    counts = [needed_questions(VARIES, seeds, 0.06) for seeds in (4, 8, 20)]
    assert all(counts) and counts == sorted(counts, key=lambda it: -(it or 0)) and len(set(counts)) == 3
    wild = Components(seed=0.01, question=0.06, rest=0.04, sampling=None, seeds=3, questions=100, samples=1.0)
    assert needed_questions(wild, 3, 0.03) is None
    assert "no number" in seeds_table(SeedPlan("run", 2, wild, None), 0.03)


def test_a_sweeps_settings_are_its_groups_and_a_run_without_seeds_has_no_plan(tmp_path: Path) -> None:
    names = ("base", "one", "two", "three", "four")
    run = make_run(tmp_path / "run", names=names, questions=40, benchmarks=False, curves=False)
    assert plan_seeds(read_run(run)) is None
    settings = {"one": (0.1, 1), "two": (0.1, 2), "three": (0.5, 1), "four": (0.5, 2)}
    rows = [
        {"name": name, "settings": {"beta": beta, "seed": seed}, "failed": None}
        for name, (beta, seed) in settings.items()
    ]
    write_json(run.path / "sweep.json", {"sweep": "s", "metric": "correct", "trainings": rows})
    plan = plan_seeds(read_run(run))
    assert plan is not None and plan.settings == 2 and plan.against_base is not None and plan.between is not None
    table = seeds_table(plan, 0.05)
    assert "differ by 5 points" in table and "against another setting" in table
