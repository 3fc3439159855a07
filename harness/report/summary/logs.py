"""Where a training's curves were logged, as it stands beneath them: the W&B run, or the file of another logger."""

from __future__ import annotations

from pathlib import Path

from harness.report import LogSource, Material
from harness.store import NOTHING

_NAMED = ("trainer_state", "trainer_log", "log_history", "table", "tensorboard", "trackio", "curves")


def log_source(material: Material, name: str) -> LogSource:
    """The variant's log: what wrote it, how many rows it has, and the page of an online run."""
    say = material.say
    imported = (material.manifest.curve_sources or {}).get(name)
    steps = len({row.step for row in material.curves if row.variant == name})
    if imported is None:
        return _own(material, name, steps)
    url, kind = _page(imported.get("url")), str(imported.get("kind", ""))
    known = imported.get("rows")
    # Written before rows were counted: then the steps that were logged.
    many = "training.source_rows" if known else "training.source_steps"
    ends = {"name": name, "rows": say.counted(many, known or steps, f"{known or steps:,}")}
    run, file = str(imported.get("run") or ""), str(imported.get("file") or "")
    if kind == "wandb":
        return LogSource(say("training.source_online", run=run or _last(url) or name, **ends), url)
    if kind == "wandb_file":
        run = run or Path(file).stem
        if run == Path(file).stem:
            return LogSource(say("training.source_offline", run=run, **ends))
        return LogSource(say("training.source_offline_file", run=run, file=file, **ends))
    key = f"training.source_{kind}" if kind in _NAMED else "training.source_file"
    return LogSource(say(key, file=file, **ends), url)


def _own(material: Material, name: str, steps: int) -> LogSource:
    """A training of the harness's own: what it logged to W&B besides."""
    say, logged = material.say, material.manifest.trainings.get(name, NOTHING).wandb or {}
    ends = {"name": name, "rows": say.counted("training.source_steps", steps, f"{steps:,}")}
    url = _page(logged.get("url"))
    if url:
        return LogSource(say("training.source_online", run=str(logged.get("id") or _last(url)), **ends), url)
    if logged.get("mode") == "offline" and logged.get("id"):
        return LogSource(say("training.source_own_offline", run=str(logged["id"]), **ends))
    return LogSource(say("training.source_own", **ends))


def _page(url: object) -> str | None:
    """The address, where a browser may follow it."""
    text = str(url or "")
    return text if text.startswith(("https://", "http://")) else None


def _last(url: str | None) -> str:
    return (url or "").rstrip("/").rpartition("/")[2].partition("?")[0]
