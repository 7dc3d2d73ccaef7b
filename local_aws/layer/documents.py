"""Session documents of Systems Manager: the account's Session Manager preferences, and documents of one's own.

A new account has no document SSM-SessionManagerRunShell; sessions are then as its defaults say.
https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-default-session-document.html
"""

from __future__ import annotations

import hashlib
import json
import time
from typing import Any

from ministack.core.responses import AccountRegionScopedDict
from ministack.core.responses import get_account_id

from local_aws.layer import ssm
from local_aws.layer.permissions import Caller
from local_aws.layer.seam import AwsError

PREFERENCES = "SSM-SessionManagerRunShell"
SCHEMA = "1.0"
_documents: AccountRegionScopedDict = AccountRegionScopedDict()


def create(request: dict[str, Any], _caller: Caller) -> dict[str, Any]:
    """CreateDocument, for session documents."""
    name, kind = request["Name"], request.get("DocumentType", "Command")
    if name in _documents:
        raise AwsError("DocumentAlreadyExists", f"Document with same name {name} already exists")
    if kind != "Session":
        raise AwsError("InvalidDocumentContent", f"The local AWS has session documents only, not of type {kind}.")
    _documents[name] = {
        "Name": name,
        "DocumentType": kind,
        "CreatedDate": time.time(),
        "Tags": {tag["Key"]: tag["Value"] for tag in request.get("Tags", [])},
        "Versions": [_checked(request)],
        "Default": 1,
    }
    return {"DocumentDescription": _description(_documents[name], 1)}


def update(request: dict[str, Any], _caller: Caller) -> dict[str, Any]:
    """UpdateDocument: another version, which is the default one only when that is asked for."""
    document = _require(request["Name"])
    content = _checked(request)
    if content in document["Versions"]:
        raise AwsError(
            "DuplicateDocumentContent",
            "The content of the association document matches another document. Change the content of the document "
            "and try again.",
        )
    document["Versions"].append(content)
    return {"DocumentDescription": _description(document, len(document["Versions"]))}


def set_default(request: dict[str, Any], _caller: Caller) -> dict[str, Any]:
    """UpdateDocumentDefaultVersion."""
    document = _require(request["Name"])
    document["Default"] = _number(document, request["DocumentVersion"])
    return {"Description": {"Name": document["Name"], "DefaultVersion": str(document["Default"])}}


def delete(request: dict[str, Any], _caller: Caller) -> dict[str, Any]:
    """DeleteDocument."""
    del _documents[_require(request["Name"])["Name"]]
    return {}


def get(request: dict[str, Any], _caller: Caller) -> dict[str, Any]:
    """GetDocument."""
    document = _require(request["Name"])
    number = _number(document, request.get("DocumentVersion", "$DEFAULT"))
    return {
        "Name": document["Name"],
        "CreatedDate": document["CreatedDate"],
        "DocumentVersion": str(number),
        "Status": "Active",
        "Content": document["Versions"][number - 1],
        "DocumentType": document["DocumentType"],
        "DocumentFormat": "JSON",
    }


def describe(request: dict[str, Any], _caller: Caller) -> dict[str, Any]:
    """DescribeDocument."""
    document = _require(request["Name"])
    return {"Document": _description(document, _number(document, request.get("DocumentVersion", "$DEFAULT")))}


def inputs(name: str) -> dict[str, Any]:
    """The preferences that a document sets; none where the account has no document for its defaults."""
    if name == PREFERENCES and name not in _documents:
        return {}
    document = _require(name)
    return json.loads(document["Versions"][document["Default"] - 1]).get("inputs") or {}


def tags(name: str) -> dict[str, str]:
    """The tags of a document."""
    return _documents.get(name, {}).get("Tags", {})


def _require(name: str) -> dict[str, Any]:
    name = name.rsplit("/", 1)[-1]
    if name not in _documents:
        raise AwsError("InvalidDocument", f"Document with name {name} does not exist.")
    return _documents[name]


def _number(document: dict[str, Any], version: str) -> int:
    named = {"$DEFAULT": document["Default"], "$LATEST": len(document["Versions"])}
    number = named.get(version) or (int(version) if version.isdigit() else 0)
    if not 1 <= number <= len(document["Versions"]):
        raise AwsError("InvalidDocumentVersion", "The document version is not valid or does not exist.")
    return number


def _checked(request: dict[str, Any]) -> str:
    try:
        content = json.loads(request["Content"])
        version = content["schemaVersion"]
    except (ValueError, KeyError, TypeError):
        raise AwsError("InvalidDocumentContent", "Content of the document is not valid JSON.") from None
    if version != SCHEMA:
        raise AwsError(
            "InvalidDocumentSchemaVersion", f"{version} is not a valid schema version for Session document type"
        )
    return request["Content"]


def _description(document: dict[str, Any], number: int) -> dict[str, Any]:
    content = document["Versions"][number - 1]
    return {
        "Name": document["Name"],
        "Hash": hashlib.sha256(content.encode()).hexdigest(),
        "HashType": "Sha256",
        "Owner": get_account_id(),
        "CreatedDate": document["CreatedDate"],
        "Status": "Active",
        "DocumentVersion": str(number),
        "DefaultVersion": str(document["Default"]),
        "LatestVersion": str(len(document["Versions"])),
        "PlatformTypes": ["Windows", "Linux", "MacOS"],
        "DocumentType": document["DocumentType"],
        "SchemaVersion": SCHEMA,
        "DocumentFormat": "JSON",
        "Tags": [{"Key": key, "Value": value} for key, value in document["Tags"].items()],
    }


def reset() -> None:
    """As in a new account."""
    _documents.clear()


def install() -> None:
    """Answer for documents in the emulator's place, which has none."""
    ssm.replace(
        CreateDocument=create,
        UpdateDocument=update,
        UpdateDocumentDefaultVersion=set_default,
        DeleteDocument=delete,
        GetDocument=get,
        DescribeDocument=describe,
    )
