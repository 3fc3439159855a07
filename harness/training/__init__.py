"""Trainings by DPO, ORPO, KTO and SimPO: plan, guards, log, certificate, processes, merge.

trainers imports TRL at its top and does not go through this door.
From below: errors, out_of_memory, foreign_errors, records, resources, config, words, machine, store, pocket,
scorers, models, data.preferences, data, generators, curves, training.settings, training.batches, training.memory,
training.processes, training.stopping.
"""

from harness.training.dry_run import dry_run
from harness.training.merge import merge
from harness.training.plan import COMMON, USUAL, Plan, plan_training
from harness.training.processes import (
    check_count,
    is_main,
    launch_training,
    speaks,
    started_count,
    tell_launcher,
    training_lock,
)
from harness.training.train import finished, train

__all__ = [
    "COMMON",
    "USUAL",
    "Plan",
    "check_count",
    "dry_run",
    "finished",
    "is_main",
    "launch_training",
    "merge",
    "plan_training",
    "speaks",
    "started_count",
    "tell_launcher",
    "train",
    "training_lock",
]
