"""A page of metrics as Prometheus reads it: which series there are, and their labels."""

from collections.abc import Iterable, Mapping

from prometheus_client.parser import text_string_to_metric_families

from tests.deploy.promql import Use

# What Prometheus itself adds to every series that it takes from us, and what it makes itself.
TARGET = frozenset({"job", "instance"})
OWN = {"up": TARGET}


def labels_of(page: str) -> Mapping[str, frozenset[str]]:
    """Every series on the page by its name, with the labels that it can be asked for."""
    told: dict[str, frozenset[str]] = dict(OWN)
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            told[sample.name] = told.get(sample.name, TARGET) | set(sample.labels)
    return told


def strangers(uses: Iterable[Use], known: Mapping[str, frozenset[str]]) -> list[str]:
    """What is asked for and does not exist: metrics, and labels of metrics."""
    found = []
    for use in uses:
        if use.metric not in known:
            found.append(use.metric)
        else:
            found += [f"{use.metric}{{{label}}}" for label in use.labels - known[use.metric]]
    return sorted(set(found))
