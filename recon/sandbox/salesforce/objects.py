"""The standard objects that every org of the stand-in has, as compact tables.

One line is one field: ``Name type[(length)|(precision,scale)] flags [-> Object[|Object]] [in Compound] [= value,value…]``. Flags:

* ``n`` may be empty, ``c`` writable on create, ``u`` writable later, ``d`` filled by Salesforce when absent
* ``x`` external id, ``q`` unique, ``i`` records can be addressed by it, ``a`` auto-number, ``f`` computed (a note for readers)
* ``t`` history is kept, ``D`` deleted with the record it refers to, ``R`` only listed values, ``N`` the record's name
* ``p`` only with person accounts, ``m`` only with several currencies, ``O`` only with Order Management, ``k`` with that or Commerce
* ``F`` not filterable, ``L`` filterable although long, ``S`` not sortable, ``G`` not groupable, ``o`` without a relationship name

Fields, types and nillability follow the vendor's describe of API version 60; what an order integration never touches is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from recon.sandbox.salesforce import commerce
from recon.sandbox.salesforce.schema import FieldSpec, ObjectSpec

FEATURES = {"p": "person_accounts", "m": "multi_currency", "O": "order_management", "k": "selling"}

_LINE = re.compile(
    r"(?P<name>\w+) +(?P<type>\w+)(?:\((?P<a>\d+)(?:,(?P<b>\d+))?\))?(?: +(?P<flags>[a-zA-Z]+|-))?"
    r"(?: +-> (?P<to>[\w|]+))?(?: +in (?P<compound>\w+))?(?: += (?P<values>.+))?"
)

SYSTEM = """
    CreatedDate datetime d
    CreatedById reference d -> User
    LastModifiedDate datetime d
    LastModifiedById reference d -> User
    SystemModstamp datetime d
    IsDeleted boolean d
"""


ACCURACIES = "Address,NearAddress,Block,Street,ExtendedZip,Zip,Neighborhood,City,County,State,Unknown"


def _address(prefix: str, flags: str = "ncu") -> str:
    return f"""
    {prefix}Street textarea {flags} in {prefix}Address
    {prefix}City string(40) {flags} in {prefix}Address
    {prefix}State string(80) {flags} in {prefix}Address
    {prefix}PostalCode string(20) {flags} in {prefix}Address
    {prefix}Country string(80) {flags} in {prefix}Address
    {prefix}Latitude double(18,15) {flags} in {prefix}Address
    {prefix}Longitude double(18,15) {flags} in {prefix}Address
    {prefix}GeocodeAccuracy picklist(40) {flags}R in {prefix}Address = {ACCURACIES}
    {prefix}Address address {flags.replace("c", "").replace("u", "")}S
"""


ACCOUNT = f"""
    MasterRecordId reference n -> Account
    Name string(255) cutN
    LastName string(80) ncup in Name
    FirstName string(40) ncup in Name
    Salutation picklist(40) ncup in Name = Mr.,Ms.,Mrs.,Dr.,Prof.
    Type picklist ncu = Prospect,Customer - Direct,Customer - Channel,Other
    RecordTypeId reference ncup -> RecordType
    ParentId reference ncu -> Account
    {_address("Billing")}
    {_address("Shipping")}
    Phone phone ncut
    Fax phone ncu
    AccountNumber string(40) ncu
    Website url(255) ncu
    Industry picklist ncu = Apparel,Consulting,Electronics,Retail,Technology,Other
    AnnualRevenue currency(18,0) ncu
    NumberOfEmployees int ncu
    Description textarea(32000) ncu
    Site string(80) ncu
    OwnerId reference cudt -> User
    LastActivityDate date n
    LastViewedDate datetime n
    LastReferencedDate datetime n
    PersonContactId reference np -> Contact
    IsPersonAccount boolean dp
    {_address("PersonMailing", "ncup")}
    PersonMobilePhone phone ncup
    PersonHomePhone phone ncup
    PersonEmail email ncupt
    PersonTitle string(80) ncup
    PersonLeadSource picklist ncup = Web,Phone Inquiry,Partner Referral,Purchased List,Other
    PersonBirthdate date ncup
    PersonHasOptedOutOfEmail boolean cupdt
    PersonDoNotCall boolean cupd
    PersonEmailBouncedReason string(255) ncup
    PersonEmailBouncedDate datetime ncup
    AccountSource picklist ncu = Web,Phone Inquiry,Partner Referral,Purchased List,Other
