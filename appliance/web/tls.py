"""The certificate of the pages: the administrator's own, or one that the box makes for itself. Blocking."""

import os
import ssl
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from cryptography.x509 import Certificate, GeneralName

SELF_SIGNED: Final = "tls/self-signed.pem"
"""In the state folder: the box's own key and its certificate, in one file so that they always fit."""

_LIFE: Final = timedelta(days=3_600)
_LEAST_LIFE: Final = timedelta(days=30)
_SLOW_CLOCK: Final = timedelta(days=2)
"""By how much a visitor's clock may be behind ours when the certificate is new."""

_LINE: Final = 16
_GROUP: Final = 4


class BadCertificate(Exception):
    """A certificate or key that cannot be used; the text is one plain sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """What is needed to serve pages over TLS.

    Attributes:
        context: for the server.
        fingerprint: SHA-256 of the certificate, 64 hexadecimal digits in upper case.
        warning: a sentence for the administrator, where their certificate is not the one in use.
    """

    context: ssl.SSLContext
    fingerprint: str
    warning: str | None = None

    @property
    def lines(self) -> tuple[str, ...]:
        """The fingerprint as people compare it: four lines such as ``A1B2 C3D4 E5F6 0718``."""
        digits = self.fingerprint
        return tuple(_grouped(digits[start : start + _LINE]) for start in range(0, len(digits), _LINE))


def self_signed(folder: Path, names: Iterable[str]) -> Tls:
    """TLS with the box's own certificate, made when there is none and kept: people trust its fingerprint.

    Args:
        folder: the state folder.
        names: host names and addresses that a new certificate is for. One that is kept may be for others.

    Raises:
        BadCertificate: the state folder cannot be written.
    """
    path = folder / SELF_SIGNED
    try:
        if not _is_good(path):
            _make(path, names)
        return from_files(path, path)
    except OSError as error:
        raise BadCertificate(f"The box cannot write its certificate {path}: {error.strerror}.") from error


def from_files(certificate: Path, key: Path) -> Tls:
    """TLS with a certificate of the administrator's own.

    Args:
        certificate: in PEM form, followed by those between it and the root.
        key: its private key in PEM form, without a passphrase.

    Raises:
        BadCertificate: what is wrong with them, and what would be right.
    """
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 - megabytes that only https needs

    leaf = _certificate(certificate)
    if _encoded(leaf.public_key()) != _public_part(key):
        raise BadCertificate(
            f"The key {key} is not that of the certificate {certificate}: use the two together."
        )
    if (end := _end(leaf)) <= datetime.now(UTC):
        raise BadCertificate(f"The certificate {certificate} expired on {end:%Y-%m-%d}: put a new one there.")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key)
    except ssl.SSLError as error:  # such as a key too short for today
        why = (error.reason or "unknown").lower().replace("_", " ")
        raise BadCertificate(f"The certificate {certificate} cannot be used ({why}): make a new one.") from None
    return Tls(context=context, fingerprint=leaf.fingerprint(SHA256()).hex().upper())


def open_tls(
    folder: Path, names: Iterable[str], *, certificate: Path | None = None, key: Path | None = None
) -> Tls:
    """TLS with the administrator's certificate where there is one that can be used, else with the box's own.

    Raises:
        BadCertificate: not even the box's own can be made.
    """
    if not certificate or not key:
        return self_signed(folder, names)
    try:
        return from_files(certificate, key)
    except BadCertificate as error:
        own = self_signed(folder, names)
        return replace(own, warning=f"{error} Until then the box uses its own certificate.")


def _is_good(path: Path) -> bool:
    try:
        from_files(path, path)
        return _end(_certificate(path)) > datetime.now(UTC) + _LEAST_LIFE
    except BadCertificate:
        return False


def _make(path: Path, names: Iterable[str]) -> None:
    from cryptography import x509  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - as above
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID  # noqa: PLC0415 - as above

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Captionbox")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SLOW_CLOCK)
        .not_valid_after(now + _LIFE)
        .add_extension(
            x509.SubjectAlternativeName([_general(name) for name in dict.fromkeys(names)]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write(path, secret + certificate.public_bytes(serialization.Encoding.PEM))


def _write(path: Path, data: bytes) -> None:
    """Replace a file that only the box may read, whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def _general(name: str) -> "GeneralName":
    from cryptography import x509  # noqa: PLC0415 - as above

    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _certificate(path: Path) -> "Certificate":
    from cryptography import x509  # noqa: PLC0415 - as above

    try:
        return x509.load_pem_x509_certificate(_read(path, "certificate"))
    except ValueError:
        raise BadCertificate(
            f"The file {path} is no certificate in PEM form: it must begin with “BEGIN CERTIFICATE”."
        ) from None


def _public_part(path: Path) -> bytes:
    """What a certificate must hold to fit a private key."""
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415 - as above

    try:
        return _encoded(load_pem_private_key(_read(path, "key"), None).public_key())
    except TypeError:
        sentence = (
            f"The key {path} is locked with a passphrase, and nobody is there to type it: save it without."
        )
    except (ValueError, UnsupportedAlgorithm):
        sentence = f"The file {path} is no private key in PEM form: it must begin with “BEGIN PRIVATE KEY”."
    raise BadCertificate(sentence)


def _encoded(public_key: Any) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415 - as above

    encoded: bytes = public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return encoded


def _read(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        sentence = f"There is no {what} {path}: correct the path in [web], or put the file there."
    except OSError as error:
        sentence = f"The {what} {path} cannot be read ({error.strerror}): let the user of the box read it."
    raise BadCertificate(sentence)


def _end(certificate: "Certificate") -> datetime:
    """When it expires; versions before 42, such as Debian 12's, know only the time without its zone."""
    end: datetime | None = getattr(certificate, "not_valid_after_utc", None)
    return end or certificate.not_valid_after.replace(tzinfo=UTC)


def _grouped(digits: str) -> str:
    return " ".join(digits[start : start + _GROUP] for start in range(0, len(digits), _GROUP))
