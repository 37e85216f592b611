"""The services beside Lambda: CloudWatch and the price list are played here, the others by moto."""

from __future__ import annotations

from dataclasses import dataclass, field

from fake_lambda import athena
from fake_lambda.account import Account
from fake_lambda.cloudwatch import metric_data_answer
from fake_lambda.log_groups import OPERATIONS
from fake_lambda.messages import Answer, Request
from fake_lambda.moto_bridge import answer_of_moto
from fake_lambda.pricing import products_answer
from fake_lambda.production import log_events_answer


@dataclass(slots=True)
class Neighbours:
    """`price_list` holds the documents that `GetProducts` answers from, each as JSON text."""

    account: Account
    price_list: list[str] = field(default_factory=list)

    def answer(self, request: Request, operation: str) -> Answer:
        """What the service answers that the request is for."""
        match request.service, operation:
            case "monitoring", "GetMetricData":
                return metric_data_answer(request, self.account)
            case "logs", "FilterLogEvents":
                with self.account.lock:
                    return log_events_answer(request, self.account.traces)
            case "logs", name if name in OPERATIONS:
                with self.account.lock:
                    return self.account.log_queries.answer(request, name, self.account)
            case "athena", name if name in athena.OPERATIONS:
                with self.account.lock:
                    return self.account.athena.answer(request, name, self.account)
            case "s3", "GetObject" if (result := self.account.athena.object_of(request)) is not None:
                return result
            case "pricing", "GetProducts":
                return products_answer(request, self.price_list)
        return answer_of_moto(request)
