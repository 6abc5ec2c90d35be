"""GraphQL errors in the vendor's form: its messages for what clients meet, and a code for every one."""

from __future__ import annotations

import functools
import re
from typing import Any

from graphql import (
    ArgumentNode,
    ASTValidationRule,
    FieldNode,
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

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self._path: list[str | int] = []

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: Any) -> None:
        """Paths of these errors begin with the operation."""
        self._path = [f"{node.operation.value} {node.name.value}" if node.name else node.operation.value]

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        """Look at the ids among a field's arguments."""
        self._path.append(node.name.value)
        field = self.context.get_field_def()
        for argument in node.arguments or ():
            declared = field.args.get(argument.name.value) if field is not None else None
            if declared is not None and get_named_type(declared.type).name == "ID":
                self._check(node, argument)

    def leave_field(self, *_: Any) -> None:
        """Step back out."""
        self._path.pop()

    def _check(self, field: FieldNode, argument: ArgumentNode) -> None:
        values = argument.value.values if isinstance(argument.value, ListValueNode) else (argument.value,)
        for value in values:
            if isinstance(value, StringValueNode) and not value.value.startswith(_GID):
                extensions = {"code": "argumentLiteralsIncompatible", "typeName": "CoercionError"}
                path = [*self._path, argument.name.value]
                self.report_error(GraphQLError(f"Invalid global id '{value.value}'", field, path=path, extensions=extensions))


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


def spoken(error: GraphQLError) -> Document:
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
    return written


def _written(node: Any) -> str:
    from graphql import print_ast

    return print_ast(node)
