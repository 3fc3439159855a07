"""What a log is told of long work."""

from __future__ import annotations

import pytest

from harness.machine import Progress, duration


def test_a_line_says_how_far_how_fast_how_long_and_how_long_still() -> None:
    with Progress("training dpo", 12, "step") as progress:
        # One of four micro-batches of the first step, 600 tokens, after 20 s: the whole takes 12 × 4 × 20 s = 16 min.
        progress.within(4, 16, "pair", tokens=600)
        assert progress.line(20.0) == (
            "training dpo: 0 of 12 steps, 4 of 16 pairs of the next, 30 tokens/s, 20 s so far, about 16 min left"
        )
        progress.advance(tokens=1800)
        assert progress.line(80.0) == "training dpo: 1 of 12 steps, 30 tokens/s, 80 s so far, about 15 min left"


def test_what_was_done_before_tells_nothing_of_the_pace() -> None:
    with Progress("asking base", 100, "question", done=90) as progress:
        assert progress.line(45.0) == "asking base: 90 of 100 questions, 45 s so far"
        progress.advance(5)
        assert progress.line(50.0) == "asking base: 95 of 100 questions, 50 s so far, about 50 s left"


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.4, "0 s"), (119.0, "119 s"), (120.0, "2 min"), (7199.0, "120 min"), (9000.0, "2.5 h")]
)
def test_a_duration_is_told_as_a_reader_counts_it(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_without_a_terminal_lines_come_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr("harness.machine.progress.time.monotonic", lambda: now[0])
    with Progress("training dpo", 36_000, "step") as progress:
        for _ in range(36_000):
            now[0] += 1.0
            progress.advance()
    lines = capsys.readouterr().err.splitlines()
    # Every 16 s for the first 5 minutes, then each 5 % of the time that has passed: 20 · ln(36,000 / 300) ≈ 96 more.
    assert lines[0] == "training dpo: 16 of 36000 steps, 16 s so far, about 10.0 h left"
    assert 90 < len(lines) < 130
