"""A run's manifest: what was run, when, and on what; a file keeps the keys that this harness does not know."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.records import Reasoning, Variant
from harness.store.certificate import Certificate, ConvertedFrom, MergedFrom
from harness.store.json_records import to_row
from harness.store.recorded_settings import RecordedSettings


@dataclass(frozen=True, kw_only=True)
class AskedPrompt:
    """The prompt template that the questions were asked in."""

    name: str
    sha256: str
    """Of the template's text."""
    system: str | None
    """The system line; None where a manifest does not say."""
    headers: tuple[str, ...]
    """What a text must not repeat: the answer ends before the first of them."""
    day: str | None = None
    """The day that the chat template printed; None where it prints none."""
    reasoning: Reasoning | None = None
    """By what tags thoughts are told from answers; None where a file does not say: by all that are known."""
    kept: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class AskedSuite:
    """The suite as it was when it was asked."""

    name: str
    title: str
    digest: str
    """sha256 of its files."""
    questions: int
    """How many it has, asked or not."""
    max_new_tokens: int | None = None
    """The length that it asks for; of a recording nobody knows whether it was asked with."""
    path: str | None = None
    """Where it was found, where that was by its path; relative to the working folder, if it lay in there.

    So a working folder may be moved with its suites and runs. What only needs answers never looks there.
    """
    kept: Mapping[str, Any] | None = None

    @property
    def named(self) -> str:
        """What --suite takes to find it again."""
        return self.path or self.name

    @property
    def argument(self) -> str:
        """The same as a shell takes it; "" where there is no suite."""
        return shlex.quote(self.named) if self.named else ""


