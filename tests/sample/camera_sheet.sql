-- A camera sheet as an app for live shows keeps it: which camera takes what, at which cue of which song.
--   sqlite3 camera_assignments.db <camera_sheet.sql
-- Shows, songs and people are invented. Cues and assignments are made from them by arithmetic, without chance, so
-- that every run gives the same rows.

PRAGMA journal_mode = WAL;
PRAGMA foreign_keys = ON;
BEGIN;

CREATE TABLE shows (
    id       INTEGER PRIMARY KEY,
    name     TEXT NOT NULL UNIQUE,
    venue    TEXT NOT NULL,
    date     TEXT NOT NULL,
    director TEXT NOT NULL,
    status   TEXT NOT NULL CHECK (status IN ('planned', 'rehearsed', 'live', 'archived'))
);

CREATE TABLE operators (
    id    INTEGER PRIMARY KEY,
    name  TEXT NOT NULL,
    email TEXT NOT NULL UNIQUE
);

CREATE TABLE cameras (
    id          INTEGER PRIMARY KEY,
    show_id     INTEGER NOT NULL REFERENCES shows (id) ON DELETE CASCADE,
    number      INTEGER NOT NULL,
    position    TEXT NOT NULL,
    support     TEXT NOT NULL,
    body        TEXT NOT NULL,
    lens        TEXT NOT NULL,
    operator_id INTEGER REFERENCES operators (id) ON DELETE SET NULL,
    UNIQUE (show_id, number)
);

CREATE TABLE songs (
    id               INTEGER PRIMARY KEY,
    show_id          INTEGER NOT NULL REFERENCES shows (id) ON DELETE CASCADE,
    position         INTEGER NOT NULL,
    title            TEXT NOT NULL,
    bpm              INTEGER NOT NULL,
    duration_seconds INTEGER NOT NULL,
    UNIQUE (show_id, position)
);

CREATE TABLE cues (
    id          INTEGER PRIMARY KEY,
    song_id     INTEGER NOT NULL REFERENCES songs (id) ON DELETE CASCADE,
    number      INTEGER NOT NULL,
    section     TEXT NOT NULL,
    starts_at   TEXT NOT NULL,
    bars        INTEGER NOT NULL,
    description TEXT NOT NULL,
    UNIQUE (song_id, number)
);

CREATE TABLE assignments (
    id         INTEGER PRIMARY KEY,
    cue_id     INTEGER NOT NULL REFERENCES cues (id) ON DELETE CASCADE,
    camera_id  INTEGER NOT NULL REFERENCES cameras (id) ON DELETE CASCADE,
    shot       TEXT NOT NULL,
    subject    TEXT NOT NULL,
    movement   TEXT NOT NULL,
    notes      TEXT,
    updated_at TEXT NOT NULL,
    UNIQUE (cue_id, camera_id)
);

CREATE INDEX cameras_by_operator ON cameras (operator_id);
CREATE INDEX cues_by_time ON cues (song_id, starts_at);
CREATE INDEX assignments_by_camera ON assignments (camera_id, cue_id);

CREATE VIEW camera_sheet AS
SELECT shows.name AS show, songs.position AS song, songs.title, cues.number AS cue, cues.section, cues.starts_at,
       cameras.number AS camera, operators.name AS operator, cameras.lens,
       assignments.shot, assignments.subject, assignments.movement, assignments.notes
FROM assignments
JOIN cues ON cues.id = assignments.cue_id
JOIN songs ON songs.id = cues.song_id
JOIN shows ON shows.id = songs.show_id
JOIN cameras ON cameras.id = assignments.camera_id
LEFT JOIN operators ON operators.id = cameras.operator_id;

