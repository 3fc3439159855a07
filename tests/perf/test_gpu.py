"""The GPU benchmark on the processor: the same functions, with a base that is small."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from harness.store import read_json, read_jsonl
from perf import gpu_training
from perf.gpu_base import MISTRAL_7B, Shape
from perf.gpu_training import measure, measure_on
from perf.measure import Side
from perf.settings import Settings
from perf.table import Row
from perf.visit.scale import SMALL as SMALLEST

SMALL = Shape(
    "2 layers",
    SMALLEST.shape.model,
    tokens=60,
    steps=3,
    weight_bytes=1_180_928,
    shard_bytes=400_000,
    # So high that losses would part if the sides did not do the same.
    changes={"learning_rate": 1e-3, "per_device_train_batch_size": 2, "gradient_accumulation_steps": 2},
)


def test_without_a_gpu_the_benchmark_says_so_and_has_no_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert measure(Settings(tmp_path)) == []
    assert capsys.readouterr().err == "gpu: no GPU with bfloat16 here; skipped\n"


@pytest.mark.parametrize(("peak", "said"), [(11.5, "kept"), (12.5, "NOT kept")])
def test_dpo_says_whether_it_fits_the_card_that_the_assignment_had(peak: float, said: str) -> None:
    ours, theirs = Side((1.0,), peak * 1024), Side((1.0,), 11 * 1024)
    held = f"most memory that torch held on the card: theirs 11.00 GiB, ours {peak:.2f} GiB"
    assert gpu_training._memory("dpo", theirs, ours, "a card") == f"{held} (a card of 12 GB: {said})"
    assert gpu_training._memory("orpo", theirs, ours, "a card") == held


def test_the_room_asked_for_is_what_a_7b_base_takes() -> None:
    sizes = MISTRAL_7B.model
    hidden, heads = sizes["hidden_size"], sizes["num_attention_heads"]
    attention = hidden * hidden * 2 * (1 + sizes["num_key_value_heads"] / heads)
    layer = attention + 3 * hidden * sizes["intermediate_size"] + 2 * hidden
    weights = sizes["num_hidden_layers"] * layer + 2 * sizes["vocab_size"] * hidden + hidden
    assert MISTRAL_7B.weight_bytes == 2 * weights


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gpu")


@pytest.fixture(scope="module")
def rows(folder: Path) -> list[Row]:
    return measure_on(Settings(folder), SMALL, None)


@pytest.mark.slow
def test_both_methods_are_trained_by_both_sides_and_have_the_same_losses(rows: list[Row]) -> None:
    assert [row.what for row in rows] == ["DPO of 2 layers in 4 bit", "ORPO of 2 layers in 4 bit"]
    for row in rows:
        apart = re.search(r"losses of both sides differ by at most (\S+) at any step", " ".join(row.notes))
        # TRL keeps a 4-bit base's adapter in bfloat16, and its gradients are rounded to that at each pass.
        assert apart and float(apart.group(1)) <= 1e-3


@pytest.mark.slow
def test_a_row_has_the_speed_and_the_memory_of_both_sides(rows: list[Row]) -> None:
    for row in rows:
        assert row.theirs is not None and row.target is None
        assert row.notes[0] == (
            "no GPU, the processor; random weights of 2 layers in NF4, 3 steps of 2 × 2 pairs; "
            "seconds of the steps after the first"
        )
        speeds = re.search(r"theirs ([\d.]+), ours ([\d.]+), ratio", row.notes[1])
        # The first of three steps is not counted: two steps of four pairs are.
        expected = [8 / side.median for side in (row.theirs, row.ours)]
        assert speeds and [float(speed) for speed in speeds.groups()] == pytest.approx(expected, abs=1e-3)
        for side in (row.theirs, row.ours):
            assert side.seconds[0] > 0 and side.peak_mb is not None and side.peak_mb > 100
        # Main memory says nothing about a card.
        assert row.notes[2].startswith("most memory that the process held: ") and "12 GB" not in row.notes[2]


@pytest.mark.slow
def test_the_base_lies_in_several_files_that_hold_each_weight_once(rows: list[Row], folder: Path) -> None:
    model = folder / "gpu" / "made" / "model"
    index = read_json(model / "model.safetensors.index.json")
    files = sorted(model.glob("*.safetensors"))
    assert len(files) == 3 and index["metadata"]["total_size"] == SMALL.weight_bytes
    held = {name: file.name for file in files for name in _header(file)}
    assert held == index["weight_map"]
    sizes = [sum(end - begin for begin, end in _header(file).values()) for file in files]
    assert sum(sizes) == SMALL.weight_bytes and max(sizes) <= SMALL.shard_bytes


@pytest.mark.slow
def test_the_pairs_are_unlike_and_as_many_as_the_steps_are_shown(rows: list[Row], folder: Path) -> None:
    pairs = list(read_jsonl(folder / "gpu" / "made" / "pairs.jsonl"))
    assert len(pairs) == len({pair["prompt"] for pair in pairs}) == 3 * 4
    for name in ("dpo", "orpo"):
        certificate = read_json(next((folder / "gpu" / f"{name}-ours-0").rglob("certificate.json")))
        assert certificate["data"]["trained_on"] == 12 and certificate["precision"]["base"] == "nf4"


def _header(file: Path) -> dict[str, tuple[int, int]]:
    """name → (begin, end) of the file's tensors: 8 bytes of length, then JSON."""
    data = file.read_bytes()
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    return {name: tuple(tensor["data_offsets"]) for name, tensor in header.items() if name != "__metadata__"}
