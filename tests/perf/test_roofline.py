"""The roofline's figures, by hand and beside those that are quoted for Mistral-7B."""

from __future__ import annotations

import pytest

from perf.gpu_base import MISTRAL_7B
from perf.roofline import (
    PEAKS,
    Decoder,
    Decoding,
    Peak,
    Training,
    base_bytes,
    decode_seconds,
    decode_step,
    decoder_of,
    forward_flops,
    pair_flops,
    pairs_per_second,
    peak_of,
    prefill_seconds,
)

MISTRAL = decoder_of(MISTRAL_7B.model)
H100 = Peak("H100", 989e12, 3.35e12)
SMALL = Decoder(hidden=4, intermediate=6, layers=2, heads=2, kv_heads=1, vocabulary=10)
"""A layer: q and o 4 × 4, k and v 4 × 2, three of 4 × 6 = 120 weights; with the head's 40: 280."""


def test_a_decoders_weights_are_those_of_its_linear_layers_and_its_head() -> None:
    assert SMALL.weights == 2 * (2 * 16 + 2 * 8 + 3 * 24) + 40 == 280
    # Mistral-7B has 7,248,023,552 parameters: without the embedding and the scales of its 65 normalizations.
    assert MISTRAL.weights == 7_248_023_552 - 32768 * 4096 - 65 * 4096


def test_a_step_of_mistral_reads_14_2_gb_which_takes_an_h100_4_2_ms() -> None:
    assert 2 * MISTRAL.weights / 1e9 == pytest.approx(14.2, abs=0.05)
    assert decode_step(MISTRAL, H100, rows=1, held=0) * 1e3 == pytest.approx(4.2, abs=0.05)


def test_an_adapter_of_rank_16_on_all_linear_layers_is_84_mb() -> None:
    assert 2 * MISTRAL.adapter_weights(16) / 1e6 == pytest.approx(84, abs=0.5)
    # Rank 1 has inputs + outputs of each: 2 × 8 + 2 × 6 + 3 × 10 a layer.
    assert SMALL.adapter_weights(1) == 2 * 58


@pytest.mark.parametrize(("live", "quoted"), [(True, 17.0), (False, 22.7)])
def test_the_pairs_that_an_h100_could_train_of_1024_tokens_a_second(live: bool, quoted: float) -> None:
    # Texts of one token: next to no attention, which the quoted figures leave out; and no adapter.
    how = Training(0, checkpointing=True, live_reference=live)
    assert pairs_per_second(MISTRAL, H100, how, [1] * 1024) == pytest.approx(quoted, abs=0.1)
    # Attention over two texts of 512 takes a little more.
    whole = pairs_per_second(MISTRAL, H100, Training(4, live_reference=live), (512, 512))
    assert 0.97 * quoted < whole < quoted


def test_a_pairs_operations_are_counted_by_hand() -> None:
    # Lengths 3 and 1: 2 · 280 · 4 = 2240 a pass; attention 2 · (9 + 1) · 4 · 2 = 160; an adapter 2 · 116 · 4 = 928.
    assert forward_flops(SMALL, (3, 1)) == 2240 + 160
    plain = Training(1, checkpointing=False, live_reference=False)
    assert pair_flops(SMALL, plain, (3, 1)) == 2 * 2240 + 3 * 160 + 3 * 928
    assert pair_flops(SMALL, Training(1), (3, 1)) == 4 * 2240 + 5 * 160 + 4 * 928


def test_few_rows_wait_for_the_memory_and_many_for_the_arithmetic() -> None:
    slow_memory, slow_sums = Peak("m", flops=1e12, bandwidth=1.0), Peak("s", flops=1.0, bandwidth=1e12)
    # A token's keys and values: 2 × 2 layers × 1 head × 2 wide × 2 bytes = 16.
    assert SMALL.kv_bytes == 16
    assert decode_step(SMALL, slow_memory, rows=3, held=5) == 560 + 3 * 5 * 16
    assert decode_step(SMALL, slow_memory, rows=1, held=0, adapters=2, rank=1) == 560 + 2 * 2 * 116
    assert decode_step(SMALL, slow_sums, rows=3, held=5) == 3 * (2 * 280 + 4 * 5 * 4 * 2)


def test_answers_that_do_not_fit_in_one_step_take_several_rounds() -> None:
    peak = Peak("m", flops=1e12, bandwidth=1.0)
    # Ten answers, at most four at once: three rounds of four rows; 2 tokens each, at 3 + 1 held tokens.
    work = Decoding(sequences=10, prompt=3, new=2, at_once=4)
    assert decode_seconds(SMALL, peak, work) == 3 * 2 * (560 + 4 * 4 * 16)


def test_reading_prompts_is_bound_by_operations() -> None:
    assert prefill_seconds(SMALL, Peak("s", flops=10.0, bandwidth=1.0), (3, 1)) == 240


def test_a_base_in_four_bits_keeps_its_ends_in_sixteen() -> None:
    assert base_bytes(SMALL, four_bit=False) == 2 * (280 + 40)
    assert base_bytes(SMALL, four_bit=True) == pytest.approx(240 * 0.516 + 2 * 80)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("NVIDIA H100 80GB HBM3", "H100"),
        ("NVIDIA H100 PCIe", "H100 PCIe"),
        ("NVIDIA H100 NVL", "H100 NVL"),
        ("NVIDIA H200", "H200"),
        ("NVIDIA A100-SXM4-80GB", "A100 80GB"),
        ("NVIDIA A100 80GB PCIe", "A100 80GB PCIe"),
        ("NVIDIA A100-SXM4-40GB", "A100"),
        ("NVIDIA L4", "L4"),
        ("NVIDIA L40S", "L40S"),
        ("NVIDIA GeForce RTX 4090", "RTX 4090"),
        ("Tesla T4", "T4"),
    ],
)
def test_a_card_is_known_by_the_name_that_its_driver_says(name: str, words: str) -> None:
    found = peak_of(name)
    assert found is not None and found.words == words


def test_a_card_that_is_not_in_the_table_has_no_roofline() -> None:
    assert peak_of("NVIDIA GeForce GTX 1080") is None
    assert len({peak.words for peak in PEAKS}) == len(PEAKS)