INSERT INTO shows (name, venue, date, director, status) VALUES
    ('Nordlicht Festival, main stage, Friday', 'Deichwiesen, Husum', '2024-08-16', 'Annika Reuter', 'archived'),
    ('Nordlicht Festival, main stage, Saturday', 'Deichwiesen, Husum', '2024-08-17', 'Annika Reuter', 'archived'),
    ('The Paper Lanterns, Long Way Down tour', 'Zenith, Strasbourg', '2024-10-05', 'Malik Okafor', 'archived'),
    ('Ida Holm & Orchestra', 'Konserthuset, Gothenburg', '2024-11-22', 'Sofie Lindqvist', 'archived'),
    ('Advent gala 2024, live broadcast', 'Stadthalle, Kassel', '2024-12-08', 'Annika Reuter', 'archived'),
    ('Velvet Static, one night only', 'Roundhouse, London', '2025-01-18', 'Malik Okafor', 'rehearsed'),
    ('Os Faróis, ao vivo', 'Coliseu, Porto', '2025-02-14', 'Inês Carvalho', 'planned'),
    ('Spring awards, host and seven acts', 'Studio 4, Cologne', '2025-03-29', 'Annika Reuter', 'planned');

INSERT INTO operators (name, email) VALUES
    ('Jonas Petersen', 'jonas@crew.example'), ('Mira Vogel', 'mira@crew.example'),
    ('Tom Ashworth', 'tom@crew.example'), ('Leïla Haddad', 'leila@crew.example'),
    ('Kwame Mensah', 'kwame@crew.example'), ('Hanna Sjöberg', 'hanna@crew.example'),
    ('Piotr Zieliński', 'piotr@crew.example'), ('Rui Tavares', 'rui@crew.example'),
    ('Clara Neumann', 'clara@crew.example'), ('Dafydd Morgan', 'dafydd@crew.example'),
    ('Yuki Tanaka', 'yuki@crew.example'), ('Bea Fontana', 'bea@crew.example');

-- ---- What the rows are made from -----------------------------------------------------------------------------------

CREATE TEMP TABLE plan_camera (number INTEGER PRIMARY KEY, position, support, body, lens);
INSERT INTO plan_camera VALUES
    (1, 'FOH centre', 'tripod', 'Sony HDC-3500', 'Canon UJ122x8.2B'),
    (2, 'FOH left', 'tripod', 'Sony HDC-3500', 'Fujinon UA107x8.4'),
    (3, 'Pit left', 'dolly on track', 'Sony HDC-P50', 'Fujinon UA14x4.5'),
    (4, 'Pit right', 'handheld', 'Sony HDC-3500', 'Canon CJ14ex4.3B'),
    (5, 'Stage left', 'handheld', 'Sony HDC-3500', 'Canon CJ20ex5B'),
    (6, 'Audience', 'crane, 9 m', 'Sony HDC-P50', 'Fujinon UA13x4.5'),
    (7, 'Drum riser', 'remote head', 'Panasonic AK-UB300', 'Fujinon UA18x5.5'),
    (8, 'Roof', 'locked off', 'Blackmagic URSA G2', 'Sigma 18-35mm f/1.8');

CREATE TEMP TABLE plan_section (number INTEGER PRIMARY KEY, name, bars, description);
INSERT INTO plan_section VALUES
    (1, 'Intro', 8, 'Lights up slowly; hold until the first downbeat'),
    (2, 'Verse 1', 16, 'Stay with the voice, cut on the line ends'),
    (3, 'Chorus 1', 8, 'Open up; everybody is in'),
    (4, 'Verse 2', 16, 'Second voice joins from stage left'),
    (5, 'Chorus 2', 8, 'As chorus 1, crane over the audience on the last two bars'),
    (6, 'Bridge', 8, 'Band drops out; keep it still'),
    (7, 'Solo', 16, 'Hands first, then the face'),
    (8, 'Last chorus', 16, 'Twice; confetti on the second one'),
    (9, 'Outro', 4, 'Wide until blackout');

