"""Mappings that people save on the page of imports."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mappings",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("toml", sa.Text, nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text),
        sa.PrimaryKeyConstraint("name", name="pk_mappings"),
    )


def downgrade() -> None:
    op.drop_table("mappings")
