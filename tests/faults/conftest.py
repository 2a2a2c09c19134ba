"""These tests take minutes: `make test-faults` runs them."""

from pathlib import Path

from tests.support.on_demand import collect_on_demand

pytest_ignore_collect = collect_on_demand(Path(__file__).parent)
