# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the ID of a model of Amazon Bedrock looks like. Pure. Private to the collection.

Whether there is such a model is not known here: the role openclaw has the list, and passes on what is known of a model.
"""

from __future__ import annotations

import re

# U(https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html), 2026-11-22
SCOPES = ("global", "us", "us-gov", "eu", "apac", "au", "ca", "in", "jp")
MODEL_ID = re.compile(r"[a-z0-9]+\.[a-z0-9][a-z0-9.:-]*")
# Of provisioned throughput, an application's inference profile, an imported model and the like.
MODEL_ARN = re.compile(r"arn:aws[a-z-]*:bedrock:[a-z0-9-]+:\d{12}:[a-z-]+/[A-Za-z0-9._:/-]+")


def problem(model_id: str) -> str | None:
    """What is wrong with a model ID, which may be that of an inference profile."""
    if MODEL_ARN.fullmatch(model_id):
        return None
    if "/" in model_id:
        return f"{model_id!r} names a provider. Write the Bedrock model ID alone, {model_id.rpartition('/')[2]}."
    scope, _dot, rest = model_id.partition(".")
    # AWS adds scopes; no provider has a hyphen in its name.
    if MODEL_ID.fullmatch(rest if scope in SCOPES or "-" in scope else model_id):
        return None
    return (
        f"{model_id!r} is not a Bedrock model ID. Write one like global.anthropic.claude-opus-4-5-20251101-v1:0;"
        " `aws bedrock list-inference-profiles` and `aws bedrock list-foundation-models` list them."
    )