"""

CONTACT = f"""
    MasterRecordId reference n -> Contact
    AccountId reference ncuD -> Account
    IsPersonAccount boolean dp
    LastName string(80) cut in Name
    FirstName string(40) ncut in Name
    Salutation picklist(40) ncu in Name = Mr.,Ms.,Mrs.,Dr.,Prof.
    Name string(121) fN
    {_address("Other")}
    {_address("Mailing")}
    Phone phone ncut
    Fax phone ncu
    MobilePhone phone ncu
    HomePhone phone ncu
    ReportsToId reference ncu -> Contact
    Email email ncuit
    Title string(128) ncu
    Department string(80) ncu
    LeadSource picklist ncu = Web,Phone Inquiry,Partner Referral,Purchased List,Other
    Birthdate date ncu
    Description textarea(32000) ncu
    OwnerId reference cud -> User
    HasOptedOutOfEmail boolean cudt
    DoNotCall boolean cud
    LastActivityDate date n
    LastViewedDate datetime n
    LastReferencedDate datetime n
    EmailBouncedReason string(255) ncu
    EmailBouncedDate datetime ncu
    IsEmailBounced boolean d
"""

ORDER = f"""
    OwnerId reference cud -> Group|User
    AccountId reference ncuDt -> Account
    Pricebook2Id reference ncu -> Pricebook2
    OriginalOrderId reference nc -> Order
    EffectiveDate date cut
    EndDate date ncu
    IsReductionOrder boolean cd
    Status picklist cut = Draft,Activated,Completed,Cancelled,Expired
    Description textarea(32000) ncu
    Type picklist ncu = New,Exchange,Reship
    {_address("Billing")}
    {_address("Shipping")}
    Name string(80) ncu
    PoDate date ncu
    PoNumber string(80) ncu
    OrderReferenceNumber string(80) ncu
    BillToContactId reference ncut -> Contact
    ShipToContactId reference ncu -> Contact
    ActivatedDate datetime n
    ActivatedById reference n -> User
    StatusCode picklist(40) dR = Draft,Activated,Canceled,Expired
    OrderNumber string(30) aNG
    TotalAmount currency(18,2) f
    LastViewedDate datetime n
    LastReferencedDate datetime n
"""

ORDER_ITEM = """
    Product2Id reference nc -> Product2
    OrderId reference cD -> Order
    PricebookEntryId reference c -> PricebookEntry
    OriginalOrderItemId reference nc -> OrderItem
    AvailableQuantity double(18,2) nf
    Quantity double(18,2) cut
    UnitPrice currency(18,2) ncut
    ListPrice currency(18,2) n
    TotalPrice currency(18,2) nf
    ServiceDate date ncu
    EndDate date ncu
    Description string(255) ncu
    OrderItemNumber string(30) aNG
"""

APEX_TRIGGER = """
    Name string(255) N
    TableEnumOrId picklist(255) -
    Status picklist(40) - = Active,Inactive
"""

FLOW_VIEW = """
    ApiName string(255) n
    Label string(255) N
    IsActive boolean d
    ActiveVersionId string(255) n
    ProcessType picklist(40) n = AutoLaunchedFlow,Flow,Workflow,InvocableProcess,CustomEvent
    TriggerType picklist(40) n = RecordBeforeSave,RecordAfterSave,Scheduled,PlatformEvent
    TriggerObjectOrEventLabel string(255) n
