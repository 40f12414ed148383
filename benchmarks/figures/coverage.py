"""Coverage of the intervals of surveys: simulated herds, named with errors, audited and estimated, with how often each interval held the truth.

`--write` puts the rows into docs/surveys.md, in the place of earlier ones of the same scenarios. THUMPER_HERDS is the number of herds a scenario
(500), THUMPER_MODELS the models (all, with commas between them). Hours with all of them.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

from benchmarks._environment import ROOT, arguments

if TYPE_CHECKING:
    from analysis.population.tests.campaign import Row, Scenario

PAGE: Final = ROOT / "docs" / "surveys.md"
HEADING: Final = (
    "| model | deer | missed | judged | herds | honest | true names | naive | bias | naive bias | width | true names |",
    "|---|---|---|---|---|---|---|---|---|---|---|---|",
)
HERDS: Final = 500
QUICK: Final = 10


def key_of(scenario: Scenario) -> str:
    """The first cells of the scenario's row."""
    missed = f"{100 * scenario.missed:.0f} %" if scenario.missed else "none"
    judged = str(scenario.judgements) if scenario.animals > 20 else "all"
    return f"| {scenario.model} | {scenario.animals} | {missed} | {judged} |"


def line(row: Row) -> str:
    """The row of the table; `width` is the upper end of an interval by its lower end."""
    answered = "" if row.answered == row.herds else f" ({row.answered} with a number)"
    shares = " | ".join(f"{100 * value:.0f} %" for value in (row.covered, row.true, row.naive))
    biases = " | ".join(f"{100 * value:+.0f} %" for value in (row.bias, row.naive_bias))
    widths = " | ".join(
        "open" if value == float("inf") else f"{value:.2f}" for value in (row.width, row.true_width)
    )
    return f"{key_of(row.scenario)} {row.herds}{answered} | {shares} | {biases} | {widths} |"


def write(lines: dict[str, str], order: list[str]) -> None:
    """Put rows by their first cells into the page's table."""
    before, table, after = parts()
    kept = {key: item for item in table for key in order if item.startswith(key)} | lines
    rows = [kept[key] for key in order if key in kept]
    PAGE.write_text("\n".join([*before, *HEADING, *rows, *after]) + "\n")


def parts() -> tuple[list[str], list[str], list[str]]:
    """Lines of the page before the table, its rows, and what follows."""
    text = PAGE.read_text().splitlines()
    start = text.index(HEADING[0])
    end = next(
        (place for place in range(start, len(text)) if not text[place].startswith("|")), len(text)
    )
    return text[:start], text[start + len(HEADING) : end], text[end:]


def main() -> int:
    options = arguments(__doc__, write="put the rows into docs/surveys.md")
    from analysis.population.tests.campaign import MODELS, row, scenarios, wanting

    models = os.environ.get("THUMPER_MODELS", ",".join(MODELS)).split(",")
    herds = int(os.environ.get("THUMPER_HERDS", QUICK if options.quick else HERDS))
    order = [key_of(item) for item in scenarios(*MODELS)]
    rows = []
    print("\n".join(HEADING))
    for scenario in scenarios(*models):
        rows.append(row(scenario, herds))
        print(line(rows[-1]), flush=True)
        if options.write:
            write({key_of(scenario): line(rows[-1])}, order)
    low = wanting(rows)
    for item in low:
        print(f"covers too seldom: {key_of(item.scenario)}", file=sys.stderr)
    return int(options.check and bool(low))


if __name__ == "__main__":
    sys.exit(main())