-- What each camera can take from where it stands.
CREATE TEMP TABLE plan_take (camera, number, shot, subject, movement);
INSERT INTO plan_take VALUES
    (1, 0, 'WS', 'full stage', 'static'), (1, 1, 'MS', 'lead vocal', 'slow push in'),
    (1, 2, 'MCU', 'lead vocal', 'static'), (1, 3, 'MLS', 'lead vocal and guitar', 'pan left to right'),
    (1, 4, 'CU', 'lead vocal', 'static'), (1, 5, 'LS', 'full band', 'pull out'), (1, 6, 'MS', 'drums', 'static'),
    (2, 0, 'MCU', 'bass', 'static'), (2, 1, 'MS', 'backing vocals', 'pan right to left'),
    (2, 2, 'CU', 'lead guitar', 'slow push in'), (2, 3, 'WS', 'full stage from the left', 'pull out'),
    (2, 4, 'MS', 'horn section', 'static'), (2, 5, 'two-shot', 'lead vocal and bass', 'static'),
    (2, 6, 'CU', 'lead vocal, profile', 'static'),
    (3, 0, 'MS', 'lead vocal', 'track left'), (3, 1, 'LS', 'full band, low', 'track right'),
    (3, 2, 'CU', 'hands on guitar', 'track right, slow'), (3, 3, 'MS', 'bass', 'track left'),
    (3, 4, 'MCU', 'lead vocal', 'track in'), (3, 5, 'WS', 'stage, lens flare', 'track left'),
    (3, 6, 'MS', 'audience, first rows', 'track right'),
    (4, 0, 'MCU', 'lead guitar', 'handheld, loose'), (4, 1, 'CU', 'hands on guitar', 'tilt up to the face'),
    (4, 2, 'MS', 'lead vocal, low angle', 'handheld'), (4, 3, 'MS', 'audience, first rows', 'whip pan to stage'),
    (4, 4, 'ECU', 'pedal board', 'rack focus to guitar'), (4, 5, 'two-shot', 'guitar and bass', 'circle left'),
    (4, 6, 'CU', 'faces in the audience', 'handheld'),
    (5, 0, 'MS', 'keys', 'handheld'), (5, 1, 'CU', 'hands on keys', 'rack focus to face'),
    (5, 2, 'over shoulder', 'drums to audience', 'slow push in'), (5, 3, 'MCU', 'backing vocals', 'handheld'),
    (5, 4, 'MS', 'strings', 'pan right to left'), (5, 5, 'CU', 'lead vocal, profile', 'handheld'),
    (5, 6, 'LS', 'stage to audience', 'walk in'),
    (6, 0, 'high wide', 'audience and stage', 'crane up'), (6, 1, 'WS', 'full stage', 'crane down to stage'),
    (6, 2, 'LS', 'audience, hands up', 'sweep left to right'), (6, 3, 'MLS', 'lead vocal', 'crane in, slow'),
    (6, 4, 'high wide', 'light show', 'static, high'), (6, 5, 'WS', 'audience, phone lights', 'sweep right to left'),
    (6, 6, 'LS', 'full band', 'crane up on the last bar'),
    (7, 0, 'MS', 'drums', 'static'), (7, 1, 'CU', 'snare and hi-hat', 'static'),
    (7, 2, 'MCU', 'drummer', 'slow zoom in'), (7, 3, 'CU', 'kick pedal', 'tilt up to the face'),
    (7, 4, 'LS', 'drums to audience', 'pan left to right'), (7, 5, 'ECU', 'sticks', 'static'),
    (7, 6, 'MS', 'percussion', 'pan right to left'),
    (8, 0, 'high wide', 'whole venue', 'locked off'), (8, 1, 'high wide', 'whole venue', 'locked off'),
    (8, 2, 'high wide', 'stage and first rows', 'digital push in'), (8, 3, 'high wide', 'whole venue', 'locked off'),
    (8, 4, 'high wide', 'light show', 'locked off'), (8, 5, 'high wide', 'whole venue', 'time-lapse'),
    (8, 6, 'high wide', 'whole venue', 'locked off');

CREATE TEMP TABLE plan_note (number INTEGER PRIMARY KEY, text);
INSERT INTO plan_note (text) VALUES
    ('Watch the haze, it is dense here'), ('Do not cross the pit before the downbeat'),
    ('Cable runner needed on this move'), ('Director counts you in'), ('Mind the flame jets, stage right'),
    ('Stay off the monitor screens'), ('Tally may come late, keep framing'), ('Iris half a stop down, white shirt');

