"""What a page of the site would fetch from another host: there must be nothing, as on the pages of the service."""

import re
from collections.abc import Iterator
from pathlib import Path

# what a browser fetches by itself: sources, style sheets, icons, preconnections; not the links that people follow
FETCHED = re.compile(
    r"""<(?:script|img|source|iframe|video|audio)\b[^>]*\bsrc=["']?(?:https?:)?//[^"'\s>]+"""
    r"""|<link\b(?=[^>]*\brel=["']?(?:stylesheet|icon|preconnect|preload|dns-prefetch|modulepreload))"""
    r"""[^>]*\bhref=["']?(?:https?:)?//[^"'\s>]+"""
    r"""|url\(\s*["']?(?:https?:)?//[^)]+|@import\s+["'](?:https?:)?//[^"']+"""
)


def find_other_hosts(site: Path) -> Iterator[str]:
    """Each place in the pages, style sheets and drawings of a site that asks another host, with what it asks for."""
    for path in sorted(site.rglob("*")):
        if path.suffix in (".html", ".css", ".svg"):
            for found in FETCHED.findall(path.read_text(encoding="utf-8")):
                yield f"{path.relative_to(site)}: {found}"