"""

PRODUCT = """
    Name string(255) cutN
    ProductCode string(255) ncu
    Description textarea(4000) ncuGL
    IsActive boolean cudt
    Family picklist ncu = None
    ExternalDataSourceId reference ncuo -> ExternalDataSource
    ExternalId string(255) ncu
    DisplayUrl url(1000) ncuG
    QuantityUnitOfMeasure picklist ncu = Each
    IsArchived boolean d
    LastViewedDate datetime n
    LastReferencedDate datetime n
    StockKeepingUnit string(180) ncuq
    Type picklist ncuR = Base,Bundle,Set
    ProductClass picklist(40) dR = Simple,VariationParent,Variation,Bundle,Set
"""

PRICEBOOK = """
    Name string(255) cuN
    IsActive boolean cud
    IsArchived boolean d
    Description string(255) ncu
    IsStandard boolean d
    LastViewedDate datetime n
    LastReferencedDate datetime n
"""

PRICEBOOK_ENTRY = """
    Name string(255) nfN
    Pricebook2Id reference c -> Pricebook2
    Product2Id reference c -> Product2
    UnitPrice currency(18,2) cut
    IsActive boolean cud
    UseStandardPrice boolean cud
    ProductCode string(255) nf
    IsArchived boolean d
"""

LOCATION = """
    OwnerId reference cud -> Group|User
    Name string(255) cuN
    LocationType picklist cu = Warehouse,Site,Van,Plant
    Latitude double(18,15) ncu in Location
    Longitude double(18,15) ncu in Location
    Location location nFS
    Description string(255) ncu
    TimeZone picklist(40) ncu = America/Los_Angeles,Europe/Berlin,UTC
    ParentLocationId reference ncu -> Location
    OpenDate date ncu
    CloseDate date ncu
    IsMobile boolean cud
    IsInventoryLocation boolean cud
    ExternalReference string(255) ncuq
    ShouldSyncWithOci boolean cud
    LastViewedDate datetime n
    LastReferencedDate datetime n
"""

PRODUCT_ITEM = """
    OwnerId reference cud -> Group|User
    ProductItemNumber string(255) aNG
    LocationId reference c -> Location
    Product2Id reference c -> Product2
    ProductName string(255) nf
    SerialNumber string(255) ncu
    QuantityOnHand double(18,2) cut
    QuantityUnitOfMeasure picklist ncu = Each
    LastViewedDate datetime n
    LastReferencedDate datetime n
"""

OPPORTUNITY = """
    AccountId reference ncuD -> Account
    Name string(120) cuiN
    Description textarea(32000) ncu
    StageName picklist cut = Prospecting,Qualification,Negotiation/Review,Closed Won,Closed Lost
    Amount currency(18,2) ncut
    Probability percent(3,0) ncud
    CloseDate date cut
    Type picklist ncu = Existing Business,New Business
    LeadSource picklist ncu = Web,Phone Inquiry,Partner Referral,Purchased List,Other
    IsClosed boolean d
    IsWon boolean d
    HasOpportunityLineItem boolean d
    Pricebook2Id reference ncud -> Pricebook2
    OwnerId reference cud -> User
    ContactId reference nco -> Contact
    LastViewedDate datetime n
    LastReferencedDate datetime n
"""

OPPORTUNITY_LINE = """
    OpportunityId reference cD -> Opportunity
    SortOrder int n
    PricebookEntryId reference nc -> PricebookEntry
    Product2Id reference nc -> Product2
    ProductCode string(255) nf
    Name string(376) nfGN
    Quantity double(18,2) cu
    TotalPrice currency(18,2) ncu
    UnitPrice currency(18,2) ncu
    ListPrice currency(18,2) n
    ServiceDate date ncu
    Description string(255) ncu
"""

USER = """
    Username string(80) cui
    LastName string(80) cu in Name
    FirstName string(40) ncu in Name
    Name string(121) fN
    Email email(128) cu
    Alias string(8) cu
    IsActive boolean cud
    TimeZoneSidKey picklist(40) cuR = America/Los_Angeles,Europe/Berlin,UTC
    LocaleSidKey picklist(40) cuR = de_DE,en_US
    LanguageLocaleKey picklist(40) cuR = de,en_US
    UserType picklist(40) nR = Standard,Guest
    LastLoginDate datetime n
