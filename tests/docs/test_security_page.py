"""docs/security.md says of limits, times, cryptography and periods what the program does."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

from app.models import Shop
from app.security.sessions import LINK_LASTS, LONGEST_SIGN_IN, VISIT_IDLE, VISIT_LASTS
from app.security.weak_passwords import SHORTEST_REST

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text()
LIMIT = re.compile(r"\| ([\d,]+) \| `([\w.]+):([A-Z_]+)` \|")
#: Libraries of cryptography, those that we use and those that we don't.
CRYPTOGRAPHY = re.compile(
    r"^(?:import|from) (hmac|cryptography|webauthn|itsdangerous|argon2|passlib|jwt|nacl|Crypto|rsa|ecdsa|gnupg)\b",
    re.MULTILINE,
)
OURS = {"hmac", "cryptography", "webauthn", "itsdangerous"}


#: Ciphers that are put together by hand, and padding that gives messages away.
BY_HAND = re.compile(r"\b(?:modes\.\w+|algorithms\.\w+|PKCS1v15|ECB)\b")


def part(title: str) -> str:
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_each_limit_is_the_one_that_is_kept() -> None:
    stated = LIMIT.findall(part("Limits"))
    wrong = [
        f"{module}:{name} is {value}, not {said}"
        for said, module, name in stated
        if (value := getattr(import_module(module), name)) != int(said.replace(",", ""))
    ]

    assert wrong == []
    assert len(stated) == part("Limits").count("| `")


def test_sign_ins_end_when_the_page_says() -> None:
    table = Shop.__table__.c
    hours, days, minutes = (table[name].default.arg for name in ("signin_hours", "signin_days", "fresh_minutes"))
    text = part("Sign-ins")

    assert f"| {hours} hours, as the shop sets it" in text
    assert f"| {days} days, as the shop sets it; {LONGEST_SIGN_IN.days} at most |" in text
    assert f"| {minutes} minutes, as the shop sets it |" in text
    assert f"| {VISIT_LASTS.days} days, {VISIT_IDLE.days} without looking |" in text
    assert f"| {LINK_LASTS.seconds // 60} minutes, once |" in text
    assert f"has to have {SHORTEST_REST}" in part("Ways in")


def test_each_place_that_uses_cryptography_stands_there_and_none_uses_another_library() -> None:
    files = [file for file in sorted((ROOT / "app").rglob("*.py")) if "migrations" not in file.parts]
    using = {
        f"app/{file.relative_to(ROOT / 'app')}": set(CRYPTOGRAPHY.findall(file.read_text("utf-8"))) for file in files
    }
    named = set(re.findall(r"`(app/[\w/]+\.py)`", part("Keys and cryptography")))

    assert {file for file, libraries in using.items() if libraries} == named
    assert [str(file) for file in files if BY_HAND.search(file.read_text("utf-8"))] == []
    assert set.union(*using.values()) == OURS


def test_a_log_goes_where_the_page_says() -> None:
    """The application's own to stderr; whatever else is a table."""
    handlers = re.compile(r"\b(?!Proxy)[A-Z]\w*Handler\((?:sys\.\w+)?")
    files = [file for file in sorted((ROOT / "app").rglob("*.py")) if "logging" in file.read_text("utf-8")]
    made = {name for file in files for name in handlers.findall(file.read_text("utf-8"))}

    assert made == {"StreamHandler(sys.stderr"}
    assert "stderr, as text or JSON; nothing else" in part("Logs")


def test_it_says_when_holes_are_mended() -> None:
    assert "mended within 7 days if strangers can use it, within 30 if it takes an account" in part("Updates")


# --- what is shipped for whoever runs it ------------------------------------------------------------------------------


def test_in_front_stands_tls_of_today_and_nothing_in_clear() -> None:
    text = (ROOT / "deploy" / "nginx" / "toonbank.conf").read_text()
    in_clear, *others = re.findall(r"^server \{.*?^\}", text, re.MULTILINE | re.DOTALL)

    assert "return 301 https://desk.example.com$request_uri;" in in_clear
    assert "location" not in in_clear
    assert all(re.findall(r"listen (?:\[::\]:)?443 ssl", server) for server in others)
    assert re.findall(r"ssl_protocols (.*);", text) == ["TLSv1.2 TLSv1.3"]
    (ciphers,) = re.findall(r"ssl_ciphers (.*);", text)
    assert all(re.fullmatch(r"ECDHE-\w+-(AES\d+-GCM-SHA\d+|CHACHA20-POLY1305)", one) for one in ciphers.split(":"))


def test_its_services_may_do_no_more_than_they_have_to() -> None:
    least = ("User=toonbank", "NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet=", "UMask=0077")
    for name in ("web", "worker"):
        text = (ROOT / "deploy" / "systemd" / f"toonbank-{name}@.service").read_text()
        assert [line for line in least if f"\n{line}\n" not in text] == []
