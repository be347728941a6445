/** Choosing a moment out of what the replica holds. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { fieldIn, iso, openPoints, restoreButton, type, useReplicatedSite } from './replication.mjs';
import { isFocused, PHONE, until, withPage } from './support.mjs';

const { site, litestream } = useReplicatedSite(async () => {
  /* A range that is long enough to zoom into. */
  for (let change = 0; change < 12; change += 1) {
    site.sql(`CREATE TABLE IF NOT EXISTS notes (text); INSERT INTO notes VALUES ('${change}')`);
    await litestream.caughtUp();
  }
});
const MINUTE_MS = 60_000;
const REFRESH_MS = 10_000;

test('the latest is chosen first; keys, presets, pointer and table choose other moments', async () => {
  await withPage(site, { timezoneId: 'America/St_Johns' }, async (page) => {
    const dialog = await openPoints(page);
    const field = fieldIn(dialog);
    const slider = dialog.getByRole('slider', { name: 'Moment to restore' });
    const { earliest, latest } = await site.request('api/backups/litestream/restore-points');
    await dialog.getByText('in America/St_Johns').waitFor();
    assert.equal(await dialog.getByRole('button', { name: 'Latest' }).getAttribute('aria-pressed'), 'true');
    const utc = async () => Date.parse((await dialog.locator('#moment-utc').innerText()).replace(' UTC', 'Z'));
    assert.equal(iso(await utc()), latest);

    await slider.press('Home');
    assert.equal(iso(await utc()), earliest);
    assert.match(await slider.getAttribute('aria-valuetext'), /^\d+ \w+ \d{4}, \d\d:\d\d:\d\d\.\d{3}$/);
    const step = Math.round((Date.parse(latest) - Date.parse(earliest)) / 100);
    await slider.press('ArrowRight');
    assert.equal(await utc(), Date.parse(earliest) + step);
    assert.equal(Number(await slider.getAttribute('aria-valuenow')), Date.parse(earliest) + step);

    const { x, y, width, height } = await slider.boundingBox();
    await page.mouse.click(x + width / 2, y + height / 2);
    const middle = (Date.parse(earliest) + Date.parse(latest)) / 2;
    assert.ok(Math.abs((await utc()) - middle) < (Date.parse(latest) - Date.parse(earliest)) / 100, 'a click chooses what is there');

    await slider.press('Home');
    const marked = dialog.getByRole('row').filter({ hasText: 'restored up to here' });
    await marked.getByText('Complete copy').waitFor();
    const choose = dialog.getByRole('button', { name: /^Choose / }).first();
    const chosen = (await choose.getAttribute('aria-label')).replace('Choose ', '');
    await choose.click();
    assert.equal(await slider.getAttribute('aria-valuetext'), chosen);
    await until('its row is marked', async () => (await marked.innerText()).includes(chosen));
    assert.ok(await isFocused(marked.getByRole('button')), 'the focus stays on it');

    await dialog.getByRole('button', { name: 'Latest' }).click();
    assert.ok((await utc()) >= Date.parse(latest));
    assert.match(await field.inputValue(), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/);
    const tooEarly = dialog.getByRole('button', { name: '1 day ago' });
    assert.equal(await tooEarly.getAttribute('aria-disabled'), 'true');
    assert.match(await tooEarly.getAttribute('title'), /earliest/);
  });
});

test('the time field takes milliseconds and any zone, and says what is wrong with the rest', async () => {
  const { earliest } = await site.request('api/backups/litestream/restore-points');
  await withPage(site, { timezoneId: 'Asia/Kathmandu' }, async (page) => {
    const dialog = await openPoints(page);
    const field = fieldIn(dialog);
    const slider = dialog.getByRole('slider');
    const moment = Date.parse(earliest) + 7;
    await type(dialog, iso(moment));
    assert.equal(Number(await slider.getAttribute('aria-valuenow')), moment);
    const local = new Date(moment + (5 * 60 + 45) * MINUTE_MS).toISOString().replace('T', ' ').replace('Z', '');
    await type(dialog, local);
    assert.equal(Number(await slider.getAttribute('aria-valuenow')), moment);

    const complaint = dialog.locator('#moment-problem');
    const cases = [
      [iso(Date.parse(earliest) - 1), /before the earliest moment/],
      [iso(Date.now() + MINUTE_MS), /still to come/],
      ['the day before yesterday', /This is no moment/],
    ];
    for (const [text, sentence] of cases) {
      await type(dialog, text);
      assert.match(await complaint.innerText(), sentence, text);
      assert.equal(await field.getAttribute('aria-invalid'), 'true');
      assert.equal(await restoreButton(page).getAttribute('aria-disabled'), 'true');
      await restoreButton(page).click({ force: true });
      assert.ok(await isFocused(field), 'the way to put it right');
    }
    await type(dialog, iso(Date.now()));
    assert.equal(await complaint.innerText(), '');
    assert.match(await dialog.locator('#moment-note').innerText(), /the same as the latest/);
    assert.equal(await field.getAttribute('aria-invalid'), null);
  });
});

