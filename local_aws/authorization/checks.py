"""From a call to the list of checks that AWS makes: pure functions over the table."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from typing import Protocol

import yaml

from local_aws.authorization.call import Call

TABLE = Path(__file__).with_name("table.yml")


@dataclass(frozen=True)
class Check:
    """One question to IAM: may the caller do this action on this resource, given these condition keys?"""

    action: str
    resource: str
    keys: dict[str, Any] = field(default_factory=dict)
    region: str | None = None


class Account(Protocol):
    """What the checks must know of the account: the steps of the table, and the tags of what exists."""

    def step(self, name: str) -> Callable[[Call, Any], Any]:
        """The step of the table with this name."""

    def tags(self, service: str, kind: str, value: str) -> dict[str, str]:
        """The tags of a resource."""


@cache
def table() -> dict[str, Any]:
    """The table."""
    return yaml.safe_load(TABLE.read_text())


def checks_for(call: Call, account: Account) -> list[Check] | None:
    """Everything AWS checks for a call; None if the table does not have it."""
    rule = table()["calls"].get(call.service, {}).get(call.operation)
    if rule is None:
        return None
    request_tags = tags_in(call)
    extra = {key: _find(call, account, source) for key, source in rule.get("keys", {}).items()}
    made = list(_on(call, account, call.service, call.action, rule["at"], {**extra, **tag_keys(request_tags)}))
    made = [replace(check, keys={**check.keys, **_keys_at(call, account, rule, check.resource)}) for check in made]
    made += _tagging(call, account, rule, request_tags)
    for action, resources in rule.get("needs", {}).items():
        made += _on(call, account, action.split(":")[0], action, resources, {})
    for source, service in rule.get("passes", {}).items():
        role = _find(call, account, source)
        if role:
            made.append(pass_role(call, role, service))
    if rule.get("launches"):
        made += account.step("launch")(call, None)
    if "first_use" in rule:
        made += account.step("service_linked_role")(call, rule["first_use"])
    return made


def pass_role(call: Call, role: str, service: str) -> Check:
    """The check that the caller may hand this role to this service."""
    arn = role if role.startswith("arn:") else _arn(call, "iam", "role", role)
    return Check("iam:PassRole", arn, {"iam:PassedToService": service})


def tags_in(call: Call) -> dict[str, str]:
    """The tags that a request puts on what it names, or on what it makes if the service has no other way."""
    found = call.value("Tags") or call.value("tags") or call.value("CreateBucketConfiguration.Tags") or []
    return found if isinstance(found, dict) else _as_dict(found)


def tags_for(call: Call, kind: str) -> dict[str, str]:
    """The tags that a request of EC2 puts on the new resources of a kind, and on nothing else that it names."""
    specs = call.value("TagSpecifications") or []
    return _as_dict([tag for spec in specs if spec.get("ResourceType") == kind for tag in spec.get("Tags", [])])


def _as_dict(tags: list[dict[str, str]]) -> dict[str, str]:
    return {tag.get("Key", tag.get("key")): tag.get("Value", tag.get("value", "")) for tag in tags}


def tag_keys(tags: dict[str, str]) -> dict[str, Any]:
    """The condition keys of the tags in a request."""
    if not tags:
        return {}
    return {**{f"aws:RequestTag/{key}": value for key, value in tags.items()}, "aws:TagKeys": list(tags)}


def _keys_at(call: Call, account: Account, rule: dict[str, Any], arn: str) -> dict[str, Any]:
    """The condition keys that only the resources of a kind have."""
    kind = arn.rsplit(":", 1)[-1].partition("/")[0]
    found = {key: _find(call, account, source) for key, source in rule.get("keys_at", {}).get(kind, {}).items()}
    return {key: value for key, value in found.items() if value is not None}


def _tagging(call: Call, account: Account, rule: dict[str, Any], tags: dict[str, str]) -> list[Check]:
    create_key = {f"{call.service}:CreateAction": call.operation}
    if call.service == "ec2":
        return [
            Check(
                "ec2:CreateTags",
                _arn(call, "ec2", spec["ResourceType"], "*"),
                {**create_key, **tag_keys({tag["Key"]: tag.get("Value", "") for tag in spec["Tags"]})},
            )
            for spec in call.value("TagSpecifications") or []
            if spec.get("Tags")
        ]
    if not tags or "tags" not in rule:
        return []
    where = [rule["tagged"]] if "tagged" in rule else rule["at"][:1]
    return list(_on(call, account, call.service, rule["tags"], where, {**create_key, **tag_keys(tags)}))


def _on(
    call: Call, account: Account, service: str, action: str, resources: list[str], keys: dict[str, Any]
) -> Iterator[Check]:
    made = [check for entry in resources for check in _checks_on(call, account, service, action, entry, keys)]
    yield from made or [Check(action, "*", keys)]


def _checks_on(
    call: Call, account: Account, service: str, action: str, entry: str, keys: dict[str, Any]
) -> Iterator[Check]:
    kind, is_existing, source = entry.partition("=")
    if kind == "*":
        yield Check(action, "*", keys)
    elif not is_existing:
        yield Check(action, _arn(call, service, kind, "*"), {**keys, **tag_keys(tags_for(call, kind))})
    else:
        values = _values(call, account, kind, source)
        path = source.partition("|")[0]
        if not values and path and call.value(path):  # names something that is gone
            yield Check(action, _arn(call, service, kind, "*"), keys)
        for one_kind, value in values:
            arn = value if value.startswith("arn:") else _arn(call, service, one_kind, value)
            yield Check(action, arn, {**keys, **_resource_keys(account, service, one_kind, value)})


def _values(call: Call, account: Account, kind: str, source: str) -> list[tuple[str, str]]:
    found = _find(call, account, source)
    values = found if isinstance(found, list) else [found]
    return [value if isinstance(value, tuple) else (kind, value) for value in values if value]


def _find(call: Call, account: Account, source: str) -> Any:
    path, _bar, step = source.partition("|")
    value = call.value(path) if path else None
    if not step:
        return value
    if path and value is None:
        return account.step(step)(call, None) if path == "cluster" else None
    if isinstance(value, list):
        return [account.step(step)(call, one) for one in value]
    return account.step(step)(call, value)


def _resource_keys(account: Account, service: str, kind: str, value: str) -> dict[str, Any]:
    tags = account.tags(service, kind, value)
    return {f"{prefix}:ResourceTag/{key}": text for key, text in tags.items() for prefix in ("aws", service)}


def _arn(call: Call, service: str, kind: str, value: str) -> str:
    templates = table()["resources"]
    template = templates.get(f"{service}/{kind}") or templates[service]
    return template.format(region=call.region, account=call.account, type=kind, value=value)
