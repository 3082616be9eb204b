"""A real Dovecot (IMAP, POP3) and a real Postfix (SMTP) on loopback."""

import os
import shutil
import subprocess
from pathlib import Path

from tests.real.process import Process
from tests.real.service import Service, open_folder
from tests.require import free_port, require

_DOVECOT = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = /dev/stderr
protocols = imap pop3
listen = 127.0.0.1
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail/%u
first_valid_uid = 1
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={folder}/mail/%u
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service pop3-login {{
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = {pop3s}
    ssl = yes
  }}
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
"""

_POSTFIX_MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.hosting.test
mydestination = mail.hosting.test
mynetworks = {networks}
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
smtpd_tls_security_level = may
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
maillog_file_prefixes = /tmp
maillog_file = {folder}/maillog
alias_maps =
alias_database =
local_recipient_maps =
relayhost = [127.0.0.1]:9
"""
_POSTFIX_MASTER = """
127.0.0.1:{smtp} inet n - n - - smtpd
127.0.0.1:{smtps} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
error unix - - n - - error
postlog unix-dgram n - n - 1 postlogd
"""


class Dovecot(Service):
    """Dovecot with one mailbox: `watch`, who enters with `sesame`.

    Ports: `imap` and `pop3` (plain, STARTTLS), `imaps` and `pop3s`. It does not slow down who was
    refused before: all tests come from one address, and would wait for one another's mistakes.
    """

    def __init__(self, certificate: Path, key: Path) -> None:
        require("Dovecot", present=shutil.which("dovecot") is not None)
        require("root (Dovecot's children give it up)", present=os.geteuid() == 0)
        folder = open_folder("dovecot")
        self.imap, self.imaps, self.pop3, self.pop3s = (free_port() for _ in range(4))
        ports = {name: getattr(self, name) for name in ("imap", "imaps", "pop3", "pop3s")}
        (folder / "mail").mkdir(mode=0o777)
        (folder / "mail").chmod(0o777)
        (folder / "dovecot.conf").write_text(
            _DOVECOT.format(folder=folder, certificate=certificate, key=key, **ports)
        )
        (folder / "users").write_text("watch:{PLAIN}sesame\n")
        process = Process(
            "dovecot", "-F", "-c", str(folder / "dovecot.conf"), log=folder / "dovecot.log"
        )
        super().__init__(process, folder=folder, greets=(self.imap, self.pop3))


class Postfix(Service):
    """Postfix for mail.hosting.test. Ports: `smtp` (plain, STARTTLS) and `smtps`.

    With `relays` on it takes mail from us for anybody, as an open relay does; none ever leaves.
    """

    def __init__(self, certificate: Path, key: Path, *, relays: bool = False) -> None:
        require("Postfix", present=shutil.which("postfix") is not None)
        require("root (Postfix runs as several users)", present=os.geteuid() == 0)
        folder = open_folder("postfix")
        self.smtp, self.smtps = free_port(), free_port()
        networks = "127.0.0.0/8" if relays else ""
        for name in ("queue", "data", "etc"):
            (folder / name).mkdir()
        shutil.chown(folder / "data", "postfix")
        (folder / "etc" / "main.cf").write_text(
            _POSTFIX_MAIN.format(folder=folder, certificate=certificate, key=key, networks=networks)
        )
        (folder / "etc" / "master.cf").write_text(
            _POSTFIX_MASTER.format(smtp=self.smtp, smtps=self.smtps)
        )
        _make_queue(folder / "etc")
        process = Process(
            *("/usr/lib/postfix/sbin/master", "-d", "-c", str(folder / "etc")),
            log=folder / "master.log",
        )
        super().__init__(process, folder=folder, greets=(self.smtp,))


def _make_queue(etc: Path) -> None:
    subprocess.run(
        ["postfix", "-c", str(etc), "check"],
        check=True,
        stdin=subprocess.DEVNULL,
        capture_output=True,
    )
