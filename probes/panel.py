"""How to speak to the control panel of one server."""

from dataclasses import dataclass
from enum import StrEnum

from probes.credentials import Secret


class PanelKind(StrEnum):
    """The panels that we can speak to."""

    WHM = "whm"
    PLESK = "plesk"
    DIRECTADMIN = "directadmin"


@dataclass(frozen=True, slots=True)
class Panel:
    """`url` is the base without a path (https://web1:2087). `fingerprint` (SHA-256 of the leaf,
    lower-case hex) pins a self-signed certificate; empty = verify as usual, `ca_file` names another
    root.
    """

    kind: PanelKind
    url: str
    user: str
    token: Secret
    fingerprint: str = ""
    ca_file: str = ""