test('zooming asks for what is shown, and an answer for what was shown before is dropped', async () => {
  await withPage(site, {}, async (page) => {
    const dialog = await openPoints(page);
    const slider = dialog.getByRole('slider');
    const spanText = dialog.locator('[data-slot="span"]');
    await until('the points are counted', async () => /· \d+ restore points$/.test(await spanText.innerText()));
    const whole = await spanText.innerText();

    const asked = [];
    let letGo;
    const held = new Promise((resolve) => { letGo = resolve; });
    await page.route('**/restore-points?*intervals=*', async (route) => {
      const query = new URL(route.request().url()).searchParams;
      asked.push([Date.parse(query.get('from')), Date.parse(query.get('to'))]);
      if (asked.length === 1) await held;
      await route.continue();
    });
    await slider.press('Home');
    await slider.press('+');
    await until('the narrower part is asked for', () => asked.length === 1);
    await slider.press('+');
    await slider.press('+');
    await page.waitForTimeout(300);
    assert.equal(asked.length, 1, 'one at a time');
    letGo();
    await until('only the newest wish is asked for', () => asked.length === 2);
    const length = ([from, to]) => to - from;
    assert.ok(length(asked[1]) < length(asked[0]) || length(asked[1]) === 1000, `${asked}`);
    await until('its points are counted', async () => /· \d+ restore points?$/.test(await spanText.innerText()));
    assert.notEqual(await spanText.innerText(), whole);

    await dialog.getByRole('button', { name: 'Show all' }).click();
    await until('all is shown again', async () => (await spanText.innerText()).split(' to ')[0] === whole.split(' to ')[0]);
  });
});

test('wheel, drag and buttons change what is shown', async () => {
  await withPage(site, {}, async (page) => {
    const dialog = await openPoints(page);
    const slider = dialog.getByRole('slider');
    const spanText = dialog.locator('[data-slot="span"]');
    const { x, y, width, height } = await slider.boundingBox();
    const changes = async (what, act) => {
      const before = (await spanText.innerText()).split(' · ')[0];
      await act();
      await until(`${what} changes what is shown`, async () => (await spanText.innerText()).split(' · ')[0] !== before);
    };
    const middle = [x + width / 2, y + height / 2];
    await changes('the wheel', async () => {
      await page.mouse.move(...middle);
      await page.mouse.wheel(0, -400);
    });
    await changes('zooming out', () => dialog.getByRole('button', { name: 'Zoom out' }).click());
    await changes('a drag', async () => {
      await page.mouse.move(x + width * 0.2, y + height / 2);
      await page.mouse.down();
      await page.mouse.move(x + width * 0.6, y + height / 2, { steps: 4 });
      await page.mouse.up();
    });
    await changes('later', () => dialog.getByRole('button', { name: 'Later' }).click());
    await changes('earlier', () => dialog.getByRole('button', { name: 'Earlier' }).click());
    await changes('show all', () => dialog.getByRole('button', { name: 'Show all' }).click());
    assert.equal(await dialog.getByRole('button', { name: 'Latest' }).getAttribute('aria-pressed'), 'true', 'the moment stays');
  });
});

/* Fingers as the browser gets them from a screen. */
async function touch(page, ...moves) {
  const session = await page.context().newCDPSession(page);
  const send = (type, fingers) => session.send('Input.dispatchTouchEvent', { type, touchPoints: fingers.map(([x, y], id) => ({ x, y, id })) });
  await send('touchStart', moves[0]);
  for (const fingers of moves.slice(1)) await send('touchMove', fingers);
  await send('touchEnd', []);
}

test('on a phone, fingers choose, zoom and move', async () => {
  await withPage(site, PHONE, async (page) => {
    const dialog = await openPoints(page);
    const slider = dialog.getByRole('slider');
    const spanText = dialog.locator('[data-slot="span"]');
    const shown = async () => (await spanText.innerText()).split(' · ')[0];
    const { x, y, width, height } = await slider.boundingBox();
    const at = (part) => [x + width * part, y + height / 2];
    const latest = Number(await slider.getAttribute('aria-valuenow'));

    await touch(page, [at(0.5)]);
    await until('a tap has chosen', async () => Number(await slider.getAttribute('aria-valuenow')) < latest);
    const whole = await shown();
    await touch(page, [at(0.45), at(0.55)], [at(0.4), at(0.6)], [at(0.3), at(0.7)]);
    await until('two fingers have zoomed', async () => (await shown()) !== whole);
    const zoomed = await shown();
    const chosen = await slider.getAttribute('aria-valuenow');
    await touch(page, [at(0.3)], [at(0.5)], [at(0.8)]);
    await until('one finger has moved it', async () => (await shown()) !== zoomed);
    assert.equal(await slider.getAttribute('aria-valuenow'), chosen, 'the moment stays');
  });
});

test('points that retention takes away while the dialog is open are refused', async () => {
  await withPage(site, { time: Date.now() }, async (page) => {
    const dialog = await openPoints(page);
    const slider = dialog.getByRole('slider');
    await slider.press('Home');
    const chosen = Number(await slider.getAttribute('aria-valuenow'));
    await page.route('**/restore-points?*', async (route) => {
      const response = await route.fetch();
      const answer = { ...await response.json(), earliest: iso(chosen + 500) };
      await route.fulfill({ response, json: answer });
    });
    await page.clock.fastForward(REFRESH_MS);
    await dialog.getByText('before the earliest moment').waitFor();
    assert.equal(await restoreButton(page).getAttribute('aria-disabled'), 'true');
    assert.equal(Number(await slider.getAttribute('aria-valuemin')), chosen + 500);
    await page.unrouteAll({ behavior: 'ignoreErrors' });
  });
});

test('a listing that fails is said there, and tried again', async () => {
  await withPage(site, { refusals: ['ERR_CONNECTION_REFUSED'] }, async (page) => {
    const dialog = await openPoints(page);
    await page.route('**/restore-points?*', (route) => route.abort('connectionrefused'));
    await dialog.getByRole('slider').press('Home');
    await dialog.getByRole('slider').press('+');
    const complaints = dialog.getByRole('alert').getByText('The server does not answer');
    await until('both requests are complained of', async () => (await complaints.count()) === 2);
    await page.unroute('**/restore-points?*');
    for (const button of await dialog.getByRole('button', { name: 'Try again' }).all()) await button.click();
    await until('the complaints are gone', async () => (await complaints.count()) === 0);
  });
});
