"""How a request gets to its host: straight, or through a proxy."""

from probes.http_answer import Answer
from probes.http_exchange import Exchange, Seal
from probes.http_proxy import Proxies
from probes.http_request import Request
from probes.net import bracketed
from probes.sight import Sight


def way(
    request: Request,
    host: str,
    answer: Answer,
    sight: Sight,
    seal: Seal | None,
    proxies: Proxies,
    more: str = "",
) -> tuple[Exchange, str, int]:
    """An exchange for this request, and the host and port to which it must be connected.

    `host` is the address that was resolved for the request's URL; a proxy is told it, so that it
    is the one that we judge. `more` are further header lines.
    """
    url = request.url
    proxy = proxies.of_url(url)
    if proxy is None:
        return Exchange(request.written(more=more), answer, sight, seal), host, url.port
    told = proxies.told(proxy)
    place = f"{bracketed(host)}:{url.port}"
    if seal is None:
        where = url.authority if host == url.host else place
        written = request.written(whole=f"http://{where}{url.path}", more=more + told)
        return Exchange(written, answer, sight), proxy.host, proxy.port
    preface = f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n{told}\r\n".encode()
    through = Seal(seal.context, seal.server_name, preface)
    exchange = Exchange(request.written(more=more), answer, sight, through)
    return exchange, proxy.host, proxy.port
