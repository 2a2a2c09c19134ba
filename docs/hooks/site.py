"""What MkDocs does for the site beside turning pages into HTML: it adds the pages that are written from the code.

Pages that come from the code are made at each build, so that none of them can go stale. After the build the site is
searched for what a browser would fetch from another host: there must be nothing.
"""

from pathlib import Path

from command_pages import write_commands
from hosts import find_other_hosts
from http_pages import read_document, write_http_api
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

CHECKOUT = Path(__file__).parents[2]
FROM_ROOT = ("CHANGELOG", "CONTRIBUTING", "SECURITY")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are written from the code, and those that lie beside the documents."""
    pages = {"commands.md": write_commands(), "http-api.md": write_http_api(read_document())}
    for name in FROM_ROOT:
        pages[f"{name.lower()}.md"] = from_root(name)
    for name, text in pages.items():
        files.append(File.generated(config, name, content=text))
    return files


def on_post_build(config: MkDocsConfig) -> None:
    """Raise PluginError where a page would ask another host for something."""
    found = list(find_other_hosts(Path(config.site_dir)))
    if found:
        raise PluginError("The site asks another host:\n" + "\n".join(found))


def from_root(name: str) -> str:
    """A document of the top folder, its links turned to where the pages lie in the site."""
    text = (CHECKOUT / f"{name}.md").read_text(encoding="utf-8").replace("](docs/", "](")
    for other in FROM_ROOT:
        text = text.replace(f"]({other}.md", f"]({other.lower()}.md")
    return text
