"""Read requests and write answers of the query protocols by the service's model, so that handlers see plain data."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from botocore.model import OperationModel
from botocore.model import Shape

from local_aws.direct import service_model

Params = dict[str, Any]


def parse_request(service: str, operation: str, params: Params) -> dict[str, Any]:
    """The parameters of a query request in the form boto3's user wrote them; parameters not given are left out."""
    model = service_model(service).operation_model(operation)
    if model.input_shape is None:
        return {}
    flat = {name: value[0] if isinstance(value, list) else value for name, value in params.items()}
    return _Reader(service == "ec2", flat).structure(model.input_shape, "")


class _Reader:
    def __init__(self, is_ec2: bool, flat: dict[str, str]) -> None:
        self._is_ec2 = is_ec2
        self._flat = flat
        self._prefixes = {name[: at + 1] for name in flat for at, letter in enumerate(name) if letter == "."}

    def structure(self, shape: Shape, prefix: str) -> dict[str, Any]:
        found = {}
        for name, member in shape.members.items():
            value = self._value(member, prefix + self._member_name(name, member))
            if value is not None:
                found[name] = value
        return found

    def _member_name(self, name: str, member: Shape) -> str:
        if not self._is_ec2:
            return member.serialization.get("name", name)
        if "queryName" in member.serialization:
            return member.serialization["queryName"]
        written = member.serialization.get("name", name)
        return written[0].upper() + written[1:]

    def _value(self, shape: Shape, name: str) -> Any:
        if shape.type_name == "structure":
            return self.structure(shape, f"{name}.") if f"{name}." in self._prefixes else None
        if shape.type_name == "list":
            flattened = self._is_ec2 or shape.serialization.get("flattened")
            item = "" if flattened else f"{shape.member.serialization.get('name', 'member')}."
            return self._list(shape, f"{name}.{item}")
        if name not in self._flat:
            return None
        return _scalar(shape, self._flat[name])

    def _list(self, shape: Shape, prefix: str) -> list[Any] | None:
        found = []
        while (value := self._value(shape.member, f"{prefix}{len(found) + 1}")) is not None:
            found.append(value)
        return found or None


def _scalar(shape: Shape, text: str) -> Any:
    if shape.type_name == "boolean":
        return text.lower() == "true"
    if shape.type_name in ("integer", "long"):
        return int(text)
    if shape.type_name in ("double", "float"):
        return float(text)
    return text


def render_answer(service: str, operation: str, answer: dict[str, Any]) -> bytes:
    """The answer as XML; members of `answer` that the service's model does not know are left out."""
    model = service_model(service).operation_model(operation)
    shape = model.output_shape
    inner = _members(shape, answer) if shape else ""
    wrapper = shape.serialization.get("resultWrapper") if shape else None
    request_id = str(uuid.uuid4())
    if wrapper:
        inner = f"<{wrapper}>{inner}</{wrapper}>"
    if service == "ec2":
        inner += f"<requestId>{request_id}</requestId>"
    else:
        inner += f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>"
    root = f"{operation}Response"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{_namespace(model)}">{inner}</{root}>'.encode()


def _namespace(model: OperationModel) -> str:
    metadata = model.metadata
    return (
        metadata.get("xmlNamespace")
        or f"http://{metadata['endpointPrefix']}.amazonaws.com/doc/{metadata['apiVersion']}/"
    )


def _members(shape: Shape, value: dict[str, Any]) -> str:
    return "".join(
        _element(member, member.serialization.get("name", name), value[name])
        for name, member in shape.members.items()
        if value.get(name) is not None
    )


def _element(shape: Shape, name: str, value: Any) -> str:
    if shape.type_name == "structure":
        return f"<{name}>{_members(shape, value)}</{name}>"
    if shape.type_name == "list":
        flattened = shape.serialization.get("flattened")
        item = name if flattened else shape.member.serialization.get("name", "member")
        items = "".join(_element(shape.member, item, entry) for entry in value)
        return items if flattened else f"<{name}>{items}</{name}>"
    return f"<{name}>{_text(value)}</{name}>"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return escape(str(value))
