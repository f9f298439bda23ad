"""The server's description of itself, to hold real answers against."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import httpx
from jsonschema import (  # type: ignore[import-untyped]  # it has no types
    Draft202012Validator,
    FormatChecker,
)

PREFIX = "/api/v2"


@dataclass(frozen=True)
class Described:
    """An OpenAPI document."""

    document: dict[str, Any]

    @cached_property
    def operations(self) -> dict[tuple[str, str], dict[str, Any]]:
        """All operations by method and path template."""
        return {
            (method.upper(), path): operation
            for path, methods in self.document["paths"].items()
            for method, operation in methods.items()
        }

    def template(self, method: str, path: str) -> str | None:
        """The path template that a request belongs to, if it has the method: the most literal one that fits."""
        parts = path.split("/")
        fitting = [
            template for template in self.document["paths"] if _fits(template.split("/"), parts)
        ]
        best = min(fitting, key=lambda template: template.count("{"), default=None)
        return best if (method, best) in self.operations else None

    def resolved(self, part: Mapping[str, Any]) -> Mapping[str, Any]:
        """What a reference stands for."""
        while "$ref" in part:
            found: Any = self.document
            for name in part["$ref"].removeprefix("#/").split("/"):
                found = found[name]
            part = found
        return part

    def faults(self, shape: Mapping[str, Any], value: object) -> list[str]:
        """What in a value is not as a schema says."""
        root = {**shape, "components": self.document["components"]}
        validator = Draft202012Validator(root, format_checker=FormatChecker())
        return [
            f"{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}"
            for error in validator.iter_errors(value)
        ]

    def body_faults(self, method: str, path: str, body: object) -> list[str]:
        """What in a request's body is not as described."""
        template = self.template(method, path)
        assert template is not None, (method, path)
        operation = self.operations[method, template]
        return self.faults(operation["requestBody"]["content"]["application/json"]["schema"], body)

    def check(self, response: httpx.Response) -> None:
        """Fail if an answer is not as described; a call that is not described must be a refusal."""
        method = response.request.method
        path = response.request.url.path.removeprefix(PREFIX)
        template = self.template(method, path)
        if template is None:
            assert response.status_code in {400, 404, 405, 501}, (method, path, response.text[:200])
            answer = self.document["components"]["responses"]["refused.404"]
        else:
            answers = self.operations[method, template]["responses"]
            assert str(response.status_code) in answers, (method, path, response.status_code)
            answer = self.resolved(answers[str(response.status_code)])
        missing = [name for name in answer.get("headers", {}) if name not in response.headers]
        assert missing == [], (method, path)
        if "content" not in answer:
            assert response.content == b""
            return
        assert response.headers["content-type"] == "application/json"
        shape = answer["content"]["application/json"]["schema"]
        assert self.faults(shape, response.json()) == [], (method, path)


def _fits(template: list[str], parts: list[str]) -> bool:
    return len(template) == len(parts) and all(
        wanted.startswith("{") or wanted == part
        for wanted, part in zip(template, parts, strict=True)
    )
