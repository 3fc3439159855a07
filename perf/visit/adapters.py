"""A base of 7B with four adapters: what they cost beside the base alone, and beside five processes of lm-eval."""

from __future__ import annotations

from perf.goals import Finding
from perf.roofline import Decoding, decode_seconds, decoder_of, peak_of
from perf.visit.asking import Ours, Theirs, ours, theirs
from perf.visit.base import adapters, refuse_missing
from perf.visit.visit import Visit

PER_TOKEN, PROCESSES = 1.25, 0.40
"""The most that base and adapters may take: of base alone, a token; of lm-eval's processes."""


def measure(visit: Visit) -> None:
    """Ours with all adapters, a process of theirs, ours with the base alone, another of theirs: most telling first."""
    refuse_missing(visit)
    tuned = visit.sizes.adapters
    together = ours(visit, "together", tuned, choices=False)
    visit.land(speed(visit, together))
    visit.land(memory(together))
    bare = theirs(visit, "lm_eval-base", None, choices=True)
    visit.land(processes(together, [bare], tuned))
    alone = ours(visit, "alone", 0, choices=True)
    visit.land(per_token(together, alone))
    visit.land(choices(alone, bare, visit.sizes.choices))
    adapted = theirs(visit, "lm_eval-a0", adapters(visit)[0], choices=False)
    visit.land(processes(together, [bare, adapted], tuned))


def speed(visit: Visit, found: Ours) -> Finding:
    """Tokens a second, and their share of what the card could do."""
    sizes, peak = visit.sizes, peak_of(visit.card or "")
    rate = found.tokens / found.engine
    work = Decoding(found.answers, found.prompt_tokens, sizes.new_tokens, sizes.adapters, sizes.rank)
    least = decode_seconds(decoder_of(sizes.shape.model), peak, work) if peak else None
    share = "" if least is None else f", {least / found.engine:.0%} of the roofline ({least:.1f} s)"
    said = (
        f"{rate:.0f} tokens/s: {found.answers} answers, {found.tokens} tokens in {found.engine:.1f} s{share}; the "
        f"whole command {found.wall:.0f} s; {found.memory or 0:.1f} GiB on {visit.card or 'the processor'}"
    )
    numbers = (
        ("tokens a second", rate),
        ("tokens", found.tokens),
        ("seconds", found.engine),
        ("wall", found.wall),
        ("roofline seconds", least),
    )
    return Finding("adapters/speed", said, None, numbers)


def memory(found: Ours) -> Finding:
    """What the engine set aside is most of it."""
    said = "no card" if found.memory is None else f"{found.memory:.1f} GiB, most of it set aside for keys and values"
    return Finding("adapters/memory", said, None, (("GiB", found.memory),))


def per_token(together: Ours, alone: Ours) -> Finding:
    """Base and adapters beside base alone, by the engine's seconds for a token."""
    ratio = together.per_token / alone.per_token
    said = (
        f"{ratio:.2f} ×: {together.per_token * 1e6:.1f} µs a token of {together.tokens}, base alone "
        f"{alone.per_token * 1e6:.1f} µs of {alone.tokens}"
    )
    numbers = (("ratio", ratio), ("together", together.per_token), ("alone", alone.per_token))
    return Finding("adapters/per-token", said, ratio <= PER_TOKEN, numbers)


def processes(together: Ours, measured: list[Theirs], tuned: int) -> Finding:
    """One command beside a process of lm-eval for the base and for each adapter, of which one or two were run."""
    walls = [one.ready + one.generate for one in measured]
    total = walls[0] + tuned * walls[-1]
    ratio = together.wall / total
    scaled = "one for the base" if len(walls) == 1 else "one for the base, one for an adapter"
    each = [f"{one.ready + one.generate:.0f} s, {one.ready:.0f} of them loading" for one in measured]
    said = (
        f"{ratio:.2f} ×: {together.wall:.0f} s beside {total:.0f} s, {tuned + 1} processes by {len(walls)} that ran "
        f"({scaled}: {', '.join(each)})"
    )
    numbers = (("ratio", ratio), ("ours", together.wall), ("theirs", total), ("processes run", len(walls)))
    return Finding("adapters/processes", said, ratio <= PROCESSES, numbers)


def choices(alone: Ours, bare: Theirs, documents: int) -> Finding:
    """The task of choices, in both sides' loaded engines."""
    if alone.choices is None or bare.choices is None:
        return Finding("adapters/choices", "not asked")
    ratio = alone.choices / bare.choices
    said = (
        f"{ratio:.2f} ×: {alone.choices:.1f} s beside {bare.choices:.1f} s for {documents} documents of four choices; "
        f"accuracy {alone.accuracy:.4f} beside {bare.accuracy:.4f}"
    )
    numbers = (("ratio", ratio), ("ours", alone.choices), ("theirs", bare.choices))
    return Finding("adapters/choices", said, None, numbers)
