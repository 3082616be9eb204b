"""Benchmarks: what the daemon costs, each figure beside a peer or a floor of the same run."""
