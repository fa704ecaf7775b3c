-- A restored log goes on under a new origin. What came before it is named here, and by an entry at `size`.
CREATE TABLE predecessor (
  size   INTEGER PRIMARY KEY CHECK (size > 0),
  origin TEXT NOT NULL CHECK (origin GLOB 'drillbook/*/????????????????'),
  root   BLOB NOT NULL CHECK (length(root) = 32)
) STRICT;
CREATE TRIGGER predecessor_in_order BEFORE INSERT ON predecessor
WHEN NEW.size <= (SELECT coalesce(max(size), 0) FROM predecessor)
BEGIN SELECT raise(ABORT, 'journal: predecessors only grow'); END;
CREATE TRIGGER predecessor_no_update BEFORE UPDATE ON predecessor
BEGIN SELECT raise(ABORT, 'journal: predecessors are never changed'); END;
CREATE TRIGGER predecessor_no_delete BEFORE DELETE ON predecessor
BEGIN SELECT raise(ABORT, 'journal: predecessors are never deleted'); END;
