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
 * Says something to those who do not see the page.
 * @param {string} sentence
 */
export function announce(sentence) {
  document.getElementById('announcer').textContent = sentence;
}