"""

ORGANIZATION = f"""
    Name string(80) uN
    Division string(80) nu
    {_address("", "nu")}
    Phone phone nu
    PrimaryContact string(80) nu
    DefaultLocaleSidKey picklist(40) uR = de_DE,en_US
    TimeZoneSidKey picklist(40) uR = America/Los_Angeles,Europe/Berlin,UTC
    LanguageLocaleKey picklist(40) uR = de,en_US
    FiscalYearStartMonth int nu
    OrganizationType picklist(40) nR = Developer Edition,Enterprise Edition,Unlimited Edition
    NamespacePrefix string(15) n
    InstanceName string(5) n
    IsSandbox boolean d
    TrialExpirationDate datetime n
"""

ORDER_STATUS = """
    MasterLabel string(255) nN
    ApiName string(255) d
    SortOrder int n
    IsDefault boolean d
    StatusCode picklist(40) nR = Draft,Activated,Canceled,Expired
"""

CURRENCY_TYPE = """
    IsoCode picklist cuR
    ConversionRate double(18,6) cu
    DecimalPlaces int cu
    IsActive boolean cud
    IsCorporate boolean d
"""

RECORD_TYPE = """
    Name string(80) cuN
    DeveloperName string(80) cu
    SobjectType picklist(40) cR = Account,Contact,Order
    IsActive boolean cud
    IsPersonType boolean d
"""

HISTORY = """
    IsDeleted boolean d
    {parent} reference d -> {object}
    CreatedById reference d -> User
    CreatedDate datetime d
    Field picklist d
    OldValue anyType n
    NewValue anyType n
