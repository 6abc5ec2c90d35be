"""Objects and fields of the org, and how ``describe`` shows them.

Attribute names are those of the vendor's describe resource; see ``objects.py`` for the objects themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

TEXT_TYPES = frozenset({"string", "textarea", "picklist", "multipicklist", "email", "phone", "url", "anyType", "combobox"})
NUMBER_TYPES = frozenset({"int", "double", "currency", "percent"})
ID_TYPES = frozenset({"id", "reference"})
COMPOUND_TYPES = frozenset({"address", "location"})

_ALIASES = {"text": "string", "number": "double", "checkbox": "boolean", "lookup": "reference", "longtextarea": "textarea"}
_LENGTHS = {"string": 255, "textarea": 255, "picklist": 255, "multipicklist": 4099, "email": 80, "phone": 40, "url": 255, "id": 18,
            "reference": 18, "anyType": 255}  # fmt: skip
_SOAP = {"id": "tns:ID", "reference": "tns:ID", "boolean": "xsd:boolean", "int": "xsd:int", "double": "xsd:double",
         "currency": "xsd:double", "percent": "xsd:double", "date": "xsd:date", "datetime": "xsd:dateTime",
         "address": "urn:address", "location": "urn:location", "anyType": "xsd:anyType"}  # fmt: skip


@dataclass(frozen=True)
class FieldSpec:
    """One field. ``type`` is the describe type; ``text``, ``number``, ``checkbox`` and ``lookup`` are understood too.

    ``feature`` names what the org must have for the field to exist (``multi_currency``, ``person_accounts``);
    ``track`` writes history; ``cascade`` deletes the record with the one it refers to; ``default`` is stored on create.
    """

    name: str
    type: str = "string"
    length: int | None = None
    precision: int | None = None
    scale: int | None = None
    nillable: bool = True
    createable: bool = True
    updateable: bool = True
    defaulted: bool = False
    external_id: bool = False
    unique: bool = False
    case_sensitive: bool = False
    id_lookup: bool = False
    picklist: tuple[str, ...] = ()
    restricted: bool = False
    reference_to: tuple[str, ...] = ()
    relationship: str | None = None
    calculated: bool = False
    auto_number: str | None = None
    default: str | bool | None = None
    compound: str | None = None
    filterable: bool | None = None
    sortable: bool | None = None
    groupable: bool | None = None
    name_field: bool = False
    track: bool = False
    cascade: bool = False
    label: str | None = None
    feature: str | None = None

    def __post_init__(self) -> None:
        """Fill in what follows from the rest."""
        put = self._put
        put("type", _ALIASES.get(self.type.lower(), self.type))
        reference = (self.reference_to,) if isinstance(self.reference_to, str) else tuple(self.reference_to or ())
        put("reference_to", reference)
        put("picklist", tuple(self.picklist))
        if self.length is None:
            put("length", _LENGTHS.get(self.type, 0))
        if self.type in {"double", "currency", "percent"}:
            put("precision", 18 if self.precision is None else self.precision)
            put("scale", (2 if self.type == "currency" else 0) if self.scale is None else self.scale)
        if self.type == "boolean":
            put("nillable", False)
            put("defaulted", True)
        if reference and self.relationship is None:
            put("relationship", relationship_of(self.name))
        if self.calculated or self.auto_number or self.type in COMPOUND_TYPES:
            put("createable", False)
            put("updateable", False)
        if self.external_id or self.type == "id":
            put("id_lookup", True)
        self._derive()

    def _put(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)  # the only way to set a field of a frozen object

    def _derive(self) -> None:
        put = self._put
        long_text = self.type == "textarea" and (self.length or 0) > 255
        if self.filterable is None:
            put("filterable", not long_text and self.type != "anyType")
        if self.sortable is None:
            put("sortable", bool(self.filterable) and self.type not in COMPOUND_TYPES | {"multipicklist"})
        if self.groupable is None:
            never = {"datetime", "double", "currency", "percent", "multipicklist"} | COMPOUND_TYPES
            put("groupable", bool(self.filterable) and self.type not in never)

    @property
    def custom(self) -> bool:
        """Whether a person added the field."""
        return self.name.endswith(("__c", "__pc"))

    @property
    def stored(self) -> bool:
        """Whether the table has a column for it."""
        return self.type not in COMPOUND_TYPES

    @property
    def is_key(self) -> bool:
        """Whether records can be addressed by it."""
        return self.external_id or self.id_lookup

    def to_json(self) -> dict[str, Any]:
        """For keeping the definition in the org's file."""
        return asdict(self)

    @staticmethod
    def from_json(entry: Mapping[str, Any]) -> FieldSpec:
        """Undo :meth:`to_json`."""
        return FieldSpec(**{**entry, "picklist": tuple(entry["picklist"]), "reference_to": tuple(entry["reference_to"])})

    def describe(self) -> dict[str, Any]:
        """The field as the vendor's describe shows it."""
        size = self.length or 0
        return {
            "aggregatable": bool(self.filterable) and self.type not in COMPOUND_TYPES | {"boolean"},
            "aiPredictionField": False,
            "autoNumber": bool(self.auto_number),
            "byteLength": 18 if self.type in ID_TYPES else size * 3,
            "calculated": self.calculated,
            "calculatedFormula": None,
            "cascadeDelete": self.cascade,
            "caseSensitive": self.case_sensitive,
            "compoundFieldName": self.compound,
            "controllerName": None,
            "createable": self.createable,
            "custom": self.custom,
            "defaultValue": False if self.type == "boolean" else None,
            "defaultValueFormula": None,
            "defaultedOnCreate": self.defaulted,
            "dependentPicklist": False,
            "deprecatedAndHidden": False,
            "digits": 9 if self.type == "int" else 0,
            "displayLocationInDecimal": False,
            "encrypted": False,
            "externalId": self.external_id,
            "extraTypeInfo": None,
            "filterable": self.filterable,
            "filteredLookupInfo": None,
            "formulaTreatNullNumberAsZero": False,
            "groupable": self.groupable,
            "highScaleNumber": False,
            "htmlFormatted": False,
            "idLookup": self.id_lookup,
            "inlineHelpText": None,
            "label": self.label or label_of(self.name),
            "length": size,
            "mask": None,
            "maskType": None,
            "name": self.name,
            "nameField": self.name_field,
            "namePointing": len(self.reference_to) > 1,
            "nillable": self.nillable,
            "permissionable": self.nillable and self.type != "id" and (self.createable or self.calculated),
            "picklistValues": [
                {"active": True, "defaultValue": value == self.default, "label": value, "validFor": None, "value": value}
                for value in self.picklist
            ],
            "polymorphicForeignKey": len(self.reference_to) > 1,
            "precision": self.precision or 0,
            "queryByDistance": self.type in COMPOUND_TYPES,
            "referenceTargetField": None,
            "referenceTo": list(self.reference_to),
            "relationshipName": self.relationship or None,
            "relationshipOrder": None,
            "restrictedDelete": False,
            "restrictedPicklist": self.restricted,
            "scale": self.scale or 0,
            "searchPrefilterable": False,
            "soapType": _SOAP.get(self.type, "xsd:string"),
            "sortable": self.sortable,
            "type": self.type,
            "unique": self.unique,
            "updateable": self.updateable,
            "writeRequiresMasterRead": False,
        }


