"""What Salesforce refuses, by its error codes. Vendor source: REST API Developer Guide, Status Codes and Error Responses."""

from __future__ import annotations

import re
from typing import Any

from recon.errors import AuthError, QuotaError, SourceError
from recon.systems.http import Again, Answer, where

_CODE = re.compile(r"[A-Za-z0-9_]{2,80}")

WAIT = {
    "TXN_SECURITY_METERING_ERROR": 30.0,
    "TOO_MANY_APEX_REQUESTS": 30.0,
    "EXCEEDED_QUOTA": 60.0,
    "TOO_MANY_JOBS": 60.0,
    "EXCEEDED_MAX_CONCURRENT_REQUESTS": 45.0,
}
AGAIN = frozenset({"SERVER_UNAVAILABLE", "UNKNOWN_EXCEPTION", "UNABLE_TO_LOCK_ROW", "SERVICE_UNAVAILABLE"})
TOO_BIG = frozenset({"QUERY_TIMEOUT", "OPERATION_TOO_LARGE"})
LOCATOR = frozenset({"INVALID_QUERY_LOCATOR", "INVALID_LOCATOR", "INVALID_QUERY_LOCATION"})
GONE = frozenset({"INVALIDJOB", "INVALIDJOBSTATE", "NOT_FOUND", "ENTITY_IS_DELETED"})
NOT_BULK = frozenset(
    {"INVALIDENTITY", "FEATURENOTENABLED", "FEATURE_NOT_ENABLED", "API_ERROR", "INVALID_TYPE_FOR_OPERATION", "APINOTENABLED"}
)
SCHEMA = frozenset({"INVALID_FIELD", "INVALID_TYPE", "MALFORMED_QUERY", "INVALID_FIELD_FOR_OPERATION", "QUERY_TOO_COMPLICATED"})
ACCESS = frozenset(
    {"INSUFFICIENT_ACCESS", "INSUFFICIENT_ACCESS_OR_READONLY", "API_DISABLED_FOR_ORG", "API_CURRENTLY_DISABLED", "FORBIDDEN"}
)
STOPPED = frozenset({"ORG_LOCKED", "STORAGE_LIMIT_EXCEEDED", "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE", "ORG_IN_MAINTENANCE"})
VERSION = frozenset({"UNSUPPORTED_API_VERSION", "INVALIDVERSION", "INVALID_VERSION"})


class Refusal(SourceError):
    """A request that Salesforce refused for a reason that repeating does not change; ``code`` is its errorCode (upper case)."""

    def __init__(self, message: str, hint: str = "", *, system: str = "", code: str = "", status: int = 0) -> None:
        super().__init__(message, hint, system=system)
        self.code = code
        self.status = status


class SessionExpired(AuthError):
    """The access token is no longer valid; a new one may help, once."""


class OAuthRefusal(AuthError):
    """The token endpoint refused; ``words`` is its description in lower case, never shown."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__("Salesforce gave no access token.")
        self.code = code
        self.words = words


def code_of(data: Any) -> tuple[str, str]:
    """Error code in upper case and text in lower case of an error body; empty where it is none."""
    first = data[0] if isinstance(data, list) and data else data
    if not isinstance(first, dict):
        return "", ""
    code = str(first.get("errorCode") or "")
    return (code.upper() if _CODE.fullmatch(code) else ""), str(first.get("message") or "").lower()


def classify(answer: Answer, system: str) -> None:
    """Raise what an answer means; return where it is good or only its status decides."""
    if answer.data is not None and not isinstance(answer.data, (dict, list)):
        raise Again("was answered without data")
    if answer.ok:
        # A gateway may send an error list with status 200.
        code, words = code_of(answer.data) if isinstance(answer.data, list) else ("", "")
        if not code:
            return
    else:
        if isinstance(answer.data, dict) and "error" in answer.data and place_of(answer).endswith("/oauth2/token"):
            error = str(answer.data["error"])
            raise OAuthRefusal(
                error if _CODE.fullmatch(error) else "an unknown error", str(answer.data.get("error_description", "")).lower()
            )
        code, words = code_of(answer.data)
    _by_code(answer, code, words, system)


def place_of(answer: Answer) -> str:
    """Method and path of the request."""
    return where(answer.request)


def _by_code(answer: Answer, code: str, words: str, system: str) -> None:
    status, place = answer.status_code, place_of(answer)
    if code == "INVALID_SESSION_ID" or status == 401:
        raise SessionExpired(f"{system}: Salesforce does not accept the access token, also a new one.", "Run recon doctor.", system=system)
    if code == "REQUEST_LIMIT_EXCEEDED":
        if "concurrent" in words:
            raise Again("met too many long requests at the same time", wait=45.0, everyone=True)
        raise QuotaError(
            f"{system}: the org's daily API calls are used up.",
            "Run it again when they refill; it goes on where it stopped.",
            system=system,
        )
    if code in WAIT:
        raise Again("was asked to wait", wait=WAIT[code], everyone=True)
    if code in AGAIN or (status == 406 and place.endswith("/describe")):
        raise Again(f"was answered with {code or status}")
    if status in {408, 429} or status >= 500:
        return  # by status, with Retry-After
    if code in ACCESS:
        raise AuthError(
            f"{system}: {place} is not allowed for the integration user ({code}).",
            "Give it API Enabled, and read permission on the objects that are mapped.",
            system=system,
        )
    if code in STOPPED:
        raise QuotaError(f"{system}: the org is locked or in maintenance ({code}).", "Run it again later.", system=system)
    if code in VERSION or status == 410:
        raise Refusal(
            f"{system}: the org does not offer this API version.", "Set api_version to one that recon doctor lists.",
            system=system, code="UNSUPPORTED_API_VERSION", status=status,
        )  # fmt: skip
    if status in {414, 431}:
        raise Refusal(f"{system}: {place} was too long (status {status}).", system=system, code="URI_TOO_LONG", status=status)
    if code or status == 404:
        hint = "The org's fields changed; run recon doctor." if code in SCHEMA else "Run recon doctor."
        raise Refusal(f"{system}: {place} was refused ({code or status}).", hint, system=system, code=code, status=status)
