"""What a key may do: one table of roles."""

from typing import Literal, get_args

from icp_fit.serving.errors import KeysError

Role = Literal["score", "view", "admin"]
Act = Literal[
    "predict", "explain", "batch", "what_if", "questions", "outcomes", "history", "pages", "override", "profile",
    "model", "metrics",
]  # fmt: skip

ROLES: tuple[Role, ...] = get_args(Role)
ALLOWED: dict[Role, frozenset[Act]] = {
    "score": frozenset({"predict", "explain", "batch", "what_if", "questions", "outcomes", "profile", "model"}),
    "view": frozenset({"pages", "override", "history", "what_if", "questions", "profile", "model"}),
    "admin": frozenset(get_args(Act)),
}


def may(role: Role, act: Act) -> bool:
    return act in ALLOWED[role]


def check_role(role: str) -> Role:
    if role not in ROLES:
        raise KeysError(f"`role` must be one of {', '.join(ROLES)}, got `{role}`.")
    return role
