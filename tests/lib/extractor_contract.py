"""What every extractor promises, whatever the platform: one class of tests that each platform runs with a small :class:`Stand`.

A platform's conftest.py says in a fixture ``stand`` how its stand-in is filled and where faults strike; test_extractor.py is one line::

    class TestExtractor(WireContract): ...

Marks ``fault("contract", row)`` count for every platform that runs the class (tests/test_faults.py).
"""

from __future__ import annotations

import itertools
import json
import logging
import re
import traceback
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, get_args

import pytest
import zstandard
from reading import Landed, World, pour, prove, resolves

from recon import assets
from recon.config.settings import Limits, Settings
from recon.errors import AuthError, IncompleteError, ReconError, RetriableError, SourceError
from recon.snapshot import run
from recon.systems.base import GONE, HERE, By, Chunk, Fate

SIZE = 12
"""Records of the main stream in a filled stand-in; more than two of its pages."""

HOSTILE = (
    "Zoë O'Hara", 'a "quoted" name', "two\nlines", "a,b;c\td", "line\u2028separator\u2029end",
    "\U0001f469\u200d\U0001f4bb\U0001f1e9\U0001f1ea", "=1+1", "@sum(a1)", "\\n \\\\ \\u0041", "</script><img src=x onerror=alert(1)>",
    "'; drop table orders; --", "Ω≈ç√∫˜µ≤≥÷",
    "\u202ertl\u202c", "e\u0301 and \u00e9", "%s %d {0} ${x} {{x}}", "null", "田中さんにあげて下さい", "Łódź ﷽ ﬀ",
)  # fmt: skip
"""Names as people, imports and attackers write them."""

TABLES = {path.stem for path in Path(str(assets.folder("queries"))).glob("model/*.sql")}
"""Canonical tables."""


