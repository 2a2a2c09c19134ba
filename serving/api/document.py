"""The OpenAPI document as a service sends it, made once for the model that answers."""

import asyncio
import json
from collections.abc import Sequence

from starlette.routing import BaseRoute

from icp_fit.serving.api.examples import build_examples
from icp_fit.serving.api.openapi import build_document
from icp_fit.serving.http.requests import MOST_HISTORY
from icp_fit.serving.scoring.served_model import ServedModel
from icp_fit.serving.settings import ServingSettings


class CachedDocument:
    """The document of one application, whose `pages` it lists too."""

    def __init__(self, pages: Sequence[BaseRoute]) -> None:
        self._pages = pages
        # The model, and whether callers need a key, that the document was made for; None until it is asked for.
        self._made_for: tuple[ServedModel, bool] | None = None
        self._document = b""

    async def find(self, model: ServedModel, settings: ServingSettings, is_keyed: bool) -> bytes:
        """The document as JSON; the first time for a model this takes some 100 ms in a thread."""
        if self._made_for is None or self._made_for[0] is not model or self._made_for[1] is not is_keyed:
            document = await asyncio.to_thread(self._build, model, settings, is_keyed)
            self._made_for, self._document = (model, is_keyed), document
        return self._document

    def _build(self, model: ServedModel, settings: ServingSettings, is_keyed: bool) -> bytes:
        document = build_document(
            model.profile,
            build_examples(model),
            most_deals=settings.max_batch,
            most_history=MOST_HISTORY,
            keyed=is_keyed,
            pages=self._pages,
        )
        return json.dumps(document).encode()
