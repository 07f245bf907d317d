"""Attribute probabilities of faces."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "attribute_values",
        sa.Column("face_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("probabilities", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["face_id"],
            ["faces.id"],
            name=op.f("fk_attribute_values_face_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["model"], ["models.id"], name=op.f("fk_attribute_values_model")),
        sa.PrimaryKeyConstraint("face_id", "model", name=op.f("pk_attribute_values")),
    )
