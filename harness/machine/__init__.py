"""This machine and others: cards, locks, children, Ray clusters, noise, progress, provenance, energy, memory, fonts.

engine_setup is a program of its own (python -m harness.machine.engine_setup) and no part of the door; child and spawned
are what other processes begin with.
From below: errors, foreign_errors, resources.
"""

from harness.machine import children
from harness.machine.cards import Card, cards, keep_to_one_card, visible_cards
from harness.machine.children import (
    Child,
    end,
    ended_within,
    how_ended,
    run_here,
    start,
    stopped_by_sigterm,
    tell,
    why_killed,
)
from harness.machine.cluster import connected
from harness.machine.fonts import missing_glyphs
from harness.machine.locks import Lock, alone, holder, take_lock, try_lock
from harness.machine.noise import add_noise, keep_noise, noise_log, quiet, say, show, terminal
from harness.machine.processor import multiplies_bf16
from harness.machine.progress import Progress, duration
from harness.machine.provenance import git_commit, installed, now, output, versions
from harness.machine.spawning import spawned_with_log
from harness.machine.time_and_energy import Meter

__all__ = [
    "Card",
    "Child",
    "Lock",
    "Meter",
    "Progress",
    "add_noise",
    "alone",
    "cards",
    "children",
    "connected",
    "duration",
    "end",
    "ended_within",
    "git_commit",
    "holder",
    "how_ended",
    "installed",
    "keep_noise",
    "keep_to_one_card",
    "missing_glyphs",
    "multiplies_bf16",
    "noise_log",
    "now",
    "output",
    "quiet",
    "run_here",
    "say",
    "show",
    "spawned_with_log",
    "start",
    "stopped_by_sigterm",
    "take_lock",
    "tell",
    "terminal",
    "try_lock",
    "versions",
    "visible_cards",
    "why_killed",
]
