import hashlib
import ssl
import stat
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path

import aiohttp
import pytest
import trustme
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import DNSName, IPAddress, SubjectAlternativeName, load_pem_x509_certificate

from appliance.web import tls
from appliance.web.tls import SELF_SIGNED, BadCertificate, from_files, open_tls, self_signed
from tests.rigs.https import serving

NAMES = ("boardroom", "boardroom.local", "127.0.0.1")


class Papers:
    """A certificate and its key, as an administrator would put them on the box."""

    def __init__(self, folder: Path, *, days: int = 90) -> None:
        issued = trustme.CA().issue_cert(
            "boardroom.example.com", not_after=datetime.now(UTC) + timedelta(days=days)
        )
        self.certificate, self.key = folder / "box.crt", folder / "box.key"
        issued.cert_chain_pems[0].write_to_path(self.certificate)
        issued.private_key_pem.write_to_path(self.key)

    def lock(self) -> None:
        key = load_pem_private_key(self.key.read_bytes(), None)
        self.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.BestAvailableEncryption(b"secret"),
            )
        )


@pytest.fixture
def papers(tmp_path: Path) -> Papers:
    return Papers(tmp_path)


async def test_a_visitor_who_trusts_the_fingerprint_gets_the_page_and_nobody_else_does(tmp_path: Path) -> None:
    secured = self_signed(tmp_path, NAMES)
    async with serving(tmp_path, secured) as place, aiohttp.ClientSession() as session:
        trusted = aiohttp.Fingerprint(bytes.fromhex(secured.fingerprint))
        async with session.get(f"https://{place}/healthz", ssl=trusted) as answer:
            assert answer.status == HTTPStatus.OK
        other = aiohttp.Fingerprint(bytes(32))
        with pytest.raises(aiohttp.ServerFingerprintMismatch):
            await session.get(f"https://{place}/healthz", ssl=other)
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await session.get(f"https://{place}/healthz")


async def test_a_machine_that_was_given_the_certificate_believes_it(tmp_path: Path) -> None:
    secured = self_signed(tmp_path, NAMES)
    certificate = (tmp_path / SELF_SIGNED).read_text("ascii").partition("-----BEGIN CERTIFICATE")
    believes = ssl.create_default_context(cadata="".join(certificate[1:]))
    async with (
        serving(tmp_path, secured) as place,
        aiohttp.ClientSession() as session,
        session.get(f"https://{place}/healthz", ssl=believes) as answer,
    ):
        assert answer.status == HTTPStatus.OK


def test_the_certificate_stays_the_same_over_restarts_and_moves(tmp_path: Path) -> None:
    first = self_signed(tmp_path, NAMES)
    assert self_signed(tmp_path, ["boardroom", "192.0.2.9"]).fingerprint == first.fingerprint


def test_the_certificate_is_for_the_names_and_addresses_of_the_box(tmp_path: Path) -> None:
    self_signed(tmp_path, [*NAMES, "127.0.0.1"])
    certificate = load_pem_x509_certificate((tmp_path / SELF_SIGNED).read_bytes())
    names = certificate.extensions.get_extension_for_class(SubjectAlternativeName).value
    assert names.get_values_for_type(DNSName) == ["boardroom", "boardroom.local"]
    assert [str(address) for address in names.get_values_for_type(IPAddress)] == ["127.0.0.1"]


def test_nobody_else_on_the_box_can_read_its_key(tmp_path: Path) -> None:
    self_signed(tmp_path, NAMES)
    assert stat.S_IMODE((tmp_path / SELF_SIGNED).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / SELF_SIGNED).parent.stat().st_mode) == 0o700


def test_a_certificate_about_to_expire_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(tls, "_LIFE", timedelta(days=29))
        old = self_signed(tmp_path, NAMES).fingerprint
    assert self_signed(tmp_path, NAMES).fingerprint != old


@pytest.mark.parametrize("damage", [b"", b"rubbish", b"\xff\x00"])
def test_a_damaged_certificate_of_the_box_is_made_again(tmp_path: Path, damage: bytes) -> None:
    self_signed(tmp_path, NAMES)
    (tmp_path / SELF_SIGNED).write_bytes(damage)
    assert self_signed(tmp_path, NAMES).fingerprint == self_signed(tmp_path, NAMES).fingerprint


def test_a_key_of_the_box_that_does_not_fit_is_made_again(tmp_path: Path) -> None:
    old = self_signed(tmp_path, NAMES).fingerprint
    path = tmp_path / SELF_SIGNED
    _, begin, certificate = path.read_bytes().partition(b"-----BEGIN CERTIFICATE")
    path.write_bytes(Papers(tmp_path).key.read_bytes() + begin + certificate)
    assert self_signed(tmp_path, NAMES).fingerprint != old


def test_the_fingerprint_is_what_a_browser_shows(papers: Papers) -> None:
    secured = from_files(papers.certificate, papers.key)
    der = ssl.PEM_cert_to_DER_cert(papers.certificate.read_text("ascii"))
    assert secured.fingerprint == hashlib.sha256(der).hexdigest().upper()
    assert "".join(secured.lines).replace(" ", "") == secured.fingerprint
    assert [len(line) for line in secured.lines] == [19] * 4


async def test_the_administrators_certificate_is_the_one_that_visitors_see(
    tmp_path: Path, papers: Papers
) -> None:
    secured = open_tls(tmp_path, NAMES, certificate=papers.certificate, key=papers.key)
    assert secured.warning is None
    trusted = aiohttp.Fingerprint(bytes.fromhex(secured.fingerprint))
    async with (
        serving(tmp_path, secured) as place,
        aiohttp.ClientSession() as session,
        session.get(f"https://{place}/healthz", ssl=trusted) as answer,
    ):
        assert answer.status == HTTPStatus.OK
    assert not (tmp_path / SELF_SIGNED).exists()


def spoil(what: str, papers: Papers, folder: Path) -> None:
    match what:
        case "no certificate":
            papers.certificate.unlink()
        case "no key":
            papers.key.unlink()
        case "certificate is a folder":
            papers.certificate.unlink()
            papers.certificate.mkdir()
        case "certificate is no PEM":
            papers.certificate.write_bytes(b"\x30\x82\x01\x0a")
        case "key is no PEM":
            papers.key.write_text("rubbish")
        case "key is of another":
            (folder / "other").mkdir()
            papers.key = Papers(folder / "other").key
        case "expired":
            Papers(folder, days=-1)
        case "passphrase":
            papers.lock()


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("no certificate", "There is no certificate"),
        ("no key", "There is no key"),
        ("certificate is a folder", "cannot be read"),
        ("certificate is no PEM", "no certificate in PEM form"),
        ("key is no PEM", "no private key in PEM form"),
        ("key is of another", "is not that of the certificate"),
        ("expired", "expired on 20"),
        ("passphrase", "locked with a passphrase"),
    ],
)
def test_a_useless_certificate_is_told_of_and_never_leaves_the_box_without_its_page(
    what: str, told: str, tmp_path: Path, papers: Papers
) -> None:
    spoil(what, papers, tmp_path)
    with pytest.raises(BadCertificate, match=told):
        from_files(papers.certificate, papers.key)
    secured = open_tls(tmp_path, NAMES, certificate=papers.certificate, key=papers.key)
    assert secured.fingerprint == self_signed(tmp_path, NAMES).fingerprint
    assert secured.warning
    assert told in secured.warning
