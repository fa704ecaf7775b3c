-- The journal: one append-only log per file, its evidence, documents and checkpoints.
-- Frozen once released. Triggers stop mistakes; the Merkle root answers malice.

-- Which log this file holds.
CREATE TABLE log (
  id     INTEGER PRIMARY KEY CHECK (id = 1),
  origin TEXT NOT NULL CHECK (origin GLOB 'drillbook/*/????????????????'),
  env    TEXT NOT NULL CHECK (env IN ('live', 'rehearsal')),
  CHECK (substr(origin, 11, length(env) + 1) = env || '/')
) STRICT;

-- The entries. `bytes` is what was hashed; the other columns repeat it so that it can be searched.
CREATE TABLE entry (
  seq   INTEGER PRIMARY KEY CHECK (seq >= 0),
  leaf  BLOB NOT NULL CHECK (length(leaf) = 32),
  drill TEXT NOT NULL,
  kind  TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 128),
  actor TEXT NOT NULL,
  at    TEXT NOT NULL CHECK (length(at) = 24 AND at GLOB '????-??-??T??:??:??.???Z'),
  bytes BLOB NOT NULL CHECK (length(bytes) > 0)
) STRICT;
CREATE INDEX entry_by_drill ON entry (drill, seq);
CREATE INDEX entry_by_kind ON entry (kind, seq);
CREATE INDEX entry_by_actor ON entry (actor, seq);
CREATE INDEX entry_by_time ON entry (at, seq);
-- Streaming the leaves must not read the entries.
CREATE INDEX entry_leaf ON entry (seq, leaf);

-- The sealed values of each entry, in the order of their commitments. All of them are always here.
CREATE TABLE disclosure (
  seq     INTEGER NOT NULL REFERENCES entry (seq),
  place   INTEGER NOT NULL CHECK (place >= 0),
  encoded TEXT NOT NULL CHECK (length(encoded) > 0),
  PRIMARY KEY (seq, place)
) STRICT, WITHOUT ROWID;

-- The compact range at the head. The only table whose row changes.
CREATE TABLE head (
  id    INTEGER PRIMARY KEY CHECK (id = 1),
  size  INTEGER NOT NULL CHECK (size >= 0),
  state TEXT NOT NULL
) STRICT;

-- The compact range at every 256th size, so that the root of a prefix is near.
CREATE TABLE milestone (
  size  INTEGER PRIMARY KEY CHECK (size > 0 AND size % 256 = 0),
  state TEXT NOT NULL
) STRICT;

-- What the free-text search reads: a projection that can be dropped and rebuilt.
CREATE TABLE entry_text (
  seq  INTEGER PRIMARY KEY REFERENCES entry (seq),
  text TEXT NOT NULL
) STRICT;

-- Evidence, stored once by content.
CREATE TABLE blob (
  id     INTEGER PRIMARY KEY,
  digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
  size   INTEGER NOT NULL CHECK (size = length(bytes)),
  bytes  BLOB NOT NULL
) STRICT;

-- Signed documents, byte for byte. `since` is the log's size right after the append that brought them.
CREATE TABLE document (
  digest BLOB PRIMARY KEY CHECK (length(digest) = 32),
  since  INTEGER NOT NULL CHECK (since > 0),
  bytes  BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE signature (
  document BLOB NOT NULL REFERENCES document (digest),
  place    INTEGER NOT NULL CHECK (place >= 0),
  since    INTEGER NOT NULL CHECK (since > 0),
  armored  TEXT NOT NULL CHECK (length(armored) > 0),
  PRIMARY KEY (document, place),
  UNIQUE (document, armored)
) STRICT, WITHOUT ROWID;

-- Checkpoints stand beside the log and are never entries of it.
CREATE TABLE checkpoint (
  size      INTEGER PRIMARY KEY CHECK (size >= 0),
  text      TEXT NOT NULL CHECK (length(text) > 0),
  signature TEXT NOT NULL CHECK (length(signature) > 0)
) STRICT;

-- A position is the one after the last. This also stops INSERT OR REPLACE, which evades delete triggers.
CREATE TRIGGER entry_in_order BEFORE INSERT ON entry
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq) + 1, 0) FROM entry)
BEGIN SELECT raise(ABORT, 'journal: a position must follow the last one'); END;
CREATE TRIGGER entry_no_update BEFORE UPDATE ON entry
BEGIN SELECT raise(ABORT, 'journal: entries are never changed'); END;
CREATE TRIGGER entry_no_delete BEFORE DELETE ON entry
BEGIN SELECT raise(ABORT, 'journal: entries are never deleted'); END;

CREATE TRIGGER disclosure_in_order BEFORE INSERT ON disclosure
WHEN NEW.seq IS NOT (SELECT max(seq) FROM entry)
  OR NEW.place IS NOT (SELECT coalesce(max(place) + 1, 0) FROM disclosure WHERE seq = NEW.seq)
