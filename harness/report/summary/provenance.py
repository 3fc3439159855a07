"""What it takes to run this again, and what could make the numbers mean something else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness.audit import sentence
from harness.records import Variant
from harness.report import AuditEntry, Material, Source
from harness.report.summary.verdict import training_line


def audit(material: Material) -> tuple[AuditEntry, ...]:
    """The warnings in the order of the summary, which puts the worst first."""
    return tuple(
        AuditEntry(
            warning.code,
            sentence(warning, material.say),
            material.say("audit.variants", names=material.say.listed(warning.variants)) if warning.variants else None,
        )
        for warning in material.summary.warnings
    )


def sources(material: Material) -> tuple[Source, ...]:
    """Versions, settings and digests, as far as the manifest records them."""
    return tuple(source for source in _sources(material) if source.value or source.digest)


def _sources(material: Material) -> Iterator[Source]:
    say, manifest = material.say, material.manifest
    base, prompt, suite = material.table("base"), material.table("prompt"), material.table("suite")
    yield Source(
        say("provenance.imported" if material.imported else "provenance.created"), _text(manifest.get("created"))
    )
    yield Source(say("provenance.base"), _text(base.get("name")), _digest(base.get("digest")))
    for variant in material.summary.variants:
        yield _variant(material, variant)
        yield _curves(material, variant)
    yield Source(say("provenance.suite"), _text(suite.get("title") or suite.get("name")), _digest(suite.get("digest")))
    for task, digest in material.table("tasks").items():
        yield Source(say("provenance.task", name=task), "", _digest(digest))
    yield Source(say("provenance.prompt"), _text(prompt.get("name")), _digest(prompt.get("sha256")))
    yield Source(say("provenance.system"), _text(prompt.get("system")))
    for key in ("generation", "serving", "seed", "seeds", "versions"):
        yield Source(say(f"provenance.{key}"), _text(manifest.get(key)))
    yield Source(say("provenance.commit"), _text(manifest.get("git_commit")))
    yield Source(say("provenance.platform"), _text(manifest.get("platform")))


def _variant(material: Material, variant: Variant) -> Source:
    what = material.say("provenance.variant", name=variant.name)
    # Not the path: a report is handed on, and a machine's folders are nobody else's business.
    return Source(what, training_line(material, variant), _digest(variant.digest))


def _curves(material: Material, variant: Variant) -> Source:
    """Where the variant's curves come from: the run at W&B, by its address, or the file that was given."""
    what = material.say("provenance.curves", name=variant.name)
    imported = material.table("curve_sources").get(variant.name) or {}
    trained = (material.table("trainings").get(variant.name) or {}).get("wandb") or {}
    url = str(imported.get("url") or trained.get("url") or "")
    if url.startswith(("https://", "http://")):
        return Source(what, url, link=url)
    return Source(what, _text(imported.get("file")))


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_text(part)}" for key, part in value.items() if part is not None)
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value))
    return str(value)


def _digest(value: object) -> str | None:
    return str(value) if value else None
