"""One YAML file an experiment, checked whole: every fault is reported at once, with its key."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, Self, TypeVar, get_args, get_origin

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from harness.errors import HarnessError, unknown
from harness.json_yaml import parse_yaml, read_mapping
from harness.task_settings import TaskSettings

Backend = Literal["auto", "vllm", "transformers"]
DEFAULT_FILE = Path("harness.yaml")
DAY = date(2026, 1, 1)
"""The day that chat templates print. Were it today, no two days' answers could be compared."""
USUAL_BATCH = 32
"""Questions at a time where nobody says how many, and nobody has tried more."""
Model = TypeVar("Model", bound=BaseModel)


class Strict(BaseModel):
    """Settings that know their keys and do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Generation(Strict):
    """How an answer is written."""

    max_new_tokens: int = Field(500, ge=1)
    temperature: float = Field(0.0, ge=0.0)
    """0 is greedy: the most probable token each time."""
    top_p: float = Field(1.0, gt=0.0, le=1.0)
    seed: int = 0
    samples: int = Field(1, ge=1)
    """Answers to each question, each with a seed of its own."""
    repetition_penalty: float = Field(1.0, gt=0.0)
    """Keskar et al. 2019, section 4.1, over prompt and answer; what a model's own folder says of it is switched off."""
    stop: tuple[str, ...] = ()
    """Strings before the first of which an answer ends."""

    def identity(self) -> dict[str, Any]:
        """What must be the same for a run to be continued; runs from before a setting was there go on without it."""
        later = {"repetition_penalty": 1.0, "stop": ()}
        return {key: value for key, value in self.model_dump().items() if key not in later or value != later[key]}

    @model_validator(mode="after")
    def _samples_differ(self) -> Self:
        if self.samples > 1 and self.temperature == 0:
            raise ValueError("several samples of a greedy answer are the same answer: set temperature above 0")
        return self


class Serving(Strict):
    """How the base is loaded when it is asked."""

    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    """auto: float32 without a GPU, the checkpoint's own type on one, float16 on one that has no bfloat16."""
    quantization: Literal["nf4"] | None = None
    batch_size: int | Literal["auto"] = "auto"
    """Questions at a time, under Transformers; auto: 32 without a GPU, on one as many as its memory holds."""
    memory: float | None = Field(None, gt=0.0, le=1.0)
    """The share of the card's memory that vLLM takes; None goes by what is free. Without a GPU it means nothing."""
    max_model_len: int | None = Field(None, ge=2)
    """Tokens that prompt and answer may have together, where the model holds more; None is as many as it holds."""
    trust_remote_code: bool = False

    def identity(self) -> dict[str, Any]:
        """What must be the same for a run to be continued; runs from before a setting was there go on without it."""
        kept = self.row()
        return {key: value for key, value in kept.items() if key not in ("batch_size", "memory")}

    def row(self) -> dict[str, Any]:
        """Every setting as files keep it; what is left to the machine stands in none."""
        unsaid = ("memory", "max_model_len")
        return {key: value for key, value in self.model_dump().items() if key not in unsaid or value is not None}

    @property
    def usual_batch(self) -> int:
        """The number, or with "auto" the one that asking begins with."""
        return USUAL_BATCH if self.batch_size == "auto" else self.batch_size

    @field_validator("batch_size", mode="plain")
    @classmethod
    def _batch_size(cls, value: object) -> int | Literal["auto"]:
        if value == "auto":
            return "auto"
        if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
            return value
        raise ValueError("auto, or a whole number from 1 on")


class Folders(Strict):
    """The user's own folders, searched before the shipped ones."""

    tasks: tuple[Path, ...] = ()
    prompts: tuple[Path, ...] = ()
    templates: tuple[Path, ...] = ()


class ReferenceSettings(Strict):
    """A model whose recorded answers stand beside those of a run; `gpt-4o: FILE` says the file alone."""

    file: Path
    """Answers in any form that `harness import` reads, or what lm-eval's command wrote."""
    answer_column: str | None = None
    id_column: str | None = None
    question_column: str | None = None
    prompt_column: str | None = None
    only: dict[str, str | int | float] = Field(default_factory=dict)
    """Column → value of the rows that are taken."""

    @model_validator(mode="before")
    @classmethod
    def _file(cls, said: object) -> object:
        return {"file": said} if isinstance(said, str) else said


