"""What the probes look at while they are measured, and the peer that looks at the same."""

import os
import subprocess
import time
import urllib.parse
import urllib.request
from pathlib import Path

from benchmarks.machine import Program, free_port, wait_for

# A new connection each time on both sides, and no TLS session that anybody could resume.
_NGINX = """
{user}worker_processes 1; worker_rlimit_nofile 16384; daemon off;
pid nginx.pid; error_log error.log crit;
events {{ worker_connections 8192; multi_accept on; }}
http {{
  access_log off; keepalive_timeout 0; server_tokens off; default_type text/plain;
  client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3; uwsgi_temp_path t4;
  scgi_temp_path t5; ssl_session_cache off; ssl_session_tickets off; ssl_protocols TLSv1.2 TLSv1.3;
  server {{ {plain} location / {{ return 200 "ok\\n"; }}
    location /much {{ gzip on; gzip_min_length 1; gzip_types text/plain; return 200 "{much}"; }} }}
  server {{ listen 127.0.0.1:{rsa} ssl backlog=8192; ssl_certificate rsa.pem;
    ssl_certificate_key rsa.key; location / {{ return 200 "ok\\n"; }} }}
  server {{ listen 127.0.0.1:{ec} ssl backlog=8192; ssl_certificate ec.pem;
    ssl_certificate_key ec.key; location / {{ return 200 "ok\\n"; }} }}
}}
"""
MODULES = """
modules:
  http_2xx: {prober: http, timeout: 5s, http: {preferred_ip_protocol: ip4}}
  http_much:
    prober: http
    timeout: 5s
    http:
      preferred_ip_protocol: ip4
      compression: gzip
      valid_status_codes: [200, 204]
      headers: {Accept-Encoding: gzip, Accept-Language: en}
      fail_if_header_not_matches: [{header: Content-Type, regexp: "^text/"}]
      fail_if_body_not_matches_regexp: ["works.*works"]
      fail_if_body_matches_regexp: ["(?i)database error"]
  https_rsa:
    {prober: http, timeout: 5s, http: {preferred_ip_protocol: ip4, tls_config: {ca_file: rsa.pem}}}
  https_ec:
    {prober: http, timeout: 5s, http: {preferred_ip_protocol: ip4, tls_config: {ca_file: ec.pem}}}
  tcp: {prober: tcp, timeout: 5s, tcp: {preferred_ip_protocol: ip4}}
  icmp: {prober: icmp, timeout: 2s, icmp: {preferred_ip_protocol: ip4}}
  dns:
    prober: dns
    timeout: 2s
    dns:
      {preferred_ip_protocol: ip4, transport_protocol: udp, query_name: h1.test, query_type: A}
"""
_PACED = """
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
- job_name: paced
  metrics_path: /probe
  params: {{module: [http_2xx]}}
  static_configs: [{{targets: [{targets}]}}]
  relabel_configs:
  - {{source_labels: [__address__], target_label: __param_target}}
  - {{source_labels: [__param_target], target_label: instance}}
  - {{target_label: __address__, replacement: '{peer}'}}
"""
_LIKE_PROMETHEUS = {
    "Accept": "application/openmetrics-text;version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
    "User-Agent": "Prometheus/2.42.0",
    "X-Prometheus-Scrape-Timeout-Seconds": "5",
    "Accept-Encoding": "gzip",
}
ADDRESSES = 8  # 127.0.0.1 is the peer's; a TCP look closes first, and ports to one address run out
KEYS = {"rsa": ["rsa:2048"], "ec": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]}