@dataclass(frozen=True)
class ObjectSpec:
    """One object: fields by name, in the order of describe."""

    name: str
    prefix: str
    label: str
    fields: Mapping[str, FieldSpec]
    createable: bool = True
    updateable: bool = True
    deletable: bool = True
    bulk: bool = True
    feature: str | None = None
    replicateable: bool = True
    lower: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        """Names are found regardless of case."""
        object.__setattr__(self, "lower", {name.lower(): name for name in self.fields})

    def find(self, name: str) -> FieldSpec | None:
        """A field by name, regardless of case as the vendor does."""
        exact = self.lower.get(name.lower())
        return self.fields[exact] if exact is not None else None

    def relationship(self, name: str) -> FieldSpec | None:
        """The reference field that a relationship name in a path stands for."""
        wanted = name.lower()
        return next((one for one in self.fields.values() if one.relationship and one.relationship.lower() == wanted), None)

    @property
    def custom(self) -> bool:
        """Whether a person made the object."""
        return self.name.endswith("__c")

    def summary(self, version: str) -> dict[str, Any]:
        """The object as the global describe lists it."""
        base = f"/services/data/v{version}/sobjects/{self.name}"
        writable = self.createable or self.updateable
        return {
            "activateable": False,
            "associateEntityType": None,
            "associateParentEntity": None,
            "createable": self.createable,
            "custom": self.custom,
            "customSetting": False,
            "deepCloneable": False,
            "deletable": self.deletable,
            "deprecatedAndHidden": False,
            "feedEnabled": False,
            "hasSubtypes": False,
            "isInterface": False,
            "isSubtype": False,
            "keyPrefix": self.prefix,
            "label": self.label,
            "labelPlural": f"{self.label}s",
            "layoutable": writable,
            "mergeable": self.name in {"Account", "Contact", "Lead"},
            "mruEnabled": writable,
            "name": self.name,
            "queryable": True,
            "replicateable": self.replicateable,
            "retrieveable": True,
            "searchable": writable,
            "triggerable": writable,
            "undeletable": self.deletable,
            "updateable": self.updateable,
            "urls": {"sobject": base, "describe": f"{base}/describe", "rowTemplate": f"{base}/{{ID}}"},
        }

    def describe(self, version: str, host: str, children: Iterable[Mapping[str, Any]] = ()) -> dict[str, Any]:
        """The whole describe of the object; ``host`` is the address that record pages are under."""
        answer = self.summary(version)
        answer["urls"] |= {
            "uiDetailTemplate": f"{host}/{{ID}}",
            "uiEditTemplate": f"{host}/{{ID}}/e",
            "uiNewRecord": f"{host}/{self.prefix}/e",
        }
        return answer | {
            "actionOverrides": [],
            "childRelationships": list(children),
            "compactLayoutable": True,
            "fields": [one.describe() for one in self.fields.values()],
            "namedLayoutInfos": [],
            "networkScopeFieldName": None,
            "recordTypeInfos": [],
            "sobjectDescribeOption": "FULL",
            "supportedScopes": [],
        }


def relationship_of(name: str) -> str | None:
    """The name under which the record a field refers to is reached in a path."""
    if name.endswith("__pc"):
        return name[:-4] + "__pr"
    if name.endswith("__c"):
        return name[:-3] + "__r"
    return name[:-2] if name.endswith("Id") else None


def label_of(name: str) -> str:
    """Words from an API name: ``Shopify_Order_Id__c`` → ``Shopify Order Id``."""
    plain = name.removesuffix("__c").removesuffix("__pc").replace("_", " ")
    return "".join(f" {c}" if c.isupper() and i and plain[i - 1].islower() else c for i, c in enumerate(plain))
