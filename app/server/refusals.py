"""What the server refuses, in one envelope: the API's code, its status, words for people.

Source of the codes: contract 4.1. Codes below the line there are ours; clients key on status and code.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from app.domain.errors import Rejected
from app.domain.values import Json

STATUS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "unknown_field": 400,
        "field_value_invalid": 400,
        "field_required_missing": 400,
        "field_not_creatable": 400,
        "field_not_updatable": 400,
        "invalid_matching_field": 400,
        "ambiguous_match": 409,
        "target_record_not_found": 404,
        "record_not_writable": 409,
        "stage_entrance_criteria_not_met": 422,
        "record_not_found": 404,
        "unknown_relationship": 404,
        "invalid_filter_field": 400,
        "invalid_filter_operator": 400,
        "invalid_filter_value": 400,
        "filter_depth_exceeded": 400,
        "sort_too_many_fields": 400,
        "unsortable_field": 400,
        "invalid_cursor": 400,
        "sub_resource_not_supported": 400,
        "unknown_record_type": 404,
        "method_not_allowed": 405,
        # Ours:
        "precondition_failed": 412,
        "idempotency_key_reused": 409,
        "invalid_json": 400,
        "body_too_large": 400,
        "untrusted_host": 421,
        "cross_site_request": 403,
        "unauthorized": 401,
        "not_found": 404,
        "unsupported_media_type": 415,
        "rate_limited": 429,
        "internal_error": 500,
        "not_implemented": 501,
        "too_slow": 503,
        "workspace_busy": 503,
        "workspace_damaged": 503,
        "workspace_closed": 503,
        "workspace_failed": 503,
        "workspace_full": 507,
        "workspace_read_only": 403,
    }
)
"""The HTTP status of each code."""


class Refusal(Exception):
    """The request ends with an error answer."""

    def __init__(
        self,
        code: str,
        message: str,
        field: str | None = None,
        details: Json = None,
        *,
        status: int | None = None,
    ) -> None:
        """`status` is for a code that has more than one."""
        super().__init__(message)
        self.code = code
        self.status = STATUS[code] if status is None else status
        self.message = message
        self.field = field
        self.details = details
        self.headers: dict[str, str] = {}
        """Headers the answer carries beside the usual ones."""

    @property
    def body(self) -> Json:
        """The envelope."""
        return {
            "error": {
                "code": self.code,
                "message": self.message,
                "field": self.field,
                "details": self.details,
            }
        }


def refusal_of(error: Rejected) -> Refusal:
    """The refusal for a question the wire's parser could not read."""
    fault = error.faults[0]
    return Refusal(fault.code, fault.message, fault.field)


def quoted(text: str) -> str:
    """A caller's words inside a message: short, and safe to encode."""
    short = text if len(text) <= 80 else f"{text[:80]}…"
    return short.encode("utf-8", "replace").decode()
