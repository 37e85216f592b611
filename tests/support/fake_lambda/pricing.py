"""The price list service: products that fit the filters of a request."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from fake_lambda.messages import Answer, Request


def products_answer(request: Request, price_list: Sequence[str]) -> Answer:
    """The answer to `GetProducts`."""
    asked = json.loads(request.body)
    filters = {each["Field"]: each["Value"] for each in asked.get("Filters", ())}
    fitting = [text for text in price_list if _fits(json.loads(text), asked["ServiceCode"], filters)]
    document = {"FormatVersion": "aws_v1", "PriceList": fitting}
    return Answer(200, json.dumps(document).encode(), {"Content-Type": "application/x-amz-json-1.1"})


def _fits(product: Mapping[str, Any], service: str, filters: Mapping[str, str]) -> bool:
    fields = {
        "productFamily": product["product"].get("productFamily"),
        "servicecode": service,
        **product["product"]["attributes"],
    }
    if product.get("serviceCode", service) != service:
        return False
    return all(fields.get(name) == value for name, value in filters.items())
