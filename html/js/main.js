/** Starts the page: finds the databases and shows the one that the address asks for. */

import { fetchDatabases } from './api.js';
import { addressOf, databaseInAddress, DatabaseChooser } from './database-chooser.js';
import { DatabaseView } from './database-view.js';
import { textElement } from './dom.js';
import { Health } from './health.js';
import { keepFresh, oneAtATime } from './refresher.js';
import { Report } from './report.js';

const PRODUCT = 'Camera Sheet Backup';

const main = document.getElementById('main');
const health = new Health(document.getElementById('health'), document.getElementById('health-details'));
const chooser = new DatabaseChooser(document.getElementById('database-chooser'), choose);
const refresh = oneAtATime(load);

/** @type {Map<string, DatabaseView>} views stay once made: work in one goes on while another is shown */
const views = new Map();
/** @type {DatabaseView|null} */
let shown = null;

async function load() {
  try {
    show(await fetchDatabases());
  } catch (error) {
    /* Without a view there is no other place for it; a view tells of its own request. */
    if (!shown) showFailure(error);
  }
  await Promise.all([health.load(shown?.database.name), shown?.load()]);
}

function show(databases) {
  const wanted = databaseInAddress();
  const database = databases.find(({ name, default: isDefault }) => (wanted === null ? isDefault : name === wanted));
  const names = databases.map(({ name }) => name);
  chooser.show(names, database?.name ?? null);
  if (database) mount(viewOf(database));
  else showUnknown(wanted, names);
}

function viewOf(database) {
  const view = views.get(database.name) ?? new DatabaseView(database, refresh);
  views.set(database.name, view);
  view.describe(database);
  return view;
}

function mount(view) {
  document.title = `${view.database.name} · ${PRODUCT}`;
  if (view === shown) return;
  main.replaceChildren(view.element);
  shown = view;
}

function choose(name) {
  history.pushState(null, '', addressOf(name));
  refresh();
}

function showUnknown(wanted, names) {
  shown = null;
  document.title = PRODUCT;
  const sentence = wanted === null ? 'There is no database yet.' : `There is no database named “${wanted}”.`;
  main.replaceChildren(textElement('p', sentence), linksTo(names));
}

function linksTo(names) {
  const list = document.createElement('ul');
  for (const name of names) {
    const link = textElement('a', name);
    link.href = addressOf(name);
    const item = document.createElement('li');
    item.append(link);
    list.append(item);
  }
  return list;
}

function showFailure(error) {
  const place = document.createElement('div');
  place.className = 'report';
  main.replaceChildren(place);
  new Report(place, { reload: refresh }).failure(error);
}

window.addEventListener('popstate', refresh);
keepFresh(refresh, () => shown?.tick());
refresh();
