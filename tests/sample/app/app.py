"""An example of an app that the backups are for: a camera sheet over HTTP, in one SQLite database, on one machine.

It shows what such an app has to do about backups: WAL mode, a busy timeout, and, because it wants to, the webhook: while a
restore runs, it keeps its writers waiting, and it tells whoever asks for /events what happened.
    GET /            the sheet, as a page              GET /cues     the cues, as JSON
    POST /cues       {"song_id", "description"}        DELETE /cues  all of them: the mistake to try a restore with
    POST /webhook    from the backups                  GET /events   what the webhook was told so far
"""

import base64
import hashlib
import hmac
import html
import json
import os
import signal
import sqlite3
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

DATABASE = os.environ.get('DATABASE_PATH', '/data/camera_assignments.db')
SAMPLE = os.environ.get('SAMPLE', '/app/camera_sheet.sql')
SECRET = base64.b64decode(os.environ.get('WEBHOOK_SECRET', '').removeprefix('whsec_'))
BUSY_TIMEOUT_SECONDS = 30
PARKED_SECONDS_AT_MOST = 60
MESSAGE_AGE_SECONDS_AT_MOST = 300
BODY_BYTES_AT_MOST = 1 << 16

events = []
may_write = threading.Event()
may_write.set()


def connect():
    """A connection of the caller's own: the busy timeout lets it wait for a restore's transaction."""
    return sqlite3.connect(DATABASE, timeout=BUSY_TIMEOUT_SECONDS)


def make_sample():
    """The first start: a database that is there under its name only when it is whole."""
    if os.path.exists(DATABASE):
        return
    unfinished = DATABASE + '.unfinished'
    if os.path.exists(unfinished):
        os.unlink(unfinished)
    with open(SAMPLE, encoding='utf-8') as sql:
        db = sqlite3.connect(unfinished, isolation_level=None)
        db.executescript(sql.read())
        db.close()
    os.rename(unfinished, DATABASE)


def read_cues():
    with connect() as db:
        rows = db.execute('SELECT cues.id, songs.title, cues.number, cues.description FROM cues '
                          'JOIN songs ON songs.id = song_id ORDER BY song_id, number')
        return [dict(zip(('id', 'song', 'number', 'description'), row)) for row in rows]


def add_cue(cue):
    with connect() as db:
        added = db.execute("INSERT INTO cues (song_id, number, section, starts_at, bars, description) "
                           "SELECT :song_id, coalesce(max(number), 0) + 1, 'added', '00:00', 1, :description "
                           'FROM cues WHERE song_id = :song_id', cue)
        return {'id': added.lastrowid}


def delete_cues():
    with connect() as db:
        return {'deleted': db.execute('DELETE FROM cues').rowcount}


def is_genuine(headers, body):
    """Whether a message is signed with our secret, as Standard Webhooks say, and of now."""
    signed = f'{headers.get("webhook-id")}.{headers.get("webhook-timestamp")}.'.encode() + body
    expected = 'v1,' + base64.b64encode(hmac.new(SECRET, signed, hashlib.sha256).digest()).decode()
    try:
        age = abs(time.time() - int(headers.get('webhook-timestamp', '')))
    except ValueError:
        return False
    signatures = headers.get('webhook-signature', '').split()
    return age < MESSAGE_AGE_SECONDS_AT_MOST and any(hmac.compare_digest(s, expected) for s in signatures)


def take_note(event):
    """Writers wait from the beginning of a restore to its end, or for a while, should the end never be told."""
    events.append(event['type'])
    if event['type'] == 'restore.started':
        may_write.clear()
        threading.Timer(PARKED_SECONDS_AT_MOST, may_write.set).start()
    elif event['type'].startswith('restore.'):
        may_write.set()


def page():
    cues = read_cues()
    rows = ''.join(f'<tr><td>{html.escape(c["song"])}<td>{c["number"]}<td>{html.escape(c["description"])}' for c in cues)
    return ('<!doctype html><html lang="en"><meta charset="utf-8"><title>Camera sheet</title>'
            f'<h1>Camera sheet</h1><p>{len(cues)} cues</p><table>{rows}</table>')


class Handler(BaseHTTPRequestHandler):
    """Requests to functions; everything else is 404."""

    protocol_version = 'HTTP/1.1'

    def body(self):
        return self.rfile.read(min(int(self.headers.get('Content-Length') or 0), BODY_BYTES_AT_MOST))

    def answer(self, status, value):
        text, kind = (value, 'text/html') if isinstance(value, str) else (json.dumps(value), 'application/json')
        self.send_response(status)
        self.send_header('Content-Type', kind)
        self.send_header('Content-Length', str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def do_GET(self):
        views = {'/': page, '/cues': read_cues, '/events': lambda: events, '/healthz': lambda: {'status': 'ok'}}
        view = views.get(self.path)
        self.answer(200 if view else 404, view() if view else {})

    def do_POST(self):
        body = self.body()
        if self.path == '/webhook' and is_genuine(self.headers, body):
            take_note(json.loads(body))
            self.answer(200, {})
        elif self.path == '/cues':
            may_write.wait()
            self.answer(201, add_cue(json.loads(body)))
        else:
            self.answer(403 if self.path == '/webhook' else 404, {})

    def do_DELETE(self):
        may_write.wait()
        self.answer(200 if self.path == '/cues' else 404, delete_cues() if self.path == '/cues' else {})


def main():
    make_sample()
    # As long as the app runs, somebody has the database open: who closes it last takes its WAL away.
    kept_open = connect()
    kept_open.execute('PRAGMA journal_mode = WAL')
    server = ThreadingHTTPServer(('', 8000), Handler)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()


if __name__ == '__main__':
    main()
