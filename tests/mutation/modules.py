"""What is mutated, and the tests of each: the modules whose faults cost a seller's trust or an answer."""

from tests.support.checkout import CHECKOUT

# Patterns of paths, for a module's edges may have a file of their own.
MODULES: dict[str, tuple[str, ...]] = {
    "features/leakage.py": ("tests/features/test_leakage*.py",),
    "models/interval.py": ("tests/models/test_interval*.py",),
    "models/stack.py": ("tests/models/test_stack*.py",),
    "training/splits.py": ("tests/training/test_split*.py",),
    "training/promotion.py": ("tests/training/test_promotion*.py",),
    "training/verdict.py": ("tests/training/test_verdict*.py",),
    "serving/access/access.py": ("tests/serving/access/test_callers.py",),
    "serving/access/keyring.py": ("tests/serving/access/test_keyring.py", "tests/serving/access/test_keys.py"),
    "serving/access/keys.py": ("tests/serving/access/test_keys.py",),
    "serving/access/limits.py": ("tests/serving/access/test_limits.py",),
    "serving/access/roles.py": ("tests/serving/access/test_keys.py", "tests/serving/access/test_callers.py"),
    "serving/scoring/champion.py": ("tests/serving/scoring/test_champion*.py",),
    "serving/scoring/served_model.py": ("tests/serving/scoring/test_served_model.py",),
    "serving/store/write_queue.py": ("tests/serving/store/test_writ*.py",),
    "serving/store/writer.py": ("tests/serving/store/test_writ*.py",),
}


def find_tests(module: str) -> tuple[str, ...]:
    """The files with the tests of a module."""
    found = {path for pattern in MODULES[module] for path in CHECKOUT.glob(pattern)}
    return tuple(sorted(str(path.relative_to(CHECKOUT)) for path in found))
