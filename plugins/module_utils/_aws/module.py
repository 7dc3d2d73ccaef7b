# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The base of the collection's AWS modules.

Private to the collection.
"""

from __future__ import annotations

import typing as t

from ansible_collections.amazon.aws.plugins.module_utils.common import set_collection_info
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from .errors import DeploymentError
from .plan import Change
from .plan import summarize

COLLECTION_NAME = "openclaw.ecs"
COLLECTION_VERSION = "0.1.0"

# What the documentation fragments of the same names say.
RESOURCE_ARGUMENTS = {
    "state": {"choices": ["present", "absent"], "default": "present"},
    "tags": {"type": "dict", "required": True},
}
WAIT_ARGUMENTS = {
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 600},
}


class OpenClawAWSModule(AnsibleAWSModule):
    """C(AnsibleAWSModule) that names this collection in the user agent and reports a plan."""

    def __init__(self, **kwargs: t.Any) -> None:
        super().__init__(**kwargs)
        set_collection_info(collection_name=COLLECTION_NAME, collection_version=COLLECTION_VERSION)

    def exit_changes(self, changes: list[Change], **result: t.Any) -> t.NoReturn:
        """End with C(changed), C(actions) and, in diff mode, C(diff) of what was or would be done."""
        self.exit_json(**summarize(changes, with_diff=self._diff), **result)


def run_module(module: OpenClawAWSModule, work: t.Callable[[OpenClawAWSModule], t.NoReturn | None]) -> None:
    """Do the module's work; the one place where an error of AWS or of the plan becomes the module's failure."""
    try:
        work(module)
    except DeploymentError as error:
        module.fail_json_aws_error(error)
