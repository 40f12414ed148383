"""Examples of the documentation, run: the sample herd is drawn and identified, and the pages are held to it.

    python docs/examples.py            # compare; 1 where a page prints what does not come out
    python docs/examples.py --write    # renew the figures and pictures of the pages

A block that begins with `$ ./run manage` is run, and each of its lines must be among those that the command
prints, in that order. Sentences with figures in them are written down here, in SENTENCES. How much figures may
differ from one machine to another is said in `figures.py`.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from figures import PICTURE_TOLERANCE, difference, held_to, sentence_held_to
from PIL import Image

DOCS: Final = Path(__file__).parent
ROOT: Final = DOCS.parent
LAST_DAY: Final = "2026-11-20"
"""The season's last day. The pictures do not depend on it, the dates in a report do."""
FIRST_DAY: Final = "2026-08-24"
REPORT_SCALE: Final = 80 / 72

_BLOCK: Final = re.compile(r"^```[a-z]*\n(\$ \./run manage .*?)^```$", re.MULTILINE | re.DOTALL)
_WHERE: Final = "reid-optimization-analysis.md"

SENTENCES: Final = (
    "So the two together know something (AUC {auc}; the right deer stands first for {rank_1} % of the labelled "
    "sightings, and the herd is so small that the truth may be {rank_1_low} or {rank_1_high} %)",
    "5 % of the genuine pairs score below {genuine_q05}, 5 % of the impostors above {impostor_q95}",
    "of the {trials} labelled sightings with a pattern {hits_at_65} would get the name of another deer if their own "
    "were not enrolled. At 0.85 it is {hits_at_85} of them",
    "With rho = {rho} the {trials} are worth n_eff = {n_eff} independent ones, and no hit in {n_eff} bounds "
    "FPIR at 1 - 0.05^(1/{n_eff}) = {bound} % (the table's {two_sided} % is the upper end of a two-sided interval)",
    "J / rho = {deer} / {rho} = {most}, so the command asks for {more_deer} other deer",
    "among the first three in at least {ranked} % ({ranked_low} to {ranked_high} %)",
    "`./run up` draws {deer_drawn} deer, of which {deer} are imported with a name",
)
"""What the worked example says in words. Each must stand in it, with figures that come out."""


