"""Under which names the page is reached, and with which secrets."""

import hmac
import ipaddress
import secrets
import socket
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import SplitResult, urlsplit

from prosopon.errors import UsageError

_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


def is_loopback(host: str) -> bool:
    """Whether only programs on this computer can reach `host`."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Access:
    """Under which names the page is reached, and with which secrets."""

    host: str = "127.0.0.1"
    """The address to listen at."""
    port: int = 8765
    token: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    """What a visitor must know: new for each session. Empty, on loopback alone: every user of this
    computer may read and change the collection."""
    csrf: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    reconcile: bool = False
    """Other programs may match names with the collection's persons."""
    behind: str = ""
    """The https address of a proxy on this computer that others reach it by; empty: no proxy."""
    certificate: str = ""
    """File with the certificate for TLS, and those that vouch for it."""
    key: str = ""
    """File with its key."""

    def __post_init__(self) -> None:
        if self.behind:
            proxy = split_address(self.behind)
            if proxy.scheme != "https" or not proxy.hostname or proxy.path not in ("", "/"):
                raise UsageError(
                    f"--behind {self.behind}: expected the proxy's address with TLS and without a "
                    "path, such as https://photographs.example.org"
                )
            if not is_loopback(self.host) or len(self.token) < 16:
                raise UsageError(
                    "--behind: the proxy is on this computer, so leave --host at 127.0.0.1; and "
                    "give a secret of at least 16 characters with --token"
                )
        if not is_loopback(self.host) and len(self.token) < 16:
            raise UsageError(
                f"--host {self.host}: others on the network could read and change the collection; "
                "give a secret of at least 16 characters with --token"
            )
        if bool(self.certificate) != bool(self.key):
            raise UsageError("--certificate and --key belong together: give both")
        if not is_loopback(self.host) and not self.certificate:
            raise UsageError(
                f"--host {self.host}: others on the network are served over TLS only; give a "
                "certificate with --certificate and --key, or use a proxy (--behind)"
            )

    @property
    def secure(self) -> bool:
        """Whether browsers reach it over TLS."""
        return bool(self.behind or self.certificate)

    @property
    def url(self) -> str:
        """Where to point the browser."""
        if self.behind:
            return f"{self.behind.rstrip('/')}/?token={self.token}"
        host = self.host if is_loopback(self.host) else "localhost"
        shown = f"[{host}]" if ":" in host else host
        scheme = "https" if self.certificate else "http"
        return f"{scheme}://{shown}:{self.port}/" + (f"?token={self.token}" if self.token else "")

    @property
    def service(self) -> str:
        """The path of the reconciliation service, the same in each session with one token; empty
        where there is none."""
        key = hmac.new(self.token.encode(), b"reconcile", sha256).hexdigest()[:24]
        return f"/reconcile/{key}" if self.reconcile else ""

    @property
    def cookie(self) -> str:
        """Name of the cookie of those who got in."""
        return f"prosopon-{self.port}"

    def knows_host(self, host: str) -> bool:
        """Whether `host` (without port) is a name of this computer."""
        if host in _LOOPBACK_NAMES or (self.behind and host == split_address(self.behind).hostname):
            return True
        if is_loopback(self.host):
            return False
        try:
            ipaddress.ip_address(host)
        except ValueError:
            own = socket.gethostname().lower()
            return host in {self.host, own, f"{own}.local", socket.getfqdn().lower()}
        return True  # a number can't be rebound to another computer


def split_address(address: str) -> SplitResult:
    """The parts of an address; of what is none, empty ones."""
    try:
        parts = urlsplit(address)
        _ = parts.hostname
    except ValueError:
        return SplitResult("", "", "", "", "")
    return parts
