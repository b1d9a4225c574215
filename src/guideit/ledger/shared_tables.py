"""Tables of `ledger.db`: what the shared side knows. Nothing private is ever written here."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from guideit.ledger.private_tables import NAMING

shared = MetaData(naming_convention=NAMING)

release = Table(
    "release",
    shared,
    Column("id", String, primary_key=True),  # trial/version
    Column("trial", String, nullable=False),
    Column("version", String, nullable=False),
    Column("root", String, nullable=False),
    Column("seal", Text, nullable=False),  # release.json, whole
    Column("sealed_at", String, nullable=False),
    UniqueConstraint("trial", "version"),
)

release_series = Table(
    "release_series",
    shared,
    Column("id", Integer, primary_key=True),
    Column("release", ForeignKey("release.id"), nullable=False),
    Column("participant", String, nullable=False),
    Column("study", String, nullable=False),
    Column("series", String, nullable=False),
    Column("modality", String, nullable=False),
    Column("instances", Integer, nullable=False),
    Column("object", String, nullable=False),
    Column("size", BigInteger, nullable=False),
    UniqueConstraint("release", "series"),
)