class Shown:
    """nginx, dnsmasq and blackbox_exporter in one folder; `end` them all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.web, self.rsa, self.ec, self.dns, self._peer = (free_port() for _ in range(5))
        for name, kind in KEYS.items():
            _certificate(folder, name, kind)
        (folder / "blackbox.yml").write_text(MODULES)
        self._running = [self._nginx(), self._dnsmasq()]
        self.peer = self._blackbox()
        self._running.append(self.peer)
        wait_for(f"http://127.0.0.1:{self.web}/")

    def end(self) -> None:
        for program in reversed(self._running):
            program.end()

    def addresses(self, module: str) -> list[str]:
        """The peer's target first, then ours: the same servers, at addresses of their own."""
        hosts = [f"127.0.0.{number + 1}" for number in range(ADDRESSES)]
        match module:
            case "http_much":
                return [f"http://{host}:{self.web}/much" for host in hosts]
            case "http_2xx":
                return [f"http://{host}:{self.web}/" for host in hosts]
            case "tcp":
                return [f"{host}:{self.web}" for host in hosts]
            case "icmp":
                return hosts
            case "dns":
                return [f"127.0.0.1:{self.dns}"] * 2
            case _:
                port = self.rsa if module == "https_rsa" else self.ec
                return [f"https://127.0.0.1:{port}/"] * 2

    def peer_alone(self, module: str, *, seconds: float) -> float:
        """Microseconds of CPU of blackbox_exporter for one probe, 50 at a time."""
        query = urllib.parse.urlencode({"module": module, "target": self.addresses(module)[0]})
        url = f"http://127.0.0.1:{self._peer}/probe?{query}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            if "\nprobe_success 1\n" not in answer.read().decode():
                raise RuntimeError(
                    f"blackbox_exporter cannot look at {url}: a failing probe is cheap"
                )
        before = self.peer.cpu_seconds()
        heads = [part for one in _LIKE_PROMETHEUS.items() for part in ("-H", ": ".join(one))]
        argv = ["wrk", "-t1", "-c50", f"-d{seconds:g}s", "--timeout", "10s", *heads, url]
        out = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
        count = int(out.split(" requests in")[0].rsplit(None, 1)[-1])
        return 1e6 * (self.peer.cpu_seconds() - before) / count

    def peer_paced(self, *, rate: int, warm: float, seconds: float) -> tuple[float, float]:
        """The same while a real Prometheus paces it, and what Prometheus itself takes of it."""
        port = free_port()
        targets = ", ".join(f"'http://127.0.0.1:{self.web}/?{one}'" for one in range(rate))
        told = _PACED.format(targets=targets, peer=f"127.0.0.1:{self._peer}")
        (self.folder / "prometheus.yml").write_text(told)
        argv = [
            "prometheus",
            "--config.file=prometheus.yml",
            f"--storage.tsdb.path=tsdb{port}",
            f"--web.listen-address=127.0.0.1:{port}",
        ]
        prometheus = Program(argv, log=self.folder / "log", cwd=self.folder)
        try:
            wait_for(f"http://127.0.0.1:{port}/-/ready")
            return self._paced(prometheus, rate=rate, warm=warm, seconds=seconds)
        finally:
            prometheus.end()

    def _paced(
        self, prometheus: Program, *, rate: int, warm: float, seconds: float
    ) -> tuple[float, float]:
        time.sleep(warm)
        before = self.peer.cpu_seconds(), prometheus.cpu_seconds()
        time.sleep(seconds)
        probes = rate * seconds / 1e6
        return (
            (self.peer.cpu_seconds() - before[0]) / probes,
            (prometheus.cpu_seconds() - before[1]) / probes,
        )

    def _nginx(self) -> Program:
        plain = " ".join(
            f"listen 127.0.0.{number + 1}:{self.web} backlog=8192;" for number in range(ADDRESSES)
        )
        user = "user root; " if os.geteuid() == 0 else ""
        told = _NGINX.format(
            user=user, plain=plain, much="It works. " * 100, rsa=self.rsa, ec=self.ec
        )
        (self.folder / "nginx.conf").write_text(told)
        argv = ["nginx", "-p", str(self.folder), "-c", "nginx.conf", "-e", "error.log"]
        return Program(argv, log=self.folder / "log", cwd=self.folder)

    def _dnsmasq(self) -> Program:
        argv = ["dnsmasq", "--no-daemon", f"--port={self.dns}", "--listen-address=127.0.0.1",
                "--bind-interfaces", "--no-resolv", "--no-hosts", "--cache-size=0",
                "--address=/test/127.0.0.1", "--conf-file=/dev/null"]  # fmt: skip
        return Program(argv, log=self.folder / "log", cwd=self.folder)

    def _blackbox(self) -> Program:
        argv = ["prometheus-blackbox-exporter", "--config.file=blackbox.yml",
                f"--web.listen-address=127.0.0.1:{self._peer}", "--log.level=error"]  # fmt: skip
        program = Program(argv, log=self.folder / "log", cwd=self.folder)
        wait_for(f"http://127.0.0.1:{self._peer}/-/healthy")
        return program


def _certificate(folder: Path, name: str, kind: list[str]) -> None:
    """90 days, signed by itself and so its own authority."""
    argv = ["openssl", "req", "-x509", "-newkey", *kind, "-nodes", "-days", "90",
            "-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", "/CN=localhost",
            "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]  # fmt: skip
    subprocess.run(argv, cwd=folder, capture_output=True, check=True)
