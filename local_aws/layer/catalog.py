"""What the region offers: endpoint services, instance types, and the zones they exist in."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from ministack.core.responses import get_region

PATH = Path(__file__).with_name("catalog.yml")


@cache
def catalog() -> dict[str, Any]:
    """The table."""
    return yaml.safe_load(PATH.read_text())


def zones(service: str | None = None) -> list[str]:
    """The region's zones, or those in which an endpoint service is offered."""
    missing = catalog()["missing_in_zones"].get(service, [])
    return [f"{get_region()}{letter}" for letter in catalog()["zones"] if letter not in missing]


def endpoint_service(name: str) -> tuple[str, str] | None:
    """The short name and the type ("Gateway", "Interface") of com.amazonaws.<region>.<short>; None if unknown."""
    short = name.removeprefix(f"com.amazonaws.{get_region()}.")
    if short in catalog()["gateway_services"]:
        return short, "Gateway"
    return (short, "Interface") if short in catalog()["interface_services"] else None


def private_dns_name(short: str) -> str:
    """The name that an interface endpoint with private DNS takes over in its VPC."""
    return f"{catalog()['interface_services'][short]}.{get_region()}.amazonaws.com"


def endpoint_services() -> list[tuple[str, str]]:
    """The short name and type of all."""
    return [(name, "Gateway") for name in catalog()["gateway_services"]] + [
        (name, "Interface") for name in catalog()["interface_services"]
    ]
