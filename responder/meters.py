"""Makes the families of metrics, all in one registry."""

from prometheus_client import CollectorRegistry, Counter, Gauge


class Maker:
    """A family by its name, its meaning, and the names of its labels."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(name, meaning, labels, registry=self._registry)

    def gauge(self, name: str, meaning: str, *labels: str) -> Gauge:
        return Gauge(name, meaning, labels, registry=self._registry)
