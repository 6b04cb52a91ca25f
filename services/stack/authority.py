"""The certificate authority of one stack: webhook receivers on this machine speak TLS as everywhere else.

For development alone. Its key and certificate lie in the folder and are made at first use.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from services.stack.folder import Folder

VALID = timedelta(days=3650)
KEY, CERTIFICATE = "authority.key", "authority.pem"
LOOPBACK = "127.0.0.1"


def certificate(folder: Folder) -> Path:
    """The file with the certificate of the authority, made together with its key when it is not there."""
    path = folder.secrets / CERTIFICATE
    if not path.exists():
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name("development authority of transfer-tracking")
        made = (
            _draft(name, name, key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        folder.write(f"secrets/{KEY}", _pem(key))
        folder.write(f"secrets/{CERTIFICATE}", _text(made))
    return path


def receiver(folder: Folder) -> Path:
    """A file with the key and certificate of a receiver on loopback, to serve HTTPS with."""
    path = folder.secrets / "receiver.pem"
    if not path.exists():
        authority = x509.load_pem_x509_certificate(certificate(folder).read_bytes())
        signer = serialization.load_pem_private_key((folder.secrets / KEY).read_bytes(), None)
        assert isinstance(signer, ec.EllipticCurvePrivateKey)  # noqa: S101  # `certificate` made it
        key = ec.generate_private_key(ec.SECP256R1())
        names = [x509.DNSName("localhost"), x509.IPAddress(ip_address(LOOPBACK))]
        made = (
            _draft(_name("receiver on loopback"), authority.subject, key.public_key())
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
            )
            .sign(signer, hashes.SHA256())
        )
        folder.write("secrets/receiver.pem", _pem(key) + _text(made))
    return path


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _draft(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return x509.CertificateBuilder(
        issuer_name=issuer,
        subject_name=subject,
        public_key=key,
        serial_number=x509.random_serial_number(),
        not_valid_before=now - timedelta(days=1),
        not_valid_after=now + VALID,
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _text(made: x509.Certificate) -> str:
    return made.public_bytes(serialization.Encoding.PEM).decode()
