"""Tables of `private.db`: what the hospital knows. Never opened by the process that serves the world."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
private = MetaData(naming_convention=NAMING)

trial = Table(
    "trial",
    private,
    Column("id", String, primary_key=True),
    Column("toml", Text, nullable=False),  # the whole declaration, as given
    Column("digest", String, nullable=False),  # SHA-256 of the text
    Column("folder", String, nullable=False),  # where trial.toml lay: tables and crosswalk are found from it
    Column("added_at", String, nullable=False),  # ISO 8601, UTC
)

submission = Table(
    "submission",
    private,
    Column("id", Integer, primary_key=True),
    Column("trial", ForeignKey("trial.id"), nullable=False),
    Column("mode", String, nullable=False),  # copy | reference
    Column("state", String, nullable=False),  # open | complete
    Column("sources", JSON, nullable=False),  # the folders and archives named, as given
    Column("begun_at", String, nullable=False),
)

source_file = Table(
    "source_file",
    private,
    Column("id", Integer, primary_key=True),
    Column("submission", ForeignKey("submission.id"), nullable=False),
    Column("trial", ForeignKey("trial.id"), nullable=False),
    Column("source", String, nullable=False),  # folder or archive
    Column("name", String, nullable=False),  # path inside it
    Column("size", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("blake3", String, nullable=False),
    Column("state", String, nullable=False),  # instance | table | duplicate | conflict | set-aside
    Column("reason", String, nullable=False, default=""),  # rule id of why it was set aside
    Column("location", String, nullable=False, default=""),  # quarantine key, or absolute path when referenced
    UniqueConstraint("trial", "source", "name"),
    Index("ix_source_file_blake3", "trial", "blake3"),
)

instance = Table(
    "instance",
    private,
    Column("id", Integer, primary_key=True),
    Column("trial", ForeignKey("trial.id"), nullable=False),
    Column("file", ForeignKey("source_file.id"), nullable=False),
    Column("patient", String, nullable=False),  # Patient ID (0010,0020), as in the source
    Column("study", String, nullable=False),
    Column("series", String, nullable=False),
    Column("sop", String, nullable=False),
    Column("sop_class", String, nullable=False),
    Column("modality", String, nullable=False, default=""),
    Column("header", JSON, nullable=False),  # what the hold rules and checks need
    UniqueConstraint("trial", "sop"),
    Index("ix_instance_series", "trial", "patient", "series"),
)

participant = Table(
    "participant",
    private,
    Column("id", Integer, primary_key=True),
    Column("trial", ForeignKey("trial.id"), nullable=False),
    Column("source_id", String, nullable=False),
    Column("pseudonym", String, nullable=False),
    Column("shift_days", Integer, nullable=False),
    Column("site", String, nullable=False, default=""),
    Column("arm", String, nullable=False, default=""),
    UniqueConstraint("trial", "source_id"),
    UniqueConstraint("trial", "pseudonym", name="uq_participant_pseudonym"),
)

identifier = Table(
    "identifier",
    private,
    Column("id", Integer, primary_key=True),
    Column("trial", ForeignKey("trial.id"), nullable=False),
    Column("patient", String, nullable=False),  # source id
    Column("kind", String, nullable=False),
    Column("text", Text, nullable=False),
    UniqueConstraint("trial", "patient", "kind", "text"),
)

finding = Table(
    "finding",
    private,
    Column("id", Integer, primary_key=True),
    Column("trial", ForeignKey("trial.id"), nullable=False),
    Column("rule", String, nullable=False),
    Column("severity", String, nullable=False),
    Column("place", String, nullable=False),
    Column("says", Text, nullable=False),
    Column("do", Text, nullable=False, default=""),
    Column("decision", String, nullable=False, default=""),  # '' open | accept | redact | exclude
    Column("decided_by", String, nullable=False, default=""),
    Column("decided_at", String, nullable=False, default=""),
    Column("reason", Text, nullable=False, default=""),
    UniqueConstraint("trial", "rule", "place"),
)

reading = Table(
    "reading",
    private,
    Column("id", Integer, primary_key=True),
    Column("finding", ForeignKey("finding.id", ondelete="CASCADE"), nullable=False),
    Column("reader", String, nullable=False),  # who looked
    Column("decision", String, nullable=False),  # accept | redact | exclude, or '' opens the finding again
    Column("reason", Text, nullable=False),
    Column("at", String, nullable=False),
    Index("ix_reading_finding", "finding"),
)

region = Table(
    "region",
    private,
    Column("id", Integer, primary_key=True),
    Column("trial", ForeignKey("trial.id"), nullable=False),
    Column("place", String, nullable=False),  # of a series, as its findings name it
    Column("layout", String, nullable=False, default=""),  # digest of device, class and size: images that look alike
    Column("instance", Integer),  # number in the series' order; null: every instance
    Column("first", Integer, nullable=False, default=0),  # frames, from 0
    Column("last", Integer),  # exclusive; null: all that follow
    Column("box", JSON, nullable=False),  # [left, top, right, bottom], exclusive
    Column("rule", String, nullable=False),
    Column("state", String, nullable=False),  # doubtful | proposed | redact | keep
    Column("decided_by", String, nullable=False, default=""),
    Column("decided_at", String, nullable=False, default=""),
)

doubtful_text = Table(
    "doubtful_text",
    private,
    Column("id", Integer, primary_key=True),
    Column("trial", ForeignKey("trial.id"), nullable=False),
    Column("digest", String, nullable=False),  # keyed; how a finding names it
    Column("text", Text, nullable=False),  # as it would be released
    Column("places", JSON, nullable=False),  # tag paths or table:column
    Column("count", Integer, nullable=False),
    UniqueConstraint("trial", "digest"),
)

clean_series = Table(
    "clean_series",
    private,
    Column("id", Integer, primary_key=True),
    Column("trial", ForeignKey("trial.id"), nullable=False),
    Column("patient", String, nullable=False),
    Column("series", String, nullable=False),  # source Series Instance UID
    Column("inputs", String, nullable=False),  # digest of source bytes, policy, key id, subject
    Column("pseudonym", String, nullable=False),
    Column("study_out", String, nullable=False),
    Column("series_out", String, nullable=False),
    Column("modality", String, nullable=False),
    Column("object", String, nullable=False),  # key in the clean store
    Column("size", BigInteger, nullable=False),
    Column("sha256", String, nullable=False),
    Column("instances", Integer, nullable=False),
    Column("changes", JSON, nullable=False),  # {"tag": {"rule": count}}
    Column("verified", String, nullable=False, default=""),  # digest of what the independent verifier passed
    UniqueConstraint("trial", "patient", "series", name="uq_clean_series_series"),
)

clean_table = Table(
    "clean_table",
    private,
    Column("id", Integer, primary_key=True),
    Column("trial", ForeignKey("trial.id"), nullable=False),
    Column("name", String, nullable=False),
    Column("inputs", String, nullable=False),
    Column("objects", JSON, nullable=False),  # [[path, size, sha256], ...] in the clean store
    Column("changes", JSON, nullable=False),
    UniqueConstraint("trial", "name"),
)

left_out = Table(
    "left_out",
    private,
    Column("id", Integer, primary_key=True),
    Column("release", String, nullable=False),  # trial/version
    Column("patient", String, nullable=False),
    Column("series", String, nullable=False),  # source Series Instance UID
    Column("sop", String, nullable=False, default=""),  # source SOP Instance UID; empty: the whole series
    Column("rule", String, nullable=False),  # of the finding that held it back
    UniqueConstraint("release", "patient", "series", "sop"),
)
