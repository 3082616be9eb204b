"""Which panel a look may ask, and with what token; what is missing is said, never guessed."""

from probes.model import Phase, Target
from probes.panel import Panel, PanelKind
from probes.reasons import Failed


def panel_of(target: Target, kind: PanelKind) -> Panel:
    """The panel of the target's server. Raises Failed (unknown) with what to configure."""
    panel = target.panel
    if panel is None:
        reason = f"the server has no panel: write its url, user and token under `panel:` ({kind})"
        raise Failed(Phase.AUTH, reason, verdict_unknown=True)
    if panel.kind is not kind:
        reason = f"the panel of the server is {panel.kind}, this look speaks {kind}"
        raise Failed(Phase.AUTH, reason, verdict_unknown=True)
    return panel


def secret_of(panel: Panel) -> str:
    """The token, fit for a header. Raises Failed (unknown)."""
    token = panel.token.reveal()
    if not token.isascii() or not token.isprintable() or not token:
        reason = "the token of the panel has characters that no token has"
        raise Failed(Phase.AUTH, reason, verdict_unknown=True)
    return token
