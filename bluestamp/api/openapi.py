"""The OpenAPI document: what ninja knows of the operations, and what it can't know of their surroundings."""

from __future__ import annotations

import copy
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from ninja import NinjaAPI
from ninja.operation import Operation

from bluestamp.api import problems
from bluestamp.api.copies import Noun
from bluestamp.api.problems import FieldError, Problem

PREFIX: Final = "/api/v1/{slug}"
_NOUN: Final = "{noun}"
SLUG: Final = {
    "in": "path",
    "name": "slug",
    "required": True,
    "description": "The first word of the studio's addresses.",
    "schema": {"type": "string", "pattern": "^[a-z0-9-]+$"},
}
SECURITY: Final = {"token": {"type": "http", "scheme": "bearer", "description": "An API token: bst_…"}}


class Api(NinjaAPI):
    """Ninja, with operation ids that read as words."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """`expenses_create`: the noun and what is done to it."""
        view = operation.view_func
        return f"{view.__module__.rsplit('.', 1)[-1]}_{view.__name__}"


def document(api: NinjaAPI) -> dict[str, Any]:
    """The whole document, as plain JSON."""
    said: dict[str, Any] = copy.deepcopy(dict(api.get_openapi_schema(path_prefix=PREFIX.lstrip("/"))))
    said["paths"] = dict(
        pair for path, item in said["paths"].items() for pair in _spelled_out(path, item).items()
    )
    for item in said["paths"].values():
        for operation in item.values():
            operation["responses"]["default"] = _PROBLEM
            operation["summary"] = operation["description"].split(":")[0].split(".")[0]
        item["parameters"] = [SLUG]
    components = said.setdefault("components", {})
    components.setdefault("schemas", {}).update(_problem_schemas())
    components["securitySchemes"] = SECURITY
    said["security"] = [{"token": []}]
    return said


def view(api: NinjaAPI) -> Any:
    """The document at its address; it says nothing of any studio, so nobody has to say who asks."""

    @require_safe
    def openapi(request: HttpRequest) -> HttpResponse:
        return JsonResponse(document(api))

    return openapi


_PROBLEM: Final = {
    "description": "Why it was not done",
    "content": {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def _problem_schemas() -> dict[str, Any]:
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schema.pop("$defs", None)
    # Some carry more than this: the fresh document, candidates.
    schema["additionalProperties"] = True
    return {"Problem": schema, "FieldError": FieldError.model_json_schema()}


def _spelled_out(path: str, item: dict[str, Any]) -> dict[str, Any]:
    """Operations that every kind of document has, once for each kind: a reader looks for `/expenses/…/copy`."""
    if _NOUN not in path:
        return {path: item}
    return {path.replace(_NOUN, noun): _of_noun(item, noun) for noun in Noun}


def _of_noun(item: dict[str, Any], noun: Noun) -> dict[str, Any]:
    found = copy.deepcopy(item)
    for operation in found.values():
        operation["parameters"] = [each for each in operation["parameters"] if each["name"] != "noun"]
        operation["operationId"] = f"{noun}_{operation['operationId']}"
        operation["tags"] = [str(noun)]
    return found
