"""Launch templates: everything that was put in comes out again, versions, and the refusals of AWS."""

from __future__ import annotations

import copy
import secrets
from typing import Any

from ministack.core.responses import get_account_id
from ministack.services import ec2

from local_aws.layer.seam import AwsError
from local_aws.layer.seam import now
from local_aws.layer.seam import replace
from local_aws.layer.seam import select
from local_aws.layer.seam import tag_on_create
from local_aws.layer.seam import tags_of

Template = dict[str, Any]
FILTERS = {
    "launch-template-name": lambda template: template["LaunchTemplateName"],
    "create-time": lambda template: template["CreateTime"],
}


def find(named: dict[str, Any]) -> Template:
    """The template that a request names by id or by name."""
    template_id, name = named.get("LaunchTemplateId"), named.get("LaunchTemplateName")
    for template in ec2._launch_templates.values():
        if template_id == template["LaunchTemplateId"] or (not template_id and name == template["LaunchTemplateName"]):
            return template
    if template_id:
        raise AwsError(
            "InvalidLaunchTemplateId.NotFound",
            f"The specified launch template, with template ID {template_id}, does not exist.",
        )
    raise AwsError(
        "InvalidLaunchTemplateName.NotFoundException",
        f"The specified launch template, with template name {name}, does not exist.",
    )


def find_version(template: Template, wanted: str | int | None) -> dict[str, Any]:
    """A version by number, "$Latest" or "$Default" (which is what no version means)."""
    number = {
        "$Latest": template["LatestVersionNumber"],
        "$Default": template["DefaultVersionNumber"],
        None: template["DefaultVersionNumber"],
    }.get(wanted, wanted)
    for version in template["Versions"]:
        if str(version["VersionNumber"]) == str(number):
            return version
    raise AwsError(
        "InvalidLaunchTemplateId.VersionNotFound",
        f"Could not find the specified version {number} for the launch template with ID "
        f"{template['LaunchTemplateId']}.",
    )


def create(request: dict[str, Any]) -> dict[str, Any]:
    """CreateLaunchTemplate."""
    name = request["LaunchTemplateName"]
    if any(template["LaunchTemplateName"] == name for template in ec2._launch_templates.values()):
        raise AwsError("InvalidLaunchTemplateName.AlreadyExistsException", "Launch template name already in use.")
    template = {
        "LaunchTemplateId": f"lt-{secrets.token_hex(9)[:17]}",
        "LaunchTemplateName": name,
        "CreateTime": now(),
        "CreatedBy": f"arn:aws:iam::{get_account_id()}:root",
        "DefaultVersionNumber": 1,
        "LatestVersionNumber": 0,
        "Versions": [],
    }
    _add_version(template, request, request["LaunchTemplateData"])
    ec2._launch_templates[template["LaunchTemplateId"]] = template
    tag_on_create(request, "launch-template", template["LaunchTemplateId"])
    return {"LaunchTemplate": _public(template)}


def create_version(request: dict[str, Any]) -> dict[str, Any]:
    """CreateLaunchTemplateVersion: from nothing, or from a source version with some of it changed."""
    template = find(request)
    data: dict[str, Any] = {}
    if "SourceVersion" in request:
        data = copy.deepcopy(find_version(template, request["SourceVersion"])["LaunchTemplateData"])
    version = _add_version(template, request, {**data, **request["LaunchTemplateData"]})
    return {"LaunchTemplateVersion": _public_version(template, version)}


def _add_version(template: Template, request: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    template["LatestVersionNumber"] += 1
    version = {
        **{key: template[key] for key in ("LaunchTemplateId", "LaunchTemplateName", "CreatedBy")},
        "VersionNumber": template["LatestVersionNumber"],
        "CreateTime": now(),
        "LaunchTemplateData": data,
        "VersionDescription": request.get("VersionDescription"),
    }
    template["Versions"].append(version)
    return version


def modify(request: dict[str, Any]) -> dict[str, Any]:
    """ModifyLaunchTemplate: which version is the default."""
    template = find(request)
    template["DefaultVersionNumber"] = find_version(template, request.get("DefaultVersion"))["VersionNumber"]
    return {"LaunchTemplate": _public(template)}


def delete(request: dict[str, Any]) -> dict[str, Any]:
    """DeleteLaunchTemplate."""
    template = find(request)
    ec2._launch_templates.pop(template["LaunchTemplateId"])
    answer = _public(template)
    ec2._tags.pop(template["LaunchTemplateId"], None)
    return {"LaunchTemplate": answer}


def describe(request: dict[str, Any]) -> dict[str, Any]:
    """DescribeLaunchTemplates: what is asked for by id or name must exist."""
    named = [find({"LaunchTemplateId": one}) for one in request.get("LaunchTemplateIds", [])]
    named += [find({"LaunchTemplateName": one}) for one in request.get("LaunchTemplateNames", [])]
    known = [_public(template) for template in named or ec2._launch_templates.values()]
    return {"LaunchTemplates": select(request, known, FILTERS)}


def describe_versions(request: dict[str, Any]) -> dict[str, Any]:
    """DescribeLaunchTemplateVersions."""
    template = find(request)
    wanted = request.get("Versions")
    found = [find_version(template, one) for one in wanted] if wanted else list(reversed(template["Versions"]))
    return {"LaunchTemplateVersions": [_public_version(template, version) for version in found]}


def _public(template: Template) -> Template:
    return {**template, "Tags": tags_of(template["LaunchTemplateId"])}


def _public_version(template: Template, version: dict[str, Any]) -> dict[str, Any]:
    return {**version, "DefaultVersion": version["VersionNumber"] == template["DefaultVersionNumber"]}


def install() -> None:
    """Answer for launch templates in the emulator's place."""
    replace(
        "ec2",
        CreateLaunchTemplate=create,
        CreateLaunchTemplateVersion=create_version,
        ModifyLaunchTemplate=modify,
        DeleteLaunchTemplate=delete,
        DescribeLaunchTemplates=describe,
        DescribeLaunchTemplateVersions=describe_versions,
    )
