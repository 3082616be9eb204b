"""The functions of the WHM emulator: what the book says, in WHM's own fields and spellings."""

from collections.abc import Callable, Mapping
from typing import Any

from responder.emulators.whm_book import Account, WhmBook
from responder.emulators.whm_faults import WhmFaults
from responder.emulators.whm_rows import account_row, iso, partition_row, used_row, vhost_row

Query = Mapping[str, str]
Data = Mapping[str, Any]


class Refused(Exception):
    """`metadata.result` 0 with this reason."""


class WhmAnswers:
    """`data` of each function; `caller` is root or a reseller, who sees his own accounts only."""

    def __init__(self, book: WhmBook, faults: WhmFaults) -> None:
        self.book = book
        self._faults = faults

    def data(self, function: str, query: Query, caller: str) -> Data:
        """Raises Refused."""
        known = getattr(self, f"_{function}", None)
        if known is None:
            raise Refused(f'Unknown app ("{function}") requested for this version (1) of the API.')
        answer: Callable[[Query, str], Data] = known
        try:
            return answer(query, caller)
        except KeyError as error:
            raise Refused(f"{error.args[0]} does not exist on this server.") from None

    def _version(self, _query: Query, _caller: str) -> Data:
        return {"version": self.book.version}

    def _gethostname(self, _query: Query, _caller: str) -> Data:
        return {"hostname": self.book.hostname}

    def _systemloadavg(self, _query: Query, _caller: str) -> Data:
        names = ("one", "five", "fifteen")
        return {name: f"{value:.2f}" for name, value in zip(names, self.book.load, strict=True)}

    def _servicestatus(self, query: Query, _caller: str) -> Data:
        wanted = query.get("service", "")
        rows = [
            {
                "name": one.name,
                "display_name": one.name.upper(),
                "enabled": int(one.enabled),
                "installed": int(one.installed),
                "monitored": int(one.monitored),
                "running": int(one.running),
            }
            for one in self.book.services
            if wanted in ("", one.name)
        ]
        return {"service": rows}

    def _getdiskusage(self, _query: Query, _caller: str) -> Data:
        return {"partition": [partition_row(one) for one in self.book.partitions]}

    def _get_disk_usage(self, _query: Query, caller: str) -> Data:
        rows = [
            {
                "user": one.user,
                "blocks_used": int(one.disk_used * 1024),
                "blocks_limit": self._faults.limit(one.disk_limit, usual=None, times=1024),
                "inodes_used": 1000,
                "inodes_limit": self._faults.no_limit(None),
            }
            for one in self._seen(caller)
        ]
        return {"accounts": rows}

    def _listaccts(self, query: Query, caller: str) -> Data:
        kind, wanted = query.get("searchtype", "domain"), query.get("search", "")
        found = [one for one in self._seen(caller) if not wanted or getattr(one, kind) == wanted]
        return {"acct": [account_row(one, self._faults) for one in _page(found, query)]}

    def _accountsummary(self, query: Query, caller: str) -> Data:
        return {"acct": [account_row(self.book.account(query.get("user", caller)), self._faults)]}

    def _listsuspended(self, _query: Query, caller: str) -> Data:
        rows = [
            {
                "user": one.user,
                "owner": one.owner,
                "reason": one.suspend_reason,
                "time": "Mon Nov  2 03:04:05 2026",
                "unixtime": 1793588645,
                "is_locked": int(one.locked),
            }
            for one in self._seen(caller)
            if one.suspended
        ]
        return {"account": rows}

    def _listlockedaccounts(self, _query: Query, caller: str) -> Data:
        return {"account": [one.user for one in self._seen(caller) if one.locked]}

    def _listresellers(self, _query: Query, _caller: str) -> Data:
        return {"reseller": [one.user for one in self.book.resellers]}

    def _acctcounts(self, query: Query, caller: str) -> Data:
        user = query.get("user", caller)
        reseller = self.book.reseller(user)
        owned = [one for one in self._owned(user) if not one.deleted]
        return {
            "reseller": {
                "user": user,
                "active": str(sum(not one.suspended for one in owned)),
                "suspended": sum(one.suspended for one in owned),
                "limit": self._faults.limit(reseller.account_limit, usual=None),
            }
        }

    def _resellerstats(self, query: Query, caller: str) -> Data:
        """His own account is in the list, and in his figures only where he owns it himself."""
        user = query.get("user", caller)
        reseller = self.book.reseller(user)
        owned = self._owned(user)
        own = [one for one in self.book.accounts if one.user == user and one not in owned]
        spared = query.get("filter_deleted") == "1"
        rows = [one for one in (*own, *owned) if not (spared and one.deleted)]
        return {
            "reseller": {
                "user": user,
                "month": query.get("month", "11"),
                "year": query.get("year", "2026"),
                "diskquota": self._faults.limit(reseller.disk_limit, usual=0),
                "diskused": self._faults.figure(sum(one.disk_used for one in owned)),
                "totaldiskalloc": f"{sum(one.disk_limit or 0 for one in owned):.2f}",
                "bandwidthlimit": self._faults.limit(reseller.bandwidth_limit, usual=0),
                "totalbwused": self._faults.figure(
                    f"{sum(one.bandwidth_used for one in owned):.2f}"
                ),
                "totalbwalloc": f"{sum(one.bandwidth_limit or 0 for one in owned):.2f}",
                "diskoverselling": int(reseller.overselling),
                "bwoverselling": int(reseller.overselling),
                "acct": [used_row(one, self._faults) for one in rows],
            }
        }

    def _showbw(self, _query: Query, caller: str) -> Data:
        rows = [
            {
                "acct": one.user,
                "maindomain": one.domain,
                "owner": one.owner,
                "reseller": int(any(one.user == other.user for other in self.book.resellers)),
                "deleted": int(one.deleted),
                "totalbytes": int(one.bandwidth_used * 2**20),
                "limit": self._faults.limit(
                    one.bandwidth_limit, usual=999999999999990, times=2**20
                ),
                "bwusage": [
                    {"domain": one.domain, "usage": int(one.bandwidth_used * 2**20), "deleted": 0}
                ],
            }
            for one in self.book.accounts
            if caller in ("root", one.owner)
        ]
        return {"acct": rows, "totalused": sum(int(str(row["totalbytes"])) for row in rows)}

    def _getresellerips(self, query: Query, caller: str) -> Data:
        delegated = self.book.reseller(query.get("user", caller)).ips
        if delegated:
            return {"ip": list(delegated)}
        return {"all": 1, "ip": [one.ip for one in self.book.ips]}

    def _listips(self, _query: Query, _caller: str) -> Data:
        rows = [
            {
                "ip": one.ip,
                "public_ip": one.public or one.ip,
                "dedicated": int(one.dedicated),
                "mainaddr": int(one.main),
                "active": 1,
                "used": 1,
                "removable": int(not one.main),
                "if": "eth0",
            }
            for one in self.book.ips
        ]
        return {"ip": rows}

    def _fetch_ssl_vhosts(self, _query: Query, caller: str) -> Data:
        return {"vhosts": [vhost_row(one) for one in self._seen(caller) if one.certificate]}

    def _backup_config_get(self, _query: Query, _caller: str) -> Data:
        backups = self.book.backups
        return {
            "backup_config": {
                "backupenable": int(backups.enabled),
                "backup_daily_enable": int(backups.daily),
                "backup_weekly_enable": int(backups.weekly),
                "backup_monthly_enable": int(backups.monthly),
                "backupdays": "0,1,2,3,4,5,6",
                "backup_daily_retention": 5,
            }
        }

    def _backup_set_list_combined(self, _query: Query, caller: str) -> Data:
        held = {
            one.user: [{"when": iso(point), "where": "local"} for point in one.restore_points]
            for one in self._seen(caller)
            if one.restore_points
        }
        legend = {"local": {"name": "This server", "type": "Local"}}
        return {"backup_set": held, "destination_legend": legend}

    def _backup_date_list(self, _query: Query, caller: str) -> Data:
        points = {iso(point) for one in self._seen(caller) for point in one.restore_points}
        return {"backup_set": sorted(points)}

    def _backup_user_list(self, query: Query, caller: str) -> Data:
        wanted = query.get("restore_point", "")
        return {
            "user": [
                {"user": one.user, "status": "active"}
                for one in self._seen(caller)
                if any(iso(point).startswith(wanted) for point in one.restore_points)
            ]
        }

    def _get_nameserver_config(self, _query: Query, _caller: str) -> Data:
        return {"nameservers": list(self.book.name_servers)}

    def _lookupnsip(self, query: Query, _caller: str) -> Data:
        if query.get("host") not in self.book.name_servers:
            raise Refused("That name server is not known here.")
        return {"ip": next(one.ip for one in self.book.ips if one.main)}

    def _api_token_list(self, _query: Query, caller: str) -> Data:
        return {
            "tokens": {
                one.name: {
                    "name": one.name,
                    "acls": {"all": 1},
                    "create_time": 1704067200,
                    "expires_at": int(one.expires.timestamp()) if one.expires else None,
                    "whitelist_ips": None,
                }
                for one in self.book.tokens
                if one.user == caller
            }
        }

    def _restartservice(self, query: Query, _caller: str) -> Data:
        self.book.restart(query.get("service", ""))
        return {"service": query["service"]}

    def _reboot(self, query: Query, caller: str) -> Data:
        if caller != "root":
            raise Refused("Permission denied: only root may reboot.")
        self.book.done.append(("reboot", query.get("force", "0")))
        return {}

    def _suspendacct(self, query: Query, _caller: str) -> Data:
        self.book.suspend(query.get("user", ""), query.get("reason", ""), suspended=True)
        return {}

    def _unsuspendacct(self, query: Query, _caller: str) -> Data:
        self.book.suspend(query.get("user", ""), "", suspended=False)
        return {}

    def _seen(self, caller: str) -> list[Account]:
        return [
            one
            for one in self.book.accounts
            if not one.deleted and caller in ("root", one.owner, one.user)
        ]

    def _owned(self, user: str) -> list[Account]:
        return [one for one in self.book.accounts if one.owner == user]


def _page(found: list[Account], query: Query) -> list[Account]:
    if query.get("api.chunk.enable") != "1":
        return found
    start, size = int(query.get("api.chunk.start", "1")), int(query.get("api.chunk.size", "20"))
    return found[start - 1 : start - 1 + size]
