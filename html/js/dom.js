/** Small help with the page's elements. Data becomes text, never markup. */

/**
 * An element made from a template of index.html, with the parts it names by data-slot.
 * @param {string} id
 * @returns {{element: HTMLElement, slots: Object<string, HTMLElement>}}
 */
export function instantiate(id) {
  const element = document.getElementById(id).content.firstElementChild.cloneNode(true);
  return { element, slots: slotsOf(element) };
}

/**
 * @param {HTMLElement} element
 * @returns {Object<string, HTMLElement>} the descendants by their data-slot, the element itself included
 */
export function slotsOf(element) {
  const slots = element.dataset.slot ? { [element.dataset.slot]: element } : {};
  for (const part of element.querySelectorAll('[data-slot]')) slots[part.dataset.slot] = part;
  return slots;
}

/**
 * Sets an element's text; untouched when it is the same, so that a selection in it survives a refresh.
 * @param {HTMLElement} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Makes an element with text.
 * @param {string} tag
 * @param {string} text
 * @returns {HTMLElement}
 */
export function textElement(tag, text) {
  const element = document.createElement(tag);
  element.textContent = text;
  return element;
}

/**
 * Makes an element of a drawing.
 * @param {string} tag
 * @param {Object<string, string|number>} attributes
 * @returns {SVGElement}
 */
export function svgElement(tag, attributes) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

/**
 * Makes one of the icons of icons/sprite.svg.
 * @param {string} name
 * @returns {SVGElement}
 */
export function iconElement(name) {
  const icon = svgElement('svg', { class: 'icon', 'aria-hidden': 'true' });
  icon.append(svgElement('use', { href: `icons/sprite.svg#${name}` }));
  return icon;
}

/**
 * Makes a button.
 * @param {string} name
 * @param {() => void} press
 * @returns {HTMLButtonElement}
 */
export function smallButton(name, press) {
  const button = textElement('button', name);
  button.type = 'button';
  button.className = 'small plain';
  button.addEventListener('click', () => press());
  return button;
}

/**
 * Switches a button off without taking the keyboard's focus away from it, and says why.
 * @param {HTMLElement} button
 * @param {string|null} reason null: switched on
 */
export function setUnavailable(button, reason) {
  if (reason === null) {
    button.removeAttribute('aria-disabled');
    button.removeAttribute('title');
  } else {
    button.setAttribute('aria-disabled', 'true');
    button.title = reason;
  }
}

/**
 * @param {HTMLElement} button
 * @returns {boolean}
 */
export function isUnavailable(button) {
  return button.getAttribute('aria-disabled') === 'true';
}

/**
 * Says something to those who do not see the page. An open dialog makes the rest of the page silent, and has
 * therefore a place of its own for it.
 * @param {string} sentence
 */
export function announce(sentence) {
  const dialog = [...document.querySelectorAll('dialog[open]')].at(-1);
  const announcer = dialog?.querySelector('[data-slot="announcer"]') ?? document.getElementById('announcer');
  announcer.textContent = sentence;
}
