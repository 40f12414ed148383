"""`manage.py embedding_spaces`: which models there are, and which one is used."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.db.models import Count

from reid.embedding import spaces
from reid.hub import catalogue, fetching
from reid.identifying import thresholds
from reid.management.base import ActionCommand
from reid.management.licences import add_acceptance, describe, require_accepted
from reid.models import EmbeddingSpace, Scorer, Threshold
from reid.networks.model_card import DEFAULT, ModelRefused, read_folder

DRIFTED = "{} of the spaces cannot be used here."


class Command(ActionCommand):
    help = (
        "List the embedding spaces, add a model from a folder below MODEL_ROOT, fetch a network of others, check that "
        "spaces still embed as they did, or choose the active one."
    )

    refusals = (LookupError, ModelRefused)

    def add_actions(self) -> None:
        self.action(
            "list", self._list, "every space, with its embeddings and the active one marked"
        )
        add = self.action("add", self._add, "register a model; it is not used before `activate`")
        add.add_argument(
            "folder", help=f"folder below MODEL_ROOT with model.json, or `{DEFAULT.name}`"
        )
        add.add_argument(
            "--precision",
            choices=EmbeddingSpace.Precision.values,
            default=EmbeddingSpace.Precision.FLOAT32.value,
            help="arithmetic of the space (default: float32)",
        )
        fetch = self.action(
            "fetch",
            self._fetch,
            "fetch a network of others, convert it, and register it; without a name: list them",
        )
        fetch.add_argument("name", nargs="?", help=f"one of {', '.join(catalogue.MODELS)}")
        add_acceptance(fetch)
        check = self.action("check", self._check, "load each model and embed its sentinel crops")
        check.add_argument("space", nargs="?", help="name or fingerprint (default: all)")
        activate = self.action("activate", self._activate, "use this space from the next run on")
        activate.add_argument("space", help="name or beginning of the fingerprint")

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
                describe(model, self.stdout.write)
            return
        model = catalogue.find(options["name"])
        require_accepted(model, options, self.stdout.write)
        card = fetching.fetch(model, settings.MODEL_ROOT, self.stdout.write)
        space = spaces.register(card)
        self.stdout.write(
            f"{space.fingerprint[:12]}  {space.name}: registered. It is used from `embedding_spaces activate {space.name}` on."
        )

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
