"""Whatever JSON a panel says, is it read, or refused in our own words?"""

import json
from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from probes import directadmin, reseller_panel, units, whm_shapes
from probes.directadmin_client import fields
from probes.panel_line import Reply
from probes.panel_trouble import PanelTrouble
from probes.plesk_client import answer
from probes.whm_client import Read, payload

_NAMES = st.sampled_from(
    [
        *("metadata", "result", "data", "reason", "status", "error", "cpanelresult", "statusmsg"),
        *("acct", "user", "domain", "ip", "service", "name", "partition", "mount", "percentage"),
        *("vhosts", "crt", "not_after", "domains", "servername", "backup_set", "when"),
        *("reseller", "diskused", "diskquota", "limit", "active", "one", "five", "fifteen"),
        *("backup_config", "tokens", "expires_at", "version", "public_ip", "services"),
    ]
)
_LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
)
_TEXTS = st.sampled_from(
    ["", "unlimited", "0.00", "*unknown*", "300M", "192.0.2.1", "a.example", "2026-11-20", "x"]
)
JSON = st.recursive(
    _LEAVES | _TEXTS | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_NAMES, inner, max_size=6),
    max_leaves=25,
)
_READERS = (
    whm_shapes.load,
    whm_shapes.services,
    whm_shapes.partitions,
    whm_shapes.backup_config,
    whm_shapes.tokens,
    reseller_panel._stats,
    reseller_panel._counts,
    reseller_panel._addresses,
    reseller_panel._certificates,
    reseller_panel._newest,
    reseller_panel._stopped,
)


@settings(max_examples=300, deadline=None)
@given(JSON, st.sampled_from([*Read]))
def test_any_json_is_an_answer_or_a_trouble(said: Any, function: Read) -> None:
    with suppress(PanelTrouble):
        assert isinstance(payload(function, Reply(200, "", json.dumps(said).encode())), dict)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(_NAMES, JSON, max_size=8))
def test_any_data_is_read_or_refused(data: dict[str, Any]) -> None:
    for reader in _READERS:
        with suppress(PanelTrouble):
            reader(data)
    for row in data.values():
        rows = row if isinstance(row, list) else [row]
        assert all(one.user for one in whm_shapes.accounts(rows))
    assert list(directadmin.services(data)) is not None


@settings(max_examples=200, deadline=None)
@given(JSON)
def test_any_value_has_a_size_a_limit_and_a_time_or_none(told: Any) -> None:
    for reader in (units.number, units.count, units.megabytes, units.limit, units.moment):
        reader(told)
    assert units.share(units.megabytes(told), units.limit(told)) is not None


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    reply = Reply(200, "text/html", body)
    for reader in (lambda: payload(Read.VERSION, reply), lambda: answer(reply)):
        with suppress(PanelTrouble):
            reader()
    with suppress(PanelTrouble):
        fields("/CMD_API_SYSTEM_INFO", reply)
