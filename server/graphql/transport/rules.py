"""Rules of validation beside graphql-core's own."""

from typing import Any

from graphql import (
    GraphQLError,
    OperationDefinitionNode,
    OverlappingFieldsCanBeMergedRule,
    ValidationContext,
    ValidationRule,
    is_input_object_type,
    is_non_null_type,
    type_from_ast,
)


def bounded_merging(comparisons: int) -> type[OverlappingFieldsCanBeMergedRule]:
    """Return the rule that compares fields of one response name, with a bound: the work grows with their square."""

    class BoundedMerging(OverlappingFieldsCanBeMergedRule):
        def __init__(self, context: ValidationContext) -> None:
            super().__init__(context)
            self.rule_context.remaining_complexity_budget = comparisons

    return BoundedMerging


class OneOfVariables(ValidationRule):
    """The one field of a required @oneOf input takes no variable that may be null.

    graphql-core has this rule for inputs that may be left out, and misses those that may not.
    """

    def leave_operation_definition(self, node: OperationDefinitionNode, *_: Any) -> None:
        """Look at the variables that an operation uses."""
        types = {
            definition.variable.name.value: type_from_ast(self.context.schema, definition.type)
            for definition in node.variable_definitions or ()
        }
        for usage in self.context.get_recursive_variable_usages(node):
            type_, parent = types.get(usage.node.name.value), usage.parent_type
            if type_ is None or is_non_null_type(type_) or not is_non_null_type(parent):
                continue
            input_ = parent.of_type
            if is_input_object_type(input_) and input_.is_one_of:
                name = usage.node.name.value
                self.report_error(
                    GraphQLError(
                        f"Variable '${name}' is of type '{type_}' but must be non-nullable to be used for "
                        f"OneOf Input Object '{input_}'.",
                        [usage.node],
                    )
                )
