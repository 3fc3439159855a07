"""A training's certificate: what an adapter was trained from, and every setting as it took effect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.store.json_records import from_row


@dataclass(frozen=True, kw_only=True)
class ConvertedFrom:
    """The GGUF file that a model was converted from."""

    file: str
    """Its name."""
    sha256: str
    quantization: str
    """What its weights were in (Q4_K_M): what they were before that, nobody can tell from them."""
    license: str | None = None
    package: str | None = None
    """The package that it came in, with its version; None for a file of the user's own."""
    kept: Mapping[str, Any] | None = None

    @property
    def place(self) -> str:
        """The file, and the package that it came in."""
        return f"{self.file} of {self.package}" if self.package else self.file

    def __str__(self) -> str:
        """The file, its quantization and its licence, in a few words."""
        return ", ".join(filter(None, (self.place, f"weights as {self.quantization} holds them", self.license)))


@dataclass(frozen=True, kw_only=True)
class TrainedBase:
    """The base model that was trained on."""

    name: str
    """As the user said it."""
    path: str
    """A folder, a GGUF file, the id on the hub, or the name of a base that needs no path."""
    digest: str | None
    """sha256 of configuration and weights or of the GGUF file, or the commit on the hub; None where nobody said."""
    converted_from: ConvertedFrom | None = None
    """None for a model that was no GGUF file."""
    kept: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class TrainedData:
    """The pairs, and how many of them became what."""

    source: str
    """A file, or a dataset's id on the hub."""
    split: str
    digest: str | None
    """sha256 of the usable rows; None where nobody said."""
    rows: int | None
    trained_on: int | None
    held_out: int | None
    dropped: Mapping[str, int]
    """reason → rows."""
    answers_cut: int | None
    """Answers that max_length cut."""
    name: str | None = None
    """Of a dataset of the hub that has several parts, the part."""
    columns: Mapping[str, str] | None = None
    """The harness's name of a column → the data's own, where they were named."""
    kept: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class TrainedPrompt:
    """The prompt template that the pairs were put into."""

    name: str
    sha256: str | None
    """Of the template's text; None where nobody said."""
    system: str | None
    """The system line as it was set."""
    system_used: str | None
    """The system line of every prompt; None where rows brought several, or the template has no place for one."""
    kept: Mapping[str, Any] | None = None

    @property
    def line(self) -> str | None:
        """The line that stood in every prompt, as far as it was written down."""
        return self.system if self.kept and "system_used" not in self.kept else self.system_used


@dataclass(frozen=True, kw_only=True)
class StartedFrom:
    """The adapter that a training went on from."""

    path: str
    digest: str
    kept: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """certificate.json. A key that a file lacks is empty here, and stays away from the file."""

    format_version: int
    name: str
    """The training's."""
    method: str | None
    """dpo, orpo, kto or simpo."""
    created: str | None
    """When the training had finished."""
    base: TrainedBase
    quantization: str | None
    """How the base was kept while it was trained on; None in full precision."""
    data: TrainedData
    prompt: TrainedPrompt
    dtype: str | None
    """The numbers that the base was loaded in."""
    precision: Mapping[str, Any]
    """In what numbers base and adapter were kept, and the training computed."""
    hyperparameters: Mapping[str, Any]
    """TRL's and PEFT's, as they took effect."""
    learning_rate_schedule: Mapping[str, Any]
    seeds: Mapping[str, Any]
    adapted_layers: int | None
    trainable_parameters: int | None
    reference: Mapping[str, Any]
    """Of DPO and KTO: which model it was (model: base or adapter), whether it was asked once for all pairs before the
    training (asked_before), and where it is known the loss before the first step (first_loss) and what that is where
    policy and reference are one model (expected)."""
    steps: int | None
    weights_from_step: int | None
    """The step that the weights are from: not the last one where the best were asked for."""
    epochs: float | None
    tokens: int | None
    """Seen by the training, padding left out."""
    versions: Mapping[str, Any]
    git_commit: str | None
    platform: str | None
    device: str | None
    peak_memory_bytes: int | None
    """The most that one of the processes held."""
    seconds: float | None
    joules: float | None
    """Of all GPUs together; None where one does not count them."""
    processes: Mapping[str, Any]
    """How many trained together, and how the batches were spread over them."""
    command: str | None
    wandb: Mapping[str, Any]
    """The W&B run that it was logged to."""
    adapter_digest: str | None
    """sha256 of the adapter's weights and configuration: what tells two trainings apart."""
    started_from: StartedFrom | None = None
    """The adapter that it went on from, and compared with where its method has a reference; None for a fresh one."""
    kept: Mapping[str, Any] | None = None

    def __bool__(self) -> bool:
        """False for an adapter made elsewhere, of which nothing is certified."""
        return self.kept is None or bool(self.kept)


NOTHING = from_row(Certificate, {}, "certificate.json")
"""What is certified of an adapter made elsewhere."""


@dataclass(frozen=True, kw_only=True)
class MergedFrom:
    """merged_from.json: what `harness train --merge` made a full model of."""

    adapter_digest: str
    base: TrainedBase
    dtype: str
    kept: Mapping[str, Any] | None = None
