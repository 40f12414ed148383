"""`manage.py train_embedding`: an embedding fitted to this store's own deer, judged, and used if it is better."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import redis
from django.core.management.base import CommandError

from analysis.evaluation import training_run
from analysis.evaluation.formats import FORMATS, as_html, as_json, as_table
from analysis.evaluation.training_run import AdaptingRefused, Step
from analysis.management.arguments import add_output, deliver
from reid.embedding import spaces
from reid.identifying import run_lifecycle, run_workers
from reid.management.base import CheckedCommand
from reid.management.progress import progress_bar
from reid.models import ReidRun, Training
from reid.networks.model_card import ModelRefused
from reid.training.recipe import Loss, Recipe

if TYPE_CHECKING:
    from django.core.management.base import CommandParser
    from rich.progress import Progress

BAD_FOLDS = "--folds must be 0, for a training that is not judged, or from 2 to 20."
BAD_DEALS = "--deals must be from 1 to 20."
BAD_RECIPE = "This cannot be trained: {}."
NOTHING_TO_RESUME = "No training waits to go on."
ENDED = "The training {id} is {state}. {error}"
NO_QUEUE = "Redis does not answer: start it, or run without --queue."
QUEUED = "Training {id} is queued: the train worker does it, the admin shows how far it is."
MADE = "Made: {space}. Use it: train_embedding --activate {id}"
ACTIVE = (
    "Active: {space}. Its scores are computed in the background; when they are there its threshold is judged anew, "
    "and proposed where one is proven: see the training in the admin, or test_reid_thresholds. Until a person approves "
    "one, it ranks. Back: embedding_spaces activate {parent}"
)
NOT_APPLIED = "Not activated, since the verdict is not BETTER."
UNKNOWN_TRAINING = "No training is called {}: see the admin."
BACKFILL_WAITS = "Redis does not answer: run backfill_similarity_scores."
_NUMBERS: Final = {
    "epochs": "rounds over all torsos",
    "size": "height in pixels of the torso that finetune looks at, a multiple of 32",
    "batch": "torsos a step",
    "sub_centres": "centres a class may have, of which the nearest counts (arcface)",
    "average": "decay a step of a moving average of the weights, such as 0.99; 0: none",
    "seed": "another one draws everything anew",
}


class Command(CheckedCommand):
    help = (
        "Derive an embedding space from the reviewed identities of this store, and judge it on deer that it "
        "did not learn from: centre (seconds, no names needed), head (seconds) or finetune (on a CPU 20 minutes for "
        "each of its trainings: one a fold, and the last). "
        "The space is made inactive; --apply activates it if the verdict is BETTER. Goes on where a killed "
        "training stopped with --resume."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--method", choices=Training.Method.values, help="what to train")
        parser.add_argument(
            "--folds",
            type=int,
            default=training_run.FOLDS,
            help="parts of the deer, each judged by what was learned from the others; 0 trains once, unjudged "
            "(default: %(default)s)",
        )
        parser.add_argument(
            "--deals",
            type=int,
            default=training_run.DEALS,
            help="how often the deer are dealt into folds anew (default: %(default)s)",
        )
        default = Recipe()
        for name, text in _NUMBERS.items():
            value = getattr(default, name)
            option = f"--{name.replace('_', '-')}"
            text = f"{text} (default: {value})"
            parser.add_argument(option, type=type(value), default=value, help=text)
        parser.add_argument(
            "--loss",
            choices=[item.value for item in Loss],
            default=default.loss.value,
            help="what is minimised (default: %(default)s)",
        )
        parser.add_argument(
            "--mirrored",
            action="store_true",
            help="an embedding is of a picture and its mirror image: twice as long, twice the time",
        )
        parser.add_argument("--space", help="parent space (default: the active one)")
        parser.add_argument("--apply", action="store_true", help="use it if it is BETTER")
        acts = parser.add_mutually_exclusive_group()
        acts.add_argument("--queue", action="store_true", help="let the train worker do it")
        acts.add_argument(
            "--resume", action="store_true", help="go on with the newest training that did not end"
        )
        acts.add_argument(
            "--activate",
            metavar="TRAINING",
            help="use the space of this training, whatever its verdict",
        )
        add_output(parser, FORMATS)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["activate"]:
                self._apply(_find(options["activate"]))
                return
            training = self._resumed() if options["resume"] else self._created(options)
            if options["queue"]:
                run_workers.start(training.run)
                self.stdout.write(QUEUED.format(id=training.pk))
                return
            training = self._train(training)
            self._show(training, options)
        except (AdaptingRefused, LookupError, ModelRefused) as error:
            raise CommandError(str(error)) from error
        except redis.RedisError as error:
            raise CommandError(NO_QUEUE if options["queue"] else BACKFILL_WAITS) from error

    def _created(self, options: dict[str, Any]) -> Training:
        if not options["method"]:
            raise CommandError("--method is needed: centre, head or finetune.", returncode=2)
        if options["folds"] != 0 and not 2 <= options["folds"] <= 20:
            raise CommandError(BAD_FOLDS, returncode=2)
        if not 1 <= options["deals"] <= 20:
            raise CommandError(BAD_DEALS, returncode=2)
        try:
            recipe = Recipe(
                **{name: options[name] for name in _NUMBERS},
                loss=Loss(options["loss"]),
                mirrored=options["mirrored"],
            )
        except ValueError as error:
            raise CommandError(BAD_RECIPE.format(error), returncode=2) from error
        parent = spaces.find(options["space"]) if options["space"] else spaces.active_space()
        return training_run.create(
            options["method"],
            parent,
            recipe,
            folds=options["folds"],
            deals=options["deals"],
            apply_when_better=options["apply"],
        )

    def _resumed(self) -> Training:
        training = training_run.unfinished()
        if training is None:
            raise CommandError(NOTHING_TO_RESUME)
        run_lifecycle.reopen(training.run)
        return training

    def _train(self, training: Training) -> Training:
        with progress_bar() as progress:
            training = training_run.adapt(training.pk, _Bar(progress))
        run = training.run
        if run.state != ReidRun.State.COMPLETED:
            raise CommandError(
                ENDED.format(id=training.pk, state=run.state, error=run.error).rstrip()
            )
        return training

    def _show(self, training: Training, options: dict[str, Any]) -> None:
        judgement = training.judgement
        content = {
            "json": lambda: as_json(judgement),
            "table": lambda: as_table(judgement),
            "html": lambda: as_html(judgement, f"Judgement of {training}"),
        }[options["format"]]()
        deliver(content, options["output"], self.stdout.write)
        # Beside a document that another program reads, what else there is to say goes to stderr.
        write = self.stdout.write if options["format"] == "table" else self.stderr.write
        if training.space is not None and training.space.is_active:
            write(_active(training))
        else:
            write(MADE.format(space=training.space, id=training.pk))
            if training.apply_when_better:
                write(NOT_APPLIED)

    def _apply(self, training: Training) -> None:
        training_run.apply(training, whatever_the_verdict=True)
        self.stdout.write(_active(training))


class _Bar:
    """One line a stage of the training."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._what = ""

    def __call__(self, step: Step) -> None:
        if step.what != self._what:
            self._what = step.what
            self._task = self._progress.add_task(step.what, total=step.total or None)
        label = f"{step.what} {step.remark}".strip()
        self._progress.update(self._task, completed=step.done, description=label)


def _active(training: Training) -> str:
    return ACTIVE.format(space=training.space, parent=training.parent.fingerprint[:12])


def _find(text: str) -> Training:
    """The training whose key begins with this. Raises LookupError."""
    trainings = [item for item in Training.objects.all() if str(item.pk).startswith(text.lower())]
    if len(trainings) != 1 or not text:
        raise LookupError(UNKNOWN_TRAINING.format(text))
    return trainings[0]
