"""The command line: parse, call, print. The only room that prints.

Each command imports what it needs when it is called, so that --help is instant.
From below: errors, out_of_memory, foreign_errors, records, task_settings, config, words, machine, store, pocket,
scorers.matching, scorers, models, data.preferences, data.recordings, data.suites, data, training, asking, pairs,
judges, gate, score, evaluate, until, report, watch, publish, sweep, doctor, cli.printed.
"""

from harness.cli.main import main

__all__ = ["main"]
