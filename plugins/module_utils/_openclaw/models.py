# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known about well-known models of Amazon Bedrock. Data, and how a model ID is read. Private to the collection.

Sources, read 2026-11-22; where they differ, the smaller number is taken:
the catalog that OpenClaw 2026.5.7 uses (npm: @mariozechner/pi-ai 0.73.0), model_prices_and_context_window.json of
litellm 1.109.1 (PyPI), and for what can only be called through an inference profile
U(https://docs.aws.amazon.com/bedrock/latest/userguide/models-supported.html)
"""

from __future__ import annotations

import re
import typing as t

READ_ON = "2026-11-22"
# U(https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html)
SCOPES = ("global", "us", "us-gov", "eu", "apac", "au", "ca", "jp", "in", "uk")
MODEL_ID = re.compile(r"[a-z0-9]+\.[a-z0-9][a-z0-9.:-]*")
# Of provisioned throughput, an application's inference profile, an imported model and the like.
MODEL_ARN = re.compile(r"arn:aws[a-z-]*:bedrock:[a-z0-9-]+:\d{12}:[a-z-]+/[A-Za-z0-9._:/-]+")
# ID, name, scopes of its inference profiles, what holds for it (p: it can't be called without one, r: it reasons, i: it
# takes images), context window and longest answer in tokens.
TABLE = (
    "amazon.nova-2-lite-v1:0 | Nova 2 Lite | global us eu apac jp | i | 128000 | 4096",
    "amazon.nova-lite-v1:0 | Nova Lite | us eu apac | i | 300000 | 8192",
    "amazon.nova-micro-v1:0 | Nova Micro | us eu apac | | 128000 | 8192",
    "amazon.nova-premier-v1:0 | Nova Premier | us | pri | 1000000 | 10000",
    "amazon.nova-pro-v1:0 | Nova Pro | us eu apac | i | 300000 | 8192",
    "anthropic.claude-3-5-haiku-20241022-v1:0 | Claude Haiku 3.5 | us eu | pi | 200000 | 8192",
    "anthropic.claude-3-5-sonnet-20240620-v1:0 | Claude Sonnet 3.5 | us eu | i | 200000 | 4096",
    "anthropic.claude-3-5-sonnet-20241022-v2:0 | Claude Sonnet 3.5 v2 | us eu | pi | 200000 | 8192",
    "anthropic.claude-3-7-sonnet-20250219-v1:0 | Claude Sonnet 3.7 | us eu | pi | 200000 | 8192",
    "anthropic.claude-3-haiku-20240307-v1:0 | Claude Haiku 3 | | i | 200000 | 4096",
    "anthropic.claude-fable-5 | Claude Fable 5 | global us eu apac au | pri | 1000000 | 128000",
    "anthropic.claude-fable-5-1 | Claude Fable 5.1 | global us us-gov eu | pri | 1000000 | 128000",
    "anthropic.claude-haiku-4-5-20251001-v1:0 | Claude Haiku 4.5 | global us eu apac au jp | pri | 200000 | 64000",
    "anthropic.claude-haiku-5-5 | Claude Haiku 5.5 | global us us-gov eu apac au jp | pri | 1000000 | 128000",
    "anthropic.claude-mythos-5 | Claude Mythos 5 | us | pri | 1000000 | 128000",
    "anthropic.claude-mythos-5-1 | Claude Mythos 5.1 | global us | pri | 1000000 | 128000",
    "anthropic.claude-opus-4-1-20250805-v1:0 | Claude Opus 4.1 | us eu | pri | 200000 | 32000",
    "anthropic.claude-opus-4-20250514-v1:0 | Claude Opus 4 | us eu | pri | 200000 | 32000",
    "anthropic.claude-opus-4-5-20251101-v1:0 | Claude Opus 4.5 | global us eu | pri | 200000 | 64000",
    "anthropic.claude-opus-4-6-v1 | Claude Opus 4.6 | global us eu au | pri | 1000000 | 128000",
    "anthropic.claude-opus-4-7 | Claude Opus 4.7 | global us eu apac au jp | pri | 1000000 | 128000",
    "anthropic.claude-opus-4-8 | Claude Opus 4.8 | global us us-gov eu apac au jp | pri | 1000000 | 128000",
    "anthropic.claude-opus-5 | Claude Opus 5 | global us us-gov eu apac au jp | pri | 1000000 | 128000",
    "anthropic.claude-opus-5-5 | Claude Opus 5.5 | global us us-gov eu apac au jp | pri | 1000000 | 128000",
    "anthropic.claude-sonnet-4-20250514-v1:0 | Claude Sonnet 4 | global us eu apac | pri | 200000 | 64000",
    "anthropic.claude-sonnet-4-5-20250929-v1:0 | Claude Sonnet 4.5 | global us us-gov eu au jp | pri | 200000 | 64000",
    "anthropic.claude-sonnet-4-6 | Claude Sonnet 4.6 | global us eu apac au jp | pri | 1000000 | 64000",
    "anthropic.claude-sonnet-5 | Claude Sonnet 5 | global us us-gov eu apac au jp | pri | 1000000 | 128000",
    "anthropic.claude-sonnet-5-5 | Claude Sonnet 5.5 | global us us-gov eu apac au jp | pri | 1000000 | 128000",
    "deepseek.r1-v1:0 | DeepSeek-R1 | us | pr | 128000 | 8192",
    "deepseek.v3-v1:0 | DeepSeek-V3.1 | | r | 128000 | 8000",
    "deepseek.v3.2 | DeepSeek-V3.2 | us eu | r | 163840 | 8000",
    "meta.llama3-1-405b-instruct-v1:0 | Llama 3.1 405B Instruct | us | p | 128000 | 4096",
    "meta.llama3-1-70b-instruct-v1:0 | Llama 3.1 70B Instruct | us | p | 128000 | 4096",
    "meta.llama3-1-8b-instruct-v1:0 | Llama 3.1 8B Instruct | us | p | 128000 | 4096",
    "meta.llama3-2-11b-instruct-v1:0 | Llama 3.2 11B Instruct | us | pi | 128000 | 4096",
    "meta.llama3-2-1b-instruct-v1:0 | Llama 3.2 1B Instruct | us eu | p | 128000 | 4096",
    "meta.llama3-2-3b-instruct-v1:0 | Llama 3.2 3B Instruct | us eu | p | 128000 | 4096",
    "meta.llama3-2-90b-instruct-v1:0 | Llama 3.2 90B Instruct | us | pi | 128000 | 4096",
    "meta.llama3-3-70b-instruct-v1:0 | Llama 3.3 70B Instruct | us | p | 128000 | 4096",
    "meta.llama4-maverick-17b-instruct-v1:0 | Llama 4 Maverick 17B Instruct | us | pi | 1000000 | 8192",
    "meta.llama4-scout-17b-instruct-v1:0 | Llama 4 Scout 17B Instruct | us | pi | 3500000 | 8192",
    "minimax.minimax-m2 | MiniMax M2 | | r | 204608 | 8000",
    "minimax.minimax-m2.1 | MiniMax M2.1 | | r | 196000 | 8000",
    "minimax.minimax-m2.5 | MiniMax M2.5 | | r | 196000 | 8000",
    "mistral.devstral-2-123b | Devstral 2 123B | |  | 256000 | 8192",
    "mistral.magistral-small-2509 | Magistral Small 1.2 | | ri | 128000 | 40000",
    "mistral.ministral-3-14b-instruct | Ministral 14B 3.0 | |  | 128000 | 4096",
    "mistral.ministral-3-3b-instruct | Ministral 3 3B | | i | 128000 | 8000",
    "mistral.ministral-3-8b-instruct | Ministral 3 8B | |  | 128000 | 4096",
    "mistral.mistral-large-2407-v1:0 | Mistral Large 2407 | |  | 128000 | 8191",
    "mistral.mistral-large-3-675b-instruct | Mistral Large 3 | | i | 256000 | 8192",
    "mistral.pixtral-large-2502-v1:0 | Pixtral Large (25.02) | us eu | i | 128000 | 8192",
    "moonshot.kimi-k2-thinking | Kimi K2 Thinking | | r | 256000 | 16000",
    "moonshotai.kimi-k2.5 | Kimi K2.5 | | ri | 256000 | 16000",
    "moonshotai.kimi-k3 | Kimi K3 | global us in | ri | 1000000 | 131072",
    "nvidia.nemotron-super-3-120b | Nemotron 3 Super 120B A12B | us-gov | r | 256000 | 32000",
    "openai.gpt-5.4 | GPT-5.4 | global us | pri | 922000 | 128000",
    "openai.gpt-5.5 | GPT-5.5 | global us | pri | 922000 | 128000",
    "openai.gpt-5.6-luna | GPT-5.6 Luna | global us | pri | 922000 | 128000",
    "openai.gpt-5.6-sol | GPT-5.6 Sol | global us | pri | 922000 | 128000",
    "openai.gpt-5.6-terra | GPT-5.6 Terra | global us | pri | 922000 | 128000",
    "openai.gpt-6-astra | GPT-6 Astra | global us | pri | 922000 | 128000",
    "openai.gpt-6-luna | GPT-6 Luna | global us | ri | 922000 | 128000",
    "openai.gpt-6-sol | GPT-6 Sol | global us | ri | 922000 | 128000",
    "openai.gpt-6.1-sol | GPT-6.1 Sol | global us | pri | 1000000 | 131072",
    "openai.gpt-6.1-terra | GPT-6.1 Terra | global us | pri | 922000 | 128000",
    "openai.gpt-oss-120b-1:0 | gpt-oss-120b | us-gov | | 128000 | 4096",
    "openai.gpt-oss-20b-1:0 | gpt-oss-20b | us-gov | | 128000 | 4096",
    "qwen.qwen3-235b-a22b-2507-v1:0 | Qwen3 235B A22B 2507 | |  | 262144 | 8192",
    "qwen.qwen3-32b-v1:0 | Qwen3 32B (dense) | | r | 16384 | 8192",
    "qwen.qwen3-coder-30b-a3b-v1:0 | Qwen3 Coder 30B A3B Instruct | |  | 262144 | 16384",
    "qwen.qwen3-coder-480b-a35b-v1:0 | Qwen3 Coder 480B A35B Instruct | |  | 131072 | 16384",
    "qwen.qwen3-coder-next | Qwen3 Coder Next | | r | 131072 | 16000",
    "qwen.qwen3-next-80b-a3b | Qwen3-Next-80B-A3B-Instruct | |  | 256000 | 8000",
    "qwen.qwen3-vl-235b-a22b | Qwen3-VL-235B-A22B-Instruct | | i | 256000 | 8000",
    "writer.palmyra-x4-v1:0 | Palmyra X4 | us | r | 122880 | 8192",
    "writer.palmyra-x5-v1:0 | Palmyra X5 | us | r | 128000 | 8192",
    "xai.grok-4.6 | Grok 4.6 | global us us-gov | pri | 500000 | 500000",
    "xai.grok-4.7 | Grok 4.7 | global us | pri | 524288 | 524288",
    "zai.glm-4.7 | GLM-4.7 | | r | 203000 | 128000",
    "zai.glm-4.7-flash | GLM-4.7-Flash | | r | 200000 | 128000",
    "zai.glm-5 | GLM-5 | | r | 200000 | 101376",
    "zai.glm-5.3 | GLM-5.3 | global us | pr | 1000000 | 128000",
)


class Known(t.NamedTuple):
    """A well-known model; sizes are in tokens."""

    name: str
    scopes: tuple[str, ...]
    needs_profile: bool
    reasoning: bool
    image: bool
    context_window: int
    max_tokens: int


def _read(row: str) -> tuple[str, Known]:
    model_id, name, scopes, flags, context, answer = (part.strip() for part in row.split("|"))
    known = Known(name, tuple(scopes.split()), "p" in flags, "r" in flags, "i" in flags, int(context), int(answer))
    return model_id, known


MODELS = dict(_read(row) for row in TABLE)


def split(model_id: str) -> tuple[str | None, str]:
    """The scope of an inference profile's ID, if it is one, and the model."""
    scope, _dot, rest = model_id.partition(".")
    return (scope, rest) if scope in SCOPES else (None, model_id)


def is_model_id(model_id: str) -> bool:
    """Whether it could be the ID of a model, a profile, or an ARN."""
    return bool(MODEL_ARN.fullmatch(model_id) or MODEL_ID.fullmatch(split(model_id)[1]))


def look_up(model_id: str) -> Known | None:
    """What is known about a model, which may be given by a profile."""
    return MODELS.get(split(model_id)[1])


def problem(model_id: str) -> str | None:
    """What keeps a model ID from being called."""
    if "/" in model_id and not model_id.startswith("arn:"):
        return f"{model_id!r} names a provider. Write the Bedrock model ID alone, {model_id.rpartition('/')[2]}."
    if not is_model_id(model_id):
        return (
            f"{model_id!r} is not a Bedrock model ID. Write one like global.anthropic.claude-opus-4-5-20251101-v1:0;"
            " `aws bedrock list-inference-profiles` and `aws bedrock list-foundation-models` list them."
        )
    scope, _model = split(model_id)
    known = look_up(model_id)
    if known and known.needs_profile and scope is None:
        profiles = ", ".join(f"{each}.{model_id}" for each in known.scopes)
        return f"{model_id!r} can only be called through an inference profile. Write one of {profiles}."
    return None


def advice(model_id: str) -> str | None:
    """What is doubtful about a model ID that may be right all the same."""
    scope, model = split(model_id)
    known = look_up(model_id)
    if known is None:
        if model_id.startswith("arn:"):
            return None
        return (
            f"{model_id} is not among the models that were known on {READ_ON}. If it exists, all is well; give its"
            " limits with the option models."
        )
    if scope and scope not in known.scopes:
        profiles = ", ".join(f"{each}.{model}" for each in known.scopes) or "none"
        return f"{model_id} is not among the inference profiles that were known on {READ_ON}: {profiles}."
    return None
