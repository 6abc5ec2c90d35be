"""Groups of customers in their public form: personal data masked as in findings, values that differ still told apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from recon.audit import result as audit
from recon.report import links, mask
from recon.report.model import DuplicateGroup, GroupField, GroupRecord, Identity, Related, RelatedGroup, SharedValue
from recon.report.words import iso


class Addresses(Protocol):
    """Which pages may be linked to."""

    hosts: frozenset[str]

    def record(self, system: str, record_id: str) -> str | None:
        """Address of a record, if its id is enough for it."""


def convert(source: audit.Identity, addresses: Addresses, *, show_personal: bool) -> Identity:
    """All groups and shared values of a run."""
    return Identity(
        duplicates_total=source.duplicates_total,
        duplicates=[_duplicate(one, addresses, show_personal=show_personal) for one in source.duplicates],
        related_total=source.related_total,
        related=[_related(one, addresses, show_personal=show_personal) for one in source.related],
        shared_values_total=source.shared_values_total,
        shared_values=[_shared(one, show_personal=show_personal) for one in source.shared_values],
    )


def _duplicate(item: audit.DuplicateGroup, addresses: Addresses, *, show_personal: bool) -> DuplicateGroup:
    shown = _Shown(item.fields, show_personal=show_personal)
    return DuplicateGroup(
        finding_id=item.finding_id,
        state=item.state,
        system=item.system,
        label=shown.text(item.label),
        confidence=item.confidence,
        reasons=list(item.reasons),
        records_total=item.records_total,
        records=_records(item.records, addresses, shown),
        fields=[shown.field(one) for one in item.fields],
        survivor_id=shown.text(item.survivor_id) if item.survivor_id else None,
        survivor_reason=item.survivor_reason,
        elsewhere=[
            Related(system=one.system, record_id=shown.text(one.record_id), url=addresses.record(one.system, one.record_id))
            for one in item.elsewhere
        ],
    )


def _related(item: audit.RelatedGroup, addresses: Addresses, *, show_personal: bool) -> RelatedGroup:
    shown = _Shown(item.fields, show_personal=show_personal)
    return RelatedGroup(
        relation=item.relation,
        system=item.system,
        apart=list(item.apart),
        reasons=list(item.reasons),
        records_total=item.records_total,
        records=_records(item.records, addresses, shown),
        fields=[shown.field(one) for one in item.fields],
    )


def _shared(item: audit.SharedValue, *, show_personal: bool) -> SharedValue:
    kind = None if show_personal else mask.kind_of(item.kind)
    value = mask.value_of(kind, item.value) if kind else item.value
    return SharedValue(system=item.system, kind=item.kind, value=value, records=item.records, reason=item.reason)


class _Shown:
    """How values of one group are shown: different ones stay different when they are masked."""

    def __init__(self, fields: Sequence[audit.GroupField], *, show_personal: bool) -> None:
        self._as_they_are = show_personal
        pairs = ((one.field, value) for one in fields for value in (*one.values, one.keep))
        self._known = mask.told_apart(mask.known_values(pairs))

    def text(self, value: str) -> str:
        """Words or an id that may repeat a value of the group."""
        return value if self._as_they_are else mask.text(value, self._known)

    def field(self, one: audit.GroupField) -> GroupField:
        """One row of a card."""
        values = [self._value(one.field, value) for value in one.values]
        return GroupField(
            field=one.field,
            values=values,
            differs=len({value for value in one.values if value is not None}) > 1,
            masked=values != list(one.values),
            keep=self._value(one.field, one.keep),
            keep_from=self.text(one.keep_from) if one.keep_from else None,
            reason=one.reason,
        )

    def _value(self, field: str, value: str | None) -> str | None:
        if value is None or self._as_they_are:
            return value
        found: str = self._known.get(value) or mask.anything(field, value, self._known)
        return found


def _records(records: Sequence[audit.GroupRecord], addresses: Addresses, shown: _Shown) -> list[GroupRecord]:
    return [
        GroupRecord(
            record_id=shown.text(one.record_id),
            url=links.safe(one.url, addresses.hosts),
            orders=one.orders,
            created_at=iso(one.created_at),
            updated_at=iso(one.updated_at),
        )
        for one in records
    ]