class TrainingSettings(Strict):
    """What an adapter is trained on; every other setting is TRL's or PEFT's own argument."""

    data: str | None = None
    """Preference data: a file, a folder, or a dataset of the hub."""
    split: str = "train"
    name: str | None = None
    """Of a dataset of the hub that has several parts, the part."""
    columns: dict[str, str] = Field(default_factory=dict)
    """The harness's name of a column → the data's own, where that says something else: {chosen: output_chosen}."""
    allow_dropped: bool = False
    """Train on what is left where more than half of the rows cannot be used."""
    prompt: str | None = None
    """The prompt template; None takes the experiment's, and where that says none, what base and data suggest."""
    system: str | None = None
    """The system line of every row, "" is none; None takes each row's own, and imposes none."""
    adapter: str | None = None
    """An adapter that the training goes on from (one of supervised fine-tuning, say), or a merged model."""
    quantization: Literal["nf4"] | None = None
    trust_remote_code: bool = False
    eval_rows: int = Field(0, ge=0)
    """Rows held out for evaluation while training."""
    probe_steps: int = Field(0, ge=0)
    """Every so many steps a few questions are answered, to see loops and template leaks; 0 is never."""
    save_minutes: float = Field(10.0, ge=0.0)
    """After so many minutes without a checkpoint one is written besides those of save_steps; 0 is never."""
    reference_pass: bool | None = None
    """DPO: ask the base for its log-probabilities once, and keep them for every training on the same base and data;
    None where every pair is shown twice or more."""
    arguments: dict[str, Any] = Field(default_factory=dict)
    """For every method, by TRL's and PEFT's names: learning_rate, beta, r, lora_alpha, …"""
    dpo: dict[str, Any] = Field(default_factory=dict)
    orpo: dict[str, Any] = Field(default_factory=dict)
    kto: dict[str, Any] = Field(default_factory=dict)
    simpo: dict[str, Any] = Field(default_factory=dict)


class ExperimentSettings(Strict):
    """A further training beside a run's own, made elsewhere: its files, and what it is compared with."""

    name: str
    answers: str | None = None
    """A file of answers, in any form that harness import reads."""
    curves: str | None = None
    """Any trainer's log, or a W&B run as ENTITY/PROJECT/RUN."""
    settings: str | tuple[str, ...] | dict[str, Any] | None = None
    """A file of settings, several, or the settings themselves by TRL's and PEFT's names."""
    method: Literal["dpo", "orpo", "kto", "simpo"] | None = None
    """None goes by settings, curves and name."""
    against: str | None = None
    """The run's variant that it changes; None is the run's training of its method."""
    base: str | None = None
    """Answers of its own base, where that is another model than the run's."""
    base_name: str | None = None
    why: str | None = None
    """Why it was made, in its author's words."""

    @field_validator("name", mode="before")
    @classmethod
    def _is_text(cls, value: object) -> object:
        if isinstance(value, int | float):
            raise ValueError(f"YAML reads {value} as a number: put the name in quotes")
        return value

    @model_validator(mode="after")
    def _holds_something(self) -> Self:
        if self.answers is None and self.curves is None and self.settings is None:
            raise ValueError(f"{self.name} has no answers, no curves and no settings")
        if self.base is not None and self.answers is None:
            raise ValueError(f"{self.name} has a base of its own, and no answers to compare with it")
        if self.base_name is not None and self.base is None:
            raise ValueError(f"{self.name} names a base_name, and no base: the answers of that model")
        return self


class ExperimentList(Strict):
    """A file of experiments."""

    experiments: tuple[ExperimentSettings, ...]


class Config(Strict):
    """harness.yaml."""

    base: str | None = None
    adapters: dict[str, str] = Field(default_factory=dict)
    suite: str | None = None
    tasks: tuple[str, ...] | None = None
    backend: Backend = "auto"
    limit: int | None = Field(None, ge=1)
    """At most so many questions; lm-eval tasks are not cut by it."""
    task_limit: int | float | None = Field(None, gt=0, allow_inf_nan=False)
    """Of each lm-eval task the first so many documents, below 1 such a share of them: lm-eval's own --limit."""
    lm_eval: TaskSettings = TaskSettings()
    """How lm-eval tasks are asked, where not as each says itself."""
    prompt: str | None = None
    """The prompt template of trainings and evaluations; None takes what base and data suggest, and an evaluation what
    its adapters were trained with, else the suite's."""
    system: str | None = None
    """The system line of trainings and evaluations, "" is none; None takes the data's and the suite's own."""
    day: date = DAY
    """What a chat template that prints the date is told, in trainings and evaluations of every day."""
    seed: int = 0
    """Draws the questions of --limit and the resamples of the statistics."""
    noise_floor: bool = False
    """Ask everything twice, in batches of another order, to see how much a model differs from itself."""
    generation: dict[str, Any] = Field(default_factory=dict)
    """Keys of Generation; what is missing comes from the suite, then from the defaults."""
    serving: Serving = Serving()
    references: dict[str, ReferenceSettings] = Field(default_factory=dict)
    """Models whose recorded answers stand beside those of an evaluation or an import: levels, and no comparison."""
    folders: Folders = Folders()
    train: TrainingSettings = TrainingSettings()
    experiments: tuple[ExperimentSettings, ...] = ()
    """Of harness import: further trainings, made elsewhere, that the assignment's report shows beside the run's own."""

    @model_validator(mode="after")
    def _one_prompt(self) -> Self:
        for key in ("prompt", "system"):
            whole, training = getattr(self, key), getattr(self.train, key)
            if None not in (whole, training) and whole != training:
                raise ValueError(
                    f"{key} is {whole!r} and train.{key} is {training!r}, and adapters are asked as they are trained: "
                    "leave one of them out"
                )
        return self


