# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What openclaw.json is to say, as options of the module C(openclaw_config). Pure. Private to the collection."""

from __future__ import annotations

import typing as t

from .models import parse_model
from .models import without_none
from .settings import has

Values = t.Mapping[str, t.Any]

PATH = "/data/.openclaw/openclaw.json"


def gateway_config(values: Values, catalog: Values) -> dict[str, t.Any]:
    """The options that follow from the user's variables and what is known of the models; only those that are given."""
    options = {
        "path": PATH,
        "openclaw_version": values["openclaw_version"],
        "region": values["openclaw_region"],
        "base_url": values["openclaw_bedrock_endpoint_url"] or None,
        "primary_model": values["openclaw_model"],
        "fallback_models": values["openclaw_model_fallbacks"],
        "image_model": values["openclaw_image_model"] or None,
        "models": [model_entry(each, catalog) for each in dict.fromkeys(answering_models(values))],
        "discovery": discovery(values),
        "guardrail": without_none(values["openclaw_guardrail"] or {}) or None,
        "service_tier": values["openclaw_service_tier"],
        "memory_search": values["openclaw_memory_search"] if has(values, "openclaw_memory_search") else None,
        "embedding_model": values["openclaw_embedding_model"] if values["openclaw_memory_search"] else None,
        "gateway_auth_mode": values["openclaw_gateway_auth_mode"],
        "trusted_proxies": values["openclaw_trusted_proxies"],
        "control_ui_origins": values["openclaw_control_ui_origins"],
        "outside_hosts": values["openclaw_outside_hosts"],
        "channels": values["openclaw_channels"],
        "overrides": values["openclaw_config_overrides"],
    }
    return {name: value for name, value in options.items() if value is not None}


def discovery(values: Values) -> dict[str, t.Any] | None:
    """How the gateway looks for models, if it does."""
    if not values["openclaw_model_discovery"]:
        return None
    return {"enabled": True, **without_none(values["openclaw_model_discovery_details"] or {})}


def answering_models(values: Values) -> list[str]:
    """The IDs of the models that answer."""
    seeing = [values["openclaw_image_model"]] if values["openclaw_image_model"] else []
    return [values["openclaw_model"], *values["openclaw_model_fallbacks"], *seeing]


def model_entry(model_id: str, catalog: Values) -> dict[str, t.Any]:
    """What the gateway is told about a model: its limits and its price where they are known, otherwise its ID alone."""
    model = parse_model(model_id, catalog)
    known = catalog["known"].get(model.foundation, {}) if model else {}
    entry = {"id": model_id, "name": model_id, **known.get("gateway", {})}
    factor = catalog["price_factors"].get(model.scope) if model else None
    if factor and "cost" in known and "cost" not in entry:
        entry["cost"] = {what: round(price * factor, 6) for what, price in known["cost"].items()}
    return entry