@dataclass(frozen=True, kw_only=True)
class AskedBase:
    """The base model; of a recording, the first file of answers."""

    name: str
    """As the user said it."""
    path: str | None = None
    """A folder, a GGUF file, the id on the hub, or the name of a base that needs no path; None for a recording."""
    digest: str
    """sha256 of configuration and weights or of the GGUF file, or the commit on the hub; "" where nobody saw it."""
    converted_from: ConvertedFrom | None = None
    """None for a model that was no GGUF file."""
    precision: str | None = None
    """What its weights were in when they were served."""
    ends: Mapping[str, int] | None = None
    """token → id of all that ended its answers; None where a file does not say."""
    switched_off: Mapping[str, Any] | None = None
    """Settings of generating that its folder brings, and that nobody was asked with; None where there are none."""
    kept: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class OwnPrompt:
    """What is known of a full model's own chat template."""

    headers: tuple[str, ...]
    reasoning: Reasoning | None = None
    kept: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class AskedModel:
    """A full model, asked beside base and adapters."""

    name: str
    path: str
    digest: str
    precision: str
    """What its weights were in when they were served."""
    converted_from: ConvertedFrom | None = None
    merged_from: MergedFrom
    """What it was made of; empty for models made elsewhere."""
    own_prompt: OwnPrompt | None
    """None where it was asked in the run's own words."""
    ends: Mapping[str, int] | None = None
    switched_off: Mapping[str, Any] | None = None
    kept: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class RecordedGeneration:
    """What a recording says of how its answers were generated; what it does not say is not in it."""

    values: Mapping[str, Any]
    """By our names (temperature, top_p, max_new_tokens, seed, dtype, …); a list where its rows differ."""
    source: str
    """The file, and where in it they stand."""
    kept: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Importing:
    """What read a recording: nothing of it made an answer."""

    versions: Mapping[str, Any]
    git_commit: str | None
    platform: str | None
    kept: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Generated:
    """How the answers were generated; the file holds every setting, of a recording none that nobody told."""

    samples: int = 1
    """Answers to each question."""
    max_new_tokens: int | None = None
    kept: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Served:
    """What served the models; the file holds every setting."""

    backend: str | None = None
    """recorded for answers made elsewhere."""
    dtype: str | None = None
    quantization: str | None = None
    kept: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Stopping:
    """When a run stops asking, and when it did."""

    rule: str
    """decided: as soon as the gate's decision stands."""
    against: str | None
    """The run that it is checked against; None for its own base."""
    policy: str
    """sha256 of the policy that decides."""
    looks: tuple[int, ...]
    """Clusters of questions after which it looks, in the order drawn by the seed."""
    of: int
    """Questions that it would have asked."""
    asked: int | None = None
    """Questions that it did ask; None while it asks."""
    ended: str | None = None
    """decided, or used up; None while it asks."""
    kept: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """manifest.json. A key that a file lacks is empty here, and stays away from the file."""

    format_version: int
    run: str
    """The run's id when it was begun."""
    created: str | None
    """When it was begun; None where nobody said."""
    command: str | None
    """What began it."""
    versions: Mapping[str, Any]
    """Of Python and of the packages that shape an answer; empty for a recording."""
    git_commit: str | None
    """Of the harness, where it ran from a checkout."""
    platform: str | None
    prompt: AskedPrompt
    suite: AskedSuite
    margins: Mapping[str, float]
    """metric → the suite's own margin."""
    primary: tuple[str, ...] | None = None
    """The metrics that the suite names as what it is about; None where a file does not say."""
    base: AskedBase
    models: Mapping[str, AskedModel] | None = None
    """By variant; None for a recording."""
    variants: tuple[Variant, ...]
    """In the order in which they are shown; the first is what the others are compared with."""
    references: tuple[Variant, ...] | None = None
    """Models whose recorded answers stand beside the variants': levels only; None where there are none."""
    tasks: Mapping[str, str]
    """lm-eval task → digest of its files."""
    generation: Generated
    serving: Served
    limit: int | None
    """At most so many questions were asked; None for all."""
    task_limit: int | float | None = None
    """Of each lm-eval task the first so many documents were asked, below 1 such a share of them; None for all."""
    task_settings: Mapping[str, Any] | None = None
    """How lm-eval tasks were asked, by lm-eval's names of what differs from its defaults; None where nothing does."""
    seed: int | None
    """Draws the questions under a limit, and the samples of every interval; None where a file does not say."""
    stopping: Stopping | None = None
    """None where a fixed number of questions is asked."""
    noise_floor: bool | None = None
    """Whether everything was asked twice; None for a recording."""
    trainings: Mapping[str, Certificate]
    """variant → certificate, of the adapters that have one."""
    configured_dropout: Mapping[str, float] | None = None
    """variant → LoRA dropout as adapter_config.json has it, of adapters without a certificate; None for a recording."""
    base_names: Mapping[str, str] | None = None
    """variant → the base that it names, where nobody can tell whether that one was asked; None for a recording."""
    unasked_templates: tuple[str, ...] | None = None
    """The adapters that were saved with another chat template, or other tokens, than they were asked with."""
    went_on_from: Mapping[str, str] | None = None
    """variant → the adapter that its training went on from, which its rewards are measured from."""
    overlap: Mapping[str, Mapping[str, float]] | None = None
    """variant → question → share of its n-grams in the training data; None for a recording."""
    paired: Mapping[str, tuple[str, ...]] | None = None
    """variant → the questions whose sampled answers its training pairs are; None where it is none of them."""
    recorded_generation: Mapping[str, RecordedGeneration] | None = None
    """variant → what its recording says of how it was asked; None where none says anything."""
    importing: Importing | None = None
    """None but for a recording, and for one that was imported before this was told from what made the answers."""
    curve_sources: Mapping[str, Mapping[str, Any]] | None = None
    """variant → where its curves were found; None but for a recording."""
    recorded_settings: Mapping[str, RecordedSettings] | None = None
    """variant → the settings of its training, as files made elsewhere say them; None but for a recording."""
    result_sources: Mapping[str, Mapping[str, Any]] | None = None
    """variant → the files of lm-eval's own command that its results are from; None where the harness made them."""
    identity: Mapping[str, Any]
    """What must be the same for the run to be continued."""
    seeds: Mapping[str, Any] | None = None
    """By what they were for, in files that name several."""
    kept: Mapping[str, Any] | None = None

    @property
    def is_recorded(self) -> bool:
        """Whether the answers were made elsewhere, at a time that nobody told."""
        return self.serving.backend == "recorded"

    @property
    def token_limit(self) -> int | None:
        """Tokens at which answers were cut; of a recording that does not say, those that the suite asks for."""
        if not self.is_recorded:
            return self.generation.max_new_tokens
        told = {name: self.told_generation(name).get("max_new_tokens") for name in self._names}
        known = {limit for limit in told.values() if isinstance(limit, int)}
        # Recordings from before this was told held the suite's as their own.
        otherwise = self.suite.max_new_tokens or self.generation.max_new_tokens
        return known.pop() if len(known) == 1 and None not in told.values() else otherwise

    def told_generation(self, variant: str) -> Mapping[str, Any]:
        """The settings by which the variant is known to have answered: of a recording those that it holds."""
        if not self.is_recorded:
            return to_row(self.generation)
        found = (self.recorded_generation or {}).get(variant)
        return {} if found is None else found.values

    @property
    def reader(self) -> Importing | None:
        """What imported a recording, in older folders too, which told it as what made the answers; None otherwise."""
        if not self.is_recorded:
            return None
        told = Importing(versions=self.versions, git_commit=self.git_commit, platform=self.platform)
        return self.importing or told

    @property
    def _names(self) -> list[str]:
        return [variant.name for variant in self.variants]

    def own_prompt(self, variant: str) -> OwnPrompt | None:
        """Of a full model with a chat template of its own; None where it was asked in the run's own words."""
        model = (self.models or {}).get(variant)
        return model.own_prompt if model else None

    def headers(self, variant: str) -> tuple[str, ...]:
        """The headers of the template that the variant was asked with."""
        return (self.own_prompt(variant) or self.prompt).headers

    def reasoning(self, variant: str) -> Reasoning | None:
        """By what tags the variant's thoughts are told from its answers; None where the file does not say."""
        return (self.own_prompt(variant) or self.prompt).reasoning
