# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a deployment can be configured, whether its gateway has to be started, and what went wrong.

Pure. Private to the collection.
"""

from __future__ import annotations

import datetime
import re
import typing as t

from .problems import Problem
from .problems import problem
from .provider import file_problems

Facts = t.Mapping[str, t.Any]

# The kinds of resources that deploy.yml has made when it came to its end.
DEPLOYED = {
    "services": "service",
    "file_systems": "file system",
    "access_points": "access point",
    "security_groups": "security groups",
    "clusters": "cluster",
}


def onboarding_problems(
    existing: Facts,
    deployment: Facts,
    session: Facts,
    roles: t.Sequence[Facts],
    packing: t.Sequence[Problem],
    plugin_file: Facts,
) -> list[Problem]:
    """All that stands in the way of a setup host, before one is made.

    C(existing) is what M(openclaw.ecs.deployment_info) has found, C(session) what
    M(openclaw.ecs.session_manager_info) has, C(roles) the actions that M(openclaw.ecs.iam_roles) foretells, C(packing)
    the problems of M(openclaw.ecs.npm_bundle_info), C(plugin_file) the C(stat) of a plugin that lies on this machine.
    """
    missing = [title for kind, title in DEPLOYED.items() if not existing["resources"][kind]]
    problems = [_not_deployed(deployment, missing)] if missing else _role_problems(deployment, roles)
    problems += _way_out_problems(deployment) + _bucket_problems(existing)
    problems += file_problems(deployment["provider_plugin"], plugin_file)
    return [*problems, *session["problems"], *packing]


def is_deployed(existing: Facts) -> bool:
    """Whether everything exists that the other roles' variables are filled from."""
    return all(existing["resources"][kind] for kind in DEPLOYED)


def _not_deployed(deployment: Facts, missing: t.Sequence[str]) -> Problem:
    name = deployment["values"]["openclaw_name"]
    return problem(
        f"The deployment {name} is not complete: there is no {', no '.join(missing)}.",
        f"openclaw_name: {name}, openclaw_region: {deployment['region']}",
        "The configuration is written into the file system of a deployment that exists.",
        "Run deploy.yml with the same variables first.",
    )


def _role_problems(deployment: Facts, roles: t.Sequence[Facts]) -> list[Problem]:
    # The other roles are not the configuration's: the gateway starts with them as it did before.
    needed = (deployment["names"]["task_role"], deployment["names"]["setup_role"])
    differing = [each["name"] for each in roles if each["action"] != "keep" and each["name"] in needed]
    if not differing:
        return []
    values = deployment["values"]
    wanted = ", ".join([values["openclaw_model"], *values["openclaw_model_fallbacks"]])
    return [
        problem(
            f"Roles are not what these variables need: {', '.join(differing)}.",
            f"openclaw_model, openclaw_model_fallbacks: {wanted}, and the other variables about Bedrock",
            "The gateway would start and look healthy, but each call that its role does not allow is"
            " refused; and a setup host without its role can't be reached.",
            "Run deploy.yml with the same variables first: it changes the roles. The gateway keeps running.",
        )
    ]


def _way_out_problems(deployment: Facts) -> list[Problem]:
    if deployment["values"]["openclaw_setup_artifacts"] != "download":
        return []
    subnets = deployment["network"]["subnets"]
    without = [each for each in subnets[:1] if each["default_route"] == "none"]
    return [
        problem(
            f"Subnet {each['id']} has no way out, so the setup host can fetch neither Node nor OpenClaw.",
            f"route table {each['route_table_id']}, openclaw_node_url and openclaw_npm_registry",
            "The configuration is checked with the gateway's own version of OpenClaw before it is put in place.",
            "Set openclaw_setup_artifacts: controller, and this machine fetches both and brings them over through S3.",
        )
        for each in without
    ]


def _bucket_problems(existing: Facts) -> list[Problem]:
    return [
        problem(
            f"The bucket {each['name']} does not belong to the deployment.",
            f"tags of the bucket: {each['tags'] or 'none'}",
            "Ansible's files pass through a bucket of this name, which is deleted with all that is in it.",
            "Remove the bucket if it is not needed, or rename the deployment (openclaw_name).",
        )
        for each in existing["resources"]["setup_buckets"]
        if each["state"] == "foreign"
    ]


def start_reason(existing: Facts, config: Facts, plugin_changes: bool) -> str:
    """Why the gateway has to be started, or started anew; empty if the one that runs is right.

    C(config) is what M(openclaw.ecs.openclaw_config) has returned; the gateway was stopped if its plugin changes.
    OpenClaw does not reload everything while it runs,
    so a task that is older than the last change of what is managed has not read it:
    U(https://docs.openclaw.ai/gateway/configuration)
    """
    healthy = [each for each in existing["tasks"] if each["status"] == "RUNNING" and each["health"] == "HEALTHY"]
    if config["changed"]:
        return "the configuration changed"
    if plugin_changes:
        return "the plugin with its provider changed"
    if not healthy:
        return "no healthy gateway runs"
    written = config["managed_at"] and _time(config["managed_at"])
    if written and any(_time(each["started_at"]) < written for each in healthy):
        return "the gateway started before the configuration was written"
    return ""


