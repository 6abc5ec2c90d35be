"""GraphQL errors in the vendor's form: its messages for what clients meet, and a code for every one."""

from __future__ import annotations

import functools
import re
from typing import Any

from graphql import (
    ArgumentNode,
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    ListValueNode,
    OperationDefinitionNode,
    StringValueNode,
    ValidationContext,
    ValidationRule,
    get_named_type,
    specified_rules,
    type_from_ast,
)

from recon.sandbox.shopify.schema import NEWEST, api_schema

Document = dict[str, Any]

_UNDEFINED = re.compile(r"Cannot query field '(\w+)' on type '(\w+)'")
_ARGUMENT = re.compile(r"Unknown argument '(\w+)' on field '(?:(\w+)\.)?(\w+)'")
_GID = "gid://shopify/"


class KnownIds(ValidationRule):
    """Ids written into a query must be global ids; refused before anything runs."""

    context: ValidationContext

    def enter_argument(self, node: ArgumentNode, *_: Any) -> None:
        """Look at ids among the arguments of a field."""
        argument = self.context.get_argument()
        if argument is None or get_named_type(argument.type).name != "ID":
            return
        values = node.value.values if isinstance(node.value, ListValueNode) else (node.value,)
        for value in values:
            if isinstance(value, StringValueNode) and not value.value.startswith(_GID):
                extensions = {"code": "argumentLiteralsIncompatible", "typeName": "CoercionError"}
                self.report_error(GraphQLError(f"Invalid global id '{value.value}'", node, extensions=extensions))


@functools.cache
def validation_rules() -> tuple[type[ASTValidationRule], ...]:
    """The rules of GraphQL and ours."""
    return (*specified_rules, KnownIds)


def bad_variable(operation: OperationDefinitionNode, variables: Document) -> Document | None:
    """The error for a variable that is given as an id but is none."""
    for definition in operation.variable_definitions or ():
        kind = type_from_ast(api_schema(NEWEST).graphql, definition.type)
        if kind is None or get_named_type(kind).name != "ID":
            continue
        name = definition.variable.name.value
        given = variables.get(name)
        for value in given if isinstance(given, list) else [given]:
            if isinstance(value, str) and not value.startswith(_GID):
                message = f"Variable ${name} of type {_written(definition.type)} was provided invalid value"
                problems = [{"path": [], "explanation": f"Invalid global id '{value}'", "message": f"Invalid global id '{value}'"}]
                return {"message": message, "extensions": {"code": "INVALID_VARIABLE", "value": given, "problems": problems}}
    return None


def spoken(error: GraphQLError, document: DocumentNode | None) -> Document:
    """An error as the API writes it."""
    written: Document = {"message": error.message}
    if error.locations:
        written["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    if error.path:
        written["path"] = list(error.path)
    extensions = dict(error.extensions or {})
    if match := _UNDEFINED.match(error.message):
        written["message"] = f"Field '{match[1]}' doesn't exist on type '{match[2]}'"
        extensions = {"code": "undefinedField", "typeName": match[2], "fieldName": match[1]}
    elif match := _ARGUMENT.match(error.message):
        written["message"] = f"Field '{match[3]}' doesn't accept argument '{match[1]}'"
        extensions = {"code": "argumentNotAccepted", "name": match[3], "argumentName": match[1]}
    elif "code" not in extensions:
        extensions["code"] = "INVALID_VARIABLE" if error.message.startswith("Variable") else "BAD_REQUEST"
    written["extensions"] = extensions
    if extensions["code"] == "argumentLiteralsIncompatible" and document is not None:
        written["path"] = _path_to(error, document)
    return written


def _path_to(error: GraphQLError, document: DocumentNode) -> list[str]:
    """Where a wrong literal stands: operation, fields, argument."""
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            name = f"{definition.operation.value} {definition.name.value}" if definition.name else definition.operation.value
            found = _steps_to(error.nodes[0] if error.nodes else None, definition.selection_set)
            if found is not None:
                return [name, *found]
    return []


def _steps_to(argument: Any, selection: Any) -> list[str] | None:
    for field in selection.selections if selection is not None else ():
        key = field.name.value if hasattr(field, "name") else "..."
        if argument in (getattr(field, "arguments", None) or ()):
            return [key, argument.name.value]
        deeper = _steps_to(argument, getattr(field, "selection_set", None))
        if deeper is not None:
            return [key, *deeper]
    return None


def _written(node: Any) -> str:
    from graphql import print_ast

    return print_ast(node)
