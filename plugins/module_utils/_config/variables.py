# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checks of the variables a user sets. Pure. Private to the collection."""

from __future__ import annotations

import difflib
import re
import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.validation import check_type_dict

from .._aws.ownership import OWNER_PREFIX
from .._openclaw.masking import masked
from .models import check_model
from .models import check_syntax
from .models import check_vision
from .models import doubts
from .problems import Problem
from .problems import problem
from .provider import check_provider
from .releases import check_releases
from .releases import doubt_release
from .settings import check_settings
from .settings import doubt_references
from .settings import plain
from .shapes import check_networks
from .shapes import check_shapes

Values = t.Mapping[str, t.Any]

NAME = re.compile(r"[a-z][a-z0-9-]{0,23}")
REGION = re.compile(r"[a-z]{2,3}(-[a-z]+)+-\d")
ENVIRONMENT_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
SECRET_ARN = re.compile(r"arn:[a-z-]+:(ssm:[a-z0-9-]+:\d{12}:parameter/.+|secretsmanager:[a-z0-9-]+:\d{12}:secret:.+)")

# Capacity providers can't begin with the first three, security groups not with sg- (which the name sg alone leads to):
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCapacityProvider.html and
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html, 2026-11-22
RESERVED_NAMES = re.compile(r"(aws|ecs|fargate).*|sg(-.*)?")
# What all of the services take in a tag; EC2 alone would take more:
# https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html, 2026-11-22
TAG_KEY = re.compile(r"[\w .:/=+@-]{1,128}")
TAG_VALUE = re.compile(r"[\w .:/=+@-]{0,256}")
TAG_LIMIT = 40
RESERVED_ENVIRONMENT = (
    "AWS_REGION",
    "HOME",
    "OPENCLAW_CONFIG_PATH",
    "OPENCLAW_GATEWAY_TOKEN",
    "OPENCLAW_STATE_DIR",
)
CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


def validate(variables: Values, options: Values) -> tuple[dict[str, t.Any], list[Problem]]:
    """The variables with the types and choices of the role's argument specification, and all that don't have them.

    A variable that is not in the specification is taken for a slip of the pen.
    """
    problems = []
    for name in sorted(set(variables) - set(options)):
        meant = difflib.get_close_matches(name, options, n=1)
        problems.append(
            problem(
                f"There is no variable {name}.",
                _shown(name, variables),
                "A misspelled variable would silently leave the default in force.",
                f"Did you mean {meant[0]}?" if meant else "Remove it; README.md lists all variables.",
            )
        )
    known = {
        name: value
        for name, value in variables.items()
        if name in options and (value is not None or "default" in options[name])
    }
    no_objects = [
        name for name, value in known.items() if value is not None and not _can_be_validated(value, options[name])
    ]
    messages = [f"{name} is not an object with keys" for name in no_objects]
    result = ArgumentSpecValidator(dict(options)).validate({**known, **dict.fromkeys(no_objects)})
    values = {name: result.validated_parameters.get(name) for name in options}
    for message in [*messages, *result.error_messages]:
        name = next((each for each in options if re.search(rf"\b{each}\b", message)), "")
        problems.append(
            problem(
                message[0].upper() + message[1:] + ("" if message.endswith(".") else "."),
                _shown(name, variables),
                "The variable has another type, or is not one of the choices.",
                " ".join(options[name]["description"]) if name else "README.md lists all variables.",
            )
        )
        values[name] = None
    return values, problems


def _can_be_validated(value: t.Any, option: Values) -> bool:
    """Whether the validator of Ansible can look at the value; it fails at one that should have keys and has none."""
    if option["type"] != "dict" or "options" not in option:
        return True
    try:
        check_type_dict(value)
    except TypeError:
        return False
    return True


def _shown(name: str, variables: Values) -> str:
    """A variable and its value, without secrets."""
    return f"{name}: {masked(plain(variables.get(name)), (name,))}"


def check_variables(values: Values, catalog: Values) -> list[Problem]:
    """All that is wrong with the values, each of them alone and with each other. None stands for a value not known."""
    problems: list[Problem] = []
    for check in (
        check_identity,
        check_tags,
        check_count,
        check_networks,
        check_shapes,
        check_image,
        check_numbers,
        check_environment,
        check_secrets,
        check_settings,
        check_provider,
    ):
        problems += check(values)
    problems += check_releases(values, catalog["releases"])
    return problems + check_models(values, catalog["models"]) + check_endpoints(values, catalog["endpoints"])


def _given(values: Values, *names: str) -> bool:
    return all(values.get(name) is not None for name in names)


