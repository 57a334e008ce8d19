"""Somebody whom the shop buys from: goes to the end of `app/models.py`."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from app.columns import Amount, Text255
from app.extensions import Model


class Supplier(Model):
    __tablename__ = "supplier"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[Text255]
    email: Mapped[Text255]
    minimum_order: Mapped[Amount]
    is_active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    def __str__(self) -> str:
        return self.name
