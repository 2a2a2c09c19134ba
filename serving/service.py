"""The BentoML service, for `bentoml serve icp_fit.serving.service:IcpFit` and `icp-fit serve`."""

from typing import Any, cast

import bentoml

from icp_fit.serving.api.routes import build_api
from icp_fit.serving.bundled_champion import install_bundled_champion
from icp_fit.serving.http.middleware import HttpMiddleware
from icp_fit.serving.logs import configure_logs
from icp_fit.serving.pages import routes as pages
from icp_fit.serving.runtime import Runtime
from icp_fit.serving.settings import ServingSettings, read_settings

api = build_api(pages)


# BentoML's own metrics, access log and tracing are off: the service has its own, and tracing alone takes two thirds of
# the time of a request that does nothing. Its timeout keeps a timer that long after each answer, so it is short, but
# longer than those of the service.
@bentoml.service(
    name="icp-fit",  # not `icp_fit`: BentoML would take a tag of that name for our module
    workers=1,
    metrics={"enabled": False},
    logging={"access": {"enabled": False}},
    tracing={"excluded_urls": ".*"},
    traffic={"timeout": 40},
)
class IcpFit:
    """Says how well deals fit an ideal customer profile, and why."""

    def __init__(self) -> None:
        self.runtime: Runtime | None = None

    @bentoml.on_startup  # type: ignore[untyped-decorator]
    async def open(self) -> None:
        configure_logs()
        settings = getattr(api.state, "settings", None) or read_settings()
        install_bundled_champion(settings.store_paths)
        self.runtime = Runtime(settings)
        api.state.runtime = self.runtime
        await self.runtime.open()

    @bentoml.on_shutdown  # type: ignore[untyped-decorator]
    async def close(self) -> None:
        if self.runtime is not None:
            await self.runtime.close()


service = cast(Any, IcpFit)  # BentoML's types do not say what its decorator returns
service.add_asgi_middleware(HttpMiddleware, api=api)


def use_settings(settings: ServingSettings) -> None:
    """Start with these settings instead of those that the environment gives."""
    api.state.settings = settings
