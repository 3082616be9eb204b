"""A real nginx: plain and over TLS, with virtual hosts, redirects, a password, a dead back end."""

import os
import shutil
import socket
import time
from pathlib import Path

from typing_extensions import override

from tests.certificates import Leaf
from tests.real.process import Process
from tests.real.service import Service, open_folder
from tests.require import free_port, require

_CONFIG = """\
daemon off;
master_process off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off;
  types {{ text/plain txt; }}
  default_type text/plain;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} default_server;
    listen [::1]:{port} default_server;
    root {folder}/www;
    location = /well {{ return 200 "All is well here.\\n"; }}
    location = /old {{ return 301 /page.txt; }}
    location = /secure {{ return 302 https://localhost:{tls}/; }}
    location = /private {{ auth_basic "staff"; auth_basic_user_file {folder}/users; }}
    location = /hang-up {{ return 444; }}
    location = /gone {{ return 410; }}
    location = /dead {{ proxy_pass http://127.0.0.1:9; }}
    location = /packed.txt {{ gzip on; gzip_min_length 1; }}
  }}
  server {{
    listen 127.0.0.1:{port};
    server_name shop.example.com;
    return 200 "The shop is open.\\n";
  }}
  server {{
    listen 127.0.0.1:{tls} ssl default_server;
    server_name localhost;
    ssl_certificate {good.certificate_file};
    ssl_certificate_key {good.key_file};
    return 200 "All is well here.\\n";
  }}
  server {{
    listen 127.0.0.1:{tls} ssl;
    server_name four.test;
    ssl_certificate {expired.certificate_file};
    ssl_certificate_key {expired.key_file};
    return 200 "Too late.\\n";
  }}
  server {{
    listen 127.0.0.1:{http2} ssl http2;
    ssl_certificate {good.certificate_file};
    ssl_certificate_key {good.key_file};
    return 200 "All is well here.\\n";
  }}
}}
"""


class Nginx(Service):
    """Ready once its plain port takes connections; over TLS `four.test` shows an expired leaf."""

    def __init__(self, good: Leaf, expired: Leaf) -> None:
        program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
        require("nginx", present=program is not None)
        folder = open_folder("nginx")
        self.port, self.tls, self.http2 = free_port(), free_port(), free_port()
        _fill(folder)
        (folder / "nginx.conf").write_text(
            _CONFIG.format(
                folder=folder, port=self.port, tls=self.tls, http2=self.http2,
                good=good, expired=expired,
            )
        )  # fmt: skip
        process = Process(
            str(program), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log"),
            log=folder / "nginx.log",
        )  # fmt: skip
        super().__init__(process, folder=folder, greets=())

    @override
    def start(self) -> None:
        super().start()
        deadline = time.monotonic() + 60
        while not _takes(self.port):
            if (words := self.process.died()) is not None or time.monotonic() > deadline:
                raise RuntimeError(f"nginx did not start: {words}")
            time.sleep(0.02)


def _fill(folder: Path) -> None:
    (folder / "www").mkdir()
    (folder / "www" / "page.txt").write_text("All is well here.\n")
    (folder / "www" / "packed.txt").write_text("All is well here.\n" * 100)
    (folder / "www" / "private").write_text("You may read this.\n")
    (folder / "users").write_text("watch:{PLAIN}sesame\n")


def _takes(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0
