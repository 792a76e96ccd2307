/** Schema changes in order; `PRAGMA user_version` counts how many a database has seen. Never edit a released one. */
export const migrations: readonly string[] = [
  `
  CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

  CREATE TABLE libraries (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    sample INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    -- what the index was built with; a change builds a new index
    index_fingerprint TEXT
  ) STRICT;

  CREATE TABLE sources (
    id TEXT PRIMARY KEY,
    library_id TEXT NOT NULL REFERENCES libraries(id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('folder', 'file')),
    path TEXT NOT NULL,
    UNIQUE (library_id, path)
  ) STRICT;

  CREATE TABLE files (
    id TEXT PRIMARY KEY,
    library_id TEXT NOT NULL REFERENCES libraries(id) ON DELETE CASCADE,
    source_id TEXT NOT NULL REFERENCES sources(id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    relative_path TEXT NOT NULL,
    title TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'reading', 'indexed', 'skipped', 'failed')),
    size_bytes INTEGER NOT NULL,
    modified_at REAL NOT NULL,
    content_hash TEXT,
    indexed_at INTEGER,
    passages INTEGER NOT NULL DEFAULT 0,
    pages INTEGER,
    error TEXT,
    UNIQUE (library_id, path)
  ) STRICT;
  CREATE INDEX files_by_state ON files (library_id, state, relative_path);
  CREATE INDEX files_by_source ON files (source_id);

  CREATE TABLE models (
    path TEXT PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    prompt TEXT,
    added_at INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    title TEXT NOT NULL,
    state TEXT NOT NULL,
    progress TEXT,
    error TEXT,
    created_at INTEGER NOT NULL,
    ended_at INTEGER,
    last_seq INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX jobs_by_time ON jobs (created_at DESC);
  CREATE INDEX jobs_by_subject ON jobs (subject_id);

  CREATE TABLE job_events (
    job_id TEXT NOT NULL REFERENCES jobs(id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    event TEXT NOT NULL,
    PRIMARY KEY (job_id, seq)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE threads (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX threads_by_time ON threads (updated_at DESC);

  CREATE TABLE exchanges (
    id TEXT PRIMARY KEY,
    thread_id TEXT NOT NULL REFERENCES threads(id) ON DELETE CASCADE,
    job_id TEXT NOT NULL REFERENCES jobs(id) ON DELETE CASCADE,
    question TEXT NOT NULL,
    library_id TEXT NOT NULL,
    model_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    -- set when the job is over: the fold of its events
    trace TEXT,
    answer TEXT
  ) STRICT;
  CREATE INDEX exchanges_by_thread ON exchanges (thread_id, created_at);
  CREATE INDEX exchanges_by_job ON exchanges (job_id);
  `,
  `
  -- JSON: which files are read
  ALTER TABLE libraries ADD COLUMN rules TEXT;
  ALTER TABLE libraries ADD COLUMN paused INTEGER NOT NULL DEFAULT 0;
  -- JSON: why its files cannot be looked at
  ALTER TABLE sources ADD COLUMN problem TEXT;
  ALTER TABLE sources ADD COLUMN synced_at INTEGER;
  -- the file system it is on: an empty folder on another one is where a disk was
  ALTER TABLE sources ADD COLUMN device REAL;
  ALTER TABLE files ADD COLUMN inode REAL;
  -- JSON: what could not be read of it
  ALTER TABLE files ADD COLUMN warnings TEXT NOT NULL DEFAULT '[]';
  `,
  `
  -- what the person calls it; null: as the file says
  ALTER TABLE models ADD COLUMN name TEXT;

  CREATE TABLE network (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    method TEXT NOT NULL,
    host TEXT NOT NULL,
    path TEXT NOT NULL,
    purpose TEXT NOT NULL,
    status INTEGER,
    sent_bytes INTEGER NOT NULL DEFAULT 0,
    received_bytes INTEGER NOT NULL DEFAULT 0,
    ended_at INTEGER
  ) STRICT;
  `,
  `
  CREATE TABLE comparisons (
    id TEXT PRIMARY KEY,
    question TEXT NOT NULL,
    answers TEXT NOT NULL,
    library_id TEXT NOT NULL,
    library_name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    blind INTEGER NOT NULL,
    -- the position of the entry that was found best, -1 for none
    vote INTEGER
  ) STRICT;
  CREATE INDEX comparisons_by_time ON comparisons (created_at DESC);

  CREATE TABLE comparison_entries (
    comparison_id TEXT NOT NULL REFERENCES comparisons(id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    label TEXT NOT NULL,
    model TEXT NOT NULL,
    adapter TEXT,
    job_id TEXT NOT NULL REFERENCES jobs(id) ON DELETE CASCADE,
    PRIMARY KEY (comparison_id, position)
  ) STRICT;
  `,
  `
  CREATE TABLE question_sets (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    library_id TEXT,
    created_at INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE questions (
    set_id TEXT NOT NULL REFERENCES question_sets(id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    -- the normalized question
    key TEXT NOT NULL,
    question TEXT NOT NULL,
    answers TEXT NOT NULL,
    gold_passage_ids TEXT NOT NULL,
    evidence TEXT NOT NULL,
    split TEXT NOT NULL CHECK (split IN ('train', 'validation', 'test')),
    PRIMARY KEY (set_id, id),
    UNIQUE (set_id, key)
  ) STRICT;
  CREATE INDEX questions_by_split ON questions (set_id, split);
  `,
  `
  ALTER TABLE questions ADD COLUMN position INTEGER NOT NULL DEFAULT 0;
  UPDATE questions SET position = rowid;
  ALTER TABLE questions ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
  ALTER TABLE questions ADD COLUMN origin TEXT NOT NULL DEFAULT 'imported';
  -- whether an answer is in the set's library; null: nobody looked
  ALTER TABLE questions ADD COLUMN found INTEGER;
  CREATE INDEX questions_by_position ON questions (set_id, position);

  CREATE TABLE draftings (
    id TEXT PRIMARY KEY,
    set_id TEXT NOT NULL REFERENCES question_sets(id) ON DELETE CASCADE,
    library_id TEXT NOT NULL,
    writer TEXT NOT NULL,
    checker TEXT NOT NULL,
    wanted INTEGER NOT NULL,
    two_passages REAL NOT NULL,
    -- where in the library it begins, and with what step it walks on
    seed INTEGER NOT NULL,
    tried INTEGER NOT NULL DEFAULT 0,
    unreadable INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX draftings_by_set ON draftings (set_id, created_at);

  CREATE TABLE drafts (
    id TEXT PRIMARY KEY,
    set_id TEXT NOT NULL REFERENCES question_sets(id) ON DELETE CASCADE,
    drafting_id TEXT NOT NULL REFERENCES draftings(id) ON DELETE CASCADE,
    hops INTEGER NOT NULL,
    question TEXT NOT NULL,
    answers TEXT NOT NULL,
    evidence TEXT NOT NULL,
    writer TEXT NOT NULL,
    checker TEXT NOT NULL,
    checks TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'accepted', 'rejected', 'dropped')),
    question_id TEXT,
    created_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX drafts_by_state ON drafts (set_id, state);
  CREATE INDEX drafts_by_drafting ON drafts (drafting_id);
  `,
  `
  CREATE TABLE evaluations (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    methods TEXT NOT NULL,
    sets TEXT NOT NULL,
    arcap INTEGER NOT NULL,
    blind INTEGER NOT NULL,
    revealed INTEGER NOT NULL DEFAULT 0,
    job_id TEXT NOT NULL,
    -- the number of answers that there were when it last went on without anybody asking
    resumed_with INTEGER
  ) STRICT;

  -- as they were when the evaluation began
  CREATE TABLE evaluation_questions (
    evaluation_id TEXT NOT NULL REFERENCES evaluations(id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    set_at INTEGER NOT NULL,
    question TEXT NOT NULL,
    answers TEXT NOT NULL,
    evidence TEXT NOT NULL,
    -- the method that was found best, -1 for none
    vote INTEGER,
    PRIMARY KEY (evaluation_id, position)
  ) STRICT;

  -- what was played, under everything that decides how it goes; JSON, deflated
  CREATE TABLE episodes (
    key TEXT PRIMARY KEY,
    content BLOB NOT NULL
  ) STRICT;

  CREATE TABLE evaluation_results (
    evaluation_id TEXT NOT NULL REFERENCES evaluations(id) ON DELETE CASCADE,
    method INTEGER NOT NULL,
    position INTEGER NOT NULL,
    episode TEXT NOT NULL REFERENCES episodes(key),
    -- answers from given passages, at once and after thinking
    at_once TEXT REFERENCES episodes(key),
    thinking TEXT REFERENCES episodes(key),
    em REAL NOT NULL,
    fate TEXT NOT NULL,
    scored TEXT NOT NULL,
    PRIMARY KEY (evaluation_id, position, method)
  ) STRICT;
  CREATE INDEX evaluation_results_by_episode ON evaluation_results (episode);
  CREATE INDEX evaluation_results_by_at_once ON evaluation_results (at_once);
  CREATE INDEX evaluation_results_by_thinking ON evaluation_results (thinking);
  `,
  `
  -- the index that is being built beside the one that answers, and the one that a file was read for last
  ALTER TABLE libraries ADD COLUMN building_fingerprint TEXT;
  ALTER TABLE files ADD COLUMN index_fingerprint TEXT;
  UPDATE files SET index_fingerprint = (SELECT index_fingerprint FROM libraries WHERE id = library_id);
  `,
  `
  CREATE TABLE promotions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    library_id TEXT NOT NULL REFERENCES libraries(id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    rolled_back_at INTEGER,
    lineage TEXT NOT NULL
  ) STRICT;
  CREATE INDEX promotions_by_library ON promotions (library_id, id);

  CREATE TABLE baselines (key TEXT PRIMARY KEY, correct INTEGER NOT NULL, at INTEGER NOT NULL) STRICT;
  `,
  `
  -- what files are listed, sorted and counted by, so that a hundred thousand of them need not be read whole for it
  CREATE INDEX files_listed ON files (library_id, relative_path, state, passages, size_bytes, modified_at);
  CREATE INDEX files_warned ON files (library_id, relative_path) WHERE warnings <> '[]';
  DROP INDEX files_by_source;
  CREATE INDEX files_by_source ON files (source_id, state);
  `,
  `
  -- how long pieces of work of some kind took on this machine
  CREATE TABLE paces (kind TEXT PRIMARY KEY, pieces REAL NOT NULL, ms REAL NOT NULL) STRICT;
  `,
]
