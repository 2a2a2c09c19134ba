"""How soon pages are painted in a browser, with very many deals in the store: the first paint and its spread."""

import statistics
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from icp_fit.features.deals import read_deals
from icp_fit.features.profile import read_profile
from icp_fit.features.simulation.sample import sample_deals
from icp_fit.models.fit import FitClassifier
from tests.support.browser import LAPTOP, open_browser
from tests.support.champions import install_champion
from tests.support.many_deals import store_many_deals
from tests.support.running_service import build_settings, run_service

MANY = 50_000
TIMES = 10
TARGET = 500  # milliseconds
ADDRESSES = ("/", "/?page=1900", "/?search=deal 4999", "/?grade=A&owner=Ana", "/deals/L-7", "/new", "/about-model")
FIRST_PAINT = """() => new Promise(done => new PerformanceObserver(list => done(list.getEntries()[0].startTime))
    .observe({type: "paint", buffered: true}))"""


def measure_pages(console: Console) -> None:
    """Print the time until the first paint of each page, over some visits."""
    profile = read_profile("liferay")
    deals = read_deals(sample_deals(profile, 120, seed=7), profile).closed
    model = FitClassifier(profile, random_state=0).fit(deals.answers, deals.won.to_numpy(bool))
    table = Table("page", "least", "median", "most", box=None)
    with tempfile.TemporaryDirectory() as folder, open_browser() as browser:
        install_champion(Path(folder), "1", model)
        with run_service(build_settings(Path(folder))) as service:
            store_many_deals(service.runtime, MANY)
            page = browser.new_context(viewport=LAPTOP, base_url=service.url).new_page()  # type: ignore[arg-type]
            for address in ADDRESSES:
                times = []
                for _ in range(TIMES):
                    page.goto(address)
                    times.append(float(page.evaluate(FIRST_PAINT)))
                table.add_row(address, *(f"{time:.0f}" for time in (min(times), statistics.median(times), max(times))))
            page.context.close()
    table.add_row("target, at most", "", f"{TARGET}", "")
    console.print(f"Milliseconds until the first paint, {TIMES} visits each, with {MANY:,} deals in the store")
    console.print(table)
