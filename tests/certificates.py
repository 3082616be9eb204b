"""A certificate that nobody signed, as a fresh mail server or panel shows it."""

import shutil
import ssl
import subprocess
from pathlib import Path

from tests.require import require


def self_signed(folder: Path) -> ssl.SSLContext:
    """The server's side of TLS with a new self-signed certificate for `localhost`."""
    openssl = shutil.which("openssl")
    require("openssl", present=openssl is not None)
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        [
            *(str(openssl), "req", "-x509", "-newkey", "ec", "-pkeyopt"),
            *("ec_paramgen_curve:prime256v1", "-nodes", "-days", "1", "-subj", "/CN=localhost"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return context
