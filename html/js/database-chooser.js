/** Which database is shown. The address carries it (?database=NAME), so that it can be linked and survives a reload. */

const PARAMETER = 'database';

/** @returns {string|null} the database that the address asks for */
export function databaseInAddress() {
  return new URLSearchParams(location.search).get(PARAMETER);
}

/**
 * @param {string} name
 * @returns {string} the address of the page for a database
 */
export function addressOf(name) {
  return `?${new URLSearchParams({ [PARAMETER]: name })}`;
}

/** The field in the header, hidden while there is nothing to choose. */
export class DatabaseChooser {
  /**
   * @param {HTMLElement} element a label around a select
   * @param {(name: string) => void} choose
   */
  constructor(element, choose) {
    this.element = element;
    this.select = element.querySelector('select');
    this.select.addEventListener('change', () => choose(this.select.value));
  }

  /**
   * @param {string[]} names
   * @param {string|null} current null when none of them is shown
   */
  show(names, current) {
    const shown = [...this.select.options].map((option) => option.value);
    if (JSON.stringify(shown) !== JSON.stringify(names)) this.#fill(names);
    this.select.value = current ?? '';
    this.element.hidden = names.length < 2;
  }

  #fill(names) {
    this.select.replaceChildren(...names.map((name) => new Option(name, name)));
  }
}