@dataclass
class Herd:
    """The sample herd in a store of its own, and the commands that are run there."""

    home: Path
    printed: dict[str, str] = field(default_factory=dict)

    def make(self) -> None:
        from thumper.herd import COLLECTION
        from thumper.herd.album import SEED
        from thumper.herd.season import MOST_DEER

        folder = self.home / "media" / COLLECTION
        folder.mkdir(parents=True)
        season = {"seed": SEED, "deer": MOST_DEER, "days": 100, "zone": "UTC", "last_day": LAST_DAY}
        (folder / "season.json").write_text(json.dumps(season))
        self.manage("migrate", "-v0")
        self.manage("demo")

    def environment(self) -> dict[str, str]:
        """Nothing of the caller's settings but where programs lie."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "HOME") if name in os.environ}
        return kept | {
            "THUMPER_MODE": "embedded",
            "THUMPER_HOME": str(self.home),
            "DATABASE_URL": f"sqlite:///{self.home}/thumper.sqlite3",
            "MEDIA_ROOT": str(self.home / "media"),
            "MODEL_ROOT": str(self.home / "models"),
            "EXPORT_ROOT": str(self.home / "exports"),
            "RANCH_NAME": "Our ranch",
            "TIME_ZONE": "UTC",
            "REID_DEVICE": "cpu",
            # Which runtime is faster differs from machine to machine, and the last digits of a mask with it.
            "REID_RUNTIME": "torch",
            "DJANGO_SETTINGS_MODULE": "thumper.settings",
            "COLUMNS": "80",
        }

    def manage(self, *arguments: str) -> str:
        """What `manage.py ARGUMENTS` prints; run once, however often it is asked for."""
        command = " ".join(arguments)
        if command not in self.printed:
            done = subprocess.run(
                [sys.executable, "manage.py", *arguments],
                cwd=ROOT,
                env=self.environment(),
                capture_output=True,
                text=True,
            )
            if done.returncode:
                raise RuntimeError(f"manage.py {command} failed:\n{done.stderr}")
            self.printed[command] = done.stdout
        return self.printed[command]

    def figures(self) -> dict[str, str]:
        """The figures of SENTENCES, as they are printed."""
        whole = json.loads(self.manage("analyze_reid_performance", "--format", "json"))
        table = json.loads(
            self.manage(
                "test_reid_thresholds", "--thresholds", "0.85,0.75,0.65", "--format", "json"
            )
        )
        separability: dict[str, Any] = whole["separability"]
        spread = whole["distribution"]
        verdict = table["recommendation"]
        fpir, ranked = verdict["fpir"], verdict["ranked_review"]
        at = {row["threshold"]: row for row in table["thresholds"]}
        drawn = json.loads(next(self.home.glob("media/*/season.json")).read_text())
        return {
            "auc": f"{separability['auc']:.3f}",
            "rank_1": f"{100 * separability['rank_1']:.0f}",
            "rank_1_low": f"{100 * separability['rank_1_low']:.0f}",
            "rank_1_high": f"{100 * separability['rank_1_high']:.0f}",
            "genuine_q05": f"{spread['genuine']['q05']:.3f}",
            "impostor_q95": f"{spread['impostor']['q95']:.3f}",
            "trials": str(fpir["trials"]),
            "hits_at_65": str(at[0.65]["decoy_hits"]),
            "hits_at_85": str(at[0.85]["decoy_hits"]),
            "rho": f"{fpir['rho']:.3f}",
            "n_eff": f"{fpir['n_eff']:.1f}",
            "bound": f"{100 * (1 - 0.05 ** (1 / fpir['n_eff'])):.1f}",
            "two_sided": f"{100 * at[0.85]['fpir_high']:.1f}",
            "deer": str(fpir["deer"]),
            "deer_drawn": str(drawn["deer"]),
            "most": f"{fpir['deer'] / fpir['rho']:.0f}",
            "more_deer": str(verdict["more"]["deer"]),
            "ranked": f"{100 * ranked['hit_rate']:.0f}",
            "ranked_low": f"{100 * ranked['ci'][0]:.0f}",
            "ranked_high": f"{100 * ranked['ci'][1]:.0f}",
        }

    def pictures(self) -> dict[str, Image.Image]:
        """The pictures of docs/images, by file name."""
        scores = self.home / "scores.png"
        self.manage("plot_reid_scores", "--output", str(scores))
        with Image.open(scores) as picture:
            picture.load()
        return {"scores.png": picture, "report.png": self._report_page()}

    def _report_page(self) -> Image.Image:
        """The first page of a report, made in this process: no queue takes part."""
        import django
        import pypdfium2

        os.environ.update(self.environment())
        django.setup()
        from exports.report import collect, pdf
        from exports.requests.specs import ReportSpec

        title = f"Seasonal activity {FIRST_DAY} to {LAST_DAY}"
        spec = ReportSpec.from_json(
            {
                "report_type": "seasonal_activity",
                "periods": [{"label": title, "start": FIRST_DAY, "end": LAST_DAY}],
                "group_by": "month",
                "selection": {},
                "include_charts": True,
                "include_tables": True,
                "include_insights": True,
                "title": title,
                "notify": False,
            }
        )
        out = io.BytesIO()
        pdf.write_report(collect.summarise(spec), spec, out)
        page = pypdfium2.PdfDocument(out.getvalue())[0]
        picture: Image.Image = page.render(scale=REPORT_SCALE).to_pil()
        return picture.convert("RGB")


def examine(herd: Herd, *, write: bool) -> list[str]:
    """What the pages print and does not come out; with `write` they are renewed."""
    problems: list[str] = []
    for page in sorted(DOCS.glob("*.md")):
        before = text = page.read_text()
        for block in _BLOCK.findall(before):
            renewed, differences = held_to(block, herd.manage)
            text = text.replace(block, renewed)
            problems += [f"{page.name}: {line}" for line in differences]
        if page.name == _WHERE:
            figures = herd.figures()
            for template in SENTENCES:
                text, differences = sentence_held_to(text, template, figures)
                problems += [f"{page.name}: {line}" for line in differences]
        if write and text != before:
            page.write_text(text)
    for name, picture in herd.pictures().items():
        path = DOCS / "images" / name
        if write:
            picture.save(path, optimize=True)
            continue
        with Image.open(path) as kept:
            apart = difference(kept, picture)
        if apart > PICTURE_TOLERANCE:
            problems.append(f"images/{name}: another picture ({apart:.1f})")
    return problems


def main() -> int:
    parser = argparse.ArgumentParser(description="Run the examples of the documentation.")
    parser.add_argument("--write", action="store_true", help="renew figures and pictures")
    write = parser.parse_args().write
    sys.path.insert(0, str(ROOT))
    with tempfile.TemporaryDirectory(prefix="thumper-docs-") as folder:
        herd = Herd(Path(folder))
        herd.make()
        problems = examine(herd, write=write)
    for problem in problems:
        sys.stdout.write(f"{problem}\n")
    if write:
        missing = [problem for problem in problems if "is not printed" in problem or "does not stand" in problem]  # fmt: skip
        return int(bool(missing))
    if problems:
        sys.stdout.write("Renew them: python docs/examples.py --write\n")
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
