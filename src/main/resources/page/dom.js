// Small tools for elements. All text goes in as text, never as markup.

export const byId = id => document.getElementById(id);
export const list = value => (Array.isArray(value) ? value : []);
export const shorten = (text, length) => (text.length > length ? `${text.slice(0, length)}…` : text);
export const notice = text => setText(byId('notice'), text);

/** Makes an element; props are set as properties, `data` as data attributes, children are nodes or plain text. */
export function make(tag, { data, ...props } = {}, ...children) {
  const element = Object.assign(document.createElement(tag), props);
  Object.assign(element.dataset, data);
  element.append(...children.filter(child => child !== null && child !== undefined && child !== ''));
  return element;
}

export function setText(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}
