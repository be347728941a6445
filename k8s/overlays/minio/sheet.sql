PRAGMA journal_mode = WAL;
BEGIN;
CREATE TABLE cameras (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, operator TEXT);
CREATE TABLE cues (id INTEGER PRIMARY KEY, number TEXT NOT NULL UNIQUE, title TEXT NOT NULL);
CREATE TABLE assignments (
    cue INTEGER NOT NULL REFERENCES cues, camera INTEGER NOT NULL REFERENCES cameras, shot TEXT NOT NULL,
    PRIMARY KEY (cue, camera)
);
INSERT INTO cameras (name, operator) VALUES ('Cam 1', 'Anna'), ('Cam 2', 'Rita'), ('Jib', 'Tom');
INSERT INTO cues (number, title) VALUES ('1', 'House to half'), ('2', 'Overture'), ('3', 'Curtain'), ('3.5', 'Solo');
INSERT INTO assignments SELECT cues.id, cameras.id, 'wide' FROM cues, cameras;
COMMIT;
