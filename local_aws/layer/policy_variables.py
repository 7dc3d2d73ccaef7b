"""IAM's policy variables: `${aws:username}` in a resource or a condition is the caller's own value.

docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html (default values and `${*}` are unknown here)
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from ministack.core import iam_evaluator

VARIABLE = re.compile(r"\$\{([^}]+)\}")
_first_match = iam_evaluator._first_match


def first_match(context: Any, statements: list[Any], effect: str) -> Any:
    """As the emulator does it, with the variables filled in; a statement whose variable has no value does not count."""
    filled = [fill(statement, context) for statement in statements]
    return _first_match(context, [statement for statement in filled if statement], effect)


def fill(statement: Any, context: Any) -> Any:
    """A statement with the values of this request, or None if one is missing."""
    parts = {"resources": statement.resources, "not_resources": statement.not_resources}
    text = json.dumps({**parts, "conditions": statement.conditions})
    names = set(VARIABLE.findall(text))
    if not names:
        return statement
    values = {name: iam_evaluator._resolve_condition_key(name, context) for name in names}
    if not all(isinstance(value, str) for value in values.values()):
        return None
    return replace(statement, **json.loads(VARIABLE.sub(lambda found: json.dumps(values[found[1]])[1:-1], text)))


def install() -> None:
    """Fill in wherever a policy is evaluated."""
    iam_evaluator._first_match = first_match