def check_identity(values: Values) -> t.Iterator[Problem]:
    """Name, region and VPC."""
    name = values["openclaw_name"]
    if name is not None and (not NAME.fullmatch(name) or RESERVED_NAMES.fullmatch(name) or name.endswith("-")):
        yield problem(
            f"{name!r} can't name a deployment.",
            f"openclaw_name: {name}",
            "All resources are named after it, and AWS keeps names that begin with aws, ecs, fargate or sg- to itself.",
            "Use 1 to 24 lower-case letters, digits and hyphens; begin with a letter, don't end with a hyphen.",
        )
    region = values["openclaw_region"]
    if region is not None and not REGION.fullmatch(region):
        yield problem(
            f"{region!r} is not an AWS region." if region else "No AWS region is given.",
            f"openclaw_region: {region}",
            "Everything is created in one region.",
            "Set openclaw_region, or AWS_REGION in the environment, to a region like eu-central-1.",
        )
    if values["openclaw_vpc"] == "":
        yield problem(
            "No VPC is given.",
            "openclaw_vpc: ''",
            "The gateway is put into private subnets of a VPC that exists.",
            "Set openclaw_vpc to the Name tag or the ID of the VPC.",
        )


def check_tags(values: Values) -> t.Iterator[Problem]:
    """Tags that every service accepts, and that are not those by which resources are found."""
    tags = values["openclaw_tags"] or {}
    for key, value in tags.items():
        where = f"openclaw_tags: {key}"
        if str(key) == "Name" or str(key).lower().startswith(("aws:", OWNER_PREFIX)):
            yield problem(
                f"The tag {key} can't be set.",
                where,
                "Name and openclaw:… are set by this collection, which knows its own by them; aws:… is AWS's own.",
                "Use another key.",
            )
        elif not TAG_KEY.fullmatch(str(key)) or not TAG_VALUE.fullmatch(str(value)):
            yield problem(
                f"The tag {key} is not one that all AWS services accept.",
                f"{where}: {value}",
                "The service that refuses it would stop the deployment halfway.",
                "Use letters, digits, spaces and _ . : / = + - @, at most 128 in the key and 256 in the value.",
            )
    if len(tags) > TAG_LIMIT:
        yield problem(
            f"{len(tags)} tags are too many.",
            "openclaw_tags",
            "AWS takes 50 on a resource, some of which are this collection's and AWS's own.",
            f"Use at most {TAG_LIMIT}.",
        )


def check_count(values: Values) -> t.Iterator[Problem]:
    """Never two gateways on one state directory."""
    count = values["openclaw_desired_count"]
    if count is not None and count not in (0, 1):
        yield problem(
            f"{count} gateways can't run in one deployment.",
            f"openclaw_desired_count: {count}",
            "OpenClaw keeps SQLite databases in its state directory on the file system; two gateways on it corrupt"
            " them, and nothing in OpenClaw stops the second.",
            "Use 1 to run the gateway, 0 to stop it; for a second gateway make a second deployment (openclaw_name).",
        )


def check_image(values: Values) -> t.Iterator[Problem]:
    """An image that is pinned."""
    tag, digest = values["openclaw_image_tag"], values["openclaw_image_digest"]
    if tag == "" and digest == "":
        yield problem(
            "The image has neither a tag nor a digest.",
            "openclaw_image_tag: '' and openclaw_image_digest: ''",
            "An unpinned image changes under a running assistant.",
            "Set openclaw_image_tag to a release, or openclaw_image_digest.",
        )
    if tag == "latest" and not digest:
        yield problem(
            "The image is not pinned.",
            "openclaw_image_tag: latest",
            "Another release could start with any new task, and not understand the configuration.",
            "Set openclaw_image_tag to a release, or add openclaw_image_digest.",
        )


def check_numbers(values: Values) -> t.Iterator[Problem]:
    """Numbers that AWS and the gateway can work with."""
    for name, low, high, unit in (
        ("openclaw_zones", 1, 3, "zones"),
        ("openclaw_gateway_port", 1024, 65535, ""),
        ("openclaw_volume_size", 30, 16384, "GiB"),
        ("openclaw_task_cpu", 128, 10240, "CPU units"),
        ("openclaw_task_memory_reservation", 512, 1048576, "MiB"),
        ("openclaw_stop_timeout", 2, 120, "seconds"),
        ("openclaw_start_period", 0, 300, "seconds"),
        ("openclaw_start_timeout", 60, 7200, "seconds"),
        ("openclaw_setup_lifetime", 15, 1440, "minutes"),
        ("openclaw_setup_online_timeout", 30, 3600, "seconds"),
    ):
        value = values[name]
        if value is not None and not low <= value <= high:
            yield problem(
                f"{value} is out of range.",
                f"{name}: {value}",
                "AWS would refuse it, or the gateway could not run with it.",
                f"Use {low} to {high} {unit}".rstrip() + ".",
            )


