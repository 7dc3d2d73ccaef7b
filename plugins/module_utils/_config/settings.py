# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checks of what openclaw.json is to say, beyond the models; what the module C(openclaw_config) would refuse on the
setup host is told before there is one. Pure. Private to the collection.
"""

from __future__ import annotations

import json
import re
import typing as t

from .._openclaw import versions
from .._openclaw.masking import secrets
from .._openclaw.paths import dotted
from .._openclaw.shapes import includes
from .problems import Problem
from .problems import problem
from .releases import known_release

Values = t.Mapping[str, t.Any]

# https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_GuardrailConfiguration.html, 2026-11-22
GUARDRAIL = re.compile(r"[a-z0-9]+|arn:aws[a-z-]*:bedrock:(?P<region>[a-z0-9-]+):\d{12}:guardrail/[a-z0-9]+")
GUARDRAIL_VERSION = re.compile(r"[1-9][0-9]{0,7}|DRAFT")
# Variables for settings that not every release has, and what they are called where the releases are known.
SETTINGS = {
    "openclaw_guardrail": "guardrail",
    "openclaw_memory_search": "memory_search",
    "openclaw_model_discovery": "discovery",
    "openclaw_service_tier": "service_tier",
}
TREES = ("openclaw_channels", "openclaw_config_overrides")
PASSWORD = "OPENCLAW_GATEWAY_PASSWORD"
# https://docs.openclaw.ai/gateway/configuration#env-var-substitution, 2026-11-22
REFERENCE = re.compile(r"(?<!\$)\$\{([A-Z_][A-Z0-9_]*)\}")


def has(values: Values, variable: str) -> bool:
    """Whether the release has what a variable is about."""
    return versions.place(SETTINGS[variable], known_release(values)) is not None


def plain(tree: t.Any) -> t.Any:
    """A tree as it will be written, in which all keys are texts."""
    return json.loads(json.dumps(tree, default=str, skipkeys=True))


def check_settings(values: Values) -> t.Iterator[Problem]:
    """Settings that the release has, and that are complete."""
    yield from _check_release(values)
    yield from _check_guardrail(values)
    yield from _check_trees(values)
    if values["openclaw_gateway_auth_mode"] == "password" and PASSWORD not in (values["openclaw_secrets"] or {}):
        yield problem(
            "The gateway is to ask for a password, and has none.",
            "openclaw_gateway_auth_mode: password",
            "OpenClaw does not start then.",
            f"Give openclaw_secrets a {PASSWORD}, or leave openclaw_gateway_auth_mode out: the gateway has a token.",
        )


def _check_release(values: Values) -> t.Iterator[Problem]:
    for variable, setting in SETTINGS.items():
        if known_release(values) and values[variable] and not has(values, variable):
            yield problem(
                f"OpenClaw {values['openclaw_version']} has no setting for {variable}.",
                f"{variable}: {values[variable]}",
                "OpenClaw does not start with a setting that it does not know.",
                f"Leave it out (false, if it is true), or set openclaw_image_tag to {versions.first_with(setting)} or"
                " later.",
            )


def _check_guardrail(values: Values) -> t.Iterator[Problem]:
    guardrail, region = values["openclaw_guardrail"], values["openclaw_region"]
    if not guardrail:
        return
    identifier, version = guardrail.get("identifier"), guardrail.get("version")
    found = GUARDRAIL.fullmatch(identifier or "")
    if identifier is not None and not found:
        yield problem(
            f"{identifier!r} is neither the ID nor the ARN of a guardrail.",
            f"openclaw_guardrail: identifier: {identifier}",
            "Bedrock would refuse each call.",
            "Write what `aws bedrock list-guardrails --query 'guardrails[].[name,id]'` prints as the ID.",
        )
    elif found and found["region"] and found["region"] != region:
        yield problem(
            f"The guardrail is in {found['region']}, the gateway in {region}.",
            f"openclaw_guardrail: identifier: {identifier}",
            "Bedrock would refuse each call: a guardrail works in its own region.",
            f"Make the guardrail in {region}, and name that one.",
        )
    if version is not None and not GUARDRAIL_VERSION.fullmatch(version):
        yield problem(
            f"{version!r} is not a version of a guardrail.",
            f"openclaw_guardrail: version: {version}",
            "Bedrock would refuse each call.",
            'Write the number of a version, like "1", or DRAFT.',
        )


def _check_trees(values: Values) -> t.Iterator[Problem]:
    for variable in TREES:
        tree = plain(values[variable])
        for path in includes(tree):
            yield problem(
                f"{dotted(path) or 'It'} has an $include.",
                f"{variable}: {dotted((*path, '$include'))}",
                "What is included can't be managed from here, and the next run would be refused.",
                "Write what is to be there, or put the $include into the file yourself.",
            )
        for secret in secrets(tree):
            if secret.certain:
                yield problem(
                    f"{dotted(secret.path)} holds a secret in plain text.",
                    f"{variable}: {dotted(secret.path)} (its value is not shown)",
                    "It would be seen in logs, and be kept in backups.",
                    "Write ${NAME}, and give NAME the ARN of the secret in openclaw_secrets.",
                )


def doubt_references(values: Values, reserved: t.Iterable[str]) -> t.Iterator[str]:
    """References to environment variables that the gateway is not given."""
    given = {*reserved, *(values["openclaw_environment"] or {}), *(values["openclaw_secrets"] or {})}
    for variable in TREES:
        names = dict.fromkeys(_references(plain(values[variable])))
        for name in [each for each in names if each not in given]:
            yield (
                f"{variable}: ${{{name}}} is neither in openclaw_secrets nor in openclaw_environment. If the image does"
                " not set it, what needs it does not work."
            )


def _references(tree: t.Any) -> t.Iterator[str]:
    if isinstance(tree, dict):
        if tree.get("source") == "env" and isinstance(tree.get("id"), str):
            yield tree["id"]
        tree = list(tree.values())
    if isinstance(tree, list):
        for each in tree:
            yield from _references(each)
    if isinstance(tree, str):
        yield from REFERENCE.findall(tree)


def guardrail_statements(values: Values, account: str, partition: str) -> list[dict[str, t.Any]]:
    """The IAM statement that allows to use the guardrail, if there is one.

    U(https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-permissions.html)
    """
    if not values["openclaw_guardrail"]:
        return []
    arn = values["openclaw_guardrail"]["identifier"]
    if not arn.startswith("arn:"):
        arn = f"arn:{partition}:bedrock:{values['openclaw_region']}:{account}:guardrail/{arn}"
    return [{"Effect": "Allow", "Action": ["bedrock:ApplyGuardrail"], "Resource": [arn]}]
