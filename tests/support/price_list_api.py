"""AWS's Price List API on loopback: its JSON 1.1 protocol, filters, pages, and entries as it writes them."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "example",
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    "AWS_EC2_METADATA_DISABLED": "true",
    "NO_PROXY": "*",
}


def rates(*rows, currency="USD"):
    """Price dimensions from (begin, end, price): the API writes all three as text."""
    return [
        {"unit": "Lambda-GB-Second", "beginRange": begin, "endRange": end, "pricePerUnit": {currency: price}}
        for begin, end, price in rows
    ]


def flat(price, currency="USD"):
    return rates(("0", "Inf", price), currency=currency)


# The prices of eu-central-1 as published, with the disorder of a real list: tiers are not in sequence.
FRANKFURT = {
    "AWS-Lambda-Duration-ARM": rates(
        ("7500000000", "18750000000", "0.0000120001"),
        ("0", "7500000000", "0.0000133334"),
        ("18750000000", "Inf", "0.0000106667"),
    ),
    "AWS-Lambda-Duration": rates(
        ("15000000000", "Inf", "0.0000133334"),
        ("6000000000", "15000000000", "0.0000150000"),
        ("0", "6000000000", "0.0000166667"),
    ),
    "AWS-Lambda-Requests": flat("0.0000002000"),
    "AWS-Lambda-Requests-ARM": flat("0.0000002000"),
    "AWS-Lambda-Storage-Duration": flat("0.0000000367"),
    "AWS-Lambda-Storage-Duration-ARM": flat("0.0000000367"),
    "AWS-Lambda-Provisioned-Concurrency": flat("0.0000050147"),
    "AWS-Lambda-Provisioned-Concurrency-ARM": flat("0.0000040118"),
    "AWS-Lambda-Duration-Provisioned": flat("0.0000117011"),
    "AWS-Lambda-Duration-Provisioned-ARM": flat("0.0000093609"),
}


def entry(group, dimensions, *, region="eu-central-1", location="EU (Frankfurt)", **changed):
    """One entry of a price list, as text; `changed` replaces parts of it."""
    values = {
        "product": {
            "productFamily": "Serverless",
            "sku": "S4ZKFHQ6B28FBYVW",
            "attributes": {
                "regionCode": region,
                "servicecode": "AWSLambda",
                "locationType": "AWS Region",
                "location": location,
                "group": group,
                "operation": "",
            },
        },
        "serviceCode": "AWSLambda",
        "terms": {
            "OnDemand": {
                "S4ZKFHQ6B28FBYVW.JRTCKXETXF": {
                    "effectiveDate": "2026-09-01T00:00:00Z",
                    "priceDimensions": {f"rate{number}": rate for number, rate in enumerate(dimensions)},
                }
            }
        },
        "publicationDate": "2026-10-01T18:47:46Z",
    }
    return json.dumps(values | changed)


def entries(region="eu-central-1", location="EU (Frankfurt)", **replaced):
    """All entries of a region; `replaced` has other dimensions by group (with _ for -), None for no entry."""
    by_group = FRANKFURT | {group.replace("_", "-"): dimensions for group, dimensions in replaced.items()}
    return [
        entry(group, dimensions, region=region, location=location)
        for group, dimensions in by_group.items()
        if dimensions is not None
    ]


class PriceListApi:
    """The API, serving `listed`; `refusal` is (status, code, message) of the answer to every call."""

    def __init__(self, listed=(), *, page_size=100, refusal=None):
        self.listed = list(listed)
        self.page_size = page_size
        self.refusal = refusal
        self.requests = []

    def __enter__(self):
        handler = type("Handler", (_Handler,), {"api": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, request):
        if self.refusal:
            status, code, message = self.refusal
            return status, {"__type": code, "message": message}
        found = [text for text in self.listed if _matches(text, request["Filters"])]
        begin = int(request.get("NextToken", "0"))
        end = begin + self.page_size
        more = {"NextToken": str(end)} if end < len(found) else {}
        return 200, {"FormatVersion": "aws_v1", "PriceList": found[begin:end], **more}


def _matches(text, filters):
    """As TERM_MATCH does it; text that is no JSON is found by everybody, to be found at all."""
    try:
        attributes = json.loads(text)["product"]["attributes"]
    except (ValueError, LookupError, TypeError):
        return True
    return all(attributes.get(each["Field"]) == each["Value"] for each in filters)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.api.requests.append(request | {"target": self.headers["X-Amz-Target"]})
        status, values = self.api.answer(request)
        body = json.dumps(values).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass
