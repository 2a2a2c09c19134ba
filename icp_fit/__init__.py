"""ICP fit: how well a deal fits an ideal customer profile, why, and how sure that is."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from icp_fit.features.errors import IcpFitError as IcpFitError

_MODULES = {"IcpFitError": "features.errors"}

if not TYPE_CHECKING:  # else a type checker would take any name

    def __getattr__(name: str) -> Any:
        """Import what the door gives when it is first asked for."""
        from importlib import import_module

        if name not in _MODULES:
            raise AttributeError(f"module `icp_fit` has no attribute `{name}`")
        return getattr(import_module(f"icp_fit.{_MODULES[name]}"), name)
