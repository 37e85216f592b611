"""One version for each memory size, so that the function itself is another size for seconds only.

No call publishes a version with another memory size, so `$LATEST` takes it for a moment: it is changed,
published and set back before anything is measured. Each step is in the journal before it is made.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from tuner.errors import UsageError
from tuner.platforms.aws.api import Api, AwsError
from tuner.platforms.aws.claims import refuse_claimed
from tuner.platforms.aws.deployed import Deployed
from tuner.platforms.aws.journal import Entry, Journal, LatestSettings
from tuner.platforms.aws.latest import CONFLICTS, ForeignChangeError, Latest
from tuner.platforms.aws.marks import mark, read_mark
from tuner.platforms.aws.takeback import take_back, versions_of
from tuner.units import TIMEOUT_MAX_S

PUBLISH_ATTEMPTS = 6
PAUSE_S = 0.5  # doubled after each conflict
ACTIVE_S = 900
"""How long a version may take until it can be invoked: a snapshot of SnapStart takes minutes."""
NO_VERSION = "4294967295"
"""A number that no version has: asking to delete it shows whether deleting versions is allowed."""

Wanted = tuple[int, int]
"""A memory size, and how many versions of that size came before."""


class Sweep:
    """The versions of one run of one function, from the first to the last trace of them."""

    def __init__(
        self, api: Api, function: Deployed, *, timeout_s: int, journal_folder: Path | None = None
    ) -> None:
        self._api = api
        self._function = function
        self._timeout_s = timeout_s
        self._folder = journal_folder
        self._latest = Latest(api, function.arn)
        self._journal: Journal | None = None
        self.run_id = secrets.token_hex(6)

    def publish(self, wanted: Iterable[Wanted]) -> dict[Wanted, str]:
        """Publish a version for each, and wait until it can be invoked.

        Raises:
            ForeignChangeError: somebody else changed the function meanwhile.
            MeasurementError: AWS refused, or another run is at work on the function.
        """
        journal = self._journal or self._begin()
        versions = {}
        try:
            for memory_mb, copy in wanted:
                versions[memory_mb, copy] = self._publish(journal, memory_mb, copy)
        finally:
            self._set_back(journal)
        for version in versions.values():
            self._api.wait(
                "function_active_v2",
                "GetFunction",
                FunctionName=self._function.arn,
                Qualifier=version,
                seconds=ACTIVE_S,
            )
        return versions

    def close(self) -> None:
        """Leave no trace. Raises `NotRestoredError` where something is left."""
        if self._journal is not None:
            take_back(self._api, self._journal)
            self._journal = None

    def _begin(self) -> Journal:
        """Claim the function, and make sure that everything can be taken back, before anything is changed."""
        refuse_claimed(self._function.arn, self._folder)
        versions_of(self._api, self._function.arn)
        self._check_that_versions_can_be_deleted()
        connection = replace(self._api.connection, region=self._function.region)
        entry = Entry(self.run_id, self._function.arn, connection, self._function.settings)
        journal = Journal(entry, self._folder)
        try:
            journal.record()
        except UsageError as error:
            raise UsageError(
                f"what is going to be changed cannot be noted down: {error.message}",
                "set XDG_STATE_HOME to a folder that can be written to",
            ) from error
        self._journal = journal
        return journal

    def _check_that_versions_can_be_deleted(self) -> None:
        try:
            self._api.call("DeleteFunction", FunctionName=self._function.arn, Qualifier=NO_VERSION)
        except AwsError as error:
            if error.code != "ResourceNotFoundException":
                raise

    def _publish(self, journal: Journal, memory_mb: int, copy: int) -> str:
        original = self._function.settings
        text = mark(self.run_id, memory_mb, original, copy=copy)
        found = read_mark(text)
        # A description too long to be kept in the mark stays where it is.
        keeps = found is None or (found.original_description is None and bool(original.description))
        wanted = LatestSettings(memory_mb, self._timeout(copy), original.description if keeps else text)
        told = journal.entry.told
        journal.record(told=(*told, wanted))
        configuration = self._latest.become(
            wanted, known=(original, *told), like=self._function.configuration
        )
        journal.record(told=(wanted,))
        published = self._published(configuration, text)
        if int(published["MemorySize"]) != memory_mb:
            raise ForeignChangeError(
                f"version {published['Version']} has {published['MemorySize']} MB and not {memory_mb} MB",
                "somebody else changed the function during the run; run again",
            )
        version = str(published["Version"])
        if published.get("Description") == text:
            journal.record(versions=(*journal.entry.versions, version))
        return version

    def _timeout(self, copy: int) -> int:
        """Every other copy of a size has a second more: nothing is published where nothing has changed, and
        whether a description counts as a change is not documented.
        """
        odd = copy % 2
        return self._timeout_s + odd if self._timeout_s < TIMEOUT_MAX_S else self._timeout_s - odd

    def _published(self, configuration: dict[str, Any], text: str) -> dict[str, Any]:
        """Publish `$LATEST` as it is, once."""
        for attempt in range(PUBLISH_ATTEMPTS):
            try:
                return self._api.call(
                    "PublishVersion",
                    FunctionName=self._function.arn,
                    CodeSha256=configuration["CodeSha256"],
                    RevisionId=configuration["RevisionId"],
                    Description=text,
                )
            except AwsError as error:
                if error.code not in CONFLICTS:
                    raise
                refusal = error
            # The version may be there although the answer was lost.
            for version, description in versions_of(self._api, self._function.arn, self.run_id).items():
                if description == text:
                    return self._api.call(
                        "GetFunctionConfiguration", FunctionName=self._function.arn, Qualifier=version
                    )
            time.sleep(PAUSE_S * 2**attempt)
            now = self._latest.settled()
            if any(now[key] != configuration[key] for key in ("MemorySize", "CodeSha256", "Description")):
                break
            configuration = now
        raise ForeignChangeError(
            f"no version could be published: {refusal.message}",
            "somebody else is changing the function; run again when that has finished",
        )

    def _set_back(self, journal: Journal) -> None:
        """The function's own settings again, as soon as the versions are published."""
        function = self._function
        left = self._latest.set_back(function.settings, journal.entry.told, like=function.configuration)
        journal.record(told=())
        if left:
            raise ForeignChangeError(
                f"somebody else changed {', '.join(left)} of {self._function.name.name} during the run",
                "what they set is left as it is; run again when the deployment has finished",
            )
