"""`manage.py embedding_spaces`: which models there are, and which one is used."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.db.models import Count

from reid.embedding import spaces
from reid.hub import catalogue, fetching
from reid.identifying import thresholds
from reid.management.asking import accepts
from reid.management.base import CheckedCommand
from reid.models import EmbeddingSpace, Scorer, Threshold
from reid.networks.model_card import DEFAULT, ModelRefused, read_folder

DRIFTED = "{} of the spaces cannot be used here."
NOT_ACCEPTED = "{} was not fetched: accept its licence ({}) by --accept-licence, or answer yes where the command asks."
QUESTION = "Do you accept this licence? [y/N] "


class Command(CheckedCommand):
    help = (
        "List the embedding spaces, add a model from a folder below MODEL_ROOT, fetch a network of others, check that "
        "spaces still embed as they did, or choose the active one."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser(
            "list", help="every space, with its embeddings and the active one marked"
        )
        add = actions.add_parser("add", help="register a model; it is not used before `activate`")
        add.add_argument(
            "folder", help=f"folder below MODEL_ROOT with model.json, or `{DEFAULT.name}`"
        )
        add.add_argument(
            "--precision",
            choices=EmbeddingSpace.Precision.values,
            default=EmbeddingSpace.Precision.FLOAT32.value,
            help="arithmetic of the space (default: float32)",
        )
        fetch = actions.add_parser(
            "fetch",
            help="fetch a network of others, convert it, and register it; without a name: list them",
        )
        fetch.add_argument("name", nargs="?", help=f"one of {', '.join(catalogue.MODELS)}")
        fetch.add_argument(
            "--accept-licence",
            action="store_true",
            help="for scripts: the licence was read and is accepted",
        )
        check = actions.add_parser("check", help="load each model and embed its sentinel crops")
        check.add_argument("space", nargs="?", help="name or fingerprint (default: all)")
        activate = actions.add_parser("activate", help="use this space from the next run on")
        activate.add_argument("space", help="name or beginning of the fingerprint")

    def handle(self, *args: Any, **options: Any) -> None:
        action = {
            "list": self._list,
            "add": self._add,
            "fetch": self._fetch,
            "check": self._check,
            "activate": self._activate,
        }[options["action"]]
        try:
            action(options)
        except (LookupError, ModelRefused) as error:
            raise CommandError(str(error)) from error

    def _list(self, options: dict[str, Any]) -> None:
        spaces = EmbeddingSpace.objects.annotate(vectors=Count("embeddings"))
        for space in spaces:
            mark = "*" if space.is_active else " "
            scorer = Scorer.objects.of(space)
            approved = Threshold.objects.in_force(scorer)
            threshold = (
                f"threshold {approved.value} approved" if approved else "no threshold approved"
            )
            self.stdout.write(
                f"{mark} {space.fingerprint[:12]}  {space.name}  {space.dimension} dimensions, "
                f"{space.precision}, {space.vectors:,} embeddings, {threshold}, {space.run_by}"
            )
            if again := thresholds.to_approve_again(scorer):
                self.stdout.write(again)
        if override := thresholds.override_note():
            self.stdout.write(f"Whatever is approved, {override}.")
        if not spaces:
            self.stdout.write("No space yet: the first identification registers the default one.")

    def _add(self, options: dict[str, Any]) -> None:
        folder = options["folder"]
        card = DEFAULT if folder == DEFAULT.name else read_folder(settings.MODEL_ROOT, folder)
        space = spaces.register(card, precision=options["precision"])
        self.stdout.write(f"{space.fingerprint[:12]}  {space.name}: registered.")

    def _fetch(self, options: dict[str, Any]) -> None:
        if options["name"] is None:
            for model in catalogue.MODELS.values():
                self._describe(model)
            return
        model = catalogue.find(options["name"])
        self._describe(model)
        if not model.is_free and not options["accept_licence"] and not accepts(QUESTION):
            raise CommandError(NOT_ACCEPTED.format(model.name, model.licence))
        card = fetching.fetch(model, settings.MODEL_ROOT, self.stdout.write)
        space = spaces.register(card)
        self.stdout.write(
            f"{space.fingerprint[:12]}  {space.name}: registered. It is used from `embedding_spaces activate {space.name}` on."
        )

    def _describe(self, model: catalogue.HubModel) -> None:
        size = f", {model.size / 1e6:,.0f} MB" if model.size else ""
        self.stdout.write(
            f"{model.name}: {model.title}, {model.side} px, {model.dimension} dimensions{size}"
        )
        self.stdout.write(f"  licence {model.licence}: {model.terms}")
        if model.unverified:
            self.stdout.write(f"  not verified: {model.unverified}")

    def _check(self, options: dict[str, Any]) -> None:
        chosen = (
            [spaces.find(options["space"])]
            if options["space"]
            else list(EmbeddingSpace.objects.all())
        )
        refused = 0
        for space in chosen:
            try:
                cosine = spaces.sentinel_cosine(space, spaces.load(space))
            except ModelRefused as error:
                refused += 1
                self.stdout.write(f"{space.fingerprint[:12]}  refused: {error}")
                continue
            verdict = "sound" if cosine >= spaces.SENTINEL_COSINE else "drifted"
            refused += verdict == "drifted"
            self.stdout.write(
                f"{space.fingerprint[:12]}  {verdict}: lowest sentinel cosine {cosine:.6f}"
            )
        if refused:
            raise CommandError(DRIFTED.format(refused))

    def _activate(self, options: dict[str, Any]) -> None:
        space = spaces.activate(spaces.find(options["space"]))
        self.stdout.write(f"{space.fingerprint[:12]}  {space.name}: active.")