def load_config(path: Path | None) -> Config:
    """The file given, or harness.yaml in the working folder, or the defaults."""
    if path is None:
        if not DEFAULT_FILE.is_file():
            return Config()
        path = DEFAULT_FILE
    if not path.is_file():
        raise HarnessError(f"No configuration at {path}. Write a commented one with: harness init")
    return checked(Config, read_mapping(path, "Write a commented one with: harness init"), str(path))


def checked(model: type[Model], row: Mapping[str, Any], where: str) -> Model:
    """The validated settings, or one refusal that names every fault with its key."""
    try:
        return model.model_validate(row)
    except ValidationError as error:
        faults = "; ".join(_fault(model, fault) for fault in error.errors())
        raise HarnessError(f"{where}: {faults}") from None


def _fault(model: type[BaseModel], fault: Any) -> str:
    place = [str(part) for part in fault["loc"]]
    said = fault["msg"].removeprefix("Value error, ")
    if fault["type"] == "value_error" and isinstance(fault["input"], Mapping):
        # What several settings say together: the message names them.
        return ": ".join([*place, said])
    if fault["type"] != "extra_forbidden":
        return f"{'.'.join(place)}: {said} (found {fault['input']!r})"
    known = _keys_at(model, place[:-1])
    near = get_close_matches(place[-1], known, n=1)
    return f"{'.'.join(place)}: unknown key" + (
        f", did you mean {near[0]}?" if near else f" (known: {', '.join(known)})"
    )


def _keys_at(model: type[BaseModel], place: list[str]) -> list[str]:
    for part in place:
        if part not in model.model_fields:
            # The name of one of several: it says nothing of its keys.
            continue
        inner = model.model_fields[part].annotation
        if get_origin(inner) is dict:
            inner = get_args(inner)[1]
        elif get_origin(inner) is tuple:
            inner = get_args(inner)[0]
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return []
        model = inner
    return sorted(model.model_fields)


def parse_setting(text: str) -> tuple[str, Any]:
    """KEY=VALUE of the command line; the value is read as YAML, and 5e-7 is a number. An empty system line is one."""
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise HarnessError(f"--set {text} has no '='. Write it as --set learning_rate=1e-5")
    if key.strip() == "system" and not value.strip():
        return "system", ""
    return key.strip(), _scalar(value.strip())


def _scalar(text: str) -> Any:
    try:
        return float(text) if any(sign in text for sign in ".eE") else int(text)
    except ValueError:
        pass
    try:
        return parse_yaml(text)
    except yaml.YAMLError:
        return text


