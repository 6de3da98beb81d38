// HTML in a line: make("button", {class: "small", click: act}, "words"). All text that comes into the document comes by here.

const ACTS = /(?![\n\t\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const ASIDE = ["title", "placeholder", "alt"]; // attributes that people are shown, as those of ARIA are

/** An element; functions among its properties are listeners, the rest attributes (true for one without a value). */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (name === "style") element.style.cssText = value; // an attribute would be refused by the policy of the door
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, told(name, value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined).map(seen));
  return element;
}

/** Sets a property unless it is so already, so that nothing is laid out or announced again. */
export function put(element, name, value) {
  const now = name === "textContent" ? seen(value) : told(name, value);
  if (element[name] !== now) element[name] = now;
}

/** The same of an attribute. */
export function mark(element, name, value) {
  const now = told(name, String(value));
  if (element.getAttribute(name) !== now) element.setAttribute(name, now);
}

function told(name, value) {
  return ASIDE.includes(name) || name.startsWith("aria") ? seen(value) : value;
}

/** Text as it may be shown, whatever it is: of what would turn the direction of a line or is unseen, its number. */
function seen(text) {
  return typeof text === "string" ? text.replace(ACTS, numbered) : text;
}

function numbered(character) {
  const code = character.codePointAt(0), number = code.toString(16);
  return code < 256 ? `\\x${number.padStart(2, "0")}` : code < 65536 ? `\\u${number.padStart(4, "0")}` : `\\U${number.padStart(8, "0")}`;
}
