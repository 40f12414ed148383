"""`manage.py detectors`: which detectors there are, how one is got, and which one is used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from reid.detecting import registry
from reid.detecting.fetching import catalogue, fetch
from reid.hub import environment
from reid.management.base import ActionCommand
from reid.management.licences import add_acceptance, describe, require_accepted
from reid.management.progress import progress_bar
from reid.models import Detector
from reid.networks.model_card import ModelRefused

UNFIT = "{} of the detectors cannot be used here."
NONE_YET = "No detector yet: fetch one of the catalogue below, or add your own."
USED_FROM = "It is used from `detectors activate {}` on."
READY = "The package megadetector and its Python are ready: {}"


class Command(ActionCommand):
    help = (
        "List the detectors, fetch one of the catalogue, add one from a folder below MODEL_ROOT, check their files, choose "
        "the active one, or prepare the environment of the package megadetector."
    )

    refusals = (LookupError, ModelRefused)

    def add_actions(self) -> None:
        self.action("list", self._list, "those that are here, and those of the catalogue")
        add = self.action("add", self._add, "register one; it is not used before `activate`")
        add.add_argument("folder", help="folder below MODEL_ROOT with detector.json")
        get = self.action("fetch", self._fetch, "download one of the catalogue, and convert it")
        get.add_argument("name", help=f"one of {', '.join(catalogue.DETECTORS)}")
        get.add_argument(
            "--file", type=Path, help="its file of weights, brought by hand: nothing is downloaded"
        )
        add_acceptance(get)
        check = self.action("check", self._check, "compare the weights with their cards")
        check.add_argument("name", nargs="?", help="name or fingerprint (default: all)")
        activate = self.action("activate", self._activate, "use this one from the next run on")
        activate.add_argument("name", help="name or beginning of the fingerprint")
        self.action(
            "prepare",
            self._prepare,
            "make the environment that converts, and runs the package megadetector",
        )

    def _list(self, options: dict[str, Any]) -> None:
        detectors = list(Detector.objects.all())
        for detector in detectors:
            card = registry.card_of(detector)
            mark = "*" if detector.is_active else " "
            classes = ", ".join(item.name for item in card.classes)
            self.stdout.write(
                f"{mark} {detector.fingerprint[:12]}  {detector}  finds {classes}; licence: {card.licence}"
            )
        if not detectors:
            self.stdout.write(NONE_YET)
        here = {detector.name for detector in detectors}
        for entry in catalogue.DETECTORS.values():
            if entry.name not in here:
                describe(entry, self.stdout.write)

    def _add(self, options: dict[str, Any]) -> None:
        self._registered(registry.register(options["folder"]))

    def _fetch(self, options: dict[str, Any]) -> None:
        entry = catalogue.find(options["name"])
        require_accepted(entry, options, self.stdout.write)
        with progress_bar() as bar:
            task = bar.add_task("bytes", total=None)
            card = fetch.fetch(
                entry,
                settings.MODEL_ROOT,
                self.stdout.write,
                lambda done, total: bar.update(task, completed=done, total=total),
                options["file"],
            )
        self._registered(registry.register(card.folder))

    def _registered(self, detector: Detector) -> None:
        text = USED_FROM.format(detector.name)
        self.stdout.write(f"{detector.fingerprint[:12]}  {detector}: registered. {text}")

    def _check(self, options: dict[str, Any]) -> None:
        name = options["name"]
        chosen = [registry.find(name)] if name else list(Detector.objects.all())
        refused = 0
        for detector in chosen:
            try:
                registry.card_of(detector).read_weights(settings.MODEL_ROOT)
            except ModelRefused as error:
                refused += 1
                self.stdout.write(f"{detector.fingerprint[:12]}  refused: {error}")
            else:
                self.stdout.write(f"{detector.fingerprint[:12]}  {detector}: sound")
        if refused:
            raise CommandError(UNFIT.format(refused))

    def _activate(self, options: dict[str, Any]) -> None:
        detector = registry.activate(registry.find(options["name"]))
        self.stdout.write(f"{detector.fingerprint[:12]}  {detector}: active.")

    def _prepare(self, options: dict[str, Any]) -> None:
        python = environment.prepare(settings.MODEL_ROOT, self.stdout.write, fetch.PACKAGES)
        self.stdout.write(READY.format(python))