EXAMPLE = """\
# One experiment. Every key is optional; command-line flags override what stands here.

# base: mistralai/Mistral-7B-v0.3    # a folder or an id of the hub; default: what the adapters' certificates name
# adapters:                          # names for --adapters; trainings of runs/train are known without it
#   dpo: runs/train/dpo              # NAME: a folder, or an id of the hub
suite: pocket                        # a folder below tasks/, or a path
# tasks: [pocket_skill, hellaswag]   # lm-eval tasks; default: the suite's
backend: auto                        # auto, vllm, transformers
# limit: 100                         # at most so many questions, drawn by the seed; lm-eval tasks are asked whole
# task_limit: 100                    # of each lm-eval task its first documents, as lm-eval's own --limit; 0.1: a tenth
# lm_eval:                           # how lm-eval tasks are asked, by lm-eval's own names (docs/lm_eval.md)
#   num_fewshot: 5                   # examples before each question
#   apply_chat_template: true        # or the name of one of several templates
#   fewshot_as_multiturn: true       # examples as turns; default with a chat template
#   system_instruction: Be brief.    # the system line of every prompt
#   gen_kwargs: {max_gen_toks: 512}  # how answers are written, whatever the tasks say
#   samples: {gsm8k: [0, 3, 7]}      # of a task these documents alone
#   seed: [0, 1234, 1234, 1234]      # of Python, NumPy, Torch and the choice of examples; one number is all four
#   confirm_run_unsafe_code: true    # let tasks run code that a model wrote
# prompt: chat                       # of trainings and evaluations: alpaca, chat (the tokenizer's own template), or
#                                    # your prompts/NAME.jinja; default: chat for conversations where the base has a
#                                    # chat template, else alpaca; an evaluation asks as its adapters were trained
# system: ""                         # the system line of both, "" is none; default: the data's and the suite's own
# day: 2026-01-01                    # what chat templates that print the date are told, whatever day it is
seed: 0                              # draws the questions of limit, and the resamples of the statistics
# noise_floor: true                  # ask everything twice, to see how much a model differs from itself

# generation:                        # beats the suite's settings
#   max_new_tokens: 500              # at most so many tokens an answer
#   temperature: 0.0                 # 0 is greedy
#   top_p: 1.0                       # with a temperature: the most probable tokens that make up so much
#   seed: 0                          # of what is drawn
#   repetition_penalty: 1.0          # above 1, words that were said grow less probable
#   stop: ["\\n\\n"]                   # an answer ends before the first of these
#   samples: 1                       # answers to each question, with a temperature above 0

serving:                             # how a model is loaded to be asked
  dtype: auto                        # auto, float32, bfloat16, float16
  # quantization: nf4                # ask a 4-bit base, as QLoRA trained it
  batch_size: auto                   # questions at a time: 32, on a GPU as many as fit; a number is the most
  # memory: 0.85                     # the share of a GPU's memory that vLLM takes; default: by what is free
  # max_model_len: 4096              # tokens of prompt and answer together; default: as many as the model holds
  trust_remote_code: false           # run the code that a model's folder brings

# references: {gpt-4o: gpt-4o.json}  # models whose recorded answers stand beside: levels, no comparison; in any form
#                                    # that harness import reads (docs/import.md), and some answers will do; or, in
#                                    # place of the file, {file: all.csv, answer_column: text, only: {model: gpt-4o}}

# folders:                           # your own, searched before the shipped ones; those of the working folder are known
#   tasks: [tasks]                   # suites, and tasks of lm-eval
#   prompts: [prompts]               # prompt templates
#   templates: [reports/templates]   # templates of reports

train:                               # what harness train does
  # data: pairs.jsonl                # preference data: a file, a folder, or a dataset of the hub (docs/data.md)
  # split: train                     # of a dataset with several
  # name: default                    # of a dataset of the hub with several parts
  # columns: {chosen: output_chosen} # where the data call a column otherwise
  # allow_dropped: true              # train on what is left where more than half of the rows cannot be used
  # prompt: chat                     # the same as above; give it in one place
  # system: ""                       # the same as above
  # adapter: runs/sft                # go on from an adapter of supervised fine-tuning, or from a merged model
  # quantization: nf4                # QLoRA
  # trust_remote_code: true          # run the code that the base's folder brings
  # eval_rows: 200                   # rows held out for evaluation while training
  # probe_steps: 50                  # a few answers each 50 steps: do they loop or leak the template?
  # save_minutes: 10                 # a checkpoint after so many minutes without one, besides those of save_steps
  # reference_pass: true             # DPO: the base asked once for all trainings on the data; unsaid: from 2 epochs on
  arguments: {}                      # TRL's and PEFT's own names, for every method
  dpo: {}                            # and for one: {learning_rate: 5e-6, beta: 0.1}
  orpo: {}                           # the same for ORPO
  kto: {}                            # for KTO
  simpo: {}                          # and for SimPO

# experiments: [{name: orpo-1e-6, answers: a.json}]  # of harness import: further trainings (docs/import.md)
"""


def write_example(path: Path) -> Path:
    """Writes a commented configuration that is valid as it stands; never over a file."""
    if path.exists():
        raise HarnessError(f"{path} is there already. Give another name: harness init FILE")
    path.write_text(EXAMPLE, encoding="utf-8")
    return path


TEMPLATES = {"assignment": ("assignment-mistral.yaml", "assignment-llama3.yaml"), "smollm2": ("smollm2.yaml",)}
"""Ready configurations by the name that `harness init --template` knows them by."""


def write_template(name: str, folder: Path) -> list[Path]:
    """Writes a template's configurations into a folder, each to be named with --config; never over a file."""
    if name not in TEMPLATES:
        unknown("template", name, TEMPLATES)
    if folder.suffix in {".yaml", ".yml"}:
        raise HarnessError(f"--template writes several files: give a folder in place of {folder}.")
    paths = [folder / file for file in TEMPLATES[name]]
    if there := [path for path in paths if path.exists()]:
        raise HarnessError(f"{there[0]} is there already. Give another folder: harness init FOLDER --template {name}")
    folder.mkdir(parents=True, exist_ok=True)
    for path in paths:
        text = (Path(__file__).parent / "configurations" / path.name).read_text(encoding="utf-8")
        path.write_text(text, encoding="utf-8")
    return paths
