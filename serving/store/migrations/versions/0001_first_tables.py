"""The first tables.

A revision that was released is never changed: it spells the tables out instead of taking them from `records`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID, TIME = sa.String(36), sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "predictions",
        sa.Column("id", ID, nullable=False),
        sa.Column("deal_id", sa.Text),
        sa.Column("scored_at", TIME, nullable=False),
        sa.Column("route", sa.String(20), nullable=False),
        sa.Column("key_id", sa.String(20)),
        sa.Column("model_version", sa.Text, nullable=False),
        sa.Column("profile_version", sa.Text, nullable=False),
        sa.Column("profile_digest", sa.Text, nullable=False),
        sa.Column("bundle_hash", sa.Text),
        sa.Column("answers", sa.Text, nullable=False),
        sa.Column("score", sa.Integer, nullable=False),
        sa.Column("grade", sa.Text, nullable=False),
        sa.Column("win_probability", sa.Double, nullable=False),
        sa.Column("low", sa.Double, nullable=False),
        sa.Column("high", sa.Double, nullable=False),
        sa.Column("completeness", sa.Double, nullable=False),
        sa.Column("explanation", sa.Text),
        sa.Column("name", sa.Text),
        sa.Column("owner", sa.Text),
        sa.Column("region", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("question", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_predictions"),
    )
    op.create_index("ix_predictions_deal_id_id", "predictions", ["deal_id", "id"])
    op.create_index("ix_predictions_scored_at", "predictions", ["scored_at"])
    op.create_table(
        "deals",
        sa.Column("deal_id", sa.Text, nullable=False),
        sa.Column("prediction_id", ID, nullable=False),
        sa.Column("win_probability", sa.Double, nullable=False),
        sa.Column("grade", sa.Text, nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("owner", sa.Text),
        sa.Column("region", sa.Text),
        sa.Column("outcome", sa.String(4)),
        sa.PrimaryKeyConstraint("deal_id", name="pk_deals"),
    )
    op.create_index("ix_deals_win_probability_deal_id", "deals", ["win_probability", "deal_id"])
    op.create_index("ix_deals_prediction_id", "deals", ["prediction_id"])
    op.create_table(
        "outcomes",
        sa.Column("id", ID, nullable=False),
        sa.Column("deal_id", sa.Text, nullable=False),
        sa.Column("outcome", sa.String(4), nullable=False),
        sa.Column("recorded_at", TIME, nullable=False),
        sa.Column("by", sa.Text),
        sa.Column("note", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_outcomes"),
    )
    op.create_index("ix_outcomes_deal_id_id", "outcomes", ["deal_id", "id"])
    op.create_table(
        "overrides",
        sa.Column("id", ID, nullable=False),
        sa.Column("deal_id", sa.Text, nullable=False),
        sa.Column("score", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("by", sa.Text),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_overrides"),
    )
    op.create_index("ix_overrides_deal_id_id", "overrides", ["deal_id", "id"])
    op.create_table(
        "keys",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("salt", sa.LargeBinary, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("revoked_at", TIME),
        sa.Column("used_at", TIME),
        sa.PrimaryKeyConstraint("id", name="pk_keys"),
    )
    op.create_table(
        "audit",
        sa.Column("id", ID, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("act", sa.String(20), nullable=False),
        sa.Column("by", sa.Text),
        sa.Column("subject", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_at", "audit", ["at"])


def downgrade() -> None:
    for table in ("audit", "keys", "overrides", "outcomes", "deals", "predictions"):
        op.drop_table(table)
