"""Who is told what of a run, over a real mail server and a real HTTPS receiver, and what happens when they do not answer."""

from __future__ import annotations

import dataclasses
import email
import email.policy
import hashlib
import hmac
import html as markup
import json
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from recon import report
from recon.audit import result as audit
from recon.cli import run
from recon.config.load import check_settings
from recon.config.settings import NotifySettings, Settings
from recon.report import notify
from recon.report.notify import chat, mail, notice
from recon.report.result import build
from recon.sandbox.server import DropConnection, Server
from recon.sandbox.tls import Certs

Merchant = Callable[..., audit.AuditResult]
NASTY = '<script>alert(1)</script> & "x" =1+1 [a](https://evil.example) <!channel>'


def target(**more: Any) -> NotifySettings:
    return NotifySettings(**({"kind": "webhook", "url": "env:HOOK_ADDRESS"} | more))


def written(source: audit.AuditResult, **more: Any) -> notice.Notice:
    result, reader = build(source), target(**more)
    return notice.write(result, reader, notice.select(result, reader))


# -- who hears of what --------------------------------------------------------------------------------------------------


def due(source: audit.AuditResult, **more: Any) -> bool:
    result, reader = build(source), target(**more)
    return notice.is_due(result, reader, notice.select(result, reader))


def still(source: audit.AuditResult) -> audit.AuditResult:
    """The same run with nothing new, changed or resolved."""
    findings = tuple(dataclasses.replace(item, state="unchanged", reopened=False) for item in source.findings if item.state != "waived")
    return dataclasses.replace(source, findings=findings, resolved=())


def test_nothing_is_said_when_nothing_changed(merchant: Merchant) -> None:
    quiet = still(merchant())
    assert due(merchant()) and not due(quiet)
    assert due(quiet, when="open") and due(quiet, when="always")
    assert not due(merchant(0.0, resolved=0, waived=0), when="open")


def test_what_was_resolved_is_news(merchant: Merchant) -> None:
    source = merchant()
    assert due(dataclasses.replace(still(source), resolved=source.resolved))


def test_a_run_that_could_not_look_is_always_news(merchant: Merchant) -> None:
    source = still(merchant(blind=True))
    assert due(source)
    assert "no verdict" in written(source).subject and written(source).blind


def test_a_reader_hears_of_his_part_only(merchant: Merchant) -> None:
    result = build(merchant())
    for more, fits in (
        ({"severity": "critical"}, lambda item: item.severity == "critical"),
        ({"severity": "low", "rules": ["order.*"]}, lambda item: item.rule.startswith("order.")),
        ({"severity": "low", "systems": ["shop_us"]}, lambda item: item.system == "shop_us"),
        ({"severity": "low", "owners": ["finance"]}, lambda item: item.owner == "finance"),
    ):
        selection = notice.select(result, target(**more))
        wanted = [item for item in result.findings if item.state in {"new", "updated", "unchanged"} and fits(item)]
        assert list(selection.open) == wanted and 0 < len(wanted) < len(result.findings)
        assert all(item.state != "unchanged" for item in selection.fresh)


def test_the_subject_is_the_verdict_in_short(merchant: Merchant) -> None:
    source = merchant()
    said = written(source, severity="critical")
    new = sum(item.severity == "critical" and item.state in {"new", "updated"} for item in source.findings)
    assert said.subject.startswith(f"recon: {new} new critical, ")
    assert said.headline == build(source).verdict.sentence
    assert written(merchant(0.0, resolved=0, waived=0)).subject.startswith("recon: no differences")


def test_ten_are_named_and_the_others_counted(merchant: Merchant) -> None:
    said = written(merchant(), severity="low")
    count = len(notice.select(build(merchant()), target(severity="low")).open)
    assert len(said.items) == 10 and said.more.startswith(f"and {count - 10} more")


# -- the words in each channel ------------------------------------------------------------------------------------------