class Stand:
    """One stand-in as the contract needs it. Records of the main stream have the numbers 1, 2, 3, …; all are older than an hour."""

    main = "orders"
    """the stream that is filled, paged, changed and cut"""
    lists = "."
    """requests for the pages of the main stream"""
    anything = "."
    """requests that any fault may strike"""
    least_chunks = 3
    """chunks of the longest stream; tables of databases come whole"""
    posts: tuple[str, ...] = ()
    """``POST /path`` of requests that only read or sign in"""
    secrets: tuple[str, ...] = ()
    refusal: ClassVar[Any] = {"message": "no"}
    """what the platform says with status 401"""
    personal = "@example.com"
    """a text that stands in every personal address"""
    amount = "900719925474099.123"
    """an amount with more digits than a float keeps"""

    def __init__(self, world: World) -> None:
        self.world = world

    def reader(self, limits: Limits | None = None) -> Any:
        """A new extractor, set to small pages."""
        return self.world.reader(limits) if limits else self.world.reader()

    def fill(self, count: int, *, texts: Sequence[str] = (), amount: str = "24.90") -> None:
        """``count`` records of the main stream and, where that is not 0, a few of everything else; ``texts`` are their names."""
        raise NotImplementedError

    def add(self, number: int) -> None:
        """A record that comes into being now."""
        raise NotImplementedError

    def touch(self, number: int) -> None:
        """Somebody changes a record now."""
        raise NotImplementedError

    def remove(self, number: int) -> None:
        """A record vanishes without a trace."""
        raise NotImplementedError

    def number_of(self, line: dict[str, Any]) -> int:
        """Number of a record of the main stream."""
        return int(line["id"])

    looks_again = True
    """whether single orders can be read again by id; a platform that cannot says so of every table"""

    def key_again(self, number: int) -> str:
        """Id of a record of the main stream, as the canonical table has it."""
        return str(number)

    def text_of(self, line: dict[str, Any]) -> str | None:
        """Where the name of ``texts`` stands."""
        raise NotImplementedError

    def kept(self, text: str) -> str:
        """What must land of a text: all of it."""
        return text

    def key(self, stream: str, line: dict[str, Any]) -> Any:
        """What no two records of a stream have in common."""
        return line["id"] if "id" in line else line["Id"]

    def digest(self) -> str:
        """Fingerprint of all records of the stand-in."""
        raise NotImplementedError

    def wrote(self) -> list[Any]:
        """What the stand-in knows to have been written, where it keeps a book of that."""
        return []

    def has(self, line: dict[str, Any], path: str) -> bool:
        """Whether a record has a field that is declared as personal."""
        return resolves(line, path)

    def requests(self) -> list[dict[str, Any]]:
        """The stand-in's log of requests."""
        return self.world.requests()

    def forbid(self) -> tuple[str, ...]:
        """Take a right away; the words that doctor must say then."""
        raise NotImplementedError

    def plant(self, match: str, action: str, **options: Any) -> None:
        """Plant a fault of :mod:`recon.sandbox.faults`."""
        self.world.faults.on(match, action, **options)  # type: ignore[attr-defined]

    def heal(self) -> None:
        """No faults any more, credentials as they were."""
        self.world.faults.clear()  # type: ignore[attr-defined]

    def end_token(self, after: int) -> bool:
        """The credentials end after so many requests; whether the extractor can get new ones by itself."""
        raise NotImplementedError

    def lose(self) -> None:
        """From now on the main stream silently lacks a record that the platform counts."""
        raise NotImplementedError

    # -- what follows from these

    def window(self, since: datetime | None = None) -> Any:
        """Everything, or what changed since."""
        return self.world.window(since)

    def settings(self) -> Any:
        """The system's part of recon.toml."""
        return self.world.settings()

    def numbers(self, landed: Landed) -> list[int]:
        """Numbers of the records that landed, with repeats."""
        return [self.number_of(line) for line in landed.roots]

    def whole(self) -> tuple[Any, Landed]:
        """The main stream read to its end by a new extractor."""
        reader = self.reader()
        return reader, pour(reader, self.main, self.window())

    def assert_whole(self, count: int = SIZE) -> Any:
        """Everything comes, nothing twice, and it is proven."""
        reader, landed = self.whole()
        assert sorted(self.numbers(landed)) == list(range(1, count + 1))
        proof = prove(reader, self.main, self.window(), landed)
        assert proof.complete, proof.reason
        return reader


class Filled:
    """What both parts of the contract begin with."""

    @pytest.fixture
    def full(self, stand: Stand) -> Stand:
        """A stand-in of ``SIZE`` records."""
        stand.fill(SIZE)
        return stand


