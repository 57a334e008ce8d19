"""What goes over the line: headers, letters in every script, attachments, and servers that are not to be trusted."""

from __future__ import annotations

import ssl
import subprocess
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from flask import Flask

from app.mails.looks import LOGO, MailLook
from app.mails.message import Attachment, Letter, file_name
from app.mails.server import Server, server_of
from app.mails.smtp import Line, Message, Refused, ServerDown
from app.queries import shop
from tests.mails.difficult import silent_server
from tests.postbox import Postbox, free_port

LETTER = Letter("<1@example.org>", "en", "Femke Jansen", "femke@example.org", "Your order", "Hello,\n\nBye\n")


PIXEL = b"\x89PNG that nobody opens here"


def server_at(port: int, **changed: Any) -> Server:
    server = Server("127.0.0.1", port, "none", "", "", "shop@example.org", "My shop", "desk@example.org")
    return replace(server, **changed)


def sent(letter: Letter, postbox: Postbox) -> EmailMessage:
    with Line(server_at(postbox.port)) as line:
        line.hand_over(letter)
    return postbox.mails[-1]


def said(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def test_the_headers_of_a_letter(database: None, postbox: Postbox) -> None:
    mail = sent(LETTER, postbox)

    names = ("Subject", "From", "To", "Reply-To", "Message-ID", "Auto-Submitted")
    assert {name: mail[name] for name in names} == {
        "Subject": "Your order",
        "From": "My shop <shop@example.org>",
        "To": "Femke Jansen <femke@example.org>",
        "Reply-To": "desk@example.org",
        "Message-ID": "<1@example.org>",
        "Auto-Submitted": "auto-generated",
    }


def test_letters_of_every_script_arrive_as_they_were(database: None, postbox: Postbox) -> None:
    text = "Größe, œuvre, ¿qué?, Łódź, Ευχαριστώ, Спасибо, 谢谢, شكرا, 🫖\n"

    mail = sent(replace(LETTER, to_name="Анна Łoś", subject="注文 🫖 " + "ö" * 200, body=text), postbox)

    assert mail["To"].addresses[0].display_name == "Анна Łoś"
    assert mail["Subject"] == "注文 🫖 " + "ö" * 200
    assert said(mail, "plain") == text


def test_a_domain_of_any_script_is_written_in_ascii(database: None, postbox: Postbox) -> None:
    mail = sent(replace(LETTER, to_address="info@bücher.example"), postbox)

    assert mail["To"].addresses[0].addr_spec == "info@xn--bcher-kva.example"


def test_no_line_is_longer_than_servers_take(app: Flask) -> None:
    letter = replace(LETTER, subject="s" * 500, body="long " * 2000)

    with app.app_context():
        lines = Message(letter, server_at(25)).as_bytes().split(b"\r\n")

    assert max(len(line) for line in lines) <= 998


def test_html_says_the_same_and_escapes_it(database: None, postbox: Postbox) -> None:
    body = "Hello <b>Ada</b>,\n\nFollow: https://carrier.example/t?a=1&b=2\nBye\n"

    mail = sent(replace(LETTER, body=body), postbox)

    html = said(mail, "html")
    assert "<p>Hello &lt;b&gt;Ada&lt;/b&gt;,</p>\n" in html
    assert 'href="https://carrier.example/t?a=1&amp;b=2">Follow</a>' in html
    assert said(mail, "plain") == body


def test_the_logo_goes_along_and_both_texts_say_who_writes(database: None, postbox: Postbox) -> None:
    look = MailLook("My shop", address="Dorpsstraat 1", vat_id="NL1", logo=PIXEL, logo_size=(1, 1))
    with Line(server_at(postbox.port, look=look)) as line:
        line.hand_over(replace(LETTER, attachments=(Attachment("INV00001.pdf", b"%PDF"),)))

    mail = postbox.mails[-1]
    (logo,) = [part for part in mail.walk() if part.get_content_maintype() == "image"]
    assert logo["Content-ID"] == f"<{LOGO}>"
    assert logo.get_content() == PIXEL
    assert f'src="cid:{LOGO}" alt="My shop"' in said(mail, "html")
    assert said(mail, "plain") == "Hello,\n\nBye\n\n-- \nMy shop, Dorpsstraat 1\nVAT number NL1\n"
    assert [part.get_filename() for part in mail.iter_attachments()] == ["INV00001.pdf"]


def test_a_shop_says_what_it_looks_like(app: Flask, database: None) -> None:
    with app.app_context():
        own = shop()
        own.street, own.postcode, own.city, own.registration = "Dorpsstraat 1", "1234 AB", "Dorp", "RCS Paris 1"
        own.smtp_host, own.email = "localhost", "shop@example.org"

        look = server_of(own).look

    assert look.foot("pt")[:2] == [f"{look.name}, Dorpsstraat 1, 1234 AB Dorp", "RCS Paris 1"]


def test_an_attachment_arrives_byte_for_byte(database: None, postbox: Postbox) -> None:
    content = bytes(range(256)) * 40

    mail = sent(replace(LETTER, attachments=(Attachment("INV00001.pdf", content),)), postbox)

    (attached,) = mail.iter_attachments()
    assert attached.get_filename() == "INV00001.pdf"
    assert attached.get_content_type() == "application/pdf"
    assert attached.get_content() == content


def test_the_name_of_an_attachment_can_not_begin_a_header(database: None, postbox: Postbox) -> None:
    letter = replace(LETTER, attachments=(Attachment('a.pdf"\r\nBcc: thief@example.org', b"%PDF"),))

    mail = sent(letter, postbox)

    (attached,) = mail.iter_attachments()
    assert (mail["Bcc"], attached["Bcc"]) == (None, None)
    assert attached.get_filename() == 'a.pdf" Bcc: thief@example.org'


def test_a_documents_number_becomes_a_file_name() -> None:
    assert file_name("2026/0001 ä") == "2026-0001-ä"


@pytest.mark.parametrize(
    "changed",
    [
        {"subject": "Hello\r\nBcc: thief@example.org"},
        {"to_address": "femke@example.org\r\nBcc: thief@example.org"},
        {"to_address": "femke@example.org, thief@example.org"},
        {"to_address": "Femke <femke@example.org>"},
        {"to_address": "фемке@example.org"},
        {"to_address": ""},
        {"message_id": "<1@example.org>\r\nBcc: thief@example.org"},
    ],
)
def test_a_letter_that_tries_to_begin_a_header_does_not_go(
    database: None, postbox: Postbox, changed: dict[str, str]
) -> None:
    with pytest.raises(Refused), Line(server_at(postbox.port)) as line:
        line.hand_over(replace(LETTER, **changed))  # type: ignore[arg-type]

    assert postbox.mails == []


def test_one_line_carries_many_letters_and_a_refused_one_between(database: None, postbox: Postbox) -> None:
    with Line(server_at(postbox.port)) as line:
        line.hand_over(LETTER)
        with pytest.raises(Refused):
            line.hand_over(replace(LETTER, to_address="nobody"))
        line.hand_over(replace(LETTER, subject="Another"))

    assert [mail["Subject"] for mail in postbox.mails] == ["Your order", "Another"]


# --- servers --------------------------------------------------------------------------------------------------------


def test_a_server_that_says_nothing_is_down(database: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.mails.smtp.SMTP_TIMEOUT", 0.3)

    with silent_server() as port, pytest.raises(ServerDown, match="timed out"), Line(server_at(port)):
        pass


def test_no_server_is_down(database: None) -> None:
    with pytest.raises(ServerDown), Line(server_at(free_port())):
        pass


def test_a_server_without_starttls_gets_neither_password_nor_mail(database: None, postbox: Postbox) -> None:
    server = server_at(postbox.port, security="starttls", user="shop", password="secret")

    with pytest.raises(ServerDown, match="STARTTLS"), Line(server) as line:
        line.hand_over(LETTER)

    assert postbox.mails == []


def test_a_certificate_that_nobody_vouches_for_is_refused(database: None, tmp_path: Path) -> None:
    box, port = Postbox(), free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port, tls_context=own_certificate(tmp_path))
    controller.start()
    try:
        with pytest.raises(ServerDown, match="certificate"), Line(server_at(port, security="starttls")) as line:
            line.hand_over(LETTER)
    finally:
        controller.stop()

    assert box.mails == []


def test_a_certificate_that_is_trusted_is_taken(
    database: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box, port = Postbox(), free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port, tls_context=own_certificate(tmp_path))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    controller.start()
    try:
        with Line(server_at(port, security="starttls")) as line:
            line.hand_over(LETTER)
    finally:
        controller.stop()

    assert [mail["Subject"] for mail in box.mails] == ["Your order"]


def test_a_line_may_be_encrypted_from_its_first_word(
    database: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box, port = Postbox(), free_port()
    context = own_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    controller = Controller(box, hostname="127.0.0.1", port=port, ssl_context=context)
    controller.start()
    try:
        with Line(server_at(port, security="ssl")) as line:
            line.hand_over(LETTER)
        monkeypatch.delenv("SSL_CERT_FILE")
        with pytest.raises(ServerDown, match="certificate"), Line(server_at(port, security="ssl")) as line:
            line.hand_over(LETTER)
    finally:
        controller.stop()

    assert [mail["Subject"] for mail in box.mails] == ["Your order"]


def own_certificate(folder: Path) -> ssl.SSLContext:
    """A server's side of TLS, with a certificate that it made for itself."""
    key, certificate = folder / "key.pem", folder / "cert.pem"
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    )
    subprocess.run([*command.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