def hostile(merchant: Merchant) -> notice.Notice:
    source = merchant(0.1)
    item = dataclasses.replace(source.findings[0], message=NASTY, label=NASTY, state="new", severity="critical")
    return written(dataclasses.replace(source, findings=(item,)), report_url="https://reports.example/{run}/report.html")


def test_the_text_says_what_the_html_says(merchant: Merchant) -> None:
    said = written(merchant(blind=True), report_url="https://reports.example/{run}/report.html")
    reader = target(kind="email", host="localhost", sender="recon@shop.example", to=["ops@shop.example"])
    message = mail.compose(said, reader, None)
    html, text = (message.get_body((kind,)).get_content() for kind in ("html", "plain"))
    plain = markup.unescape(html)
    for part in [
        said.headline,
        said.more,
        said.foot,
        *said.blind,
        *(item.message for item in said.items),
        *(row[3] for row in said.counts),
    ]:
        assert part in text and part in plain
    assert said.link in text and said.link in html


def test_records_cannot_write_markup_anywhere(merchant: Merchant) -> None:
    said = hostile(merchant)
    reader = target(kind="email", host="localhost", sender="recon@shop.example", to=["ops@shop.example"])
    html = mail.compose(said, reader, None).get_body(("html",)).get_content()
    assert "<script" not in html and "&lt;script&gt;" in html
    slack = json.dumps(chat.slack(said), ensure_ascii=False)
    assert "<script" not in slack and "<!channel>" not in slack and "&lt;!channel&gt;" in slack
    card = chat.teams(said)["attachments"][0]["content"]
    assert "\\[a\\]\\(https://evil.example\\)" in json.dumps(card, ensure_ascii=False).replace("\\\\", "\\")
    assert card["actions"] == [{"type": "Action.OpenUrl", "title": "Open the report", "url": said.link}]


def test_slack_takes_no_longer_blocks(merchant: Merchant) -> None:
    source = merchant(0.1)
    items = tuple(dataclasses.replace(item, message="x" * 900, state="new", severity="critical") for item in source.findings[:9])
    blocks = chat.slack(written(dataclasses.replace(source, findings=items)))["blocks"]
    assert all(len(block["text"]["text"]) <= 3000 for block in blocks if "text" in block)


def test_a_line_end_in_a_record_makes_no_mail_header(merchant: Merchant) -> None:
    said = dataclasses.replace(written(merchant()), subject="recon: x\r\nBcc: evil@evil.example")
    reader = target(kind="email", host="localhost", sender="recon@shop.example", to=["ops@shop.example"])
    message = email.message_from_bytes(mail.compose(said, reader, None).as_bytes(), policy=email.policy.default)
    assert message["Bcc"] is None and message["Subject"] == "recon: x Bcc: evil@evil.example"


# -- a mail server ------------------------------------------------------------------------------------------------------


class Mailbox:
    """Keeps what arrives; answers with the codes it is told first."""

    def __init__(self) -> None:
        self.mails: list[Any] = []
        self.answers: list[str] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.answers:
            return self.answers.pop(0)
        self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 OK"


@pytest.fixture(scope="module")
def certs(tmp_path_factory: pytest.TempPathFactory) -> Certs:
    return Certs(tmp_path_factory.mktemp("certs"))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture
def mailbox(certs: Certs) -> Iterator[tuple[Mailbox, int]]:
    box = Mailbox()

    def known(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (b"recon", b"mail-secret-0001"), handled=False)

    controller = Controller(
        box, hostname="127.0.0.1", port=free_port(), server_hostname="localhost", tls_context=certs.server_context(), require_starttls=True,
        authenticator=known, auth_required=True,
    )  # fmt: skip
    controller.start()
    yield box, controller.port
    controller.stop()


def toml(settings: Settings, text: str) -> Path:
    assert settings.path is not None
    settings.path.write_text(f'config_version = 1\ntitle = "Acme"\n{text}')
    return settings.path


