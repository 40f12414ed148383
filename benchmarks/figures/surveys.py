"""Estimates of a survey: 50 deer, 30 cameras, 60 occasions, in seconds, with true names and with the errors of an audit counted in.

The spatial fit has the limit; the honest number of a closed model is fifty estimates, that of the density twenty fits. The whole is what
a survey's page waits for: every estimator of every class, with the audit.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from benchmarks._environment import arguments, table, temporary_installation

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT = 60.0
"""Seconds of a spatial fit."""
DEER, SIDE, OCCASIONS = 50, (6, 5), 60


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def whole(occasions: int) -> float:
    """Seconds of all figures of an audited survey, an occasion a day."""
    with temporary_installation():
        from analysis.surveys.audit.error_rates import Often, Once, error_rates
        from analysis.surveys.estimating.estimates import Audited, estimate
        from analysis.surveys.estimating.tests.herds import herd, judged_by_name

        material = herd(DEER, SIDE, occasions, ghosts=0.05, unnamed=0.1)
        judged = judged_by_name(material, 1, 75)
        rates = error_rates(Once(75, 60), Often(75, 20, 75))
        return seconds(lambda: estimate(material, 1, Audited(judged, rates)))


def main() -> int:
    options = arguments(__doc__)
    import numpy as np

    from analysis.population import closed
    from analysis.population.histories import SpatialHistory
    from analysis.population.identification_errors import honest
    from analysis.population.profiles import Model
    from analysis.population.spatial.fit import fit
    from analysis.population.spatial.state_space import distances
    from analysis.population.tests.surveyed_herds import audited, imputed, named

    generator = np.random.default_rng(16)
    occasions = 20 if options.quick else OCCASIONS
    axes = [np.arange(count) * 400.0 for count in SIDE]
    places = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2)
    centres = generator.uniform(-300, places.max(axis=0) + 300, (DEER, 2))
    chances = 0.15 * np.exp(-(distances(centres, places) ** 2) / (2 * 300.0**2))
    # Every camera stands still for a tenth of its time, so that no two occasions have the same effort.
    effort = generator.random((occasions, len(places))) < 0.9
    seen = (generator.random((DEER, occasions, len(places))) < chances[:, None, :]) & effort
    captures = seen[seen.any(axis=(1, 2))].astype(np.int64)
    history = SpatialHistory(captures, places, effort.astype(np.float64))
    plain = history.without_space()
    shows = named(generator, plain.seen, 0.05, 0.02)
    judged = audited(generator, shows, 150)

    def joined(model: Model) -> object:
        histories = imputed(list(shows), judged, occasions, generator)
        return honest(histories, lambda one: closed.estimate(one, model))

    spatial = seconds(lambda: fit(history))
    rows = [
        (f"spatial fit, s (limit {LIMIT:.0f})", f"{spatial:.1f}"),
        ("M0, Mt, Mb and Mh, s", f"{seconds(lambda: closed.all_models(plain)):.2f}"),
        ("M0 with errors of names, s", f"{seconds(lambda: joined(Model.M0)):.2f}"),
        ("Mh with errors of names, s", f"{seconds(lambda: joined(Model.MH)):.1f}"),
        ("all of a survey and its audit, s", f"{whole(occasions):.1f}"),
    ]
    table(f"survey of {len(captures)} deer at {len(places)} cameras on {occasions} occasions", rows)
    return int(options.check and spatial > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