CREATE TEMP TABLE plan_title (number INTEGER PRIMARY KEY, title);
INSERT INTO plan_title (title) VALUES
    ('Harbour Lights'), ('Half Past Midnight'), ('Paper Boats'), ('Salt on the Window'), ('The Long Way Down'),
    ('Northbound'), ('Carousel'), ('Ten Thousand Candles'), ('Glass and Gravel'), ('If You Call'), ('Marigold'),
    ('A Room in Lisbon'), ('Static Heart'), ('Velvet Morning'), ('Low Tide'), ('Wildfire Season'),
    ('Letters Never Sent'), ('Kite Weather'), ('Second Sunday'), ('Copper Sky'), ('Undertow'), ('Small Hours'),
    ('The Lighthouse Keeper'), ('Maré Cheia'), ('Rua das Flores'), ('Sommerregen'), ('Bis morgen früh'),
    ('Norrsken'), ('Silent Avenue'), ('Borrowed Coat'), ('Fireflies in June'), ('Every Other Summer'),
    ('Radio Silence'), ('Tin Roof Rain'), ('Dancing on the Pier'), ('Nothing Left to Pack'), ('Overnight Train'),
    ('Cinnamon'), ('Satellites'), ('The Quiet Part'), ('Amber'), ('Last Ferry Home'), ('Blue Hour'), ('Runaway Kites'),
    ('Ghosts in the Attic'), ('Neon Orchard'), ('Hold the Line'), ('Winter Coat'), ('Goodnight, Avenue'), ('Encore');

-- ---- Made from it --------------------------------------------------------------------------------------------------

INSERT INTO cameras (show_id, number, position, support, body, lens, operator_id)
SELECT shows.id, plan_camera.number, position, support, body, lens,
       CASE WHEN support <> 'locked off' THEN 1 + (shows.id * 5 + plan_camera.number) % 12 END
FROM shows, plan_camera
ORDER BY shows.id, plan_camera.number;

INSERT INTO songs (show_id, position, title, bpm, duration_seconds)
WITH RECURSIVE setlist (show_id, position) AS (
    SELECT id, 1 FROM shows
    UNION ALL
    SELECT show_id, position + 1 FROM setlist WHERE position < 18 + show_id % 4
)
SELECT show_id, position, title, 68 + (show_id * 13 + position * 29) % 92, 170 + (show_id * 31 + position * 47) % 130
FROM setlist
JOIN plan_title ON plan_title.number = 1 + (show_id * 17 + position * 7) % 50
ORDER BY show_id, position;

INSERT INTO cues (song_id, number, section, starts_at, bars, description)
WITH timeline AS (
    SELECT id, duration_seconds, 72000 - duration_seconds + sum(duration_seconds + 25) OVER by_position AS start
    FROM songs
    WINDOW by_position AS (PARTITION BY show_id ORDER BY position)
)
SELECT timeline.id, number, name, time(start + duration_seconds * (number - 1) / 9, 'unixepoch'), bars, description
FROM timeline
JOIN plan_section ON number <> 2 + (timeline.id * 5) % 12
ORDER BY timeline.id, number;

INSERT INTO assignments (cue_id, camera_id, shot, subject, movement, notes, updated_at)
SELECT cues.id, cameras.id, plan_take.shot, plan_take.subject, plan_take.movement, plan_note.text,
       datetime(shows.date, '-' || (3 + (cues.id + cameras.number) % 20) || ' days',
                '+' || (540 + cues.id * 7 % 600) || ' minutes')
FROM cues
JOIN songs ON songs.id = cues.song_id
JOIN shows ON shows.id = songs.show_id
JOIN cameras ON cameras.show_id = shows.id AND (cues.id * 3 + cameras.number * 5) % 8 < 5
JOIN plan_take ON plan_take.camera = cameras.number AND plan_take.number = (cues.id * 5 + cameras.number * 3) % 7
LEFT JOIN plan_note ON plan_note.number = (cues.id * 11 + cameras.number * 13) % 37
ORDER BY cues.id, cameras.number;

COMMIT;