class ExtractorContract(Filled):
    """For every platform, also those that are no servers."""

    # -- completeness -------------------------------------------------------------------------------------------

    def test_every_stream_lands_once_and_is_proven(self, full: Stand) -> None:
        reader, window = full.reader(), full.window()
        names = [stream.name for stream in reader.streams()]
        assert len(names) == len(set(names))
        for stream in reader.streams():
            landed = pour(reader, stream.name, window)
            keys = [full.key(stream.name, line) for line in landed.roots]
            assert keys, f"{stream.name} is not filled"
            assert len(keys) == len(set(keys)), stream.name
            proof = prove(reader, stream.name, window, landed)
            assert proof.complete, (stream.name, proof.reason)
            assert proof.method
            assert proof.expected in {None, len(keys)}, stream.name
            assert proof.watermark is None or proof.watermark <= window.until
        assert sorted(full.numbers(pour(reader, full.main, window))) == list(range(1, SIZE + 1))

    def test_less_than_was_read_is_never_called_complete(self, full: Stand) -> None:
        reader, window = full.reader(), full.window()
        for stream in reader.streams():
            landed = pour(reader, stream.name, window)
            assert not prove(reader, stream.name, window, landed, rows=len(landed.roots) - 1).complete, stream.name

    def test_a_read_that_was_cut_is_never_called_complete(self, full: Stand) -> None:
        reader = full.reader()
        landed = pour(reader, full.main, full.window(), stop_after=1)
        if len(landed.roots) < SIZE:
            assert not prove(reader, full.main, full.window(), landed).complete

    def test_reading_goes_on_after_any_chunk_of_any_stream(self, full: Stand) -> None:
        window = full.window()
        longest = 0
        killed, later = full.reader(), full.reader()
        for name in [stream.name for stream in killed.streams()]:
            whole = pour(killed, name, window)
            longest = max(longest, whole.chunks)
            for stop in range(1, whole.chunks + 1):
                landed = pour(killed, name, window, stop_after=stop)
                # one that never saw the beginning of the stream; for the main stream one that never saw anything
                again = full.reader() if name == full.main else later
                pour(again, name, window, landed)
                assert landed.table() == whole.table(), (name, stop)
                assert prove(again, name, window, landed).complete, (name, stop)
        assert longest >= full.least_chunks, "pages are too large to stop between them"

    def test_a_second_window_brings_only_what_changed(self, full: Stand) -> None:
        reader, window = full.reader(), full.window()
        main = next(stream for stream in reader.streams() if stream.name == full.main)
        full.world.advance(600)
        since = full.window().until
        full.world.advance(60)
        full.touch(3)
        full.world.advance(60)
        for stream in reader.streams():
            landed = pour(reader, stream.name, full.window(since))
            if stream.name == full.main:
                assert sorted(full.numbers(landed)) == ([3] if main.has_delta else list(range(1, SIZE + 1)))
            elif stream.has_delta:
                assert len(landed.roots) <= len(pour(full.reader(), stream.name, window).roots), stream.name
            proof = prove(reader, stream.name, full.window(since), landed)
            assert proof.complete, (stream.name, proof.reason)

    def test_an_empty_account_is_complete(self, stand: Stand) -> None:
        stand.fill(0)
        reader, window = stand.reader(), stand.window()
        for stream in reader.streams():
            landed = pour(reader, stream.name, window)
            proof = prove(reader, stream.name, window, landed)
            assert proof.complete, (stream.name, proof.reason)
            if stream.name == stand.main:
                assert not landed.lines
                assert proof.expected in {None, 0}

    def test_one_record_is_read(self, stand: Stand) -> None:
        stand.fill(1)
        stand.assert_whole(1)

    # -- drift ----------------------------------------------------------------------------------------------------

    @pytest.mark.fault("contract", 7)
    @pytest.mark.parametrize("after", [1, 2])
    def test_what_moves_while_pages_are_read_is_neither_lost_nor_doubled(self, full: Stand, after: int) -> None:
        reader, window = full.reader(), full.window()
        landed = pour(reader, full.main, window, stop_after=after)
        full.world.advance(200)
        full.touch(2)
        full.touch(SIZE - 1)
        full.remove(1)
        full.remove(SIZE // 2)
        full.add(SIZE + 1)
        pour(reader, full.main, window, landed)
        found = Counter(full.numbers(landed))
        assert set(found) >= set(range(1, SIZE + 1)) - {1, SIZE // 2}
        assert len(landed.table()) == len(set(landed.table())), "a version of a record comes once"
        assert all(count == 1 or number in {2, SIZE - 1} for number, count in found.items()), "only what changed comes again"
        proof = prove(reader, full.main, window, landed)
        assert proof.complete, proof.reason

    def test_a_record_that_is_counted_and_does_not_come_is_no_proof(self, full: Stand) -> None:
        reader = full.reader()
        reader.streams()
        full.lose()
        try:
            landed = pour(reader, full.main, full.window())
        except IncompleteError:
            return
        proof = prove(reader, full.main, full.window(), landed)
        assert not proof.complete
        assert proof.reason.endswith(".")

    # -- the second look --------------------------------------------------------------------------------------------

    def test_a_second_look_finds_records_as_they_are_now(self, full: Stand) -> None:
        if not full.looks_again:
            assert not any(full.reader().again(table, by) for table in sorted(TABLES) for by in get_args(By))
            return
        full.world.advance(60)
        full.touch(3)
        keys = [full.key_again(number) for number in (SIZE, 3, 1)]
        landed, fates = look_again(full, keys)
        assert {key: fate.state for key, fate in fates.items()} == dict.fromkeys(keys, "here")
        whole = full.whole()[1]
        assert sorted(full.numbers(landed)) == [1, 3, SIZE]
        if landed.formats == whole.formats:
            assert set(landed.table()) <= set(whole.table()), "the same records in the same shape as the stream brings them"

    def test_a_second_look_tells_what_is_not_there(self, full: Stand) -> None:
        if not full.looks_again:
            return
        key, unknown = full.key_again(2), full.key_again(SIZE).translate(str.maketrans("123456789", "987654321"))
        full.remove(2)
        odd = "no id', (;-- \u2028 \"\\"
        landed, fates = look_again(full, [key, unknown, odd, full.key_again(1)])
        assert fates.pop(full.key_again(1)) == HERE
        assert fates.pop(key).state in {"gone", "deleted"}
        assert fates == {unknown: GONE, odd: GONE}
        assert full.numbers(landed) == [1]

    # -- nothing but reads, nothing told ----------------------------------------------------------------------------

    def test_nothing_but_reads_goes_over_the_wire(self, full: Stand) -> None:
        before, asked = full.digest(), len(full.requests())
        reader = full.reader()
        reader.facts()
        reader.not_covered()
        list(reader.checks())
        for since in (None, full.window().until - timedelta(minutes=30)):
            window = full.window(since)
            for stream in reader.streams():
                reader.estimate(stream, window)
                prove(reader, stream.name, window, pour(reader, stream.name, window))
        for table, by in itertools.product(sorted(TABLES), get_args(By)):
            for stream in reader.again(table, by):
                list(reader.reread(stream, by, [full.key_again(1), "7"]))
        assert full.digest() == before
        assert not full.wrote()
        for entry in full.requests()[asked:]:
            request = f"{entry['method']} {entry['path']}"
            assert entry["method"] in {"GET", "HEAD"} or any(re.fullmatch(post, request) for post in full.posts), request

    def test_no_secret_and_nobody_stands_where_it_should_not(self, full: Stand, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        folder = tmp_path / "workspace"
        folder.mkdir()
        settings = Settings(systems={full.world.name: full.settings()}, path=folder / "recon.toml")
        taken = run.take(settings, run.Request(full=True), now=full.world.now, sleep=full.world.sleep)
        assert taken.manifest.complete
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                told(full, readable(path), path.name, personal=path.name.startswith("part-"))
        told(full, caplog.text, "log")
        told(full, repr(full.settings()) + str(full.settings()), "settings")

    def test_personal_fields_are_declared(self, full: Stand) -> None:
        reader = full.reader()
        for stream in reader.streams():
            roots = pour(reader, stream.name, full.window()).lines
            for path in stream.personal:
                assert any(full.has(line, path) for line in roots), f"{stream.name}: no record has {path}"

    # -- values ----------------------------------------------------------------------------------------------------

    def test_amounts_keep_every_digit(self, stand: Stand) -> None:
        stand.fill(2, amount=stand.amount)
        _, landed = stand.whole()
        assert stand.amount.encode() in b"".join(landed.raw)

    def test_hostile_texts_come_as_they_were_written(self, stand: Stand, naughty: list[str]) -> None:
        texts = [*HOSTILE, *naughty]
        stand.fill(len(texts), texts=texts)
        reader, landed = stand.whole()
        found = {stand.number_of(line): stand.text_of(line) for line in landed.roots}
        assert found == {number: stand.kept(text) for number, text in enumerate(texts, start=1)}
        assert prove(reader, stand.main, stand.window(), landed).complete

    # -- what it says --------------------------------------------------------------------------------------------

    def test_states_are_json_and_facts_are_whole(self, full: Stand) -> None:
        reader = full.reader()
        facts = reader.facts()
        assert facts.account_id and facts.title
        for stream in reader.streams():
            assert re.fullmatch(r"[a-z0-9_]+", stream.name)
            assert set(stream.entities) <= TABLES
            for state in pour(reader, stream.name, full.window()).states:
                assert json.loads(json.dumps(state)) == state

    def test_what_is_not_covered_is_said_in_sentences(self, full: Stand) -> None:
        sentences = list(full.reader().not_covered().items())
        full.forbid()
        try:
            sentences += full.reader().not_covered().items()
        except AuthError as error:  # where nothing at all is open any more
            sentences.append(("orders", error.message.removeprefix(f"{full.world.name}: ").capitalize()))
        for table, why in sentences:
            assert table in TABLES, table
            assert why[0].isupper() and why.endswith(".") and "  " not in why and len(why.split()) > 3, (table, why)

    def test_doctor_is_content_with_a_good_account(self, full: Stand) -> None:
        checks = list(full.reader().checks())
        assert checks
        assert not [check for check in checks if check.level == "fail"]
        assert all(check.subject and check.message.endswith(".") for check in checks), checks

    def test_doctor_names_what_is_missing(self, full: Stand) -> None:
        words = full.forbid()
        checks = [check for check in full.reader().checks() if check.level in {"warn", "fail"}]
        said = " ".join(f"{check.subject} {check.message} {check.hint}" for check in checks)
        assert checks
        assert all(word in said for word in words), said

    def test_an_estimate_is_near_to_what_is_spent(self, full: Stand) -> None:
        reader, window = full.reader(), full.window()
        reader.facts()
        streams = reader.streams()
        spent = expected = 0
        for stream in streams:
            estimate = reader.estimate(stream, window)
            before = reader.calls
            landed = pour(reader, stream.name, window)
            prove(reader, stream.name, window, landed)
            spent, expected = spent + reader.calls - before, expected + estimate.calls
            assert estimate.rows in {None, len(landed.roots)}, stream.name
        slack = 2 * len(streams)
        assert spent <= 3 * expected + slack
        assert expected <= 3 * spent + slack


def look_again(stand: Stand, keys: Sequence[str], reader: Any = None) -> tuple[Landed, dict[str, Fate]]:
    """What a second look at orders brings: every key is answered once, as the store would keep it."""
    reader, landed, fates = reader or stand.reader(), Landed(), dict[str, Fate]()
    first, *_ = reader.again("orders", "id")
    for look in reader.reread(first, "id", keys):
        landed.add(Chunk(lines=look.lines, state={}, rows=look.rows))
        assert not set(look.fates) & set(fates), "answered twice"
        fates.update(look.fates)
    assert set(fates) == set(keys)
    return landed, fates


def spread(calls: int, places: int) -> list[int]:
    """Places among so many requests, from the first to the last."""
    return sorted({round(number * (calls - 1) / (places - 1)) for number in range(places)})


def readable(path: Path) -> str:
    """Text of a file, unpacked where it is packed."""
    data = path.read_bytes()
    if path.suffix == ".zst":
        with zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True) as stream:
            data = stream.read()
    return data.decode("utf-8", "replace")


def told(stand: Stand, text: str, where: str, *, personal: bool = False) -> None:
    """Fails where a secret stands in a text, or (unless it may) a person."""
    for secret in stand.secrets:
        assert secret not in text, where
    assert personal or stand.personal not in text, where


class CredentialContract(Filled):
    """For platforms that are signed in to."""

    @pytest.mark.fault("contract", 8)
    def test_credentials_that_end_at_any_request_cost_nothing_that_was_read(self, full: Stand) -> None:
        calls = full.assert_whole().calls
        whole = full.whole()[1].table()
        for place in spread(calls, 6):
            full.heal()
            renews = full.end_token(place)
            landed, reader = Landed(), full.reader()
            try:
                pour(reader, full.main, full.window(), landed)
                prove(reader, full.main, full.window(), landed)
            except AuthError as error:
                assert not renews, place
                told(full, f"{error}", "error")
                full.heal()
                reader = full.reader()
                pour(reader, full.main, full.window(), landed)
            assert landed.table() == whole, place
            assert prove(reader, full.main, full.window(), landed).complete, place

    @pytest.mark.fault("contract", 8)
    def test_credentials_that_are_never_accepted_end_the_read_at_once(self, full: Stand) -> None:
        full.end_token(0)
        full.plant(full.anything, "status", times=None, status=401, body=full.refusal)
        reader = full.reader()
        with pytest.raises(AuthError) as caught:
            reader.streams()
            pour(reader, full.main, full.window())
        assert caught.value.hint
        assert reader.calls <= 6, "nobody is locked out by asking again and again"


class WireContract(CredentialContract, ExtractorContract):
    """For platforms that are asked over HTTP: what servers and networks do, at any request."""

    def strike(self, stand: Stand, action: str, *, places: int = 3, times: int = 1, **options: Any) -> None:
        """A fault at several places of a whole read leaves no trace."""
        stand.fill(SIZE)
        calls = stand.assert_whole().calls
        for place in spread(calls, places):
            stand.heal()
            stand.plant(stand.anything, action, after=place, times=times, **options)
            stand.assert_whole()

    @pytest.mark.fault("contract", 1)
    @pytest.mark.parametrize("headers", [{"Retry-After": "7"}, {}], ids=["retry-after", "bare"])
    def test_too_many_requests_are_waited_out(self, stand: Stand, headers: dict[str, str]) -> None:
        self.strike(stand, "status", times=2, status=429, body={"message": "slow down"}, headers=headers)
        assert any(wait >= 7 for wait in stand.world.slept) or not headers

    @pytest.mark.fault("contract", 2)
    @pytest.mark.parametrize("status", [500, 502, 503, 504])
    def test_a_server_that_is_down_for_a_moment_leaves_no_trace(self, stand: Stand, status: int) -> None:
        self.strike(stand, "status", times=2, status=status, body="<html>maintenance</html>")

    @pytest.mark.fault("contract", 2)
    def test_a_server_that_stays_down_may_be_tried_again_and_tells_nothing(self, full: Stand, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        reader = full.reader(Limits(attempts=2))
        reader.streams()
        body = "<html>" + " ".join((*full.secrets, f"ann{full.personal}")) + "</html>"
        full.plant(full.anything, "status", times=None, status=503, body=body)
        with pytest.raises(RetriableError) as caught:
            pour(reader, full.main, full.window())
        told(full, "".join(traceback.format_exception(caught.value)) + caplog.text, "error")

    @pytest.mark.parametrize("status", [400, 403, 404, 422])
    def test_a_refusal_repeats_nothing_that_the_server_said(self, full: Stand, status: int, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        reader = full.reader()
        reader.streams()
        said = [{"message": " ".join((*full.secrets, f"ann{full.personal}")), "errorCode": "ODD"}]
        full.plant(full.anything, "status", times=None, status=status, body=said)
        with pytest.raises(ReconError) as caught:
            pour(reader, full.main, full.window())
        told(full, "".join(traceback.format_exception(caught.value)) + caplog.text, "error")

    @pytest.mark.fault("contract", 3)
    @pytest.mark.parametrize("action", ["html_200", "empty_200"])
    def test_a_page_or_nothing_instead_of_data_is_no_data(self, stand: Stand, action: str) -> None:
        self.strike(stand, action)

    @pytest.mark.fault("contract", 3)
    @pytest.mark.parametrize(
        "body", ["[]", "{}", "7", "null", '"text"', '{"data": 1}', '[{"code": "odd"}]', '{"errors": [{"message": "x"}]}']
    )
    def test_an_answer_of_a_wrong_shape_is_an_error_and_no_crash(self, stand: Stand, body: str) -> None:
        stand.fill(SIZE)
        calls = stand.assert_whole().calls
        for place in spread(calls, 4):
            stand.heal()
            stand.plant(stand.anything, "status", after=place, status=200, body=body, content_type="application/json")
            self.either_error_or_everything(stand)

    @pytest.mark.fault("contract", 1, 2, 3, 5)
    @pytest.mark.parametrize(
        ("action", "options"),
        [
            ("status", {"status": 429, "body": {"message": "slow down"}}),
            ("status", {"status": 503}),
            ("html_200", {}),
            ("reset", {"share": 0.5}),
        ],
    )
    def test_faults_leave_no_trace_in_a_second_look(self, full: Stand, action: str, options: dict[str, Any]) -> None:
        keys = [full.key_again(number) for number in (1, 2, 5)]
        reader = full.reader()
        reader.again("orders", "id")
        before = reader.calls
        calm = look_again(full, keys, reader)
        for place in spread(max(reader.calls - before, 1), 3):
            full.heal()
            reader = full.reader()
            reader.again("orders", "id")
            full.plant(full.anything, action, after=place, times=1, **options)
            landed, fates = look_again(full, keys, reader)
            assert (landed.table(), fates) == (calm[0].table(), calm[1]), place

    @pytest.mark.fault("contract", 3)
    @pytest.mark.parametrize("body", ["[]", "{}", "7", "null", '{"data": 1}', '{"data": {"nodes": []}}', '[{"code": "odd"}]'])
    def test_a_second_look_takes_no_odd_answer_for_a_missing_record(self, full: Stand, body: str) -> None:
        reader = full.reader()
        reader.streams()
        reader.facts()
        full.plant(full.anything, "status", times=None, status=200, body=body, content_type="application/json")
        with pytest.raises((SourceError, AuthError)):
            look_again(full, [full.key_again(1)], reader)

    def either_error_or_everything(self, stand: Stand) -> None:
        """Whatever happened, nothing incomplete is called complete."""
        reader = stand.reader()
        try:
            landed = pour(reader, stand.main, stand.window())
            proof = prove(reader, stand.main, stand.window(), landed)
        except (SourceError, AuthError):
            return
        assert not proof.complete or set(stand.numbers(landed)) == set(range(1, SIZE + 1))

    @pytest.mark.fault("contract", 4)
    @pytest.mark.parametrize(("action", "share"), [("truncate", 0.01), ("truncate", 0.4), ("truncate", 0.97), ("bad_gzip", 1)])
    def test_a_body_that_was_cut_is_fetched_again(self, stand: Stand, action: str, share: float) -> None:
        self.strike(stand, action, share=share)

    @pytest.mark.fault("contract", 5)
    @pytest.mark.parametrize(("action", "share"), [("reset", 0), ("reset", 0.6), ("lost_answer", 0)])
    def test_a_connection_that_breaks_is_made_again(self, stand: Stand, action: str, share: float) -> None:
        self.strike(stand, action, share=share)

    @pytest.mark.fault("contract", 5)
    def test_a_slow_answer_is_an_answer_and_a_silent_server_is_given_up(self, full: Stand) -> None:
        full.plant(full.lists, "slow", bytes=512, pause=0.002)
        full.assert_whole()
        full.heal()
        reader = full.reader(Limits(attempts=1, read_seconds=1))
        reader.streams()
        full.plant(full.anything, "hang", times=None, seconds=1.3)
        with pytest.raises(RetriableError):
            pour(reader, full.main, full.window())

    @pytest.mark.fault("contract", 6)
    def test_a_page_that_comes_twice_is_noticed(self, full: Stand) -> None:
        for place in range(1, 6):
            full.heal()
            full.plant(full.lists, "duplicate_page", after=place)
            full.assert_whole()

    @pytest.mark.fault("contract", 6)
    def test_pages_that_only_repeat_themselves_end_the_read(self, full: Stand) -> None:
        calls = full.assert_whole().calls
        full.plant(full.lists, "duplicate_page", after=1, times=None)
        reader = full.reader()
        try:
            landed = pour(reader, full.main, full.window())
            proof = prove(reader, full.main, full.window(), landed)
        except IncompleteError:
            return
        finally:
            assert reader.calls < calls + 40
        assert not proof.complete or set(full.numbers(landed)) == set(range(1, SIZE + 1))
