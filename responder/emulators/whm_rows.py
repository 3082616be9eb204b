"""Rows of the WHM emulator's lists: the same thing is spelled otherwise in each of them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from responder.emulators.whm_book import Account, Partition
from responder.emulators.whm_faults import WhmFaults

Row = Mapping[str, Any]


def account_row(one: Account, faults: WhmFaults) -> Row:
    """A row of `listaccts`: sizes with their unit, limits as a word."""
    limit = "unlimited" if one.disk_limit is None else f"{one.disk_limit:g}M"
    return {
        "user": one.user,
        "domain": one.domain,
        "owner": one.owner,
        "ip": one.ip,
        "plan": one.plan,
        "email": "*unknown*",
        "partition": "home",
        "diskused": faults.figure(f"{one.disk_used:g}M"),
        "disklimit": faults.no_limit(limit) if one.disk_limit is None else limit,
        "suspended": int(one.suspended),
        "suspendreason": one.suspend_reason or "not suspended",
        "suspendtime": 1793588645 if one.suspended else None,
        "is_locked": int(one.locked),
        "backup": int(one.backup),
        "outgoing_mail_suspended": int(one.mail_suspended),
        "outgoing_mail_hold": int(one.mail_held),
        "startdate": one.created.strftime("%y %b %d %H:%M"),
        "unix_startdate": int(one.created.timestamp()),
        "maxpop": "unlimited",
    }


def used_row(one: Account, faults: WhmFaults) -> Row:
    """A row of `resellerstats`: floats in MB, no limit as "0.00"."""
    return {
        "user": one.user,
        "domain": one.domain,
        "package": one.plan,
        "suspended": int(one.suspended),
        "deleted": int(one.deleted),
        "diskused": one.disk_used,
        "diskquota": faults.limit(one.disk_limit, usual="0.00"),
        "bandwidthused": f"{one.bandwidth_used:.2f}",
        "bandwidthlimit": faults.limit(one.bandwidth_limit, usual="0.00"),
    }


def partition_row(one: Partition) -> Row:
    """A row of `getdiskusage`."""
    used = one.total_kib * one.used // 100
    return {
        "mount": one.mount,
        "total": one.total_kib,
        "used": used,
        "available": one.total_kib - used,
        "percentage": one.used,
        "inodes_total": 1_000_000,
        "inodes_used": one.inodes_used * 10_000,
        "inodes_available": 1_000_000 - one.inodes_used * 10_000,
        "inodes_ipercentage": one.inodes_used,
    }


def vhost_row(one: Account) -> Row:
    """A row of `fetch_ssl_vhosts`; KeyError without a certificate."""
    certificate = one.certificate
    if certificate is None:
        raise KeyError(one.domain)
    names = list(certificate.names or (one.domain, f"www.{one.domain}"))
    return {
        "user": one.user,
        "servername": one.domain,
        "type": "main",
        "domains": [one.domain, f"www.{one.domain}", f"mail.{one.domain}"],
        "crt": {
            "not_after": int(certificate.not_after.timestamp()),
            "domains": names,
            "issuer.organizationName": certificate.issuer,
        },
    }


def iso(point: datetime) -> str:
    """A time as the backup functions write it."""
    return point.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
