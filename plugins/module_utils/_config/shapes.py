# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What single values have to look like. Pure. Private to the collection."""

from __future__ import annotations

import contextlib
import ipaddress
import re
import typing as t

from .problems import Problem
from .problems import problem

Values = t.Mapping[str, t.Any]

ORIGIN = r"https?://[A-Za-z0-9.:\[\]-]+"
URL = rf"{ORIGIN}(/[\w./~%-]*)?"


class Shape(t.NamedTuple):
    """What a value has to look like, and what is said of one that does not."""

    pattern: str
    what: str
    why: str
    fix: str


_URL = Shape(
    URL,
    "is not a URL.",
    "It is used as it stands.",
    "Write it with its scheme, like https://host.example or http://localhost:18789.",
)
SHAPES = {
    "openclaw_image_digest": Shape(
        r"(sha256:[0-9a-f]{64})?",
        "is not an image digest.",
        "The image would not be found, and the task not start.",
        "Write sha256: and 64 hexadecimal digits, as `docker buildx imagetools inspect` prints it.",
    ),
    "openclaw_instance_type": Shape(
        r"[a-z]+\d+g[a-z]*\.(?!nano|micro)[a-z0-9]+",
        "can't run the gateway.",
        "The task is ARM64 and needs more than 1 GiB of memory.",
        "Use a Graviton type from small on, like t4g.small, t4g.medium or m7g.medium.",
    ),
    "openclaw_setup_instance_type": Shape(
        r"[a-z]+\d+g[a-z]*\.(?!nano)[a-z0-9]+",
        "can't be the setup host.",
        "Its machine image is ARM64, and npm needs more than half a GiB of memory.",
        "Use a Graviton type from micro on, like t4g.micro.",
    ),
    "openclaw_node_url": _URL,
    "openclaw_npm_registry": _URL,
    "openclaw_bedrock_endpoint_url": _URL._replace(pattern=f"({URL})?"),
    "openclaw_control_ui_origins": Shape(
        rf"\*|{ORIGIN}",
        "is not an origin.",
        "The gateway compares it with what the browser says, letter by letter.",
        "Write scheme, host and port alone, like http://localhost:18789.",
    ),
}


class Networks(t.NamedTuple):
    """How networks are read, what they are for, and what it would mean if everybody were in them."""

    read: t.Callable[[str], t.Any]
    what: str
    why: str
    fix: str
    everybody: str
    risk: str
    instead: str


NETWORKS = {
    "openclaw_gateway_allowed_cidrs": Networks(
        ipaddress.IPv4Network,
        "an IPv4 CIDR block",
        "The gateway's security group admits exactly these networks.",
        "Write a network address with its prefix length, like 10.0.0.0/8 or 192.168.1.7/32.",
        "The gateway would admit every address there is.",
        "Whoever reaches the gateway and has its token has a shell in it.",
        "Name the networks you come from: your VPN's, or those of the VPC.",
    ),
    "openclaw_trusted_proxies": Networks(
        ipaddress.ip_network,
        "an address or a network",
        "The gateway believes what exactly these say about their clients.",
        "Write an address like 10.0.0.7, or a network address with its prefix length like 10.0.0.0/24.",
        "The gateway would believe everybody.",
        "Whoever reaches the gateway could pass for a client on the gateway's own host.",
        "Name the proxies of your own.",
    ),
}


def check_networks(values: Values) -> t.Iterator[Problem]:
    """Where the gateway may be reached from, and whom it believes."""
    for variable, networks in NETWORKS.items():
        for network in values[variable] or []:
            where = f"{variable}: {network}"
            try:
                prefix = networks.read(network).prefixlen
            except ValueError as error:
                yield problem(f"{network!r} is not {networks.what} ({error}).", where, networks.why, networks.fix)
                continue
            if prefix == 0:
                yield problem(networks.everybody, where, networks.risk, networks.instead)


def well_formed(variable: str, values: Values) -> list[str]:
    """The networks of a variable that are some; of the others C(check_networks) tells."""
    found = []
    for network in values[variable] or []:
        with contextlib.suppress(ValueError):
            NETWORKS[variable].read(network)
            found.append(network)
    return found


def check_shapes(values: Values) -> t.Iterator[Problem]:
    """Values that have to look like something."""
    for variable, shape in SHAPES.items():
        value = values[variable]
        for each in value if isinstance(value, list) else [value]:
            if each is not None and not re.fullmatch(shape.pattern, each):
                yield problem(f"{each!r} {shape.what}", f"{variable}: {each}", shape.why, shape.fix)