BEGIN SELECT raise(ABORT, 'journal: sealed values belong to the last entry'); END;
CREATE TRIGGER disclosure_no_update BEFORE UPDATE ON disclosure
BEGIN SELECT raise(ABORT, 'journal: sealed values are never changed'); END;
CREATE TRIGGER disclosure_no_delete BEFORE DELETE ON disclosure
BEGIN SELECT raise(ABORT, 'journal: sealed values are never deleted'); END;

CREATE TRIGGER log_once BEFORE INSERT ON log WHEN EXISTS (SELECT 1 FROM log)
BEGIN SELECT raise(ABORT, 'journal: a log keeps its origin'); END;
CREATE TRIGGER log_no_update BEFORE UPDATE ON log
BEGIN SELECT raise(ABORT, 'journal: a log keeps its origin'); END;
CREATE TRIGGER log_no_delete BEFORE DELETE ON log
BEGIN SELECT raise(ABORT, 'journal: a log keeps its origin'); END;

CREATE TRIGGER head_once BEFORE INSERT ON head WHEN EXISTS (SELECT 1 FROM head)
BEGIN SELECT raise(ABORT, 'journal: a log has one head'); END;
CREATE TRIGGER head_grows BEFORE UPDATE ON head WHEN NEW.id IS NOT OLD.id OR NEW.size <= OLD.size
BEGIN SELECT raise(ABORT, 'journal: a log only grows'); END;
CREATE TRIGGER head_no_delete BEFORE DELETE ON head
BEGIN SELECT raise(ABORT, 'journal: a log has one head'); END;

CREATE TRIGGER milestone_once BEFORE INSERT ON milestone
WHEN NEW.size <= (SELECT coalesce(max(size), 0) FROM milestone)
BEGIN SELECT raise(ABORT, 'journal: milestones only grow'); END;
CREATE TRIGGER milestone_no_update BEFORE UPDATE ON milestone
BEGIN SELECT raise(ABORT, 'journal: milestones are never changed'); END;
CREATE TRIGGER milestone_no_delete BEFORE DELETE ON milestone
BEGIN SELECT raise(ABORT, 'journal: milestones are never deleted'); END;

CREATE TRIGGER blob_once BEFORE INSERT ON blob
WHEN EXISTS (SELECT 1 FROM blob WHERE digest = NEW.digest OR id = NEW.id)
BEGIN SELECT raise(ABORT, 'journal: evidence is stored once'); END;
CREATE TRIGGER blob_no_update BEFORE UPDATE ON blob
BEGIN SELECT raise(ABORT, 'journal: evidence is never changed'); END;
CREATE TRIGGER blob_no_delete BEFORE DELETE ON blob
BEGIN SELECT raise(ABORT, 'journal: evidence is never deleted'); END;

CREATE TRIGGER document_once BEFORE INSERT ON document
WHEN EXISTS (SELECT 1 FROM document WHERE digest = NEW.digest)
BEGIN SELECT raise(ABORT, 'journal: a document is stored once'); END;
CREATE TRIGGER document_no_update BEFORE UPDATE ON document
BEGIN SELECT raise(ABORT, 'journal: documents are never changed'); END;
CREATE TRIGGER document_no_delete BEFORE DELETE ON document
BEGIN SELECT raise(ABORT, 'journal: documents are never deleted'); END;

CREATE TRIGGER signature_in_order BEFORE INSERT ON signature
WHEN NEW.place IS NOT
  (SELECT coalesce(max(place) + 1, 0) FROM signature WHERE document = NEW.document)
  OR EXISTS (SELECT 1 FROM signature WHERE document = NEW.document AND armored = NEW.armored)
BEGIN SELECT raise(ABORT, 'journal: a signature follows the last one'); END;
CREATE TRIGGER signature_no_update BEFORE UPDATE ON signature
BEGIN SELECT raise(ABORT, 'journal: signatures are never changed'); END;
CREATE TRIGGER signature_no_delete BEFORE DELETE ON signature
BEGIN SELECT raise(ABORT, 'journal: signatures are never deleted'); END;

CREATE TRIGGER checkpoint_in_order BEFORE INSERT ON checkpoint
WHEN NEW.size <= (SELECT coalesce(max(size), -1) FROM checkpoint)
BEGIN SELECT raise(ABORT, 'journal: checkpoints only grow'); END;
CREATE TRIGGER checkpoint_no_update BEFORE UPDATE ON checkpoint
BEGIN SELECT raise(ABORT, 'journal: checkpoints are never changed'); END;
CREATE TRIGGER checkpoint_no_delete BEFORE DELETE ON checkpoint
BEGIN SELECT raise(ABORT, 'journal: checkpoints are never deleted'); END;
