"""An address to go on to is one of this service, or the first page."""

import pytest

from icp_fit.serving.pages.request import local_path


@pytest.mark.parametrize("text", ["//evil.example", "https://evil.example", "/\\evil.example", "//[", "", "x", "/a\nb"])
def test_redirect_never_leads_to_another_host(text: str) -> None:
    assert local_path(text) == "/"