def check_environment(values: Values) -> t.Iterator[Problem]:
    """Environment variables, plain and secret."""
    for variable in ("openclaw_environment", "openclaw_secrets"):
        for name in values[variable] or {}:
            where = f"{variable}: {name}"
            if name in CREDENTIALS:
                yield problem(
                    f"{name} must not be given to the gateway.",
                    where,
                    "The gateway has the task role. Keys in its environment override the role, can be read by the"
                    " assistant, and break ECS Exec.",
                    "Remove it. What the gateway may do in AWS belongs into the task role.",
                )
            elif name in RESERVED_ENVIRONMENT:
                yield problem(
                    f"{name} is set by this collection.",
                    where,
                    "With another value the gateway would not find its state, its token or its region.",
                    "Remove it.",
                )
            elif not ENVIRONMENT_NAME.fullmatch(name):
                yield problem(
                    f"{name!r} can't name an environment variable.",
                    where,
                    "ECS would refuse the task definition.",
                    "Use letters, digits and underscores.",
                )
    if _given(values, "openclaw_environment", "openclaw_secrets"):
        for name in sorted(set(values["openclaw_environment"]) & set(values["openclaw_secrets"])):
            yield problem(
                f"{name} is given twice.",
                f"openclaw_environment and openclaw_secrets: {name}",
                "ECS refuses a task definition with both.",
                "Keep the one in openclaw_secrets.",
            )


def check_secrets(values: Values) -> t.Iterator[Problem]:
    """Secrets are named by ARN, never given."""
    for name, arn in (values["openclaw_secrets"] or {}).items():
        if not SECRET_ARN.fullmatch(str(arn)):
            yield problem(
                f"The secret {name} is not the ARN of an SSM parameter or a Secrets Manager secret.",
                f"openclaw_secrets: {name} (its value is not shown: it may be the secret itself)",
                "The value of a secret must not get into the task definition; ECS reads it at the start of the task.",
                "Store it (`aws ssm put-parameter --type SecureString …`) and give its ARN,"
                " like arn:aws:ssm:eu-central-1:123456789012:parameter/openclaw/telegram-token.",
            )


def _models(values: Values) -> list[tuple[str, str, bool]]:
    """The models that the gateway may call: the variable, the ID, and whether it is to embed texts."""
    named = [("openclaw_model", values["openclaw_model"], False)]
    named += [("openclaw_model_fallbacks", model, False) for model in values["openclaw_model_fallbacks"] or []]
    named.append(("openclaw_image_model", values["openclaw_image_model"] or None, False))
    if values["openclaw_memory_search"]:
        named.append(("openclaw_embedding_model", values["openclaw_embedding_model"], True))
    return [each for each in named if each[1] is not None]


def _region(values: Values) -> str:
    """The region, or nothing if it is not one."""
    return values["openclaw_region"] if REGION.fullmatch(values["openclaw_region"] or "") else ""


def check_models(values: Values, catalog: Values) -> list[Problem]:
    """The models that the gateway may call, and those that the user knows more of."""
    found = [
        check_model(variable, model, _region(values), catalog, embeds) for variable, model, embeds in _models(values)
    ]
    found += [
        check_syntax("openclaw_model_details", each["id"], catalog) for each in values["openclaw_model_details"] or []
    ]
    if values["openclaw_image_model"]:
        found.append(check_vision("openclaw_image_model", values["openclaw_image_model"], catalog))
    return [each for each in found if each]


def doubt_variables(values: Values, catalog: Values) -> list[str]:
    """What is doubtful about values that are not wrong."""
    return [
        *doubt_models(values, catalog["models"]),
        *doubt_release(values, catalog["releases"]),
        *doubt_references(values, RESERVED_ENVIRONMENT),
    ]


def doubt_models(values: Values, catalog: Values) -> list[str]:
    """What is doubtful about models that are not wrong."""
    return [
        doubt
        for variable, model, embeds in _models(values)
        for doubt in doubts(variable, model, _region(values), catalog, embeds)
    ]


def check_endpoints(values: Values, catalog: t.Sequence[Values]) -> list[Problem]:
    """Endpoints that are asked for in addition."""
    services = [each["service"] for each in catalog]
    return [
        problem(
            f"{service!r} is not an endpoint that this collection knows.",
            f"openclaw_extra_endpoints: {service}",
            "Each endpoint is paid for by the hour, so none is made by guess.",
            "Use one of " + ", ".join(services) + ".",
        )
        for service in values["openclaw_extra_endpoints"] or []
        if service not in services
    ]