def _time(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


class Remedy(t.NamedTuple):
    """A pattern in what a failed step said, and the advice for a person who reads it."""

    pattern: str
    advice: str


# Sources: https://github.com/aws/efs-utils (messages of mount.efs),
# https://docs.npmjs.com/common-errors, https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html
REMEDIES = (
    Remedy(
        r"access denied by server|mount\.nfs4: .*denied|not authorized to perform: elasticfilesystem",
        "The file system refused the mount. Was the access point or the setup host's role changed by hand, or the file"
        " system's policy? deploy.yml puts all of them right.",
    ),
    Remedy(
        r"mount\.nfs4: .*timed out|[Mm]ount attempt .* failed due to timeout",
        "The file system was not reached. Does the group of its mount targets admit port 2049 from the setup host's"
        " group? deploy.yml puts it right.",
    ),
    Remedy(
        r"Failed to resolve .fs-",
        "The file system has no address in the setup host's zone. Run deploy.yml, which makes the mount target.",
    ),
    Remedy(
        r"npm (ERR!|error)|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT",
        "npm did not get its packages. Is openclaw_npm_registry right, is there a release openclaw_version, and does"
        " the way out (NAT, proxy, firewall) lead there, that of the subnet or, with openclaw_setup_artifacts:"
        " controller, that of this machine?",
    ),
    Remedy(
        r"SHASUMS256|/node-v\d",
        "Node was not fetched. Is openclaw_node_url right, is there a release openclaw_node_version, and does the way"
        " out (NAT, proxy, firewall) lead there, that of the subnet or, with openclaw_setup_artifacts: controller, that"
        " of this machine?",
    ),
)


def failure_report(
    step: str, result: Facts, config: Facts, restored: Facts, plugin_restored: Facts, started_again: bool
) -> str:
    """One message about a step that failed: what it said, how things are now, and what to do about it.

    C(config) is what writing the configuration returned, C(restored) what putting it back did, and C(plugin_restored)
    the same of the plugin with the provider.
    """
    said = [str(result.get(key) or "").strip() for key in ("msg", "url", "stderr", "stdout")]
    text = "\n".join(dict.fromkeys(each for each in said if each))
    advice = [f"What to do: {each.advice}" for each in REMEDIES if re.search(each.pattern, text)]
    state = [*_plugin_now(plugin_restored), *_state_now(config, restored, started_again)]
    return "\n".join([f"Onboarding stopped at: {step}", text, *state, *advice])


def _plugin_now(restored: Facts) -> list[str]:
    if restored.get("failed") or restored.get("unreachable"):
        return [
            "The new plugin is still in place: putting back what was there before failed"
            f" ({restored.get('msg', 'the host did not answer')})."
        ]
    return ["The plugin with the provider was put back as it was."] if restored.get("changed") else []


def _state_now(config: Facts, restored: Facts, started_again: bool) -> list[str]:
    again = ["The gateway was started with it again."] if started_again else []
    if not config["changed"]:
        return ["The configuration of the gateway is as it was.", *again]
    if restored.get("failed") or restored.get("unreachable"):
        backup = config.get("backup_file") or "none, there was no configuration before"
        return [
            "The new configuration is still in place: putting back the old one failed"
            f" ({restored.get('msg', 'the host did not answer')}). Backup: {backup}"
        ]
    return ["The configuration of the gateway was put back as it was.", *again]


def onboarding_summary(
    config: Facts, reason: str, deployment: Facts, kept_host: str = "", check_mode: bool = False
) -> list[str]:
    """The closing words of an onboarding: what changed, whether the gateway was started, and what is next."""
    values, names, region = deployment["values"], deployment["names"], deployment["region"]
    head = f"Onboarding of {values['openclaw_name']} in {region}"
    if check_mode:
        return [
            f"{head}, only looked at: a setup host would be made, and ended in the same run.",
            "  What would change in the configuration is known only on the file system, which it would mount.",
        ]
    changed = [f"  changed: {each}" for each in config["changed_paths"]]
    lines = [head, *(changed or ["  configuration unchanged"])]
    if values["openclaw_setup_artifacts"] == "none":
        lines.append(
            f"  not verified: OpenClaw {values['openclaw_version']} was not asked whether it accepts the configuration"
            " (openclaw config validate), because of openclaw_setup_artifacts: none"
        )
    if deployment["provider_plugin"]:
        lines.append(f"  provider: {deployment['provider_plugin']['source']}, loaded by the gateway")
    lines.append(f"  model: {values['openclaw_model']}")
    lines.append(f"  gateway started: {reason}" if reason else "  gateway: the same task keeps running")
    if kept_host:
        lifetime = values["openclaw_setup_lifetime"]
        lines += [
            f"  setup host {kept_host} is kept, and ends itself {lifetime} minutes after its start; to log in:",
            f"    aws ssm start-session --region {region} --target {kept_host}",
            "    sudo env HOME=/data OPENCLAW_STATE_DIR=/data/.openclaw PATH=/usr/local/bin:$PATH bash",
            f"    To end it now: aws ec2 terminate-instances --region {region} --instance-ids {kept_host}",
        ]
    return [
        *lines,
        "What to do next",
        "  ansible-playbook openclaw.ecs.status   tells how to reach it.",
        f"  The token: aws ssm get-parameter --region {region} --with-decryption --name {names['token_parameter']}"
        " --query Parameter.Value --output text",
    ]
