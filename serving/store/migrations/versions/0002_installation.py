"""The name that a database belongs to. One that already held predictions belongs to the default name."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "installation",
        sa.Column("name", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_installation"),
    )
    op.execute("insert into installation (name) select 'icp-fit' where exists (select 1 from predictions)")


def downgrade() -> None:
    op.drop_table("installation")