"""

TABLES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "Account": ("001", ACCOUNT, {}),
    "Contact": ("003", CONTACT, {}),
    "Order": ("801", ORDER + commerce.ORDER_PLUS, {}),
    "OrderItem": ("802", ORDER_ITEM + commerce.ORDER_ITEM_PLUS, {"label": "Order Product"}),
    "OrderStatus": ("01Y", ORDER_STATUS, {"createable": False, "updateable": False, "deletable": False, "bulk": False}),
    "Product2": ("01t", PRODUCT, {"label": "Product"}),
    "Pricebook2": ("01s", PRICEBOOK, {"label": "Price Book"}),
    "PricebookEntry": ("01u", PRICEBOOK_ENTRY, {"label": "Price Book Entry"}),
    "Location": ("131", LOCATION, {}),
    "ProductItem": ("1ys", PRODUCT_ITEM, {"label": "Product Item"}),
    "Opportunity": ("006", OPPORTUNITY, {}),
    "OpportunityLineItem": ("00k", OPPORTUNITY_LINE, {"label": "Opportunity Product"}),
    "User": ("005", USER, {"deletable": False}),
    "Organization": ("00D", ORGANIZATION, {"createable": False, "deletable": False}),
    "RecordType": ("012", RECORD_TYPE, {"deletable": False}),
    "ApexTrigger": ("01q", APEX_TRIGGER, {"createable": False, "updateable": False, "deletable": False}),
    "FlowDefinitionView": ("3dd", FLOW_VIEW, {"createable": False, "updateable": False, "deletable": False, "bulk": False}),
    "CurrencyType": ("01L", CURRENCY_TYPE, {"deletable": False, "bulk": False, "feature": "multi_currency"}),
    **commerce.TABLES,
}
"""object → key prefix, fields, and what differs from an ordinary object"""

WITHOUT_DELETED = frozenset({"User", "Organization", "OrderStatus", "RecordType", "CurrencyType", "ApexTrigger", "FlowDefinitionView"})
WITHOUT_CURRENCY = commerce.WITHOUT_CURRENCY | {
    "Organization", "OrderStatus", "RecordType", "CurrencyType", "Location", "ApexTrigger", "FlowDefinitionView",
}  # fmt: skip
HISTORIES = {
    "Account": "AccountHistory",
    "Contact": "ContactHistory",
    "Order": "OrderHistory",
    "OrderItem": "OrderItemHistory",
    "Product2": "Product2History",
    "PricebookEntry": "PricebookEntryHistory",
    "Opportunity": "OpportunityFieldHistory",
}


def parse_fields(table: str) -> Iterator[FieldSpec]:
    """Read a table of fields in the notation of this module."""
    for line in filter(None, map(str.strip, table.splitlines())):
        found = _LINE.fullmatch(line)
        if found is None:
            raise ValueError(f"this is no field: {line}")
        yield _field(**found.groupdict())


def _field(
    name: str, type: str, *, a: str | None, b: str | None, flags: str | None, to: str | None, compound: str | None, values: str | None
) -> FieldSpec:
    has = set(flags or "") - {"-"}
    number = type in {"double", "currency", "percent"}
    return FieldSpec(
        name,
        type,
        length=int(a) if a and not number else None,
        precision=int(a) if a and number else None,
        scale=int(b) if b else None,
        nillable="n" in has,
        createable="c" in has,
        updateable="u" in has,
        defaulted="d" in has,
        external_id="x" in has,
        unique="q" in has,
        id_lookup="i" in has,
        picklist=tuple(part.strip() for part in values.split(",")) if values else (),
        restricted="R" in has,
        reference_to=tuple(to.split("|")) if to else (),
        auto_number="{:08d}" if "a" in has else None,
        compound=compound,
        relationship="" if "o" in has else None,
        filterable=False if "F" in has else True if "L" in has else None,
        sortable=False if "S" in has else None,
        groupable=False if "G" in has else None,
        name_field="N" in has,
        track="t" in has,
        cascade="D" in has,
        feature=next((feature for flag, feature in FEATURES.items() if flag in has), None),
    )


CURRENCY = FieldSpec("CurrencyIsoCode", "picklist", length=255, defaulted=True, restricted=True, feature="multi_currency")


def standard_objects() -> dict[str, ObjectSpec]:
    """All standard objects with their history objects; the caller may change the dictionary."""
    return dict(_standard_objects())


@cache
def _standard_objects() -> dict[str, ObjectSpec]:
    built: dict[str, ObjectSpec] = {}
    for name, (prefix, table, extra) in TABLES.items():
        fields = [FieldSpec("Id", "id", nillable=False, createable=False, updateable=False, defaulted=True), *parse_fields(table)]
        fields += [one for one in parse_fields(SYSTEM) if one.name != "IsDeleted" or name not in WITHOUT_DELETED]
        if name not in WITHOUT_CURRENCY:
            fields.append(CURRENCY)
        options = {"label": name, **extra}
        built[name] = ObjectSpec(name, prefix, fields={one.name: one for one in fields}, **options)
    for parent, history in HISTORIES.items():
        built[history] = history_object(parent, history, f"{parent}Id")
    return built


def history_object(parent: str, name: str, parent_field: str) -> ObjectSpec:
    """The object that keeps the changes of another."""
    fields = [FieldSpec("Id", "id", nillable=False, createable=False, updateable=False, defaulted=True)]
    fields += list(parse_fields(HISTORY.format(parent=parent_field, object=parent)))
    return ObjectSpec(
        name, "017", name, {one.name: one for one in fields}, createable=False, updateable=False, deletable=False, replicateable=False
    )


def custom_object(name: str, prefix: str, fields: list[FieldSpec]) -> ObjectSpec:
    """An object that a person made: the usual system fields, an auto-numbered or given name, and ``fields``."""
    base = [FieldSpec("Id", "id", nillable=False, createable=False, updateable=False, defaulted=True)]
    own = {one.name for one in fields}
    if "OwnerId" not in own:
        base += list(parse_fields("OwnerId reference cud -> Group|User"))
    if "Name" not in own:
        base += list(parse_fields("Name string(80) ncudiN"))
    everything = [*base, *parse_fields(SYSTEM), CURRENCY, *fields]
    return ObjectSpec(name, prefix, name.removesuffix("__c").replace("_", " "), {one.name: one for one in everything})