def mail_table(port: int, certs: Certs, **more: Any) -> str:
    rows = {
        "kind": "email", "host": "localhost", "port": port, "user": "recon", "password": "env:MAIL_PASSWORD", "severity": "low",
        "sender": "recon@shop.example", "to": ["ops@shop.example", "boss@shop.example"], "ca_bundle": str(certs.ca_file), **more,
    }  # fmt: skip
    return "[notify.ops]\n" + "\n".join(f"{key} = {json.dumps(value)}" for key, value in rows.items())


def test_a_mail_with_the_report_arrives_once(
    settings: Settings,
    told_once: str,
    mailbox: tuple[Mailbox, int],
    certs: Certs,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    box, port = mailbox
    monkeypatch.setenv("MAIL_PASSWORD", "mail-secret-0001")
    path = report.write_all(settings, told_once)
    config = toml(settings, mail_table(port, certs))
    assert run(["notify", "send", "--config", str(config)]) == 0
    assert run(["notify", "send", "--config", str(config)]) == 0
    assert len(box.mails) == 1 and "ops was told of this run before." in capsys.readouterr().err
    (mail_,) = box.mails
    assert mail_["To"] == "ops@shop.example, boss@shop.example" and mail_["Subject"] == "recon: 3 new critical, 7.50 EUR (Acme)"
    (attachment,) = mail_.iter_attachments()
    assert attachment.get_content().encode() == path.read_bytes() or attachment.get_payload(decode=True) == path.read_bytes()
    assert run(["notify", "send", "--again", "--config", str(config), "--quiet"]) == 0
    assert len(box.mails) == 2


def test_a_large_report_is_not_attached(
    settings: Settings, told_once: str, mailbox: tuple[Mailbox, int], certs: Certs, monkeypatch: pytest.MonkeyPatch
) -> None:
    box, port = mailbox
    monkeypatch.setenv("MAIL_PASSWORD", "mail-secret-0001")
    report.write_all(settings, told_once)
    config = toml(settings, mail_table(port, certs, attach_kb=1, report_url="https://reports.example/{run}"))
    assert run(["notify", "send", "--config", str(config), "--quiet"]) == 0
    assert list(box.mails[0].iter_attachments()) == []
    assert "https://reports.example/" in box.mails[0].get_body(("plain",)).get_content()


def loaded(path: Path) -> Settings:
    settings, problems = check_settings(path, {})
    assert settings is not None and not problems, problems
    return settings


def test_a_busy_mail_server_is_tried_again_and_a_refusal_is_not(
    settings: Settings, told_once: str, mailbox: tuple[Mailbox, int], certs: Certs, monkeypatch: pytest.MonkeyPatch
) -> None:
    box, port = mailbox
    monkeypatch.setenv("MAIL_PASSWORD", "mail-secret-0001")
    reader = loaded(toml(settings, mail_table(port, certs)))
    waited: list[float] = []
    box.answers = ["451 try later", "451 try later"]
    assert [one.state for one in notify.send(reader, sleep=waited.append)] == ["sent"]
    assert waited == [1.0, 4.0] and len(box.mails) == 1
    box.answers = ["554 no"]
    (failed,) = notify.send(reader, again=True, sleep=waited.append)
    assert failed.state == "failed" and "554" in failed.reason and len(waited) == 2


def test_a_wrong_password_is_said_without_it(
    settings: Settings,
    told_once: str,
    mailbox: tuple[Mailbox, int],
    certs: Certs,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", "wrong-secret-0009")
    config = toml(settings, mail_table(mailbox[1], certs))
    assert run(["notify", "test", "ops", "--config", str(config)]) == 3
    said = capsys.readouterr().err
    assert "answered 535. Check user and password." in said and "wrong-secret" not in said


def test_a_mail_server_with_a_certificate_of_somebody_else_gets_nothing(
    settings: Settings, mailbox: tuple[Mailbox, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", "mail-secret-0001")
    strange = Certs(tmp_path / "strange")
    config = toml(settings, mail_table(mailbox[1], strange))
    assert run(["notify", "test", "--config", str(config), "--quiet"]) == 3
    assert mailbox[0].mails == []


# -- a receiver of webhooks ---------------------------------------------------------------------------------------------


class Receiver:
    """Keeps what is posted; answers with the statuses it is told first. A None drops the connection."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, Any], bytes]] = []
        self.answers: list[int | None] = []

    def __call__(self, environ: Any, start: Any) -> list[bytes]:
        data = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        self.got.append((dict(environ), data))
        status = self.answers.pop(0) if self.answers else 200
        if status is None:
            raise DropConnection(reset=True)
        headers = [("Content-Length", "2")] + ([("Location", "https://localhost:1/elsewhere")] if status == 302 else [])
        start(f"{status} x", headers)
        return [b"ok"]


@pytest.fixture
def hook(certs: Certs, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    receiver = Receiver()
    with Server(receiver, certs) as server:
        monkeypatch.setenv("HOOK_ADDRESS", f"{server.url}/hooks/T0000/very-secret-path")
        monkeypatch.setenv("HOOK_KEY", "signing-key-0001")
        yield receiver


def hook_table(certs: Certs, kind: str = "webhook", **more: Any) -> str:
    rows = {"kind": kind, "url": "env:HOOK_ADDRESS", "severity": "low", "ca_bundle": str(certs.ca_file), **more}
    return f"[notify.{kind}]\n" + "\n".join(f"{key} = {json.dumps(value)}" for key, value in rows.items()) + "\n"


def test_a_webhook_is_signed_over_time_and_body(settings: Settings, told_once: str, hook: Receiver, certs: Certs) -> None:
    run_id = told_once
    reader = loaded(toml(settings, hook_table(certs, secret="env:HOOK_KEY")))
    assert [one.state for one in notify.send(reader)] == ["sent"]
    ((environ, data),) = hook.got
    moment = environ["HTTP_X_RECON_TIMESTAMP"]
    wanted = hmac.new(b"signing-key-0001", f"{moment}.".encode() + data, hashlib.sha256).hexdigest()
    assert environ["HTTP_X_RECON_SIGNATURE"] == f"v1={wanted}" and environ["HTTP_X_RECON_RUN"] == run_id
    said = json.loads(data)
    assert said["schema"] == "recon.notice/1" and said["run_id"] == run_id and len(said["items"]) == 3


def test_every_kind_has_its_own_body(settings: Settings, told_once: str, hook: Receiver, certs: Certs) -> None:
    reader = loaded(toml(settings, "".join(hook_table(certs, kind) for kind in ("slack", "teams", "webhook"))))
    assert [one.state for one in notify.send(reader)] == ["sent"] * 3
    slack, teams, own = (json.loads(data) for _, data in hook.got)
    assert set(slack) == {"text", "blocks", "unfurl_links", "unfurl_media"}
    assert teams["attachments"][0]["content"]["type"] == "AdaptiveCard" and own["schema"] == "recon.notice/1"


def test_a_receiver_that_stumbles_is_tried_again(settings: Settings, told_once: str, hook: Receiver, certs: Certs) -> None:
    reader = loaded(toml(settings, hook_table(certs)))
    waited: list[float] = []
    hook.answers = [None, 503, 429]
    assert [one.state for one in notify.send(reader, sleep=waited.append)] == ["sent"]
    assert waited == [1.0, 4.0, 16.0] and len(hook.got) == 4


@pytest.mark.parametrize(("answers", "tries"), [([403], 1), ([302], 1), ([500] * 9, 4)])
def test_a_failure_is_told_and_never_the_address(
    settings: Settings, told_once: str, hook: Receiver, certs: Certs, answers: list[int], tries: int
) -> None:
    reader = loaded(toml(settings, hook_table(certs)))
    hook.answers = list(answers)
    (failed,) = notify.send(reader, sleep=lambda seconds: None)
    assert failed.state == "failed" and str(answers[0]) in failed.reason and "very-secret" not in failed.sentence
    assert len(hook.got) == tries
    hook.answers = []
    assert [one.state for one in notify.send(reader)] == ["sent"]  # what failed was not told


def test_one_reader_that_fails_does_not_keep_the_next_from_hearing(
    settings: Settings, told_once: str, hook: Receiver, certs: Certs
) -> None:
    text = hook_table(certs, "slack").replace("env:HOOK_ADDRESS", "env:HOOK_UNSET") + hook_table(certs, "teams")
    states = [(one.name, one.state) for one in notify.send(loaded(toml(settings, text)))]
    assert states == [("slack", "failed"), ("teams", "sent")]


def test_personal_data_stays_masked(settings: Settings, merchant: Merchant) -> None:
    said = written(merchant(), severity="low", rules=["customer.email_drift"])
    assert not any("buyer" in item.message for item in said.items)


def test_a_test_message_says_that_it_is_one(settings: Settings, hook: Receiver, certs: Certs) -> None:
    config = toml(settings, hook_table(certs))
    assert run(["notify", "test", "--config", str(config), "--quiet"]) == 0
    assert json.loads(hook.got[0][1])["is_test"] is True
    assert run(["notify", "test", "nobody", "--config", str(config)]) == 2


def test_preview_prints_and_sends_nothing(
    settings: Settings, told_once: str, hook: Receiver, certs: Certs, capsys: pytest.CaptureFixture[str]
) -> None:
    config = toml(settings, hook_table(certs))
    assert run(["notify", "preview", "webhook", "--config", str(config)]) == 0
    assert capsys.readouterr().out.startswith("recon: 3 new critical")
    assert run(["notify", "preview", "webhook", "--json", "--config", str(config)]) == 0
    assert json.loads(capsys.readouterr().out)["due"] is True
    assert hook.got == []


@pytest.mark.filterwarnings("ignore")
def test_services_of_apprise(settings: Settings, told_once: str, hook: Receiver, certs: Certs, monkeypatch: pytest.MonkeyPatch) -> None:
    url = os.environ["HOOK_ADDRESS"].replace("https://", "jsons://")
    monkeypatch.setenv("HOOK_ADDRESS", f"{url}?verify=no")
    reader = loaded(toml(settings, hook_table(certs, "apprise")))
    assert [one.state for one in notify.send(reader)] == ["sent"]
    assert json.loads(hook.got[0][1])["title"].startswith("recon: 3 new critical")


# -- settings -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[notify.a]\nkind = "slack"', "needs url"),
        ('[notify.a]\nkind = "slack"\nurl = "https://hooks.example/secret"', "must name a secret"),
        ('[notify.a]\nkind = "email"\nhost = "mail.example"', "needs sender and to"),
        (
            '[notify.a]\nkind = "email"\nhost = "mail.example"\nsender = "a@b.example"\nto = ["c@d.example"]\nsecurity = "none"',
            "in the clear",
        ),
        ('[notify.a]\nkind = "pigeon"', "notify.a.kind"),
        ('[notify."../a"]\nkind = "slack"\nurl = "env:X"', "no usable name"),
        ('[notify.a]\nkind = "slack"\nurl = "env:X"\nreport_url = "http://x.example"', "https://"),
    ],
)
def test_mistakes_are_named(settings: Settings, text: str, said: str) -> None:
    problems = check_settings(toml(settings, text), {})[1]
    assert len(problems) == 1 and said in str(problems[0]) and "secret" not in str(problems[0]).replace("must name a secret", "")


def test_an_http_address_is_refused(settings: Settings, told_once: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_ADDRESS", "http://hooks.example/secret-path")
    (failed,) = notify.send(loaded(toml(settings, '[notify.a]\nkind = "slack"\nurl = "env:HOOK_ADDRESS"')))
    assert failed.state == "failed" and "https://" in failed.reason and "secret-path" not in failed.sentence
