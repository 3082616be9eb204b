"""What the series of a look mean, one line each, in blackbox_exporter's words where it has them."""

from collections.abc import Mapping
from types import MappingProxyType

HELP: Mapping[str, str] = MappingProxyType(
    {
        "probe_directadmin_load": "Load average of the server, as DirectAdmin says",
        "probe_directadmin_service_running": "Does this service run, as DirectAdmin says",
        "probe_command_perfdata": "What a Monitoring plugin measured",
        "probe_command_perfdata_critical": "Critical threshold of what a plugin measured",
        "probe_command_perfdata_max": "Greatest value of what a plugin measured",
        "probe_command_perfdata_min": "Least value of what a plugin measured",
        "probe_command_perfdata_warning": "Warning threshold of what a plugin measured",
        "probe_ftp_duration_seconds": "Duration of the FTP conversation by phase",
        "probe_imap_duration_seconds": "Duration of the IMAP conversation by phase",
        "probe_mysql_duration_seconds": "Duration of the MySQL conversation by phase",
        "probe_pop3_duration_seconds": "Duration of the POP3 conversation by phase",
        "probe_smtp_duration_seconds": "Duration of the SMTP conversation by phase",
        "probe_ssh_duration_seconds": "Duration of the SSH conversation by phase",
        "probe_dns_additional_rrs": (
            "Returns number of entries in the additional resource record list"
        ),
        "probe_dns_answer_rrs": "Returns number of entries in the answer resource record list",
        "probe_dns_authority_rrs": (
            "Returns number of entries in the authority resource record list"
        ),
        "probe_dns_duration_seconds": "Duration of DNS request by phase",
        "probe_dns_lookup_time_seconds": "Returns the time taken for probe dns lookup in seconds",
        "probe_dns_query_succeeded": (
            "Displays whether or not the query was executed successfully"
        ),
        "probe_dns_serial": "Returns the serial number of the zone",
        "probe_dnsbl_list_working": "Does this list of bad senders pass its own test",
        "probe_dnsbl_listed": "Is the target on this list of bad senders",
        "probe_duration_seconds": "Returns how long the probe took to complete in seconds",
        "probe_expect_info": "Explicit content matched",
        "probe_failed_due_to_bytes": "Indicates if probe failed due to bytes",
        "probe_failed_due_to_regex": "Indicates if probe failed due to regex",
        "probe_http_content_length": "Length of http content response",
        "probe_http_duration_seconds": (
            "Duration of http request by phase, summed over all redirects"
        ),
        "probe_http_last_modified_timestamp_seconds": (
            "Returns the Last-Modified HTTP response header in unixtime"
        ),
        "probe_http_redirects": "The number of redirects",
        "probe_http_ssl": "Indicates if SSL was used for the final redirect",
        "probe_http_status_code": "Response HTTP status code",
        "probe_http_uncompressed_body_length": "Length of uncompressed response body",
        "probe_http_version": "Returns the version of HTTP of the probe response",
        "probe_icmp_duration_seconds": "Duration of icmp request by phase",
        "probe_icmp_reply_hop_limit": "Replied packet hop limit (TTL for ipv4)",
        "probe_ip_addr_hash": (
            "Specifies the hash of IP address. It's useful to detect if the IP address changes."
        ),
        "probe_ip_protocol": "Specifies whether probe ip protocol is IP4 or IP6",
        "probe_plesk_info": "The name of the server, as Plesk says",
        "probe_plesk_service_running": "Does this service run, as Plesk says",
        "probe_reseller_accounts": "Accounts of the reseller by state, as the panel counts them",
        "probe_reseller_sites_failing": "Sampled sites of the reseller that did not answer well",
        "probe_reseller_sites_sampled": "Sites of the reseller that were looked at",
        "probe_reseller_used_ratio": "Share of what the reseller may use that is in use",
        "probe_ssl_earliest_cert_expiry": "Returns last SSL chain expiry in unixtime",
        "probe_ssl_last_chain_expiry_timestamp_seconds": (
            "Returns last SSL chain expiry in timestamp"
        ),
        "probe_ssl_last_chain_info": "Contains SSL leaf certificate information",
        "probe_success": "Displays whether or not the probe was a success",
        "probe_tls_cipher_info": "Returns the TLS cipher negotiated during handshake",
        "probe_tls_version_info": "Returns the TLS version used or NaN when unknown",
        "probe_whm_disk_used_ratio": "Share of the room of a mount that is in use, as WHM says",
        "probe_whm_info": "The version of WHM",
        "probe_whm_inodes_used_ratio": "Share of the inodes of a mount that is in use",
        "probe_whm_load": "Load average of the server, as WHM says",
        "probe_whm_service_running": "Does this service run, as chkservd sees it",
    }
)


def help_of(family: str) -> str:
    """The words of this family; those of its name where nobody wrote any."""
    return HELP.get(family) or family.removeprefix("probe_").replace("_", " ").capitalize()
