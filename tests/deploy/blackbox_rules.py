"""The nine rules that people share for blackbox_exporter: expression, and how long it must hold."""

from collections.abc import Mapping

_LEFT = "round((last_over_time(probe_ssl_earliest_cert_expiry[10m]) - time()) / 86400, 0.1)"

RULES: Mapping[str, tuple[str, str]] = {
    "BlackboxProbeFailed": ("probe_success == 0", "1m"),
    "BlackboxConfigurationReloadFailure": (
        "blackbox_exporter_config_last_reload_successful != 1",
        "0m",
    ),
    "BlackboxSlowProbe": ("probe_duration_seconds > 1", "1m"),
    "BlackboxProbeHttpFailure": (
        "probe_http_status_code <= 199 OR probe_http_status_code >= 400",
        "1m",
    ),
    "BlackboxSslCertificateWillExpireSoon": (f"3 <= {_LEFT} < 20", "0m"),
    "BlackboxSslCertificateWillExpireVerySoon": (f"0 <= {_LEFT} < 3", "0m"),
    "BlackboxSslCertificateExpired": (f"{_LEFT} < 0", "0m"),
    "BlackboxProbeSlowHttp": ("probe_http_duration_seconds > 1", "1m"),
    "BlackboxProbeSlowPing": ("probe_icmp_duration_seconds > 1", "1m"),
}


def rules_file(*, at_once: bool = False) -> str:
    """The rules as Prometheus reads them (JSON is YAML); `at_once`: nothing has to last."""
    rules = [
        f'{{"alert": "{name}", "expr": "{expression}", "for": "{"0m" if at_once else lasting}"}}'
        for name, (expression, lasting) in RULES.items()
    ]
    return f'{{"groups": [{{"name": "BlackboxExporter", "rules": [{", ".join(rules)}]}}]}}'
