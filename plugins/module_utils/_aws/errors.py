# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one exception of the collection's AWS code, and how an API function turns botocore's errors into it.

Private to the collection.
"""

from __future__ import annotations

import functools
import inspect
import typing as t

try:
    from botocore.exceptions import BotoCoreError
    from botocore.exceptions import ClientError
    from botocore.exceptions import WaiterError
except ImportError:
    pass  # The module base reports missing libraries.

from ansible_collections.amazon.aws.plugins.module_utils.exceptions import AnsibleAWSError
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry


class DeploymentError(AnsibleAWSError):
    """Something a person has to know: what was found, where, and what to do about it."""


def error_code(error: BaseException) -> str:
    """The AWS error code of an exception; empty if it has none."""
    return getattr(error, "response", {}).get("Error", {}).get("Code", "")


def api_call(
    description: str,
    missing: t.Sequence[str] = (),
    default: t.Any = None,
    retry_on: t.Sequence[str] = (),
) -> t.Callable[[t.Callable[..., t.Any]], t.Callable[..., t.Any]]:
    """Decorate a function that makes one API call.

    Throttling, and the error codes C(retry_on), are tried again with growing pauses. The error codes C(missing) mean
    that the resource does not exist, and give C(default). Every other error becomes a L(DeploymentError) that says
    what was tried; C(description) is a format string over the function's arguments, and over those of the API call
    where the function takes them as C(**arguments).
    """

    def decorate(function: t.Callable[..., t.Any]) -> t.Callable[..., t.Any]:
        retrying = AWSRetry.jittered_backoff(catch_extra_error_codes=list(retry_on))(function)
        signature = inspect.signature(function)

        def describe(args: t.Any, kwargs: t.Any) -> str:
            arguments = signature.bind(*args, **kwargs).arguments
            return description.format_map({**arguments, **arguments.get("arguments", {})})

        @functools.wraps(function)
        def call(*args: t.Any, **kwargs: t.Any) -> t.Any:
            try:
                return retrying(*args, **kwargs)
            except WaiterError as error:
                raise DeploymentError(
                    message=f"Gave up waiting to {describe(args, kwargs)}", exception=error
                ) from error
            except (ClientError, BotoCoreError) as error:
                if error_code(error) in missing:
                    return default
                raise DeploymentError(message=f"Could not {describe(args, kwargs)}", exception=error) from error

        return call

    return decorate
