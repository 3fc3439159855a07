"""A whole visit in small, on the processor: every part with the code that a card runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from perf.goals import GOALS
from perf.performance import visits_of
from perf.visit.command import begin
from perf.visit.plan import STAGES, known, patient
from perf.visit.results import Row, read
from perf.visit.running import run_stages
from perf.visit.scale import SMALL
from perf.visit.visit import Visit

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]


@pytest.fixture(scope="module")
def visit(tmp_path_factory: pytest.TempPathFactory, trained: Path) -> Visit:
    folder = tmp_path_factory.mktemp("visit")
    begun = begin(folder / "out", folder / "work", "small", "0123456789")
    # Its adapters are those that other tests have trained already.
    begun.folder("pocket/runs")
    (folder / "work" / "pocket" / "runs" / "train").symlink_to(trained / "runs" / "train")
    # A processor with other work has all the time that it needs.
    run_stages(begun, patient(STAGES, 10), 3500)
    return begun


@pytest.fixture(scope="module")
def found(visit: Visit) -> dict[str, Row]:
    return {row["key"]: row for row in read(Path(visit.results)) if "key" in row}


def test_every_part_ends_well(visit: Visit) -> None:
    ends = {row["part"]: (row["end"], row["why"]) for row in read(Path(visit.results)) if "end" in row}
    assert ends == dict.fromkeys(known(STAGES), ("done", None))


def test_the_embedded_model_says_by_vllm_what_it_says_by_transformers(found: dict[str, Row]) -> None:
    for key in ("answers/vllm", "alive", "figures/vllm", "figures/transformers"):
        assert found[f"embedded/{key}/float32"]["met"] is True, found[f"embedded/{key}/float32"]
    assert found["embedded/answers/vllm/float32"]["figures"]["of"] == SMALL.limit * 3
    # 144 documents of four endings.
    assert "of 576 endings" in found["embedded/alive/float32"]["said"]


def test_no_answer_of_the_random_base_ends_before_its_length(found: dict[str, Row]) -> None:
    figures = found["adapters/speed"]["figures"]
    assert figures["tokens"] == (1 + SMALL.adapters) * SMALL.questions * SMALL.new_tokens
    assert figures["roofline seconds"] is None and figures["tokens a second"] > 0


def test_both_sides_are_asked_the_same_choices(found: dict[str, Row]) -> None:
    said = found["adapters/choices"]["said"].rpartition("accuracy ")[2]
    assert len(set(said.split(" beside "))) == 1
    assert {"adapters/per-token", "adapters/processes", "adapters/memory"} <= set(found)
    assert found["adapters/processes"]["figures"]["processes run"] == 2


def test_a_training_has_the_losses_of_plain_trl(found: dict[str, Row]) -> None:
    assert found["training/dpo/losses"]["met"] is True
    assert found["training/dpo/speed"]["figures"]["pairs a second"] > 0
    assert found["training/dpo/ratio"]["figures"]["ratio"] > 0


def test_a_sweep_and_a_watch_end_well_beside_others(found: dict[str, Row]) -> None:
    assert found["together/sweep"]["met"] is True and found["together/watch"]["met"] is True


def test_without_two_cards_nothing_is_sharded(found: dict[str, Row]) -> None:
    assert (found["sharded/fsdp-qlora"]["said"], found["sharded/fsdp-qlora"]["met"]) == ("skipped: no card", None)


def test_all_is_in_one_file_of_json_which_is_no_result_of_a_card(visit: Visit, found: dict[str, Row]) -> None:
    assert json.loads(Path(visit.results).read_text(encoding="utf-8")) == read(Path(visit.results))
    assert set(found) <= set(GOALS)
    assert visits_of(Path(visit.results).parent) == []
