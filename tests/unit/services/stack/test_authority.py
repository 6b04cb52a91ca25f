"""The development authority: made once, trusted by who knows its certificate, for loopback only."""

from __future__ import annotations

import ssl
import stat
from pathlib import Path

from cryptography import x509

from services.stack import authority
from services.stack.folder import Folder


def test_a_receiver_is_vouched_for_and_named_after_loopback(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "stack")
    folder.prepare()
    first = authority.receiver(folder)
    assert first.read_bytes() == authority.receiver(folder).read_bytes()
    assert stat.S_IMODE(first.stat().st_mode) == 0o600

    certificate = x509.load_pem_x509_certificate(first.read_bytes())
    root = x509.load_pem_x509_certificate(authority.certificate(folder).read_bytes())
    certificate.verify_directly_issued_by(root)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    assert [str(one) for one in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(first)
    ssl.create_default_context(cafile=authority.certificate(folder))
